import { expect, test } from 'vitest'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { constant, input } from '../value.ts'
import { conv } from './conv.ts'
import { convTranspose } from './convTranspose.ts'

test('a window of which most lies in padding takes its own weights', async () => {
  const x = input('x', [1, 1, 1, 1])
  const build = (image: typeof x) =>
    conv(image, constant([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3], image.dtype), undefined, {
      pads: [1, 1, 1, 1],
    })
  const program = compilePlain(graph({ inputs: [x], outputs: { y: build(x) } }))
  expect([...(await program.run({ x: tensor([1], [1, 1, 1, 1]) }))['y']!.data]).toEqual([5])
  await checkNative(build, [[1, 1, 1, 1]], { withoutDouble: ['Conv', 'ConvTranspose', 'Col2Im'] })
})

test.each([
  ['far off', [4, 4, 4, 4], [1, 1], [1, 1]],
  ['on one side', [2, 0, 0, 2], [2, 1], [1, 1]],
  ['dilated', [3, 2, 3, 2], [1, 2], [3, 2]],
])('Conv and its adjoints, padding %s', (_, pads, strides, dilations) => {
  const options = { pads, strides, dilations }
  checkGradient(
    (x, w) => conv(x, w, undefined, options),
    [
      [2, 2, 2, 3],
      [3, 2, 3, 2],
    ],
  )
})

test('ConvTranspose of which most is cut off', () => {
  const options = { pads: [2, 2, 2, 2] }
  checkGradient(
    (x, w) => convTranspose(x, w, undefined, options),
    [
      [1, 2, 3, 3],
      [2, 1, 4, 3],
    ],
  )
})

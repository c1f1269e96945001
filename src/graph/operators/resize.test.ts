import { describe, expect, it } from 'vitest'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, input, integers } from '../value.ts'
import { reduceSum } from './reduce.ts'
import { resizeOperator, upsample } from './resize.ts'

describe('Resize', () => {
  it.each([
    [
      ['N', 2, 3, 4],
      [2, 3],
    ],
    [['N', 1, 5], [4]],
    [
      ['N', 2, 2, 2],
      [1, 2],
    ],
  ] as const)('repeats %j by %j, with a gradient, as ONNX Runtime does', async (shape, factors) => {
    const build = (x: Value) => upsample(x, factors)
    checkGradient(build, [shape], { dims: { N: 2 } })
    await checkNative(build, [shape], { dims: { N: 2 }, withoutDouble: ['Resize'] })
  })

  it('repeats each element', () => {
    const x = input('x', [1, 1, 2])
    const program = compilePlain(graph({ inputs: [x], outputs: { y: upsample(x, [3]) } }))
    const { y } = program.run({ x: tensor([4, 7], [1, 1, 2], 'float32') }) as { y: Tensor }
    expect(Array.from(y.data as Float64Array)).toEqual([4, 4, 4, 7, 7, 7])
  })

  it('reads ONNX defaults (half pixel, rounded) as the same repetition', async () => {
    const build = (x: Value) => apply(resizeOperator, [x, undefined, undefined, integers([1, 2, 6, 12])])
    await checkNative(build, [[1, 2, 2, 3]], { withoutDouble: ['Resize'] })
  })

  it('refuses a gradient and a plain run of anything else', () => {
    const x = input('x', [1, 1, 4])
    const y = apply(resizeOperator, [x, undefined, undefined, integers([1, 1, 6])], { mode: 'linear' })
    expect(y.shape).toEqual([1, 1, 6])
    expect(() => gradients(reduceSum(y), [x])).toThrow(
      /\[1, 1, 4\] to \[1, 1, 6\] \(linear\) is not a repetition/,
    )
    const program = compilePlain(graph({ inputs: [x], outputs: { y } }))
    expect(() => program.run({ x: tensor([1, 2, 3, 4], [1, 1, 4], 'float32') })).toThrow(/not a repetition/)
  })
})

// Five small models of others that once were computed wrongly, or not at all. Each is a file, whole, in base64.

import { describe, expect, it } from 'vitest'
import { compile, gradients, graph, input, mul, reduceSum, substitute, tensor, type Value } from '../index.ts'
import { toFloat64 } from '../tensor.ts'
import { readOnnx } from './read.ts'

const files = {
  'softmax3_axNone_op11.onnx':
    'CAg6RgoPCgF4EgF5IgdTb2Z0bWF4EgFnWhcKAXgSEgoQCAESDAoCCAIKAggDCgIIBGIXCgF5EhIKEAgBEgwKAggCCgIIAwoCCARCBAoAEAs=',
  'avgpool_dil_op19.onnx':
    'CAg6fQo+CgF4EgF5IgtBdmVyYWdlUG9vbCoSCglkaWxhdGlvbnNAAkACoAEHKhUKDGtlcm5lbF9zaGFwZUACQAKgAQcSAWdaGwoBeBIWChQIARIQCgIIAQoCCAEKAggFCgIIBWIbCgF5EhYKFAgBEhAKAggBCgIIAQoCCAMKAggDQgQKABAT',
  'fp16_plain.onnx':
    'CAg6eAoXCgF4EgFoIgRDYXN0KgkKAnRvGAqgAQIKDgoBaAoBdxIBbSIDTXVsChcKAW0SAXkiBENhc3QqCQoCdG8YAaABAhIBZyoPCAMQCkIBd0oGAEAAQgA4Wg8KAXgSCgoICAESBAoCCANiDwoBeRIKCggIARIECgIIA0IECgAQEg==',
  'opaque_dyn_residual.onnx':
    'CAg6YgoLCgF4EgFlIgNFcmYKDgoBeAoBZRIBeSIDQWRkEgFnWhQKAXgSDwoNCAESCQoDEgFOCgIICmIUCgF5Eg8KDQgBEgkKAxIBTgoCCApqFAoBZRIPCg0IARIJCgMSAU4KAggKQgQKABAS',
  'clip_bound_grad.onnx':
    'CAg6XQojCgF4EgFtIgpSZWR1Y2VNZWFuKg8KCGtlZXBkaW1zGACgAQIKEQoBeAoACgFtEgF5IgRDbGlwEgFnWg8KAXgSCgoICAESBAoCCARiDwoBeRIKCggIARIECgIIBEIECgAQEg==',
}

type File = keyof typeof files
const read = (file: File) => readOnnx(Buffer.from(files[file], 'base64'), { file }).graph
const executors = ['plain', 'native'] as const

const waves = (shape: readonly number[]) => {
  const size = shape.reduce((a, b) => a * b, 1)
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    shape,
  )
}

async function run(
  file: File,
  x: ReturnType<typeof tensor>,
  executor: (typeof executors)[number],
  dims = {},
) {
  const program = await compile(read(file), { executor, dims })
  const { y } = await program.run({ x })
  return [...toFloat64(y!)]
}

const near = (got: readonly number[], want: readonly number[]) => {
  want.forEach((v, i) => void expect(got[i]).toBeCloseTo(v, 5))
}

// What is expected was computed by ONNX Runtime of the files as they are, or follows from a line of arithmetic.
describe.each(executors)('a small model of others, %s', (executor) => {
  it('takes softmax of operator set 11 over all that follows the axis', async () => {
    const y = await run('softmax3_axNone_op11.onnx', waves([2, 3, 4]), executor)
    near(y, [0.06394108, 0.14832903, 0.1587387, 0.07363217, 0.02999886])
    near([y.slice(0, 12).reduce((a, b) => a + b), y.slice(12).reduce((a, b) => a + b)], [1, 1])
  })

  it('averages a window with gaps', async () => {
    const y = await run('avgpool_dil_op19.onnx', waves([1, 1, 5, 5]), executor)
    near(y.slice(0, 4), [-0.04282415, 0.10069197, 0.15163234, -0.15326183])
  })

  it('computes in float16', async () => {
    near(await run('fp16_plain.onnx', tensor([1, -0.5, 3], [3]), executor), [2, -1.5, 1.5])
  })

  it('adds what it does not know to what it does, with a batch that is free or bound', async () => {
    for (const dims of [{}, { N: 3 }]) {
      const y = await run('opaque_dyn_residual.onnx', waves([3, 10]), executor, dims)
      near(y.slice(0, 2), [0, 1.6074324])
    }
  })

  it('carries the gradient to a bound that follows from the input', async () => {
    const g = read('clip_bound_grad.onnx')
    const x = input('x', [4])
    const [y] = substitute([g.outputs['y']!], new Map([[g.inputs[0]!, x]])) as [Value]
    const w = input('w', [4])
    const loss = reduceSum(mul(y, w))
    const [dx] = gradients(loss, [x]) as [Value]
    const program = await compile(graph({ inputs: [x, w], outputs: { dx } }), { executor })
    const out = await program.run({ x: tensor([1, 2, 6, 7], [4]), w: tensor([1, 10, 100, 1000], [4]) })
    // The mean is 4: 6 and 7 are cut off there, and each element is a quarter of it.
    near([...toFloat64(out['dx']!)], [1 + 275, 10 + 275, 275, 275])
  })
})

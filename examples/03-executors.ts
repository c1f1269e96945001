// One graph on both executors: readable float64 kernels, and ONNX Runtime. The former is the latter's oracle.

import { compile, constant, graph, input, matmul, softmax, tensor } from 'frostglass/graph'

const x = input('x', ['N', 64])
const w = constant(
  Float32Array.from({ length: 640 }, (_, i) => Math.sin(i)),
  [64, 10],
)
const g = graph({ inputs: [x], outputs: { y: softmax(matmul(x, w)) } })
const feed = {
  x: tensor(
    Float32Array.from({ length: 64 * 5 }, (_, i) => Math.cos(i)),
    [5, 64],
  ),
}

const [plain, native] = await Promise.all(
  (['plain', 'native'] as const).map(async (executor) => {
    const program = await compile(g, { executor })
    const { y } = await program.run(feed)
    const values = Array.from(y!.data, Number)
    await program.close()
    return values
  }),
)
const most = Math.max(...plain!.map((v, i) => Math.abs(v - native![i]!)))
console.log(`${plain!.length} probabilities, at most ${most.toExponential(0)} apart`)

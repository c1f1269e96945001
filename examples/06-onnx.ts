// ONNX out and in: a model becomes bytes that any runtime runs, and anybody's bytes become a graph.

import { compile, readOnnx, tensor } from 'frostglass/graph'
import { dense, exportModel, initialWeights, sequential } from 'frostglass/learn'

const model = sequential([dense({ units: 4, activation: 'relu' }), dense({ units: 2 })], { input: [3] })
const bytes = exportModel(model, initialWeights(model, 7), {
  loss: 'categoricalCrossEntropy',
  metadata: { author: 'example 06' },
})
console.log(`wrote an ONNX model of ${bytes.length} bytes`)

const { graph, metadata } = readOnnx(bytes)
console.log(
  `read it: made by ${metadata['author']}, ${graph.nodes.map((node) => node.operator.name).join(' → ')}`,
)
const program = await compile(graph, { executor: 'native' })
const { probabilities } = await program.run({ input: tensor([1, 2, 3], [1, 3], 'float32') })
const [first, second] = Array.from(probabilities!.data, Number) as [number, number]
console.log(`probabilities that sum to ${(first + second).toFixed(3)}`)
await program.close()

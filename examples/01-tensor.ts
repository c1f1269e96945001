// A tensor, a graph of operators over it, and a run: y = tanh(x · w + b), row by row.

import { add, compile, constant, graph, input, matmul, tanh, tensor } from 'frostglass/graph'

// Shapes are checked while the graph is built; N rows are left open.
const x = input('x', ['N', 2])
const w = constant([1, -1, 0.5, 2], [2, 2])
const b = constant([0, 0.5], [2])
const program = await compile(graph({ inputs: [x], outputs: { y: tanh(add(matmul(x, w), b)) } }))

const { y } = await program.run({ x: tensor([1, 2, 3, 4, 5, 6], [3, 2]) })
console.log(`y has the shape [${y!.shape}] and was computed by the ${program.executor} executor`)
for (let row = 0; row < 3; row++) console.log([y!.data[2 * row], y!.data[2 * row + 1]])
await program.close()

// A loss, its gradient as more nodes of the same graph, and descent as an update of a variable: a line through points.

import {
  compile,
  constant,
  gradients,
  graph,
  input,
  matmul,
  mul,
  reduceMean,
  sub,
  tensor,
  variable,
} from 'frostglass/graph'

// w = [slope, offset]; rows of x are [x, 1].
const x = input('x', ['N', 2])
const y = input('y', ['N', 1])
const w = variable('w', tensor([0, 0], [2, 1]))
const error = sub(matmul(x, w), y)
const loss = reduceMean(mul(error, error))
const [dw] = gradients(loss, [w])
const next = sub(w, mul(constant([0.1], []), dw!))
const step = await compile(graph({ inputs: [x, y], outputs: { loss }, updates: [[w, next]] }))

// y = 2 x − 1.
const points = { x: tensor([0, 1, 1, 1, 2, 1, 3, 1], [4, 2]), y: tensor([-1, 1, 3, 5], [4, 1]) }
for (let i = 0; i <= 200; i++) {
  const { loss: now } = await step.run(points)
  if (i % 50 === 0) console.log(`step ${i}: loss ${Number(now!.data[0]).toExponential(1)}`)
}
const [slope, offset] = Array.from(step.read(w).data, Number) as [number, number]
console.log(`y = ${slope.toFixed(3)} x + ${offset.toFixed(3)}`)
await step.close()

// A model that tells at most ε of anybody: clipped gradients, noise, and an accountant that ends the training.

import { readEmbedded } from 'frostglass/data'
import { tensor } from 'frostglass/graph'
import { dense, measureAccuracy, sequential, sgd } from 'frostglass/learn'
import { trainPrivately } from 'frostglass/private'

// 2,000 people of a census. Columns are held to bounds that are known of them, not read off them.
const { rows, columns, label } = await readEmbedded('adult-numeric')
const bounds = [90, 1.5e6, 16, 1e5, 4.5e3, 100]
const x = new Float32Array(rows * bounds.length)
bounds.forEach((bound, j) => {
  for (let i = 0; i < rows; i++) x[i * bounds.length + j] = (2 * Math.min(columns[j]![i]!, bound)) / bound - 1
})
const data = { x: tensor(x, [rows, bounds.length]), y: tensor(label!, [rows]) }

const model = sequential([dense({ units: 2 })], { input: [bounds.length] })
const loss = 'categoricalCrossEntropy'
const privacy = { clip: 1, epsilon: 2, delta: 1e-4 }
const options = { loss, optimizer: sgd({ learningRate: 2 }), batch: 500, epochs: 20, ...privacy } as const
for await (const epoch of trainPrivately(model, data, options)) {
  if (!epoch.last) continue
  const right = await measureAccuracy(model, epoch.weights(), data, { loss })
  const guess = label!.filter((income) => income === 0).length / rows
  console.log(`spent ε = ${epoch.spent.epsilon.toFixed(2)} at δ = ${epoch.spent.delta}`)
  console.log(
    `right on ${(100 * right).toFixed(0)}% of the people, where one guess gets ${(100 * guess).toFixed(0)}%`,
  )
}

// A fleet learns wheat seeds: nine nodes, each with seeds of one variety alone, and a server that is sent updates and no seed.

import { readWheat, toMatrix } from 'frostglass/data'
import { type Algorithm, datasetFleet, fedAvg, openTrainer, scaffold, simulate } from 'frostglass/fleet'
import { tensor } from 'frostglass/graph'
import { dense, sequential } from 'frostglass/learn'

const wheat = await readWheat()
const largest = wheat.columns.map((column) => Math.max(...column))
const x = toMatrix(wheat).map((value, i) => value / largest[i % 7]!)
const data = { x: tensor(x, [wheat.rows, 7]), y: tensor(wheat.label!, [wheat.rows]) }
const parts = Array.from({ length: 9 }, (_, node) => {
  const own = Array.from(wheat.label!, (variety, row) =>
    variety === node % 3 && row % 3 === Math.floor(node / 3) ? row : -1,
  )
  return Int32Array.from(own.filter((row) => row >= 0))
})

const model = sequential([dense({ units: 3 })], { input: [7] })
const loss = 'categoricalCrossEntropy'
const fleet = datasetFleet({ layers: model.layers, input: model.input, loss, data, parts })
const trainer = await openTrainer(model, { loss })
const first = new Float64Array(trainer.layout.size)
async function learned<State>(algorithm: Algorithm<State>): Promise<void> {
  const { weights } = await simulate({ algorithm, fleet, weights: first, rounds: 50, seed: 1 })
  const { accuracy } = await trainer.learner(data).measure(weights)
  console.log(`${algorithm.name}: right on ${(100 * accuracy!).toFixed(0)}% of the seeds after 50 rounds`)
}
await learned(fedAvg({ epochs: 20, rate: 1 }))
await learned(scaffold({ epochs: 20, rate: 1, nodes: parts.length }))
await trainer.close()

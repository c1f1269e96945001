// A network that learns: wheat seeds of three varieties, seven measures each, one hidden layer of eight units.

import { readWheat, toMatrix } from 'frostglass/data'
import { tensor } from 'frostglass/graph'
import { adam, dense, fit, holdOut, measureAccuracy, sequential, takeRows } from 'frostglass/learn'

const wheat = await readWheat()
// Each measure in parts of its largest, so that none is heard above the others.
const largest = wheat.columns.map((column) => Math.max(...column))
const x = toMatrix(wheat).map((value, i) => value / largest[i % 7]!)
const data = { x: tensor(x, [wheat.rows, 7]), y: tensor(wheat.label!, [wheat.rows]) }
const { train, validation: held } = holdOut(wheat.rows, 0.25, { seed: 1 })

const model = sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 3 })], { input: [7] })
const loss = 'categoricalCrossEntropy'
const optimizer = adam({ learningRate: 0.05 })
const { weights, history } = await fit(model, takeRows(data, train), {
  loss,
  optimizer,
  epochs: 100,
  batch: 16,
})

const right = await measureAccuracy(model, weights, takeRows(data, held), { loss })
console.log(
  `loss ${history[0]!.loss.toFixed(2)} in the first epoch, ${history.at(-1)!.loss.toFixed(2)} in the last`,
)
console.log(`right on ${(100 * right).toFixed(1)}% of ${held.length} seeds that it never saw`)

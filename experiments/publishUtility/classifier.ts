// What a classifier learns of a released table: the area under its curve for the income, on raw rows of other people.
// Source: logistic regression by the engine; a label that stands for several leaves is a share of each.
// It is one learner, the same for all tables; another may make more of coarse ones.

import { tensor } from '../../src/graph/index.ts'
import { adam, dense, fit, predict, sequential } from '../../src/learn/index.ts'
import { areaUnderCurve } from '../../src/learn/metrics.ts'
import type { CodedTable } from '../../src/protect/tables/codedTable.ts'
import { columns, label } from './people.ts'
import type { Released } from './released.ts'

const told = columns.indexOf(label)
const features = [...columns.keys()].filter((j) => j !== told)

/** Teaches a classifier the release, and judges it on raw rows. */
export async function taught(released: Released, test: CodedTable, seed: number): Promise<number> {
  const from: number[] = []
  let width = 0
  for (const j of features) {
    from.push(width)
    width += released.columns[j]!.leaves
  }
  const x = new Float32Array(released.rows * width)
  features.forEach((j, f) => {
    const { labels, leavesOf } = released.columns[j]!
    for (let row = 0; row < released.rows; row++) {
      const leaves = leavesOf[labels[row]!]!
      for (const leaf of leaves) x[row * width + from[f]! + leaf] = 1 / leaves.length
    }
  })
  const answer = released.columns[told]!
  const y = Int32Array.from({ length: released.rows }, (_, row) => answer.leavesOf[answer.labels[row]!]![0]!)
  const model = sequential([dense({ units: 2 })], { input: [width] })
  const loss = 'categoricalCrossEntropy'
  const { weights } = await fit(
    model,
    { x: tensor(x, [released.rows, width]), y: tensor(y, [released.rows]) },
    { loss, optimizer: adam({ learningRate: 0.01 }), epochs: 20, batch: 256, seed },
  )
  const raw = new Float32Array(test.rows * width)
  features.forEach((j, f) => {
    for (let row = 0; row < test.rows; row++) raw[row * width + from[f]! + test.columns[j]!.codes[row]!] = 1
  })
  const { data } = await predict(model, weights, tensor(raw, [test.rows, width]), { loss })
  const scores = Float64Array.from({ length: test.rows }, (_, row) => Number(data[2 * row + 1]))
  return areaUnderCurve(scores, test.columns[told]!.codes)
}

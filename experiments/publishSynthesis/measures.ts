// How near synthetic rows are to those that they are like: tables of one, two and three columns, and what a classifier learns of them.
// Source: total variation distance; logistic regression on one-hot columns, judged by the area under the curve on real rows.
// Accuracy would mislead: a model below the majority class may order people well.

import { areaUnderCurve } from '../../src/learn/metrics.ts'
import { type CodedRows, countsOf } from '../../src/private/synthesis/counts.ts'
import type { Adult } from './adult.ts'

/** What is measured of synthetic rows. */
export interface Measures {
  /** Mean total variation distance of the tables of one, two, three columns. */
  readonly one: number
  readonly two: number
  readonly three: number
  /** Area under the curve for the income, on real rows of other people. */
  readonly auc: number
}

/** Measures rows against those that they are like. */
export function measuresOf({ train, test, label, triples }: Adult, rows: CodedRows): Measures {
  const columns = [...train.sizes.keys()]
  const pairs = columns.flatMap((a) => columns.slice(a + 1).map((b) => [a, b]))
  const mean = (groups: readonly (readonly number[])[]) =>
    groups.reduce((sum, group) => sum + distance(train, rows, group), 0) / groups.length
  return {
    one: mean(columns.map((column) => [column])),
    two: mean(pairs),
    three: mean(triples),
    auc: taught(rows, test, label),
  }
}

function distance(a: CodedRows, b: CodedRows, columns: readonly number[]): number {
  const [one, other] = [countsOf(a, columns), countsOf(b, columns)]
  const [rows, others] = [a.codes[0]!.length, b.codes[0]!.length]
  return one.reduce((sum, count, i) => sum + Math.abs(count / rows - other[i]! / others), 0) / 2
}

const BATCH = 512
const EPOCHS = 12
const RATE = 0.02

/** Logistic regression by Adam, a slower rate in the last third; the area under its curve on other rows. */
function taught(rows: CodedRows, test: CodedRows, label: number): number {
  const columns = [...rows.sizes.keys()].filter((column) => column !== label)
  const from: number[] = []
  let width = 1
  for (const column of columns) {
    from.push(width)
    width += rows.sizes[column]!
  }
  const weights = new Float64Array(width)
  const score = ({ codes }: CodedRows, row: number) =>
    columns.reduce((sum, column, k) => sum + weights[from[k]! + codes[column]![row]!]!, weights[0]!)
  const step = adam(weights)
  const gradient = new Float64Array(width)
  const count = rows.codes[0]!.length
  for (let epoch = 0; epoch < EPOCHS; epoch++)
    for (let start = 0; start < count; start += BATCH) {
      gradient.fill(0)
      const end = Math.min(count, start + BATCH)
      for (let i = start; i < end; i++) {
        // In an order of its own: synthetic rows come sorted by nothing, real ones may not.
        const row = (i * 7919) % count
        const slope = (1 / (1 + Math.exp(-score(rows, row))) - rows.codes[label]![row]!) / (end - start)
        gradient[0]! += slope
        columns.forEach((column, k) => {
          gradient[from[k]! + rows.codes[column]![row]!]! += slope
        })
      }
      step(gradient, epoch < (2 * EPOCHS) / 3 ? RATE : RATE / 5)
    }
  const scores = Float64Array.from(test.codes[0]!, (_, row) => score(test, row))
  return areaUnderCurve(scores, test.codes[label]!)
}

function adam(weights: Float64Array) {
  const first = new Float64Array(weights.length)
  const second = new Float64Array(weights.length)
  let steps = 0
  return (gradient: Float64Array, rate: number): void => {
    steps++
    for (let i = 0; i < weights.length; i++) {
      const slope = gradient[i]! + 1e-5 * weights[i]!
      first[i] = 0.9 * first[i]! + 0.1 * slope
      second[i] = 0.999 * second[i]! + 0.001 * slope * slope
      const mean = first[i]! / (1 - 0.9 ** steps)
      weights[i]! -= (rate * mean) / (Math.sqrt(second[i]! / (1 - 0.999 ** steps)) + 1e-8)
    }
  }
}

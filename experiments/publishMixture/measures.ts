// What drawn digits are worth, and what they tell of who was there.
// Source: train on synthetic, test on real; Chen and others 2020 (GAN-Leaks), the attack that sees drawn rows alone.
// The attack is one of many: that it gets nothing is no proof, and ε alone bounds what a better one gets.

import { type Tensor, tensor } from '../../src/graph/index.ts'
import { adam, areaUnderCurve, dense, fit, measureAccuracy, sequential } from '../../src/learn/index.ts'
import { columns, type Digits, labelsOf, picturesOf, pixels } from './digits.ts'

const loss = 'categoricalCrossEntropy'

/** The accuracy on real test pictures of a classifier taught other ones. */
export async function taught(x: Tensor, labels: Int32Array, test: Digits, seed: number): Promise<number> {
  const model = sequential([dense({ units: 128, activation: 'relu' }), dense({ units: 10 })], {
    input: [pixels],
  })
  const y = tensor(labels, [labels.length])
  const { weights } = await fit(
    model,
    { x, y },
    { loss, optimizer: adam(), epochs: 5, batch: 128, seed, threads: 1 },
  )
  const real = { x: picturesOf(test.rows), y: tensor(test.labels, [test.labels.length]) }
  return measureAccuracy(model, weights, real, { loss })
}

/** The same, of drawn rows with their drawn labels. */
export const taughtDrawn = (drawn: Tensor, test: Digits, seed: number): Promise<number> =>
  taught(picturesOf(drawn), labelsOf(drawn), test, seed)

/**
 * How often a row that was learned from lies nearer to a drawn one than a stranger does: one half where nothing is told.
 * @param candidates of each kind
 */
export function membership(
  drawn: Tensor,
  members: Tensor,
  others: Tensor,
  { candidates, against }: { readonly candidates: number; readonly against: number },
): number {
  const scores: number[] = []
  const inside: number[] = []
  for (const [kind, rows] of [others, members].entries())
    for (let i = 0; i < Math.min(candidates, rows.shape[0]!); i++) {
      scores.push(-nearest(rows.data as Float32Array, i, drawn.data as Float32Array, against))
      inside.push(kind)
    }
  return areaUnderCurve(scores, inside)
}

/** The square of the least distance of a row to some of the drawn ones. */
function nearest(rows: Float32Array, row: number, drawn: Float32Array, against: number): number {
  const own = rows.subarray(row * columns, (row + 1) * columns)
  const count = Math.min(against, drawn.length / columns)
  let least = Number.POSITIVE_INFINITY
  for (let other = 0; other < count; other++) {
    let square = 0
    // Given up where it is beyond the least: most are, in their first quarter.
    for (let i = 0, from = other * columns; i < columns && square < least; i++)
      square += (own[i]! - drawn[from + i]!) ** 2
    if (square < least) least = square
  }
  return least
}

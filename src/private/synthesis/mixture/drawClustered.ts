// Rows of a generator: a cluster by its noisy size, then a row of its network.
// Source: Acs and others 2018, section IV; rounding within what is left keeps the clusters' shares.
// It costs nothing more: a generator was released, and what is drawn is a function of it and of fresh numbers.

import { type Tensor, tensor } from '../../../graph/index.ts'
import { drawBelow } from '../../../random/integers.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { drawUniform, type RandomSource, systemRandom } from '../../../random/source.ts'
import type { ClusteredGenerator } from './clusteredGenerator.ts'
import { drawFrom } from './network.ts'

/**
 * Draws rows, in an order that tells of no cluster.
 * @returns `[count, columns]`, what each column is expected to be, 0 to 1
 */
export async function drawClustered(
  { shape, clusters }: Pick<ClusteredGenerator, 'shape' | 'clusters'>,
  count: number,
  random: RandomSource = systemRandom,
): Promise<Tensor> {
  const { columns } = shape
  const shares = sharesOf(
    clusters.map(({ rows }) => rows),
    count,
    random,
  )
  const order = shuffle(upTo(count), { below: (n) => drawBelow(n, random) })
  const data = new Float32Array(count * columns)
  let next = 0
  for (const [c, { weights }] of clusters.entries()) {
    const own = shares[c]!
    const drawn = (await drawFrom(shape, weights, own, random)).data as Float64Array
    for (let row = 0; row < own; row++)
      data.set(drawn.subarray(row * columns, (row + 1) * columns), order[next++]! * columns)
  }
  return tensor(data, [count, columns])
}

/** How many rows each cluster gives: whole numbers, on average in proportion. Alike where no cluster has any. */
export function sharesOf(rows: readonly number[], count: number, random: RandomSource): number[] {
  const sum = rows.reduce((all, one) => all + one, 0)
  // Systematic: one uniform number, so that each share is one of the two whole numbers beside its proportion.
  const start = drawUniform(random)
  let [upto, given] = [0, 0]
  return rows.map((one, c) => {
    upto += sum > 0 ? (one / sum) * count : count / rows.length
    const end = c === rows.length - 1 ? count : Math.floor(upto + start)
    const own = Math.min(count, end) - given
    given += own
    return own
  })
}

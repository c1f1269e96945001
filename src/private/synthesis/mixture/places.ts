// Where a cluster's rows stand while its network is trained: at places of which there are a released number, drawn at random.
// Source: PROOF.md, section 4. Private training counts its places as known, and a cluster's size must not be.
// It hides the size only as long as there are enough places, which the margin sees to.

import { drawBelow } from '../../../random/integers.ts'
import { shuffle } from '../../../random/order.ts'
import type { RandomSource } from '../../../random/source.ts'

/**
 * How many places a cluster gets: its noisy number of rows and a margin, up to a whole multiple of `per`, at least one.
 * @param per one over the sampling rate, whole: so that every cluster is sampled at the same rate, as often
 */
export const capacityOf = (noisyRows: number, margin: number, per: number): number =>
  per * Math.max(1, Math.ceil((noisyRows + margin) / per))

/**
 * Rows at places: every way to put them there is equally likely, so that where one stands tells of no other.
 * @returns [capacity] numbers of rows, −1 where a place is empty. Rows that find no place are left out, each as likely.
 */
export function placed(rows: Int32Array, capacity: number, random: RandomSource): Int32Array {
  const below = (count: number) => drawBelow(count, random)
  const chosen = rows.length > capacity ? shuffle(rows.slice(), { below }).subarray(0, capacity) : rows
  const places = new Int32Array(capacity).fill(-1)
  places.set(chosen)
  return shuffle(places, { below })
}

// Which samples lie near which, and whether neighbours share a class: purity and silhouette.
// Source: Rousseeuw 1987 (silhouette); k-nearest-neighbour purity as in studies of t-SNE maps.
// All pairs are computed: for samples of a few thousand.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { throwIfAborted } from '../../errors.ts'

/** Squared Euclidean distances of all pairs of `rows` rows, row-major. Float64: equal rows give exactly 0. */
export async function squaredDistances(
  data: ArrayLike<number>,
  rows: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const width = data.length / rows
  const out = new Float64Array(rows * rows)
  let work = 0
  for (let i = 0; i < rows; i++) {
    // Some millions of operations, then whoever wants to stop gets a turn.
    work += i * width
    if (work > 3e7) {
      work = 0
      await nextTurn()
      throwIfAborted(signal)
    }
    for (let j = 0; j < i; j++) {
      let sum = 0
      for (let k = 0, a = i * width, b = j * width; k < width; k++) {
        const d = data[a + k]! - data[b + k]!
        sum += d * d
      }
      out[i * rows + j] = sum
      out[j * rows + i] = sum
    }
  }
  return out
}

/**
 * For each row the share of its `k` nearest others that are of its class. Where several lie equally far at the edge,
 * each counts in part, so that a space in which everything is one point gives what chance gives.
 */
export function neighbourPurity(squared: Float64Array, classes: ArrayLike<number>, k: number): Float64Array {
  const rows = classes.length
  const near = Math.min(k, rows - 1)
  const sorted = new Float64Array(rows - 1)
  return Float64Array.from({ length: rows }, (_, i) => {
    let at = 0
    for (let j = 0; j < rows; j++) if (j !== i) sorted[at++] = squared[i * rows + j]!
    sorted.sort()
    const edge = sorted[near - 1]!
    let [inside, same, tied, tiedSame] = [0, 0, 0, 0]
    for (let j = 0; j < rows; j++) {
      if (j === i) continue
      const d = squared[i * rows + j]!
      const alike = Number(classes[j] === classes[i])
      if (d < edge) {
        inside++
        same += alike
      } else if (d === edge) {
        tied++
        tiedSame += alike
      }
    }
    return (same + ((near - inside) * tiedSame) / tied) / near
  })
}

/** The expected purity of a random neighbour: Σ n(n−1) / N(N−1) over classes of n. */
export function chancePurity(classes: ArrayLike<number>): number {
  const counts = new Map<number, number>()
  for (let i = 0; i < classes.length; i++) counts.set(classes[i]!, (counts.get(classes[i]!) ?? 0) + 1)
  const pairs = [...counts.values()].reduce((sum, n) => sum + n * (n - 1), 0)
  return pairs / (classes.length * (classes.length - 1))
}

/**
 * The silhouette of each row, −1 … 1: how much nearer its own class is than the nearest other one; 0 for a class of one.
 */
export function silhouettes(squared: Float64Array, classes: ArrayLike<number>): Float64Array {
  const rows = classes.length
  const names = [...new Set(Array.from(classes))]
  const place = new Map(names.map((name, i) => [name, i]))
  const counts = new Float64Array(names.length)
  for (let i = 0; i < rows; i++) counts[place.get(classes[i]!)!]!++
  const sums = new Float64Array(names.length)
  return Float64Array.from({ length: rows }, (_, i) => {
    sums.fill(0)
    for (let j = 0; j < rows; j++) sums[place.get(classes[j]!)!]! += Math.sqrt(squared[i * rows + j]!)
    const ofClass = place.get(classes[i]!)!
    if (counts[ofClass] === 1 || names.length < 2) return 0
    const within = sums[ofClass]! / (counts[ofClass]! - 1)
    let nearest = Number.POSITIVE_INFINITY
    for (let c = 0; c < names.length; c++) {
      if (c !== ofClass) nearest = Math.min(nearest, sums[c]! / counts[c]!)
    }
    return within === nearest ? 0 : (nearest - within) / Math.max(nearest, within)
  })
}

// Two clouds of white rows of one population, one of them turned: finds the orthogonal matrix between them.
// Source: Besl and McKay (1992), iterative closest points; Procrustes, Schönemann (1966); started from components (ICA).
// A cloud that looks the same from several sides (a Gaussian) has no one answer: then what it returns means nothing.

import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import type { AttackOptions } from '../../finding.ts'
import { pick } from '../evidence.ts'
import { distanceProfiles, profileDistance, squaredDistances } from './distances.ts'
import { separate, unmix } from './fastIca.ts'
import { matchShapes, shapeOf } from './quantiles.ts'

export interface Alignment {
  /** Orthogonal `[directions, directions]`: the fixed cloud's coordinates are `rotation · turned`. */
  readonly rotation: Matrix
  /** Mean distance of a turned row to the nearest fixed row, and of a fixed row to the nearest turned row. */
  readonly distance: number
}

/**
 * Rows of each cloud that are laid on each other (the cost is their product), rotations that are tried, and
 * multiplications that are spent at most: all rotations of 14 columns, a few of 100.
 */
const efforts = {
  quick: { rows: 400, starts: 40, work: 8e8 },
  full: { rows: 1000, starts: 120, work: 5e10 },
}
/**
 * Up to so many directions all of a budget is spent, beyond less and less: of tables of 30 columns not even one layer was
 * turned back under either of two keys, however much was spent at `quick`.
 */
const searchable = { quick: 14, full: Number.POSITIVE_INFINITY }
const refinement = 60
const separations = 4

/**
 * @param turned one array a direction; rows need not correspond to those of `fixed`.
 * @param fixed as many directions.
 * @throws RangeError when the numbers of directions differ.
 */
export function align(
  turned: readonly Float64Array[],
  fixed: readonly Float64Array[],
  { seed, effort }: Pick<AttackOptions, 'seed' | 'effort'>,
): Alignment {
  if (turned.length !== fixed.length) {
    throw new RangeError(`${turned.length} directions cannot be turned onto ${fixed.length}`)
  }
  const limits = efforts[effort]
  const rows = Math.min(limits.rows, Math.max(turned[0]?.length ?? 0, fixed[0]?.length ?? 0))
  const size = Math.max(1, turned.length)
  const random = seededStream(seed, 'align')
  // Where four separations of forty steps are too dear, one must do, and few starts with it.
  const work = limits.work * Math.min(1, searchable[effort] / size) ** 2
  const limit = Math.floor(work / (4 * separations * rows * size ** 2))
  const unmixings = limit < 40 ? 1 : separations
  const separated = (white: readonly Float64Array[], use: string) => {
    const some = pick(white, shuffle(upTo(white[0]?.length ?? 0), seededStream(seed, use)).slice(0, rows))
    const unmixed = Array.from({ length: unmixings }, () => {
      const unmixing = separate(some, { random, starts: 1, steps: Math.max(40, Math.min(200, limit)) })
      return { unmixing, components: unmix(some, unmixing) }
    })
    return { white: some, unmixed }
  }
  const from = separated(turned, 'turned rows')
  const to = separated(fixed, 'fixed rows')
  // A refinement takes some fifteen steps, each of all distances and a product of matrices.
  const affordable = Math.floor(work / (15 * (rows ** 2 * size + 2 * rows * size ** 2)))
  const starts = Math.max(unmixings, Math.min(limits.starts, affordable))
  const steps = affordable < 10 ? 15 : refinement
  let best: Alignment | undefined
  const attempt = (rotation: Matrix) => {
    const found = refine(from.white, to.white, rotation, steps)
    if (!best || found.distance < best.distance) best = found
  }
  for (const pairs of alikePairs(from.white, to.white)) attempt(procrustes(from.white, to.white, pairs))
  for (let start = 0; start < starts; start++) {
    const source = from.unmixed[start % unmixings]!
    const target = to.unmixed[Math.floor(start / unmixings) % unmixings]!
    // The best match of shapes first, for every pair of unmixings; then matches that are less and less likely.
    const doubt = start < unmixings ** 2 ? 0 : 0.02 * (1 + (start % 5))
    const order = Matrix.zeros(target.components.length, source.components.length)
    matchShapes(target.components.map(shapeOf), source.components, () =>
      doubt === 0 ? 0 : doubt * Math.log(-Math.log(1 - random.uniform())),
    ).forEach(({ column, flipped }, i) => {
      order.set(i, column, flipped ? -1 : 1)
    })
    attempt(target.unmixing.transpose().mmul(order).mmul(source.unmixing))
  }
  return best!
}

/** Rows of two clouds that are taken for each other. */
interface Pairs {
  readonly from: Int32Array
  readonly to: Int32Array
}

/** Pairs of rows whose distances to all others are each other's most alike: all of them, and the better part. */
function alikePairs(turned: readonly Float64Array[], fixed: readonly Float64Array[]): Pairs[] {
  const profiles = distanceProfiles(turned)
  const other = distanceProfiles(fixed)
  const nearest = (profile: Float64Array, among: readonly Float64Array[]) => {
    let best = { index: 0, distance: Number.POSITIVE_INFINITY }
    among.forEach((candidate, index) => {
      const distance = profileDistance(profile, candidate)
      if (distance < best.distance) best = { index, distance }
    })
    return best
  }
  const back = other.map((profile) => nearest(profile, profiles).index)
  const mutual = profiles
    .map((profile, from) => ({ from, ...nearest(profile, other) }))
    .filter(({ from, index }) => back[index] === from)
    .sort((a, b) => a.distance - b.distance)
  return [1, 0.5, 0.25].map((share) => {
    const kept = mutual.slice(0, Math.ceil(share * mutual.length))
    return { from: Int32Array.from(kept, (p) => p.from), to: Int32Array.from(kept, (p) => p.index) }
  })
}

function refine(
  turned: readonly Float64Array[],
  fixed: readonly Float64Array[],
  start: Matrix,
  steps: number,
): Alignment {
  let rotation = start
  let distance = Number.POSITIVE_INFINITY
  let best: Alignment = { rotation, distance }
  for (let step = 0; step < steps; step++) {
    const pairs = closest(unmix(turned, rotation), fixed)
    if (pairs.distance < best.distance) best = { rotation, distance: pairs.distance }
    if (!(pairs.distance < distance * (1 - 1e-6))) break
    distance = pairs.distance
    rotation = procrustes(turned, fixed, pairs)
  }
  return best
}

/** Each row with the nearest of the other cloud, both ways. */
function closest(
  a: readonly Float64Array[],
  b: readonly Float64Array[],
): Pairs & { readonly distance: number } {
  const rows = a[0]!.length
  const others = b[0]!.length
  const distances = squaredDistances(a, b)
  const from = new Int32Array(rows + others)
  const to = new Int32Array(rows + others)
  const nearest = new Float64Array(others).fill(Number.POSITIVE_INFINITY)
  let total = 0
  for (let r = 0; r < rows; r++) {
    let least = Number.POSITIVE_INFINITY
    from[r] = r
    for (let c = 0; c < others; c++) {
      const d = distances[r * others + c]!
      if (d < least) {
        least = d
        to[r] = c
      }
      if (d < nearest[c]!) {
        nearest[c] = d
        from[rows + c] = r
      }
    }
    total += Math.sqrt(least) / rows
  }
  for (let c = 0; c < others; c++) {
    to[rows + c] = c
    total += Math.sqrt(nearest[c]!) / others
  }
  return { from, to, distance: total / 2 }
}

/** The orthogonal matrix that brings paired rows closest: V Uᵀ of Σ turned · fixedᵀ = U S Vᵀ. */
function procrustes(turned: readonly Float64Array[], fixed: readonly Float64Array[], pairs: Pairs): Matrix {
  const size = turned.length
  const cross = Matrix.zeros(size, size)
  const { from, to } = pairs
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0
      for (let p = 0; p < from.length; p++) sum += turned[i]![from[p]!]! * fixed[j]![to[p]!]!
      cross.set(i, j, sum)
    }
  }
  const svd = new SingularValueDecomposition(cross)
  return svd.rightSingularVectors.mmul(svd.leftSingularVectors.transpose())
}

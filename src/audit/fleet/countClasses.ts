// How many rows of each class a gradient is the sum of, by what the server's own rows of each class would send.
// Source: generalised least squares (Aitken 1936) on the last layer's gradient, Σ (p − y) ⊗ [h; 1]: its bias, and its kernel
// along the mean features h of each class. At trained weights rows that are answered rightly send next to nothing: of these
// nothing can tell the class, and the count falls back to how frequent classes are.

import { CholeskyDecomposition, Matrix, solve } from 'ml-matrix'
import type { ClassedRows, SeenUpdates } from './contract.ts'
import { normOf, observedGradient, rowsBehind, slotOf } from './observed.ts'
import { gradientLimit, keptShare, lastDense, openAsker, probeAnswers } from './probe.ts'
import { takeLabelled } from './send.ts'

/** Fewer rows of a class do not tell what it sends. */
const fewest = 5
/** Rows of which the norm is asked, where nodes of one row cut off. */
const mostNorms = 400

/** Whether there are rows enough of every class. */
export function tellsClasses({ labels }: ClassedRows, classes: number): boolean {
  return Array.from({ length: classes }, (_, k) => labels.filter((c) => c === k).length).every(
    (n) => n >= fewest,
  )
}

/** Shares of classes of every message, as they are likeliest: real numbers of sum 1; for one row the likeliest class. */
export async function sharesOfClasses(seen: SeenUpdates, own: ClassedRows): Promise<Float64Array[]> {
  const classes = seen.model.output[0]!
  const behind = rowsBehind(seen)
  const kept = await keptOf(seen, own)
  const rows = takeLabelled(
    own,
    Int32Array.from(kept, (_, i) => i),
  )
  const { answers, features } = await probeAnswers(seen, rows)
  const width = features.length / kept.length
  const of = (k: number) => [...rows.labels.keys()].filter((i) => rows.labels[i] === k)
  const centres = Array.from({ length: classes }, (_, k) => meanFeatures(features, of(k), width))
  const statistics = Array.from(rows.labels, (label, i) => {
    const slopes = Float64Array.from(
      { length: classes },
      (_, c) => kept[i]! * (answers[i * classes + c]! - (c === label ? 1 : 0)),
    )
    const feature = features.subarray(i * width, (i + 1) * width)
    const along = centres.map((centre) => feature.reduce((sum, h, j) => sum + h * centre[j]!, 0))
    return statisticOf(slopes, (c, k) => slopes[c]! * along[k]!, classes)
  })
  const means = centres.map((_, k) => averageOf(of(k).map((i) => statistics[i]!)))
  const observed = seen.sent.map((_, m) => observedGradient(seen, m))
  const inside = statistics.map((s, i) => s.map((v, j) => v - means[rows.labels[i]!]![j]!))
  const covariance = covarianceOf(inside)
    .div(behind)
    .add(noiseAlong(centres, classes, observed[0]!.noise))
  const inverse = new CholeskyDecomposition(
    covariance.add(Matrix.eye(covariance.rows).mul((1e-9 * covariance.trace()) / covariance.rows + 1e-300)),
  )
  const weighed = means.map((mean) => inverse.solve(Matrix.columnVector(mean)).to1DArray())
  const product = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let sum = 0
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
    return sum
  }
  const products = weighed.map((w) => means.map((mean) => product(w, mean)))
  const frequencies = centres.map((_, k) => of(k).length / rows.labels.length)
  return observed.map(({ values }) => {
    const statistic = statisticOfGradient(values, seen, centres, classes)
    const seenBy = weighed.map((w) => product(w, statistic))
    if (behind > 1) return constrained(products, seenBy, behind, frequencies)
    const likelihood = seenBy.map((by, k) => by - products[k]![k]! / 2 + Math.log(frequencies[k]!))
    const best = likelihood.indexOf(Math.max(...likelihood))
    return Float64Array.from(likelihood, (_, k) => (k === best ? 1 : 0))
  })
}

/** What a node keeps of each of the server's own rows: of each alone where a node has one row, else the mean share. */
async function keptOf(seen: SeenUpdates, own: ClassedRows): Promise<Float64Array> {
  if (seen.facts.clip === null) return new Float64Array(own.labels.length).fill(1)
  const asker = await openAsker(seen)
  try {
    if (seen.facts.rows > 1)
      return new Float64Array(own.labels.length).fill(await keptShare(seen, asker, own))
    const shares = new Float64Array(Math.min(mostNorms, own.labels.length))
    for (const i of shares.keys()) {
      const norm = normOf(await asker.gradient(takeLabelled(own, Int32Array.of(i))))
      shares[i] = Math.min(1, gradientLimit(seen) / norm)
    }
    return shares
  } finally {
    await asker.close()
  }
}

/** Slopes, and for each of them what the kernel shows along each centre. */
function statisticOf(
  slopes: Float64Array,
  along: (c: number, k: number) => number,
  classes: number,
): Float64Array {
  return Float64Array.from({ length: classes * (classes + 1) }, (_, i) =>
    i < classes ? slopes[i]! : along(Math.floor(i / classes) - 1, i % classes),
  )
}

function statisticOfGradient(
  values: Float64Array,
  seen: SeenUpdates,
  centres: readonly Float64Array[],
  classes: number,
): Float64Array {
  const { kernel, bias } = lastDense(seen)!
  const [w, b] = [slotOf(seen, kernel).start, slotOf(seen, bias).start]
  const along = (c: number, k: number) =>
    centres[k]!.reduce((sum, h, j) => sum + h * values[w + j * classes + c]!, 0)
  return statisticOf(values.slice(b, b + classes), along, classes)
}

/** The covariance of noise of one size on every number, along the statistics. */
function noiseAlong(centres: readonly Float64Array[], classes: number, noise: number): Matrix {
  const size = classes * (classes + 1)
  const found = Matrix.zeros(size, size)
  for (let c = 0; c < classes; c++) found.set(c, c, noise ** 2)
  for (let k = 0; k < classes; k++)
    for (let l = 0; l < classes; l++) {
      const product = noise ** 2 * centres[k]!.reduce((sum, h, j) => sum + h * centres[l]![j]!, 0)
      for (let c = 0; c < classes; c++) found.set((c + 1) * classes + k, (c + 1) * classes + l, product)
    }
  return found
}

function meanFeatures(features: Float64Array, rows: readonly number[], width: number): Float64Array {
  return averageOf(rows.map((i) => features.subarray(i * width, (i + 1) * width)))
}

function averageOf(rows: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(rows[0]!.length)
  for (const row of rows) for (let j = 0; j < sum.length; j++) sum[j]! += row[j]! / rows.length
  return sum
}

function covarianceOf(rows: readonly Float64Array[]): Matrix {
  const matrix = new Matrix(rows.map((row) => Array.from(row)))
  return matrix.transpose().mmul(matrix).div(rows.length)
}

/**
 * The least squares of sum 1 and no negative share: classes below zero are left out, one after another.
 * @param behind rows B. What is known before: shares of B rows drawn by frequencies p have a variance of about p / B
 */
function constrained(
  products: readonly (readonly number[])[],
  seenBy: readonly number[],
  behind: number,
  frequencies: readonly number[],
): Float64Array {
  const classes = seenBy.length
  let kept = Array.from({ length: classes }, (_, k) => k)
  for (;;) {
    const size = kept.length
    const system = Matrix.zeros(size + 1, size + 1)
    const right = Matrix.zeros(size + 1, 1)
    const largest = Math.max(...kept.map((k) => products[k]![k]!))
    for (const [a, k] of kept.entries()) {
      for (const [b, l] of kept.entries())
        system.set(a, b, (products[k]![l]! + (k === l ? behind / frequencies[k]! : 0)) / largest)
      system.set(a, size, 1)
      system.set(size, a, 1)
      // A frequency times its precision is B.
      right.set(a, 0, (seenBy[k]! + behind) / largest)
    }
    right.set(size, 0, 1)
    const found = solve(system, right)
    const shares = kept.map((_, a) => found.get(a, 0))
    const least = Math.min(...shares)
    if (least >= 0 || size === 1) {
      const all = new Float64Array(classes)
      for (const [a, k] of kept.entries()) all[k] = shares[a]!
      return all
    }
    kept = kept.filter((_, a) => shares[a] !== least)
  }
}

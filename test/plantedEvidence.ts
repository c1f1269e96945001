// Tables and releases with a known weakness, or none: what attacks are tested on.

import { type Evidence, numericAttributes } from '../src/audit/tables/evidence.ts'
import type { Scheme } from '../src/protect/index.ts'
import { seededStream } from '../src/random/seeded.ts'

/** Independent columns of different skewed shapes: exponential, crowded at 0, two-humped, log-normal, and so again. */
export function independentColumns(rows: number, columns: number, seed: number): Float64Array[] {
  const random = seededStream(seed, 'independent columns')
  const shapes = [
    () => -Math.log(1 - random.uniform()),
    () => random.uniform() ** 2,
    () => (random.uniform() < 0.35 ? -2 : 1) + 0.3 * random.normal(),
    () => Math.exp(random.normal()),
  ]
  return Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, () => 10 * j + (j + 1) * shapes[j % shapes.length]!()),
  )
}

/** Columns that depend on nothing: a release of which nothing can be had. */
export function noiseColumns(rows: number, columns: number, seed: number): Float64Array[] {
  const random = seededStream(seed, 'noise columns')
  return Array.from({ length: columns }, () => Float64Array.from({ length: rows }, () => random.normal()))
}

/** A random matrix (not orthogonal) applied to every row. */
export function mixed(columns: readonly Float64Array[], seed: number): Float64Array[] {
  const random = seededStream(seed, 'mixing')
  return columns.map(() => {
    const weights = columns.map(() => random.normal())
    return Float64Array.from(columns[0]!, (_, r) =>
      columns.reduce((sum, c, j) => sum + weights[j]! * c[r]!, 0),
    )
  })
}

/** Evidence of numbers alone. */
export function evidenceOf(
  features: readonly Float64Array[],
  released: readonly Float64Array[],
  scheme: Scheme = { name: 'planted', layers: 1 },
): Evidence {
  const names = features.map((_, j) => `c${j}`)
  return { attributes: numericAttributes(names, features), features, released, scheme }
}

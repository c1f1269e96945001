// One release of a query: integers of each group, how far one unit moves them, and the noise that follows from it.
// Source: ../mechanisms/noise.ts; sensitivities are those of adding or removing one unit, bounded by exact.ts.
// It does not hold for rows that were not bounded first: no more than so many of a unit, in no more than so many groups.

import { product, quotient, type Rational, rational } from '../mechanisms/rational.ts'
import type { Grid } from './grid.ts'
import type { Bounds } from './ranges.ts'

/** How much of one unit counts. */
export interface PerUnit {
  /** Rows in each group. */
  readonly rows: number
  readonly groups: number
}

/** Values of an expression, for one or more releases. Without a grid only whether they are missing matters. */
export interface Values {
  readonly sql: string
  readonly label: string
  readonly grid?: Grid | undefined
  /** Where the values lie; with a grid. */
  readonly bounds?: Bounds | undefined
  readonly whole: boolean
}

/** What a release may cost, which says its noise: pure ε of discrete Laplace noise, or ρ of discrete Gaussian noise. */
export type Share = { readonly epsilon: Rational } | { readonly rho: Rational }

/** One release: integers of each group with noise. `values` is a place in the plan's list. */
export type Release = Share &
  (
    | {
        /** Cells of moments.ts: of rows where values are missing (if `missing`), then of the others. */
        readonly kind: 'moments'
        readonly values: number | undefined
        readonly degree: 0 | 1 | 2
        readonly missing: boolean
      }
    | { readonly kind: 'sum'; readonly values: number }
    | {
        readonly kind: 'distinct'
        readonly values: number /** Of one unit, in a group. */
        readonly most: bigint
      }
    | { readonly kind: 'quantile'; readonly values: number; readonly quantile: number }
  )

/** How far one unit moves a release, in L1, in its own integers, over all groups. */
export function sensitivityOf(release: Release, values: readonly Values[], perUnit: PerUnit): bigint {
  const rows = BigInt(perUnit.rows)
  const groups = BigInt(perUnit.groups)
  switch (release.kind) {
    case 'moments':
      return groups * rows * unitOf(release, values)
    case 'sum': {
      const { low, steps } = values[release.values]!.grid!
      const high = low + steps
      const most = -low > high ? -low : high
      return groups * rows * (most > 0n ? most : 1n)
    }
    case 'distinct':
      return groups * release.most
    case 'quantile':
      return groups * rows
  }
}

/** What one row adds to the cells of moments, in all. */
export function unitOf(release: Release & { kind: 'moments' }, values: readonly Values[]): bigint {
  return release.degree === 0 ? 1n : values[release.values!]!.grid!.steps ** BigInt(release.degree)
}

/**
 * How far one unit moves a release, squared, in L2, in its own integers. In each group it moves integers by no more in L2
 * than in L1, and groups are at right angles: G groups are G times as much squared, and not G² times as in L1.
 */
export function squaredSensitivityOf(release: Release, values: readonly Values[], perUnit: PerUnit): bigint {
  const inOne = sensitivityOf(release, values, { ...perUnit, groups: 1 })
  return BigInt(perUnit.groups) * inOne * inOne
}

/** The law of a release's noise on each of its integers: the scale of discrete Laplace, or σ² of discrete Gaussian noise. */
export type Noise =
  | { readonly law: 'laplace'; readonly scale: Rational }
  | { readonly law: 'gaussian'; readonly variance: Rational }

/** ε = Δ₁ / scale, or ρ = Δ₂² / (2 σ²): see ../mechanisms/noise.ts. */
export function noiseOf(release: Release, values: readonly Values[], perUnit: PerUnit): Noise {
  if ('epsilon' in release)
    return {
      law: 'laplace',
      scale: quotient(rational(sensitivityOf(release, values, perUnit)), release.epsilon),
    }
  const squared = rational(squaredSensitivityOf(release, values, perUnit))
  return { law: 'gaussian', variance: quotient(squared, product(rational(2n), release.rho)) }
}

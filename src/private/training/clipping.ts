// How much of each example's gradient is taken: the clipping norm's variants, as factors, with their rounding paid for.
// Source: Abadi and others 2016 (flat); McMahan and others 2018 (a norm for each layer); Bu and others 2023 (automatic).
// Every variant bounds what an example adds, over all weights together, by the clipping norm in the L2 norm: PROOF.md, lemma 3.

import { FrostglassError } from '../../errors.ts'
import { add, div, less, max, sqrt, type Value } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import { requirePositive } from '../accounting/check.ts'
import type { SquaredNorm } from './exampleNorm.ts'

/**
 * - `flat`: an example's gradient g is scaled by min(1, C / ‖g‖);
 * - `per-layer`: each of L layers' parts by min(1, C / √L / ‖part‖);
 * - `automatic`: by C / (‖g‖ + 0.01), so that all examples weigh about the same and C only scales the learning rate.
 */
export type Clipping = 'flat' | 'per-layer' | 'automatic'

/** What a norm of 0 counts as where it would be divided by. */
const stability = 0.01

/** Clipping norms that the proof covers: below, squares of gradients near them would be subnormal. */
export const clipRange = [2 ** -20, 2 ** 20] as const

/** Squared norms from here on, or that are no numbers, are taken for faults of the example, which then counts for nothing. */
const largestSquare = 2 ** 126

/** The unit roundoff of float32, which bounds float64's as well. */
const unit = 2 ** -24

/** Roundings besides those of the squared norms: of factors, scales, and what is scaled. */
const otherRoundings = 32

/** @throws FrostglassError `usage` for a clipping norm outside `clipRange` */
export function requireClip(clip: number): void {
  requirePositive('the clipping norm', clip)
  if (clip >= clipRange[0] && clip <= clipRange[1]) return
  throw new FrostglassError(
    'usage',
    `the clipping norm is 2^-20 to 2^20, not ${clip}`,
    'Scale the loss instead.',
  )
}

/** A weight's layer: its name but for the last part. */
const layerOf = (weight: Value): string => weight.name!.replace(/\.[^.]*$/, '')

/** The factor of each example for each weight, and each example's whole norm before it. */
export interface Factors {
  /** [examples] */
  readonly norm: Value
  /** [examples], bool: whether the norm is a number that the proof covers. */
  readonly sound: Value
  /** [examples], for each weight in order. */
  readonly of: readonly Value[]
}

/**
 * @param squared of each of `weights`
 * @throws FrostglassError `unsupported` where a bound on all roundings would take off a hundredth of the clipping norm
 */
export function clippingFactors(
  clipping: Clipping,
  clip: number,
  weights: readonly Value[],
  squared: readonly SquaredNorm[],
): Factors {
  const roundings = Math.max(...squared.map((s) => s.roundings)) + weights.length + otherRoundings
  if (roundings * unit > 0.01)
    throw new FrostglassError(
      'unsupported',
      `a weight of this model takes ${roundings} roundings for its norm`,
      'Give its shape more axes, or freeze it.',
    )
  const bound = clip * (1 - roundings * unit)
  const total = (of: readonly SquaredNorm[]) => of.map((s) => s.value).reduce((sum, s) => add(sum, s))
  const whole = total(squared)
  const norm = sqrt(whole)
  const sound = less(whole, scalarLike(whole, largestSquare))
  const atMost = (part: Value, most: number) => div(scalarLike(part, most), max(part, scalarLike(part, most)))
  if (clipping === 'automatic') {
    const factor = div(scalarLike(norm, bound), add(norm, scalarLike(norm, stability)))
    return { norm, sound, of: weights.map(() => factor) }
  }
  if (clipping === 'flat') {
    const factor = atMost(norm, bound)
    return { norm, sound, of: weights.map(() => factor) }
  }
  const layers = [...new Set(weights.map(layerOf))]
  const factors = new Map(
    layers.map((layer) => {
      const norms = squared.filter((_, i) => layerOf(weights[i]!) === layer)
      return [layer, atMost(sqrt(total(norms)), bound / Math.sqrt(layers.length))]
    }),
  )
  return { norm, sound, of: weights.map((w) => factors.get(layerOf(w))!) }
}

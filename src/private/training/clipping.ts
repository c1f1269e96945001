// How much of each row's gradient is taken: the clipping norm's variants, as factors.
// Source: Abadi and others 2016 (flat); McMahan and others 2018 (a norm for each layer); Bu and others 2023 (automatic).
// Every variant bounds what a row adds, over all weights together, by the clipping norm in the L2 norm.

import { add, div, max, scalarLike, sqrt, type Value } from '../../graph/index.ts'

/**
 * - `flat`: a row's gradient g is scaled by min(1, C / ‖g‖);
 * - `per-layer`: each of L layers' parts by min(1, C / √L / ‖part‖);
 * - `automatic`: by C / (‖g‖ + 0.01), so that all rows weigh about the same and C only scales the learning rate.
 */
export type Clipping = 'flat' | 'per-layer' | 'automatic'

/** What a norm of 0 counts as where it would be divided by. */
const stability = 0.01

/**
 * Taken off the clipping norm, so that rounding cannot lead beyond it: norms and sums in float32 (off by 1e-6 of
 * themselves in our tests), and sums to the grid of the noise.
 */
const margin = 2 ** -10

/** A weight's layer: its name but for the last part. */
const layerOf = (weight: Value): string => (weight.name as string).replace(/\.[^.]*$/, '')

/** The factor of each row for each weight, and each row's whole norm before it. */
export interface Factors {
  /** [rows] */
  readonly norm: Value
  /** [rows], for each weight in order. */
  readonly of: readonly Value[]
}

/** @param squared each row's squared norm by each of `weights`, [rows] */
export function clippingFactors(
  clipping: Clipping,
  clip: number,
  weights: readonly Value[],
  squared: readonly Value[],
): Factors {
  const bound = clip * (1 - margin)
  const total = (of: readonly Value[]) => sqrt(of.reduce((sum, s) => add(sum, s)))
  const norm = total(squared)
  const atMost = (part: Value, most: number) => div(scalarLike(part, most), max(part, scalarLike(part, most)))
  if (clipping === 'automatic') {
    const factor = div(scalarLike(norm, bound), add(norm, scalarLike(norm, stability)))
    return { norm, of: weights.map(() => factor) }
  }
  if (clipping === 'flat') {
    const factor = atMost(norm, bound)
    return { norm, of: weights.map(() => factor) }
  }
  const layers = [...new Set(weights.map(layerOf))]
  const factors = new Map(
    layers.map((layer) => {
      const own = squared.filter((_, i) => layerOf(weights[i] as Value) === layer)
      return [layer, atMost(total(own), bound / Math.sqrt(layers.length))]
    }),
  )
  return { norm, of: weights.map((w) => factors.get(layerOf(w)) as Value) }
}

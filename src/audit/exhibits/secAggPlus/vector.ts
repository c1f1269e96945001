// What a node of Flower's SecAgg+ masks: its weight and its weighted parameters, on a grid; and the mean that a sum of them is.
// Source: flwr 1.42, secaggplus_mod.py (`_collect_masked_vectors`), quantization.py, secaggplus_workflow.py (`unmask_stage`).
// A weight above `heaviest` overflows, as it does there with a warning. For this exhibit alone.

import { drawUniform, type RandomSource } from '../../../random/source.ts'

/** What the server tells every node first; the modulus is 2^32. */
export interface Settings {
  /** Into how many shares each secret is cut. */
  readonly shares: number
  readonly threshold: number
  /** Parameters beyond ± this are cut to it. */
  readonly clipping: number
  /** Steps of the grid over the whole range. */
  readonly levels: number
  /** The most examples that a node may have. */
  readonly heaviest: number
}

/** Flower's own, but for shares and threshold. */
export const flowerSettings = { clipping: 8, levels: 4194304, heaviest: 1000 } as const

/** To the nearest whole number, halves to the even one, as Python rounds. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x)
  const over = x - below
  return over < 0.5 || (over === 0.5 && below % 2 === 0) ? below : below + 1
}

/** A node's weight as the server can compute it, for the examples come in the clear. */
export const weightOf = (examples: number, { levels, heaviest }: Settings): number =>
  roundHalfEven((examples / heaviest) * levels)

/**
 * Numbers on the grid, each rounded up or down at random so that its mean stays.
 * @param uniform in [0, 1)
 * @returns 0 … levels
 */
export function quantised(
  values: ArrayLike<number>,
  { clipping, levels }: Pick<Settings, 'clipping' | 'levels'>,
  uniform: () => number,
): Uint32Array {
  return Uint32Array.from(values, (value) => {
    const exact = (Math.min(clipping, Math.max(-clipping, value)) + clipping) * (levels / (2 * clipping))
    const up = Math.ceil(exact)
    return uniform() < up - exact ? up - 1 : up
  })
}

/** What is masked: the weight, then the weighted parameters. @returns [1 + parameters], 0 … levels */
export function weightedGrid(
  parameters: ArrayLike<number>,
  examples: number,
  settings: Settings,
  random: RandomSource,
): Uint32Array {
  const weight = weightOf(examples, settings)
  const ratio = weight / settings.levels
  const weighted = Float64Array.from(parameters, (value) => value * ratio)
  return Uint32Array.of(weight, ...quantised(weighted, settings, () => drawUniform(random)))
}

/** A vector and a mask, modulo 2^32. */
export const plus = (vector: Uint32Array, mask: Uint32Array): Uint32Array =>
  vector.map((value, i) => value + mask[i]!)

/** A vector without a mask, modulo 2^32. */
export const minus = (vector: Uint32Array, mask: Uint32Array): Uint32Array =>
  vector.map((value, i) => value - mask[i]!)

/** The weighted mean of parameters, of the sum of what `nodes` nodes masked. */
export function meanOf(sum: Uint32Array, nodes: number, { clipping, levels }: Settings): Float64Array {
  const weight = sum[0]!
  return Float64Array.from(
    sum.subarray(1),
    (value) => ((value * ((2 * clipping) / levels) - nodes * clipping) * levels) / weight,
  )
}

/** What one node put in, of its vector without masks. @returns NaN where it put in nothing */
export const valuesOf = (vector: Uint32Array, settings: Settings): Float64Array => meanOf(vector, 1, settings)

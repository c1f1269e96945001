// Exponential moments of a summed privacy loss, and the tilted masses that a transform of it starts from.
// Source: Esscher 1932 (tilting); Chernoff 1952 (what lies outside a window); every tilt gives true bounds.
// Which tilt is taken decides how sharp the answer is, never whether it holds: searches here are as rough as they may be.

import type { LossGrid } from './lossGrid.ts'

/** A grid of one release's losses, and how often it is released. */
export type RepeatedGrid = LossGrid & { readonly times: number }

/** The moments of the summed loss, its bounded losses only. */
export interface Moments {
  readonly step: number
  /** log E e^{tilt × loss}, with the integrals' errors added. */
  log(tilt: number): number
  /** The tilted masses of one part, and the logarithm of what they were divided by. */
  tilted(part: number, tilt: number): { log: number; masses: Float64Array }
}

/** Tilted masses below e^this of the greatest are left out of `tilted`; the window's slack covers them. */
const NEGLIGIBLE = -80

/** @param inflation added to every logarithm: what the grids' masses may be short of. */
export function momentsOf(grids: readonly RepeatedGrid[], step: number, inflation: number): Moments {
  const logs = grids.map((g) => g.masses.map(Math.log))
  const greatest = (from: Float64Array, slope: number): number => {
    let high = Number.NEGATIVE_INFINITY
    for (let i = 0; i < from.length; i++) high = Math.max(high, from[i]! + slope * i)
    return high
  }
  const logOf = (part: number, tilt: number): number => {
    const from = logs[part]!
    const slope = tilt * step
    const high = greatest(from, slope)
    let sum = 0
    for (let i = 0; i < from.length; i++) {
      const power = from[i]! + slope * i - high
      if (power > NEGLIGIBLE) sum += Math.exp(power)
    }
    return high + Math.log(sum) + slope * grids[part]!.first
  }
  return {
    step,
    log: (tilt) => grids.reduce((sum, g, i) => sum + g.times * logOf(i, tilt), inflation),
    tilted(part, tilt) {
      const from = logs[part]!
      const slope = tilt * step
      const high = greatest(from, slope)
      const masses = new Float64Array(from.length)
      let sum = 0
      for (let i = 0; i < from.length; i++) {
        const power = from[i]! + slope * i - high
        if (power > NEGLIGIBLE) sum += masses[i] = Math.exp(power)
      }
      for (let i = 0; i < masses.length; i++) masses[i]! /= sum
      return { log: high + Math.log(sum) + slope * grids[part]!.first, masses }
    },
  }
}

/** A minimum of a function of a positive number that falls and then rises, by steps of 16, 4, 2 and √2. */
export function descend(
  value: (at: number) => number,
  start: number,
  most: number,
): { at: number; least: number } {
  let at = Math.min(start, most)
  let least = value(at)
  for (const factor of [16, 4, 2, Math.SQRT2])
    for (const ratio of [factor, 1 / factor])
      for (;;) {
        const next = at * ratio
        if (next > most || next < 1e-9) break
        const here = value(next)
        if (!(here < least)) break
        ;[at, least] = [next, here]
      }
  return { at, least }
}

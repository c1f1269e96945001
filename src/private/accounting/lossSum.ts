// The distribution of a summed privacy loss on a window of the grid, by FFT, with every error bounded and added to δ.
// Source: Koskela, Jälkö and Honkela 2020; tilted first, so that absolute errors are small beside any δ (PROOF.md).
// What is folded into the window from outside only adds to δ; what is missing above it is bounded by its tilted mass.

import { FrostglassError } from '../../errors.ts'
import { transform, transformError, UNIT } from './fourier.ts'
import { descend, type Moments, type RepeatedGrid } from './lossMoments.ts'

/** What may lie outside the transform's window, under the tilted measure. */
const OUTSIDE = 1e-12
/** Tilted masses that `tilted` leaves out, each at most e^−80 of a whole. */
const LEFT_OUT = Math.exp(-80)
/** Cells of margin below and above the window. */
const MARGIN = 64

/** δ at the points of the window, computed from above. */
export interface Sum {
  /** How many points the window has. */
  readonly points: number
  /** The window's width, nats. */
  readonly width: number
  /** The least ε whose δ is at most the target. */
  epsilon(target: number): number
  delta(epsilon: number): number
}

/**
 * The summed loss about where the tilt puts it.
 *
 * @param tilt λ > 0: sharp about the loss that e^{λ × loss} makes the mean.
 * @param reachFor an ε that the window must reach down to.
 * @param most points of the window; with more, the factor that the step must grow by is returned instead.
 * @throws FrostglassError 'usage' for more releases than the grid can count.
 */
export function sumOf(
  grids: readonly RepeatedGrid[],
  moments: Moments,
  tilt: number,
  reachFor: number | undefined,
  most: number,
): Sum | number {
  const { step } = moments
  const parts = grids.map((g, i) => ({ ...g, tilted: moments.tilted(i, tilt).masses }))
  const log = moments.log(tilt)
  const { bottom, top } = windowOf(parts, moments, tilt, log, reachFor)
  if (top - bottom >= most) return Math.max(1.5, ((top - bottom) / most) * 1.1)
  const length = 2 ** Math.ceil(Math.log2(top - bottom + 1))
  const { masses, error } = convolve(parts, bottom, length)
  // Sums of positive terms: each of `length` additions and a few operations a point round, and this makes up for it.
  const upwards = 1 + 8 * UNIT * length
  const fall = Math.exp(-step)
  const rise = -Math.expm1(-step)
  // Downwards: above = Σ over higher points of mass × e^{−distance}; delta grows by what a step makes of it.
  const delta = new Float64Array(length)
  const above = new Float64Array(length)
  const last = bottom + length - 1
  delta[length - 1] = Math.exp(log - tilt * last * step) * OUTSIDE
  for (let i = length - 2; i >= 0; i--) {
    const here = Math.exp(log - tilt * (bottom + i + 1) * step) * (Math.max(0, masses[i + 1]!) + error)
    above[i] = (above[i + 1]! + here) * fall
    delta[i] = delta[i + 1]! + (above[i + 1]! + here) * rise
  }
  for (let i = 0; i < length; i++) {
    delta[i]! *= upwards
    above[i]! *= upwards
  }
  return {
    points: length,
    width: (top - bottom) * step,
    epsilon(target) {
      let i = length - 1
      while (i >= 0 && delta[i]! <= target) i--
      if (i < 0) return Math.max(0, bottom * step)
      // Beyond the window's end the Chernoff bound holds.
      if (i === length - 1) return Math.max(0, (log - Math.log(target)) / tilt)
      return Math.max(0, (bottom + i) * step + Math.log1p((delta[i]! - target) / above[i]!))
    },
    delta(epsilon) {
      const i = Math.floor(epsilon / step) - bottom
      if (i >= length - 1) return Math.exp(log - tilt * epsilon)
      return Math.max(delta[i + 1]!, delta[i]! - Math.expm1(epsilon - (bottom + i) * step) * above[i]!)
    },
  }
}

type TiltedGrid = RepeatedGrid & { readonly tilted: Float64Array }

/** Grid points between which all but OUTSIDE of the tilted sum lies on either side, by Chernoff's bound. */
function windowOf(
  parts: readonly TiltedGrid[],
  moments: Moments,
  tilt: number,
  log: number,
  reachFor: number | undefined,
): { bottom: number; top: number } {
  const { step } = moments
  let variance = 0
  let least = 0
  let most = 0
  for (const { first, times, tilted } of parts) {
    let mean = 0
    let squares = 0
    for (let i = 0; i < tilted.length; i++) {
      mean += tilted[i]! * i
      squares += tilted[i]! * i * i
    }
    variance += times * (squares - mean * mean)
    least += times * first
    most += times * (first + tilted.length - 1)
  }
  const deviation = Math.sqrt(Math.max(1, variance)) * step
  const far = -Math.log(OUTSIDE)
  const usual = Math.sqrt(2 * far) / deviation
  const top = descend((more) => (moments.log(tilt + more) - log + far) / more, usual, 1e9).least
  const bottom = -descend((less) => (moments.log(tilt - less) - log + far) / less, usual, 1e9).least
  let from = Math.max(least, Math.floor(bottom / step)) - MARGIN
  if (reachFor !== undefined) from = Math.min(from, Math.floor(reachFor / step) - 1)
  const to = Math.min(most, Math.ceil(top / step)) + MARGIN
  // No ε is below 0: where that is near, look that far.
  if (to + 1 <= 2 * (to - from)) from = Math.min(from, -1)
  return { bottom: from, top: to }
}

/**
 * The tilted sum's masses on a window (what lies outside is folded into it), and what each may be off by: the
 * transforms' roundings on the way there, grown by the power, and on the way back.
 */
function convolve(
  parts: readonly TiltedGrid[],
  bottom: number,
  length: number,
): { masses: Float64Array; error: number } {
  const rounding = transformError(length)
  // Masses are real, so the upper half of the frequencies mirrors the lower.
  const half = length / 2
  const logSize = new Float64Array(half + 1)
  const logMost = new Float64Array(half + 1)
  const angle = new Float64Array(half + 1)
  let offset = -bottom
  let missing = 0
  for (const { tilted, first, times } of parts) {
    const re = new Float64Array(length)
    const im = new Float64Array(length)
    for (let i = 0; i < tilted.length; i++) re[i & (length - 1)]! += tilted[i]!
    transform(re, im, false)
    for (let f = 0; f <= half; f++) {
      const size = Math.sqrt(re[f]! * re[f]! + im[f]! * im[f]!)
      logSize[f]! += times * Math.log(size)
      // Besides the transform's error: the phase, at most π, is rounded before it is multiplied.
      logMost[f]! += times * Math.log(size + rounding + 8 * UNIT)
      angle[f]! += times * Math.atan2(im[f]!, re[f]!)
    }
    offset += times * first
    missing += times * tilted.length * LEFT_OUT
  }
  if (!Number.isSafeInteger(offset))
    throw new FrostglassError(
      'usage',
      `${offset} is beyond the grid: too many releases to account for`,
      'Compose them in Rényi terms instead.',
    )
  // A shift of the inputs by `offset` cells puts the sum where the window begins.
  const shift = ((offset % length) + length) % length
  const re = new Float64Array(length)
  const im = new Float64Array(length)
  let error = 0
  for (let f = 0; f <= half; f++) {
    const size = Math.exp(logSize[f]!)
    const most = Math.exp(logMost[f]!)
    error += (f === 0 || f === half ? 1 : 2) * (most - size + size * (rounding + 8 * UNIT))
    if (size === 0) continue
    const phase = angle[f]! - (2 * Math.PI * ((f * shift) % length)) / length
    re[f] = (size * Math.cos(phase)) / length
    im[f] = (size * Math.sin(phase)) / length
    if (f > 0 && f < half) {
      re[length - f] = re[f]!
      im[length - f] = -im[f]!
    }
  }
  transform(re, im, true)
  return { masses: re, error: error / length + missing }
}

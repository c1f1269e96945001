// The tight accountant: losses of many releases summed as one distribution, by FFT, every error bounded and added to δ.
// Source: Koskela, Jälkö and Honkela 2020 (FFT); Doroshenko et al. 2022 (the grid); Esscher tilting before the FFT.
// Holds for releases fixed beforehand, and for adaptive ones whose mechanisms and parameters were fixed beforehand.

import { requireDelta, requireList, requireNonNegative, requireObject, requireTimes } from './check.ts'
import { type Ends, EVERYWHERE, INTEGRAL_ERROR, onGrid, spread } from './lossGrid.ts'
import { descend, type Moments, momentsOf } from './lossMoments.ts'
import { type Sum, sumOf } from './lossSum.ts'
import { type LossPair, type Release, requireRelease } from './release.ts'

/** The same release, `times` times over (a whole number of at least 1). */
export interface Repeated {
  readonly release: Release
  readonly times: number
}

/**
 * The smallest ε at δ of releases about the same rows, by their privacy-loss distributions: never below the true one,
 * and within 0.1% of it. Against a grid five times as fine it was 0.004% too dear at sampling rates from 1e-4. Sparser
 * samples, whose rare losses are thousands of times the usual ones, get a coarser grid and take seconds.
 *
 * @param releases what is released, and how often; all of it about the same rows.
 * @param delta δ in (0, 1); below about 1e-15 only as far as the parts' own infinite losses allow.
 * @returns ε ≥ 0, nats; Infinity where no ε will do.
 * @throws FrostglassError 'usage' for a δ outside (0, 1) or a count that is not whole.
 * @example
 * ```ts
 * epsilonOf([{ release: sampledGaussianLoss(1, 256 / 60000), times: 14062 }], 1e-5) // 2.822
 * ```
 * Source: Koskela, Jälkö and Honkela 2020; Zhu, Dong and Wang 2022, theorem 10 (dominating pairs compose).
 */
export function epsilonOf(releases: readonly Repeated[], delta: number): number {
  requireDelta(delta)
  return bounded(directions(releases), { delta })
}

/**
 * Where ε is, to a percent or so and in a few milliseconds: one direction of adjacency, on the first grids alone. For
 * searches, whose end `epsilonOf` decides.
 */
export function nearEpsilonOf(releases: readonly Repeated[], delta: number): number {
  const [first = []] = directions(releases)
  return first.length === 0 ? 0 : looked(first, { delta }).best
}

/**
 * The δ at ε of releases about the same rows: the converse of `epsilonOf`, with the same errors added.
 *
 * @param epsilon ε ≥ 0, nats.
 * @returns δ in [0, 1].
 * @throws FrostglassError 'usage' for an ε below 0 or a count that is not whole.
 * Source: as `epsilonOf`.
 */
export function deltaOf(releases: readonly Repeated[], epsilon: number): number {
  requireNonNegative('ε', epsilon)
  return Math.min(1, bounded(directions(releases), { epsilon }))
}

interface Part {
  readonly pair: LossPair
  readonly times: number
}

/** Both directions of adjacency, or one where all releases have the same losses in both. */
function directions(releases: readonly Repeated[]): Part[][] {
  requireList('releases', releases)
  for (const repeated of releases) {
    requireObject('a repeated release', repeated)
    requireRelease(repeated.release)
    requireTimes('the number of releases', repeated.times)
  }
  if (releases.length === 0) return []
  const remove = releases.map(({ release, times }) => ({ pair: release.remove, times }))
  if (releases.every(({ release }) => release.remove === release.add)) return [remove]
  return [remove, releases.map(({ release, times }) => ({ pair: release.add, times }))]
}

/** Grid step over one loss's standard deviation at most: rounding then adds 7e-5 of the variance, 4e-5 of ε. */
const FINENESS = 0.02
/** How much coarser it may be where that saves work: then rounding adds 4e-4 of the variance. */
const COARSER = 2.5
/** Grid steps in the summed loss's standard deviation at least: few releases have curves with corners. */
const RESOLUTION = 400
/** Cells of one loss and points of the sum: in a first look, where a coarser step saves work, and at most. */
const LOOK = { cells: 2 ** 13, points: 2 ** 16 }
const USUAL = { cells: 2 ** 17, points: 2 ** 17 }
const MOST = { cells: 2 ** 19, points: 2 ** 20 }
/** Standard deviations that the summed loss of all other releases may be below its mean, to matter beside a great one. */
const SWING = 6
/** Losses expected beyond the ends at most. */
const RARE = 0.02
/** A next look is worth it where single losses span this much less than in the one before. */
const NARROWER = 0.8
const LOOKS = 16
const LAST_LOOKS = 3

/** What is asked of a sum: the ε at a δ, or the δ at an ε. */
type Question = { readonly delta: number } | { readonly epsilon: number }

/** One grid, computed. Each gives a true bound; the looks before the last only find a grid that is sharp. */
interface Look {
  readonly bound: number
  readonly tilt: number
  /** The width of the sum's window, nats. */
  readonly width: number
}

/**
 * The answer, from above: the dearer direction's. First looks are coarse: what they answer says which single losses matter, and those
 * beyond are moved to the ends of the next grid. So losses that are rare, and thousands of times the usual ones, as
 * samples of few rows have them, do not make the last grid coarse. A direction whose first bound is below the other's
 * last one needs no last one.
 */
function bounded(directions: readonly (readonly Part[])[], question: Question): number {
  const views = directions.map((parts) => ({ parts, ...looked(parts, question) }))
  views.sort((a, b) => b.best - a.best)
  let answer = 0
  for (const { parts, best, about, ends, look } of views) {
    if (best <= answer) break
    if (best === Number.POSITIVE_INFINITY) return best
    let bound = best
    let [width, before] = [look.width, Number.POSITIVE_INFINITY]
    // A coarse grid's sum is wider than it is: where that kept the next one coarse, too, it is done once more.
    for (let tries = 0; tries < LAST_LOOKS; tries++) {
      const step = lastStep(parts, ends, width)
      if (step > 0.7 * before) break
      const last = lookAt(parts, ends, question, { ...MOST, about, step, tilt: look.tilt })
      bound = Math.min(bound, last.bound)
      ;[width, before] = [last.width, step]
    }
    answer = Math.max(answer, bound)
  }
  return answer
}

/** The first looks: the least bound of them, and where the last one is to look. */
function looked(parts: readonly Part[], question: Question) {
  let about = 'delta' in question ? undefined : question.epsilon
  let ends = about === undefined ? EVERYWHERE : endsAbout(parts, EVERYWHERE, about)
  let best = Number.POSITIVE_INFINITY
  for (let looks = 1; ; looks++) {
    const look = lookAt(parts, ends, question, { ...LOOK, about, step: firstStep(parts, ends) })
    best = Math.min(best, look.bound)
    if (best === 0 || best === Number.POSITIVE_INFINITY) return { best, about, ends, look }
    if ('delta' in question) about = best
    const next = endsAbout(parts, ends, about!)
    const narrower = shapeOf(parts, next).span < NARROWER * shapeOf(parts, ends).span
    ends = next
    if (!narrower || looks === LOOKS) return { best, about, ends, look }
  }
}

/** Two ends that single losses can be moved to without being felt at ε: the same where more than a few would be moved. */
function endsAbout(parts: readonly Part[], ends: Ends, epsilon: number): Ends {
  const swing = SWING * Math.sqrt(shapeOf(parts, ends).variance)
  const next = { low: -epsilon - swing, high: epsilon + swing }
  return shapeOf(parts, next).beyond <= RARE ? next : ends
}

/** The variance of the sum, the widest span of a single loss, and how many losses are expected beyond the ends. */
function shapeOf(parts: readonly Part[], ends: Ends): { variance: number; span: number; beyond: number } {
  let [variance, span, beyond] = [0, 0, 0]
  for (const { pair, times } of parts) {
    const pieces = spread(pair, ends)
    variance += times * pieces.variance
    beyond += times * pieces.beyond
    span = Math.max(span, pieces.span)
  }
  return { variance, span, beyond }
}

const countOf = (parts: readonly Part[]): number => parts.reduce((sum, p) => sum + p.times, 0)

function fineStep(variance: number, total: number): number {
  return Math.sqrt(variance / total) * Math.min(FINENESS, Math.sqrt(total) / RESOLUTION)
}

function firstStep(parts: readonly Part[], ends: Ends): number {
  const { variance, span } = shapeOf(parts, ends)
  return divided(parts, Math.max(fineStep(variance, countOf(parts)), span / LOOK.cells))
}

function lastStep(parts: readonly Part[], ends: Ends, width: number): number {
  const { variance, span } = shapeOf(parts, ends)
  const fine = fineStep(variance, countOf(parts))
  const usual = Math.max(span / USUAL.cells, width / USUAL.points)
  const step = Math.max(fine, Math.min(usual, fine * COARSER), span / MOST.cells, width / MOST.points)
  return divided(parts, step)
}

/** Losses of discrete noise are multiples of the least one: on a grid that has them, nothing is rounded. */
function divided(parts: readonly Part[], step: number): number {
  let unit = Number.POSITIVE_INFINITY
  for (const { pair } of parts)
    for (const { loss } of pair.atoms) if (loss !== 0) unit = Math.min(unit, Math.abs(loss))
  if (step === 0) return Number.isFinite(unit) ? unit : 1e-3
  return unit >= step && unit < Number.POSITIVE_INFINITY ? unit / Math.ceil(unit / step) : step
}

/** Puts all parts on one grid and asks their sum. */
function lookAt(
  parts: readonly Part[],
  ends: Ends,
  question: Question,
  how: { about: number | undefined; step: number; points: number; tilt?: number | undefined },
): Look {
  const { about, points } = how
  for (let { step } = how; ; ) {
    const grids = parts.map((p) => ({ ...onGrid(p.pair, step, ends), times: p.times }))
    const survive = grids.reduce((sum, g) => sum + g.times * Math.log1p(-g.infinite), 0)
    const infinite = Math.min(1, -Math.expm1(survive) * (1 + 2 ** -40))
    const left = 'delta' in question ? question.delta - infinite : 1
    if (left <= 0) return { bound: Number.POSITIVE_INFINITY, tilt: 1, width: 0 }
    const moments = momentsOf(grids, step, countOf(parts) * INTEGRAL_ERROR)
    const tilt = how.tilt ?? tiltFor(moments, about, left)
    const sum = sumOf(grids, moments, tilt, about, points)
    if (typeof sum !== 'number') return { bound: answerOf(sum, question, infinite), tilt, width: sum.width }
    step *= sum
  }
}

/**
 * A tilt that puts the window where the answer is: Chernoff's best at δ or, where that is less, at an ε that is known to
 * be enough. The one goes astray among losses moved to an end, the other where too much is known to be enough.
 */
function tiltFor(moments: Moments, about: number | undefined, delta: number): number {
  const most = 1 / moments.step
  const atEpsilon = (epsilon: number) => descend((tilt) => moments.log(tilt) - tilt * epsilon, 4, most).at
  const atDelta = () => descend((tilt) => (moments.log(tilt) - Math.log(delta)) / tilt, 4, most).at
  if (about === undefined) return atDelta()
  return delta === 1 ? atEpsilon(about) : Math.min(atDelta(), atEpsilon(about))
}

const answerOf = (sum: Sum, question: Question, infinite: number): number =>
  'delta' in question ? sum.epsilon(question.delta - infinite) : infinite + sum.delta(question.epsilon)

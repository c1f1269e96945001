// Selective SGD: a participant uploads few of the changes of its weights, and downloads those that changed most often.
// Source: Shokri and Shmatikov 2015, figures 2, 4 and 5 (protocol), 12 (noise: NumericSparse of Dwork and Roth 2014, algorithm 3).
// Round robin is staleness 0, asynchronous is more. The largest changes alone may never reach the optimum (the test shows it), and a
// few still tell of the rows (Hitaj et al. 2017). The paper's ε is stated for one number; the participant's, for one upload, is θ_u · weights times that: mostly no promise at all.

import { FrostglassError } from '../../errors.ts'
import { gridLaplace, type RandomSource, systemRandom } from '../../private/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import type { Random } from '../../random/seeded.ts'
import type { Algorithm, NodeStep } from './algorithm.ts'
import { type LocalTraining, plus, settingsOf, workOf } from './fedAvg.ts'

export interface SelectiveSgdOptions extends LocalTraining {
  /** θ_u in (0, 1]: the share of numbers that are uploaded. */
  readonly upload: number
  /** θ_d in (0, 1]: the share that is downloaded; all unless given. Chosen at the node here: all travel down. */
  readonly download?: number | undefined
  /** τ: uploaded are numbers at random whose change is larger; the largest of all unless given. */
  readonly threshold?: number | undefined
  /** γ: changes are cut to −γ … γ. */
  readonly bound?: number | undefined
  /** ε that the paper states for one number. Needs a threshold and a bound. */
  readonly epsilonPerNumber?: number | undefined
}

/** The server's weights, and how often each was changed. */
export interface SelectiveState {
  readonly weights: Float64Array
  readonly counts: Float64Array
}

/**
 * Distributed selective SGD.
 * @throws FrostglassError 'usage' for shares out of their range, and noise without a threshold and a bound
 */
export function selectiveSgd(options: SelectiveSgdOptions): Algorithm<SelectiveState> {
  const { upload, download = 1, threshold, bound, epsilonPerNumber } = options
  for (const share of [upload, download])
    if (!(share > 0 && share <= 1))
      throw new FrostglassError(
        'usage',
        `a share of weights is above 0 and at most 1, not ${share}`,
        'Take 0.1.',
      )
  if (
    epsilonPerNumber !== undefined &&
    !(threshold !== undefined && bound !== undefined && epsilonPerNumber > 0)
  )
    throw new FrostglassError(
      'usage',
      'noise on chosen changes needs an ε above 0, a threshold and a bound',
      'Name threshold and bound, as the paper does (0.0001 and 0.001 there).',
    )
  const settings = {
    ...settingsOf(options),
    upload,
    download,
    ...(threshold === undefined ? {} : { threshold }),
    ...(bound === undefined ? {} : { bound }),
    ...(epsilonPerNumber === undefined ? {} : { epsilonPerNumber }),
  }
  return Object.freeze({
    name: 'selective SGD',
    schedule: 'arrivals',
    start: (weights: Float64Array) => ({ weights, counts: new Float64Array(weights.length) }),
    instruct: ({ weights, counts }, round: number) => ({ round, vectors: { weights, counts }, settings }),
    node: trainAndSelect,
    combine: (state, contributions) =>
      contributions.reduce(({ weights, counts }, { vectors }) => {
        const [next, often] = [weights.slice(), counts.slice()]
        for (const [k, i] of vectors['indices']!.entries()) {
          next[i]! += vectors['changes']![k]!
          often[i]!++
        }
        return { weights: next, counts: often }
      }, state),
    weights: ({ weights }) => weights,
  } satisfies Algorithm<SelectiveState>)
}

/** Trains from its own weights with the downloaded ones put in; answers `indices` and `changes`. Keeps `own` weights. */
export const trainAndSelect: NodeStep = async (learner, { vectors, settings }, context) => {
  const { random, signal, noise = systemRandom } = context
  const { upload, download, threshold, bound, epsilonPerNumber } = settings
  const server = vectors['weights']!
  const from = downloaded(context.state['own'], server, vectors['counts']!, download!)
  const { weights, loss } = await learner.train(from, {
    ...workOf(settings),
    random,
    signal,
  })
  const changes = plus(weights, from, -1)
  const most = countOf(upload!, changes.length)
  const cut = bound === undefined ? (v: number) => v : (v: number) => Math.max(-bound, Math.min(bound, v))
  const chosen =
    epsilonPerNumber !== undefined
      ? noisyChoice(changes, { most, threshold: threshold!, bound: bound!, epsilonPerNumber, random, noise })
      : (threshold === undefined ? largestOf(changes, most) : above(changes, most, threshold, random)).map(
          (i): [number, number] => [i, cut(changes[i]!)],
        )
  return {
    contribution: {
      vectors: {
        indices: Float64Array.from(chosen, ([i]) => i),
        changes: Float64Array.from(chosen, ([, v]) => v),
      },
      examples: learner.rows,
      // What one upload really costs: the paper's ε for each number that may be in it.
      metrics: { loss, ...(epsilonPerNumber === undefined ? {} : { epsilon: most * epsilonPerNumber }) },
    },
    state: { own: weights },
  }
}

const countOf = (share: number, size: number): number => Math.max(1, Math.round(share * size))

/** A node's own weights, with the server's where those changed most often. */
function downloaded(
  own: Float64Array | undefined,
  server: Float64Array,
  counts: Float64Array,
  share: number,
): Float64Array {
  if (own === undefined || share === 1) return server
  const from = own.slice()
  for (const i of largestOf(counts, countOf(share, counts.length))) from[i] = server[i]!
  return from
}

/** The places of the largest values, by size, rising; of equal ones the first. */
export function largestOf(values: Float64Array, count: number): number[] {
  const sizes = values.map(Math.abs)
  const least = sizes.toSorted()[values.length - count]!
  const larger = sizes.reduce((sum, v) => sum + (v > least ? 1 : 0), 0)
  let equal = count - larger
  const found: number[] = []
  for (const [i, v] of sizes.entries()) if (v > least || (v === least && equal-- > 0)) found.push(i)
  return found
}

/** Places in random order whose value is larger than a threshold. */
function above(values: Float64Array, most: number, threshold: number, random: Random): number[] {
  const found: number[] = []
  for (const i of shuffle(upTo(values.length), random)) {
    if (found.length === most) break
    if (Math.abs(values[i]!) > threshold) found.push(i)
  }
  return found
}

interface NoisyChoice {
  readonly most: number
  readonly threshold: number
  readonly bound: number
  readonly epsilonPerNumber: number
  readonly random: Random
  readonly noise: RandomSource
}

/** Figure 12: sensitivity 2 γ, ε₁ = 8/9 ε, ε₂ = 2/9 ε, σ(x) = 2 c Δ / x, ε = c times that of a number; no number twice. */
function noisyChoice(values: Float64Array, choice: NoisyChoice): [number, number][] {
  const { most, threshold, bound, epsilonPerNumber, random, noise } = choice
  const epsilon = most * epsilonPerNumber
  const scaleOf = (x: number) => (2 * most * 2 * bound) / x
  const drawOf = (scale: number) => {
    const { invoke } = gridLaplace({ scale })
    return (value: number) => invoke([value], noise)[0]!
  }
  const raise = drawOf(scaleOf((8 / 9) * epsilon))
  const compare = drawOf(2 * scaleOf((8 / 9) * epsilon))
  const release = drawOf(scaleOf((2 / 9) * epsilon))
  const cut = (v: number) => Math.max(-bound, Math.min(bound, v))
  const found: [number, number][] = []
  let bar = raise(threshold)
  for (const i of shuffle(upTo(values.length), random)) {
    if (compare(Math.abs(cut(values[i]!))) < bar) continue
    found.push([i, cut(release(cut(values[i]!)))])
    if (found.length === most) break
    bar = raise(threshold)
  }
  return found
}

// A lower bound on ε from one training run: canaries that were in or out by coins, and how many are guessed rightly.
// Source: Steinke, Nasr and Jagielski 2023 (arXiv 2305.08846); the bound as it is proved in PROOF.md beside this file.
// A bound below the claim proves nothing: better canaries or a better score might find more.

import { FrostglassError } from '../../errors.ts'
import { binomialTail, crossing } from '../../statistics/binomial.ts'

/** Guesses that were made, and how they came out. */
export interface Guesses {
  /** Canaries, guessed or not. */
  readonly canaries: number
  /** Guesses made: their number must not depend on who was in. */
  readonly guesses: number
  readonly right: number
}

/**
 * The chance of so many right guesses, or more, in a run that is (ε, δ)-differentially private: at most this.
 * @param epsilon nats, at least 0. @param delta in [0, 1).
 */
export function chanceOfGuesses(
  { canaries, guesses, right }: Guesses,
  epsilon: number,
  delta: number,
): number {
  const odd = 1 / (1 + Math.exp(epsilon))
  return Math.min(1, binomialTail(guesses, 1 - odd, right) + canaries * delta * odd)
}

/**
 * The largest ε that such guesses exclude: were the run (ε, δ)-private, so many would be right with chance `doubt` at
 * most. Zero where they exclude none.
 * @param doubt 0.05 for a bound that holds in 95 of 100 runs.
 */
export function epsilonExcluded(found: Guesses, delta: number, doubt = 0.05): number {
  // Beyond 60 a right guess is as good as certain in double precision.
  const within = (epsilon: number) => chanceOfGuesses(found, epsilon, delta) > doubt
  return within(0) ? 0 : crossing(within, 0, 60)
}

/** What one run tells. JSON. */
export interface OneRunBound {
  /** Lower bound on ε, nats: wrong in at most 5 runs of 100. 0 where nothing was found. */
  readonly epsilon: number
  readonly delta: number
  readonly confidence: number
  /** The guesses that gave it. */
  readonly best: Guesses
  /** All numbers of guesses that were tried; each had its share of the doubt. */
  readonly tried: readonly Guesses[]
}

/** Shares of the canaries that are guessed, fixed before anything is seen. */
const shares = [1, 0.5, 0.2, 0.1, 0.05]

/** Fewer canaries cannot exclude anything worth a claim: 8 right guesses of 8 exclude ε = 0.8. */
const fewest = 8

/**
 * Guesses the canaries with the highest scores as in and those with the lowest as out, as many of each, and bounds ε.
 * Several numbers of guesses are tried, each at its part of the doubt (Bonferroni), so the best of them may be taken.
 * @param scores one a canary, from the run's outcome alone: the higher, the likelier it was in. Ties fall by place.
 * @param included 1 where the coin said in. Coins were fair and independent of all else.
 * @param delta in [0, 1).
 * @param options.doubt chance that the bound is wrong; 0.05 if absent
 * @param options.guesses numbers of guesses to try, even; chosen without a look at the scores
 * @throws FrostglassError `input` for fewer than 8 canaries, for lengths that differ, or a score that is not finite;
 * `usage` for numbers of guesses that will not do
 */
export function boundFromOneRun(
  scores: ArrayLike<number>,
  included: ArrayLike<number>,
  delta: number,
  options: { readonly doubt?: number | undefined; readonly guesses?: readonly number[] | undefined } = {},
): OneRunBound {
  const canaries = scores.length
  if (included.length !== canaries || canaries < fewest) {
    throw new FrostglassError(
      'input',
      `there are ${canaries} scores of canaries, and ${included.length} coins`,
      `Give one coin for each score, ${fewest} or more.`,
    )
  }
  const bad = Array.from(scores).findIndex((score) => !Number.isFinite(score))
  if (bad >= 0) {
    throw new FrostglassError(
      'input',
      `the score of canary ${bad + 1} is not a finite number`,
      'Score a canary that overflows by the largest number that does not.',
    )
  }
  const { doubt = 0.05, guesses = guessCounts(canaries) } = options
  const odd = guesses.find((count) => count % 2 !== 0 || count < 2 || count > canaries)
  if (odd !== undefined || guesses.length === 0)
    throw new FrostglassError(
      'usage',
      `${odd ?? 'no'} guesses of ${canaries} canaries`,
      'Take even numbers of guesses, up to the number of canaries.',
    )
  const order = Array.from({ length: canaries }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
  const tried = guesses.map((count): Guesses => {
    const half = count / 2
    let right = 0
    for (let i = 0; i < half; i++) {
      if (included[order[i]!]) right++
      if (!included[order[canaries - 1 - i]!]) right++
    }
    return { canaries, guesses: count, right }
  })
  const bounds = tried.map((one) => epsilonExcluded(one, delta, doubt / tried.length))
  const at = bounds.indexOf(Math.max(...bounds))
  return { epsilon: bounds[at]!, delta, confidence: 1 - doubt, best: tried[at]!, tried }
}

/** Even numbers of guesses, by the shares above; no two alike. */
function guessCounts(canaries: number): number[] {
  const counts = shares.map((share) => 2 * Math.floor((canaries * share) / 2))
  return [...new Set(counts)].filter((count) => count >= Math.min(fewest, canaries - (canaries % 2)))
}

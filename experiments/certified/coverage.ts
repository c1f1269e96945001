// How often certificates are wrong where the truth is known: simulated laws, and mistakes that break them.
// Source: theorems A, B and D. δ = 5% here, so that violations can be counted.
// A mistake is simulated beside what is right: the naive limit of the same draws, and the one that the interface gives.

import { seededStream } from '../../src/random/seeded.ts'
import { laws } from './laws.ts'
import { mistakes } from './mistakes.ts'

/** Draws of one law, or of one mistake. JSON. */
export interface CoverageTask {
  readonly kind: 'coverage'
  readonly of: string
  readonly draws: number
  readonly seed: number
}

/** Shares of draws in which a limit lay below the truth. */
export interface CoverageAnswer {
  readonly kind: 'coverage'
  readonly of: string
  readonly units: number
  readonly draws: number
  /** Shares by name: `binomial` and `kl` of a law, `naive` and `held` of a mistake. */
  readonly violations: Readonly<Record<string, number>>
  /** V, the mean of V̂, and the mean of U − V of the first limit. */
  readonly truth: number
  readonly estimate: number
  readonly gap: number
}

/** Names of all laws and mistakes, in the order of the page. */
export const lawNames = Object.keys(laws)
export const mistakeNames = Object.keys(mistakes)

/** Draws, and counts. @throws RangeError for a name that is none */
export function measureCoverage({ of, draws, seed }: CoverageTask): CoverageAnswer {
  const limits = { ...laws, ...mistakes }[of]?.(seed)
  if (!limits) throw new RangeError(`there is no law ${of}`)
  const random = seededStream(seed, of)
  const wrong: Record<string, number> = {}
  let [truth, estimate, gap] = [0, 0, 0]
  for (let draw = 0; draw < draws; draw++) {
    const found = limits.draw(random)
    for (const [name, limit] of Object.entries(found.limits))
      wrong[name] = (wrong[name] ?? 0) + Number(limit.truth > limit.upper)
    const first = Object.values(found.limits)[0]!
    truth += first.truth
    estimate += found.estimate
    gap += first.upper - first.truth
  }
  return {
    kind: 'coverage',
    of,
    units: limits.units,
    draws,
    violations: Object.fromEntries(Object.entries(wrong).map(([name, count]) => [name, count / draws])),
    truth: truth / draws,
    estimate: estimate / draws,
    gap: gap / draws,
  }
}

// What a certificate comes to, in one word and one sentence.
// Source: PROOF.md, "Floor": some attacker has V(S|Y) − (1 − a) of a release that gives the label with accuracy a.
// "Holds" is about the law of the calibration units, with the chance of error that the certificate states.

import { FrostglassError } from '../../errors.ts'
import { percent, percentAtMost } from '../../statistics/figures.ts'
import type { Floor } from './floor.ts'

/** What an owner asks of a release. */
export interface ReleasePolicy {
  /** An attacker may be right this often at most, in 0 … 1. */
  readonly limit: number
  /** The accuracy that the service needs, in 0 … 1. Default what the table has. */
  readonly accuracy?: number | undefined
}

/**
 * - `holds`: the upper limit is within the policy; `exceeded`: it is not;
 * - `infeasible`: no pane of that accuracy can keep the policy, or the label itself tells the attribute;
 * - `not certifiable`: fewer than 50 units; `too few units`: fewer than 100 a code, where there are more codes than labels;
 * - `stated`: nothing was asked, the numbers stand for themselves.
 */
export type VerdictKind = 'holds' | 'exceeded' | 'infeasible' | 'not certifiable' | 'too few units' | 'stated'

/** What a certificate comes to. */
export interface Verdict {
  readonly kind: VerdictKind
  /** One sentence with the figures. */
  readonly words: string
}

/** Below this many units a limit is tens of points wide whatever the codes. */
const FEWEST = 50

/** Units for each code, where there are more codes than labels: fewer say more of themselves than of their law. */
export const unitsACode = 100

interface Judged {
  readonly upper: number
  /** V̂ of the table. */
  readonly estimate: number
  /** What is guessed without any release. */
  readonly blind: number
  readonly units: number
  readonly unit: string
  readonly codes: number
  readonly floor: Floor | null
  readonly labels: number
  readonly policy: ReleasePolicy | undefined
}

/** @throws FrostglassError 'usage' for a policy that is no share */
export function verdictOf(of: Judged): { verdict: Verdict; warnings: readonly string[] } {
  const { policy } = of
  if (policy) requireShare('the limit of the policy', policy.limit)
  if (policy?.accuracy !== undefined) requireShare('the accuracy of the policy', policy.accuracy)
  return { verdict: judged(of), warnings: warningsOf(of) }
}

function judged({ upper, blind, units, unit, codes, labels, floor, policy }: Judged): Verdict {
  const some = counted(units, unit)
  if (units < FEWEST) return { kind: 'not certifiable', words: `not certifiable: ${some}` }
  // As many codes as labels is the least that answers the question; more want more units.
  if (codes > Math.max(labels, units / unitsACode))
    return {
      kind: 'too few units',
      words: `too few units: ${some} for ${codes} codes, ${unitsACode * codes} are wanted`,
    }
  if (policy && upper <= policy.limit)
    return {
      kind: 'holds',
      words: `holds: at most ${percentAtMost(upper)}, ${percent(policy.limit)} allowed`,
    }
  if (floor?.determined)
    return {
      kind: 'infeasible',
      words: `infeasible: the label determines the attribute, the floor is ${percent(floor.estimate)}`,
    }
  if (!policy) return { kind: 'stated', words: `at most ${percentAtMost(upper)}` }
  if (policy.limit < blind)
    return {
      kind: 'infeasible',
      words: `infeasible: without any release a guess is right in ${percent(blind)}, ${percent(policy.limit)} allowed`,
    }
  if (floor) {
    const accuracy = policy.accuracy ?? floor.accuracy
    const least = floor.estimate - (1 - accuracy)
    if (policy.limit < least)
      return {
        kind: 'infeasible',
        words: `infeasible: the label alone tells ${percent(floor.estimate)}; with accuracy ${percent(accuracy)} an attacker has ${percent(least)}, ${percent(policy.limit)} allowed`,
      }
  }
  return {
    kind: 'exceeded',
    words: `exceeded: up to ${percentAtMost(upper)}, ${percent(policy.limit)} allowed`,
  }
}

function warningsOf({ units, unit, codes, upper, estimate }: Judged): readonly string[] {
  return codes > units / 300
    ? [
        `${codes} codes on ${counted(units, unit)}: the limit lies ${(100 * (upper - estimate)).toFixed(1)} points above what their own table tells, and more ${unit === 'person' ? 'people' : `${unit}s`} bring it nearer`,
      ]
    : []
}

const counted = (units: number, unit: string): string =>
  units === 1 ? `1 ${unit}` : `${units} ${unit === 'person' ? 'people' : `${unit}s`}`

function requireShare(what: string, value: number): void {
  if (value >= 0 && value <= 1) return
  throw new FrostglassError('usage', `${what} is a share in 0 … 1, not ${value}`, 'State 45% as 0.45.')
}

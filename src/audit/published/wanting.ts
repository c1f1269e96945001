// What was not tried, and why; and rules that have not held because of it: an attack that anybody could have run was wanting.
// Source: docs/reference/policies.md (not measured is not held); ../fleet/strongerAttacks.ts holds fleets to the same.
// An attack that nobody could run on what is public leaves no rule open.

import { isAbout, type Judgement } from '../policy/judgement.ts'
import type { Policy } from '../policy/policy.ts'
import type { PublishedAttack, PublishedEvidence, Unmeasured } from './contract.ts'

/** An attack that was not run, or came to nothing. */
export interface Untested {
  readonly attack: PublishedAttack
  /** With the column, where it is about one. */
  readonly title: string
  readonly why: string
  /** Whether somebody else could have run it. */
  readonly wanting: boolean
  readonly about?: string | undefined
}

/** All that was not tried. @param runs attacks that were run, with what they could not tell */
export function untestedOf(
  evidence: PublishedEvidence,
  attacks: readonly PublishedAttack[],
  runs: readonly (readonly [PublishedAttack, readonly Unmeasured[]])[],
): Untested[] {
  return [
    ...attacks.flatMap((attack) => {
      const why = attack.obstacle(evidence)
      const wanting = attack.lacks?.(evidence) !== undefined
      return why === undefined ? [] : [{ attack, title: attack.title, why, wanting }]
    }),
    ...runs.flatMap(([attack, unmeasured]) =>
      unmeasured.map(({ about, unmeasured: why }) => ({
        attack,
        title: `${attack.title}: ${about}`,
        why,
        wanting: true,
        about,
      })),
    ),
  ]
}

/** Judgements, of which none has held that rests on less than could have been run. */
export function openWhereWanting(
  { rules }: Policy,
  judgements: readonly Judgement[],
  untested: readonly Untested[],
): Judgement[] {
  return judgements.map((judgement): Judgement => {
    if (judgement.status !== 'held') return judgement
    const rule = rules[judgement.rule]!
    const leftOut = untested.filter(
      ({ attack: { name, standpoint, wanting = [] }, wanting: isWanting, about }) =>
        isWanting &&
        wanting.includes(rule.metric) &&
        isAbout(rule, { attack: name, standpoint }) &&
        (typeof rule.of !== 'object' || about === undefined || rule.of.attribute === about),
    )
    if (leftOut.length === 0) return judgement
    const { rule: number, weak } = judgement
    return { rule: number, status: 'too weak', weak, leftOut: leftOut.map(({ title }) => title) }
  })
}

// A rule that only short searches, or only some of the attacks, did not break has not held: stronger ones were left out.
// Source: docs/reference/policies.md (not measured is not held); an outside suite broke a batch that a quick audit called held.
// It knows the attacks that are built in: of what nobody built it says nothing.

import type { MetricName } from '../finding.ts'
import { isAbout, type Judgement } from '../policy/judgement.ts'
import type { Policy } from '../policy/policy.ts'
import { updateAttacks } from './attacks.ts'
import type { SeenUpdates, UpdateAttack } from './contract.ts'

const aimOf: Readonly<Partial<Record<MetricName, UpdateAttack['aim']>>> = {
  ssim: 'rows',
  cells5: 'rows',
  cells1: 'rows',
  labels: 'labels',
  member: 'member',
}

/** Judgements, of which none has held where an attack of the rule's aim was not run, or was run for a short time. */
export function openWhereStronger(
  { rules }: Policy,
  judgements: readonly Judgement[],
  {
    seen,
    attacks,
    effort,
  }: {
    readonly seen: SeenUpdates
    readonly attacks: readonly UpdateAttack[]
    readonly effort: 'quick' | 'full'
  },
): Judgement[] {
  const run = new Set(attacks.map(({ name }) => name))
  const weaker = updateAttacks.filter(
    (attack) =>
      attack.obstacle(seen) === undefined &&
      (!run.has(attack.name) || (effort === 'quick' && attack.searches === true)),
  )
  return judgements.map((judgement): Judgement => {
    if (judgement.status !== 'held') return judgement
    const rule = rules[judgement.rule]!
    const leftOut = weaker.filter(
      ({ name, aim, standpoint }) =>
        aim === aimOf[rule.metric] && isAbout(rule, { attack: name, standpoint }),
    )
    if (leftOut.length === 0) return judgement
    const { rule: number, weak } = judgement
    return { rule: number, status: 'too weak', weak, leftOut: leftOut.map(({ title }) => title) }
  })
}

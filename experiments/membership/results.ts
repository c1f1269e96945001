// What membership's answers sum up to: attacks with and without private training; claims beside what canaries show.
// Source: membership.ts; Steinke, Nasr and Jagielski 2023.
// Means over targets of one set of digits are not independent: the spread over seeds is what counts.

import type { MembershipAttack } from '../../src/audit/index.ts'
import { average, type Estimate, meanEstimate } from '../estimates.ts'
import { type Attacked, rates } from './attacked.ts'
import type { AttackTask, AuditTask, MembershipAnswer, MembershipTask } from './membership.ts'

type Answer<K> = Extract<MembershipAnswer, { readonly kind: K }>

export interface AttackRow {
  readonly training: string
  readonly attack: MembershipAttack
  readonly auc: Estimate
  readonly atThousandth: Estimate
  readonly atHundredth: Estimate
  readonly balancedAccuracy: Estimate
  /** Mean hits at each of the rates. */
  readonly hits: readonly number[]
}

/** One training, private or not: right answers on the digits that trained, and on the others. */
export interface TrainingRow {
  readonly name: string
  readonly trained: Estimate
  readonly unseen: Estimate
}

/** Runs with canaries at one claim, with the noise that it needs or with less. */
export interface AuditRow {
  readonly epsilon: number
  /** The noise is so many times too small for the claim. */
  readonly fault: number
  readonly bound: Estimate
  readonly bounds: readonly number[]
  readonly caught: number
  readonly runs: number
  readonly auc: number
  readonly accuracy: number
  readonly noiseMultiplier: number
}

export interface MembershipResults {
  readonly trainings: readonly TrainingRow[]
  readonly attacks: readonly AttackRow[]
  readonly rates: readonly number[]
  readonly audits: readonly AuditRow[]
}

/** The noise as claimed, and a tenth of it. */
export const faults = [1, 10] as const

export function membershipResults(
  tasks: readonly MembershipTask[],
  answers: readonly MembershipAnswer[],
): MembershipResults {
  const trainings = [null, 3].map((epsilon) => {
    const chosen = answers.filter(
      (answer, i): answer is Answer<'attack'> =>
        answer.kind === 'attack' && (tasks[i] as AttackTask).epsilon === epsilon,
    )
    const name = epsilon === null ? 'without noise' : `private, ε = ${epsilon}`
    return {
      name,
      trained: meanEstimate(chosen.map(({ trained }) => trained)),
      unseen: meanEstimate(chosen.map(({ unseen }) => unseen)),
      rows: chosen[0]!.targets[0]!.map(({ attack }, a) => attackRow(name, attack, a, chosen)),
    }
  })
  const panes = answers.filter((answer) => answer.kind === 'pane')
  const ofPane = panes[0]!.targets[0]!.map(({ attack }, a) => attackRow('a pane', attack, a, panes))
  return {
    trainings: trainings.map(({ rows: _, ...training }) => training),
    attacks: [...trainings.flatMap((training) => training.rows), ...ofPane],
    rates,
    audits: auditRows(tasks, answers),
  }
}

function auditRows(tasks: readonly MembershipTask[], answers: readonly MembershipAnswer[]): AuditRow[] {
  const audits = tasks.flatMap((task, i) =>
    task.kind === 'audit' ? [{ task: task as AuditTask, answer: answers[i] as Answer<'audit'> }] : [],
  )
  const claims = [...new Set(audits.map(({ task }) => task.epsilon))].sort((a, b) => a - b)
  return claims.flatMap((epsilon) =>
    faults.map((fault) => {
      const chosen = audits.filter(({ task }) => task.epsilon === epsilon && task.fault === fault)
      const bounds = chosen.map(({ answer }) => answer.found.bound.epsilon)
      return {
        epsilon,
        fault,
        bound: meanEstimate(bounds),
        bounds,
        caught: chosen.filter(({ answer }) => answer.found.caught).length,
        runs: chosen.length,
        auc: average(chosen, ({ answer }) => answer.found.auc.value),
        accuracy: average(chosen, ({ answer }) => answer.accuracy),
        noiseMultiplier: average(chosen, ({ answer }) => answer.noiseMultiplier),
      }
    }),
  )
}

function attackRow(
  training: string,
  attack: MembershipAttack,
  at: number,
  answers: readonly { readonly targets: readonly (readonly Attacked[])[] }[],
): AttackRow {
  // One value a seed: the mean over its targets.
  const over = (pick: (found: Attacked) => number) =>
    answers.map(({ targets }) => average(targets, (found) => pick(found[at]!)))
  return {
    training,
    attack,
    auc: meanEstimate(over(({ auc }) => auc.value)),
    atThousandth: meanEstimate(over(({ hitsAtThousandth }) => hitsAtThousandth.value)),
    atHundredth: meanEstimate(over(({ hitsAtHundredth }) => hitsAtHundredth.value)),
    balancedAccuracy: meanEstimate(over(({ balancedAccuracy }) => balancedAccuracy.value)),
    hits: rates.map((_, r) =>
      average(
        over(({ hits }) => hits[r]!),
        (value) => value,
      ),
    ),
  }
}

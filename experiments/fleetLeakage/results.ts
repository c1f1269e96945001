// What attacks on updates got, one row an attack and setting.
// Source: fleetLeakage.ts.

import type { Metric } from '../../src/audit/finding.ts'
import type { Measure } from '../../src/audit/images/contract.ts'
import { fleetPrice, type LeakageAnswer, type LeakageTask } from './fleetLeakage.ts'

export interface LeakageRow {
  /** What was asked: `inversion`, `rows`, `labels` or `membership`. */
  readonly kind: LeakageTask['attack']
  /** The attack of the audit that asked. */
  readonly attack: string
  readonly network: LeakageTask['network']
  readonly setting: string
  readonly facts: LeakageTask['facts']
  readonly messages: number
  /** Rows that were guessed, or asked about. */
  readonly rows: number
  readonly metrics: readonly Metric[]
  readonly measures: readonly Measure[]
  readonly notes: readonly string[]
  /** ε of one message alone, null without noise; see the page. */
  readonly epsilonOfMessage: number | null
  /** Of all attacks on the setting together. */
  readonly seconds: number
}

export interface LeakageResults {
  readonly price: typeof fleetPrice
  readonly rows: readonly LeakageRow[]
}

export const fleetLeakageResults = (
  tasks: readonly LeakageTask[],
  answers: readonly LeakageAnswer[],
): LeakageResults => ({
  price: fleetPrice,
  rows: tasks.flatMap(({ attack: kind, network, setting, facts, messages }, i) => {
    const { findings, epsilonOfMessage, seconds } = answers[i]!
    return findings.map((found) => ({
      kind,
      network,
      setting,
      facts,
      messages,
      ...found,
      epsilonOfMessage,
      seconds,
    }))
  }),
})

// The results of the sweep as they are kept: means, with what belongs to a table or an attack told once.
// Source: means.ts. Numbers have six digits: twenty thousand of them stand in the JSON, and a page shows two or three.

import type { Holding, MetricName, Standpoint } from '../../src/audit/index.ts'
import { type AttackMean, meansOf } from './means.ts'
import type { AttacksAnswer, AttacksTask } from './task.ts'

/** What the numbers of a metric are, in this order; a metric without a baseline has four. */
const fields = ['mean', 'least', 'most', 'chance', 'baseline'] as const

type Kept = Omit<AttackMean, 'rows' | 'columns' | 'standpoint' | 'holds' | 'metrics'> & {
  readonly metrics: Readonly<Partial<Record<MetricName, readonly number[]>>>
}

export interface AttacksResults {
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly columns: number }>>
  readonly attacks: Readonly<
    Record<string, { readonly standpoint: Standpoint; readonly holds: readonly Holding[] }>
  >
  readonly fields: typeof fields
  readonly means: readonly Kept[]
}

export const attacksResults = (
  tasks: readonly AttacksTask[],
  answers: readonly AttacksAnswer[],
): AttacksResults => kept(meansOf(tasks, answers))

/** Means with each table and each attack told once. */
export function kept(means: readonly AttackMean[]): AttacksResults {
  return {
    tables: Object.fromEntries(means.map(({ table, rows, columns }) => [table, { rows, columns }])),
    attacks: Object.fromEntries(
      means.map(({ attack, standpoint, holds }) => [attack, { standpoint, holds }]),
    ),
    fields,
    means: means.map(({ rows, columns, standpoint, holds, metrics, ...mean }) => ({
      ...mean,
      metrics: mapped(metrics, (metric) =>
        fields.flatMap((field) => (metric[field] === undefined ? [] : [rounded(metric[field])])),
      ),
      largestErrors: mean.largestErrors.map(rounded),
      seconds: rounded(mean.seconds),
    })),
  }
}

/** The means again, each with all that belongs to it. */
export const meansIn = ({ tables, attacks, means }: AttacksResults): AttackMean[] =>
  means.map((row) => ({
    ...row,
    ...tables[row.table]!,
    ...attacks[row.attack]!,
    metrics: mapped(row.metrics, ([mean, least, most, chance, baseline]) => ({
      mean: mean!,
      least: least!,
      most: most!,
      chance: chance!,
      baseline,
    })),
  }))

const rounded = (x: number): number => Number(x.toPrecision(6))

function mapped<From, To>(
  metrics: Readonly<Partial<Record<MetricName, From>>>,
  to: (metric: From) => To,
): Partial<Record<MetricName, To>> {
  return Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, to(metric as From)]))
}

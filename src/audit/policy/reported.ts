// A finding as a report holds it: plain JSON, rows numbered as in the original, and what is too weak to tell marked.
// Source: docs/reference/reports.md; reportParts.ts is its schema.
// Nothing is left out: a measurement that says nothing is shown, and said to say nothing.

import type { Finding, Holding, Metric } from '../finding.ts'
import type { ReportFinding } from './reportParts.ts'
import { tooWeak } from './weakness.ts'

/** What a report says of an attack besides what it found. */
interface AttackSource {
  /** What the adversary must have, in one sentence. */
  readonly needs: string
  /** Where the attack comes from. */
  readonly source: string
  /** Of attacks on tables: the same by name. */
  readonly holds?: readonly Holding[] | undefined
}

/**
 * @param numbered number in the original table, from 1, of an audited row.
 */
export function reportedFinding(
  finding: Finding,
  { needs, source, holds }: AttackSource,
  numbered: (row: number) => number = (row) => row + 1,
): ReportFinding {
  const {
    attack,
    title,
    standpoint,
    known,
    rows,
    metrics,
    attributes,
    people,
    about,
    cells,
    notes,
    seconds,
  } = finding
  const marked = (of: readonly Metric[], judged: number) => of.map((metric) => reportedMetric(metric, judged))
  return {
    attack,
    title,
    standpoint,
    needs,
    holds: holds ? [...holds] : undefined,
    source,
    known,
    rows,
    metrics: marked(metrics, rows),
    attributes: attributes
      ? attributes.map(({ metrics: measured, ...attribute }) => ({
          ...attribute,
          ...(measured ? { metrics: marked(measured, rows) } : {}),
        }))
      : undefined,
    people: people ? marked(people, Math.max(1, rows / 10)) : undefined,
    about,
    cells: cells ? cells.map((cell) => ({ ...cell, row: numbered(cell.row) })) : undefined,
    notes: [...notes],
    seconds,
  }
}

/** @param rows that it was judged on. */
export function reportedMetric(metric: Metric, rows: number): ReportFinding['metrics'][number] {
  const { interval, beyond, missed, ...rest } = metric
  return {
    ...rest,
    interval: [interval[0], interval[1]],
    ...(beyond ? { beyond: [beyond[0], beyond[1]] } : {}),
    ...(missed ? { missed: { ...missed, interval: [missed.interval[0], missed.interval[1]] } } : {}),
    ...(tooWeak(metric, rows) ? { tooWeak: true } : {}),
  }
}

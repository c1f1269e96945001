// The tables on the page of the sweep of attacks.
// Source: means.ts. Every table says so where a run measured nothing for it.

import { percent } from '../../src/statistics/figures.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import {
  type AttackMean,
  best,
  compare,
  exactError,
  exactKeys,
  grouped,
  layered,
  leaks,
  matrixOf,
  onCells,
} from './means.ts'

/** R² from 20 known rows that plain regression gave at the outset, on other synthetic data. */
const anchors: Readonly<Record<number, number>> = { 1: 0.98, 5: 0.82, 10: 0.69, 91: 0.37 }

/** For each table, construction, number of layers and attack the fewest known rows that were exact under any key. */
function exactRows(means: readonly AttackMean[]): string[][] {
  return grouped(means.filter((m) => layered(m) && exactKeys(m) > 0)).flatMap((of) =>
    [...new Set(of.map((m) => m.attack))].map((attack) => {
      const byKnown = of.filter((m) => m.attack === attack).sort((a, b) => a.known - b.known)
      const full = byKnown.find((m) => exactKeys(m) === m.keys) ?? byKnown.at(-1)!
      const errors = full.largestErrors.filter((e) => e <= exactError)
      return [
        full.table,
        matrixOf(full),
        `${full.layers}`,
        attack,
        full.standpoint === 'leak' ? `${full.known}` : 'none',
        `${exactKeys(full)} of ${full.keys}`,
        Math.max(...errors).toExponential(1),
      ]
    }),
  )
}

function bestRows(means: readonly AttackMean[], known: number): string[][] {
  return grouped(means.filter((m) => layered(m) && leaks(m) && m.known === known)).map((of) => {
    const top = best(of, 'explained')!
    const { cells5, explained } = top.metrics
    const { chance, baseline } = cells5!
    return [
      top.table,
      matrixOf(top),
      `${top.layers}`,
      percent(cells5!.mean, 0),
      explained!.mean.toFixed(2),
      top.attack,
      percent(chance, 0),
      baseline === undefined ? '–' : percent(baseline, 0),
    ]
  })
}

/** As `leakCost` takes it. */
function halfOf(chance: number): number {
  return chance >= 0.5 ? (1 + chance) / 2 : 0.5
}

function halfRows(means: readonly AttackMean[]): string[][] {
  return grouped(means.filter((m) => layered(m) && leaks(m))).map((of) => {
    const enough = of
      .filter(({ metrics: { cells5 } }) => cells5!.mean >= halfOf(cells5!.chance))
      .map((m) => m.known)
    const { table, layers, rows, columns } = of[0]!
    const most = Math.max(...of.map((m) => m.known))
    return [
      table,
      matrixOf(of[0]!),
      `${layers}`,
      enough.length ? `${Math.min(...enough)}` : `more than ${most}`,
      `${Math.ceil(rows / (columns * columns + columns))}`,
    ]
  })
}

function anchorRows(means: readonly AttackMean[], known: number): string[][] {
  const of = means.filter(
    (m) => m.table === 'synthetic' && m.protection === 'layers, glorot' && m.known === known && leaks(m),
  )
  return [...new Set(of.map((m) => m.layers))]
    .sort((a, b) => a - b)
    .map((layers) => {
      const r2 = (attack: string) =>
        of.find((m) => m.layers === layers && m.attack === attack)?.metrics.explained?.mean.toFixed(2) ?? '–'
      return [
        `${layers}`,
        anchors[layers]?.toFixed(2) ?? '–',
        r2('plain-regression'),
        r2('linear-inversion'),
        r2('learned-inverter'),
        r2('key-recovery'),
      ]
    })
}

/** R² may fall behind by this much and still count as even. */
export const even = 0.005

/** In how many settings the learned inverter does at least as well as the better line, and where it does not. */
export function learnedAgainstLines(means: readonly AttackMean[]) {
  const settings = Object.values(
    Object.groupBy(
      means.filter((m) => layered(m) && leaks(m)),
      (m) => JSON.stringify([m.table, m.protection, m.layers, m.known]),
    ),
  ).flatMap((of) => {
    const r2 = (attack: string) => of!.find((m) => m.attack === attack)?.metrics.explained?.mean
    const [learned, plain, line] = ['learned-inverter', 'plain-regression', 'linear-inversion'].map(r2)
    if (learned === undefined || plain === undefined || line === undefined) return []
    return [{ of: of![0]!, behind: Math.max(plain, line) - learned }]
  })
  const worse = settings.filter((s) => s.behind > even).sort((a, b) => b.behind - a.behind)
  const rows = worse.map(({ of, behind }) => [
    of.table,
    matrixOf(of),
    `${of.layers}`,
    `${of.known}`,
    behind.toFixed(2),
  ])
  const head = ['table', 'matrices', 'layers', 'known rows', 'R² behind']
  return {
    settings: settings.length,
    held: settings.length - worse.length,
    behind: rows.length > 0 ? [{ table: markdownTable(head, rows) }] : [],
  }
}

const blindMetrics = { cells5: 'cells', rank1: 'rank 1', labels: 'label' } as const

/** A table for each data set: attacks down, numbers of layers across. */
export function blindTables(means: readonly AttackMean[], known: number) {
  const depths = [...new Set(means.filter(layered).map((m) => m.layers))].sort((a, b) => a - b)
  const chosen = means.filter(
    (m) =>
      m.protection === 'layers, bounded' && (m.standpoint !== 'leak' || (!leaks(m) && m.known === known)),
  )
  return Object.entries(Object.groupBy(chosen, (m) => m.table)).map(([name, of]) => {
    const rows = [...new Set(of!.map((m) => m.attack))].flatMap((attack) =>
      (Object.keys(blindMetrics) as (keyof typeof blindMetrics)[]).flatMap((metric) => {
        const found = of!.filter((m) => m.attack === attack && m.metrics[metric])
        if (found.length === 0) return []
        const cells = depths.map((layers) => {
          const measured = found.find((m) => m.layers === layers)?.metrics[metric]
          return measured ? `${measured.mean.toFixed(2)} (${measured.chance.toFixed(2)})` : '–'
        })
        return [[held(found[0]!), blindMetrics[metric], ...cells]]
      }),
    )
    const head = [
      'attack, and what it holds',
      'share of',
      ...depths.map((n) => `${n} layer${n === 1 ? '' : 's'}`),
    ]
    return { name, table: measured(rows, head) }
  })
}

/** An attack with what its adversary holds besides distributions. */
function held({ attack, holds, known }: AttackMean): string {
  const things = holds.filter((one) => one !== 'pairs' && one !== 'distributions')
  return `${attack}${things.length > 0 ? ` (${things.join(', ')})` : ''}${known > 0 ? ` + ${known}` : ''}`
}

function linearRows(means: readonly AttackMean[], known: number): string[][] {
  return means
    .filter((m) => !layered(m) && onCells(m) && (m.standpoint !== 'leak' || m.known === known))
    .sort((a, b) => compare([a.table, a.protection], [b.table, b.protection]))
    .map((m) => [
      m.table,
      m.protection,
      held(m),
      percent(m.metrics.cells5!.mean, 0),
      m.metrics.explained!.mean.toFixed(2),
      percent(m.metrics.cells5!.chance, 0),
    ])
}

function measured(rows: readonly (readonly string[])[], head: readonly string[]): string {
  return rows.length === 0 ? '_Not measured in this run._' : markdownTable(head, rows)
}

export const exactTable = (means: readonly AttackMean[]): string =>
  measured(exactRows(means), [
    'table',
    'matrices',
    'layers',
    'attack',
    'known rows',
    'keys',
    'largest error, of range',
  ])

export const bestTable = (means: readonly AttackMean[], known: number): string =>
  measured(bestRows(means, known), [
    'table',
    'matrices',
    'layers',
    'cells',
    'R²',
    'attack',
    'chance',
    'others',
  ])

export const bestPlainTable = (means: readonly AttackMean[], known: number): string =>
  plainTable(
    ['table', 'matrices', 'layers', 'cells', 'R²', 'best attack', 'chance', 'others'],
    bestRows(means, known),
  )

export const halfTable = (means: readonly AttackMean[]): string =>
  measured(halfRows(means), ['table', 'matrices', 'layers', 'known rows', 'layers by the paper’s rule'])

export const anchorTable = (means: readonly AttackMean[], known: number): string =>
  measured(anchorRows(means, known), [
    'layers',
    'R² given',
    'plain regression',
    'linear inversion',
    'learned inverter',
    'key recovery',
  ])

export const linearTable = (means: readonly AttackMean[], known: number): string =>
  measured(linearRows(means, known), [
    'table',
    'protection',
    'attack, and what it holds',
    'cells',
    'R²',
    'chance',
  ])

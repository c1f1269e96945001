// The page of the sweep of attacks: what the paper claims beside what the attacks recover.
// Source: issue 9, sections 2 and 3.

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

/** R² from 20 known rows that plain regression gave where this issue was written, on synthetic data of its own. */
const anchors: Readonly<Record<number, number>> = { 1: 0.98, 5: 0.82, 10: 0.69, 91: 0.37 }

export function pageOf(means: readonly AttackMean[], known: number): string {
  const depths = [...new Set(means.filter(layered).map((m) => m.layers))].sort((a, b) => a - b)
  return [
    '# What breaks the keyed protections',
    '',
    'The paper claims complete protection of a table of m rows and k columns by ⌈m / (k² + k)⌉ layers and tested no',
    'attack. A leaked row gives k equations, so its own way of counting would ask for ⌈m / (k + 1)⌉ layers. Attacks do',
    'not count equations. Below is what they recover of the rows that the adversary did not know; activation tanh.',
    '',
    `![R² from ${known} known rows](attacks-layers.svg)`,
    '',
    '## What falls exactly',
    '',
    'A cell counts as recovered exactly up to 1e-6 of its range. For a linear inversion of one layer k + 1 known rows are',
    'enough if they span all columns: people with a capital gain are rare in Adult, so that few known rows miss it.',
    '',
    markdown(exactRows(means), [
      'table',
      'matrices',
      'layers',
      'attack',
      'known rows',
      'keys',
      'largest error, of range',
    ]),
    '',
    `## The best attack from ${known} known rows`,
    '',
    'The attack with the largest R², its share of unseen cells within 5% of range, and R². _Chance_ is the one value of a',
    'column that hits most; _others_ guesses a cell from the other true cells of its row: what correlation alone gives.',
    '',
    markdown(bestRows(means, known), [
      'table',
      'matrices',
      'layers',
      'cells',
      'R²',
      'attack',
      'chance',
      'others',
    ]),
    '',
    '## How many known rows give half of the cells',
    '',
    'The smallest number tried from which the best attack recovers half of the unseen cells; where chance hits half already,',
    'half of what chance misses.',
    '',
    '![Cells recovered against known rows](attacks-leak.svg)',
    '',
    markdown(halfRows(means), ['table', 'matrices', 'layers', 'known rows', 'layers by the paper’s rule']),
    '',
    '## The cheap anchor',
    '',
    `Plain regression from ${known} known rows on synthetic correlated data, Glorot layers; the figures given with the issue`,
    'are for other synthetic data. The learned inverter must do at least as well.',
    '',
    markdown(anchorRows(means, known), [
      'layers',
      'R² given',
      'plain regression',
      'linear inversion',
      'learned inverter',
      'key recovery',
    ]),
    '',
    '### Elsewhere',
    '',
    learnedAgainstLines(means),
    '',
    '## With more than known rows, or none; and whose row is whose',
    '',
    'Bounded matrices; chance in brackets. _cells_: share within 5% of range; _rank 1_: rows whose right person comes first;',
    `_label_: rows whose hidden class or number is named. Attacks with “+ ${known}” know that many rows (with _ranks_: of that many,`,
    'who is above whom, and no value). _people_: raw rows of half of the people, not knowing whose is whose; those people are',
    'among the judged. _strangers_: raw rows of others. [Attacks on tables](../../reference/attacks-on-tables.md) says more.',
    '',
    ...blindTables(means, known, depths),
    `## Rotation and random projection, ${known} known rows or none`,
    '',
    markdown(linearRows(means, known), [
      'table',
      'protection',
      'attack, and what it holds',
      'cells',
      'R²',
      'chance',
    ]),
  ].join('\n')
}

/** For each table, construction, number of layers and attack the fewest known rows that were exact under any key. */
function exactRows(means: readonly AttackMean[]): string[][] {
  return grouped(means.filter((m) => layered(m) && exactKeys(m) > 0)).flatMap((of) =>
    [...new Set(of.map((m) => m.attack))].map((attack) => {
      const own = of.filter((m) => m.attack === attack).sort((a, b) => a.known - b.known)
      const full = own.find((m) => exactKeys(m) === m.keys) ?? own.at(-1)!
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
      percent(cells5!.mean),
      explained!.mean.toFixed(2),
      top.attack,
      percent(chance),
      baseline === undefined ? '–' : percent(baseline),
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
const even = 0.005

/** In how many settings the learned inverter does at least as well as the better line, and where it does not. */
function learnedAgainstLines(means: readonly AttackMean[]): string {
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
  const said = `In ${settings.length - worse.length} of ${settings.length} settings (table, matrices, layers, known rows) the learned inverter's R² is at least that of the better line, to within ${even}.`
  if (rows.length === 0) return said
  return `${said} It falls behind where rows are so few that they do not say which form of the release to believe:\n\n${markdown(rows, ['table', 'matrices', 'layers', 'known rows', 'R² behind'])}`
}

const blindMetrics = { cells5: 'cells', rank1: 'rank 1', labels: 'label' } as const

/** A table for each data set: attacks down, numbers of layers across. */
function blindTables(means: readonly AttackMean[], known: number, depths: readonly number[]): string[] {
  const own = means.filter(
    (m) =>
      m.protection === 'layers, bounded' && (m.standpoint !== 'leak' || (!leaks(m) && m.known === known)),
  )
  return Object.entries(Object.groupBy(own, (m) => m.table)).flatMap(([table, of]) => {
    const rows = [...new Set(of!.map((m) => m.attack))].flatMap((attack) =>
      (Object.keys(blindMetrics) as (keyof typeof blindMetrics)[]).flatMap((name) => {
        const found = of!.filter((m) => m.attack === attack && m.metrics[name])
        if (found.length === 0) return []
        const cells = depths.map((layers) => {
          const metric = found.find((m) => m.layers === layers)?.metrics[name]
          return metric ? `${metric.mean.toFixed(2)} (${metric.chance.toFixed(2)})` : '–'
        })
        return [[held(found[0]!), blindMetrics[name], ...cells]]
      }),
    )
    const head = [
      'attack, and what it holds',
      'share of',
      ...depths.map((n) => `${n} layer${n === 1 ? '' : 's'}`),
    ]
    return [`### ${table}`, '', markdown(rows, head), '']
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
      percent(m.metrics.cells5!.mean),
      m.metrics.explained!.mean.toFixed(2),
      percent(m.metrics.cells5!.chance),
    ])
}

export function summaryOf(means: readonly AttackMean[], known: number): string {
  const head = ['table', 'matrices', 'layers', 'cells', 'R²', 'best attack', 'chance', 'others']
  return `Share of unseen cells within 5% of range, from ${known} known rows:\n${plainTable(head, bestRows(means, known))}`
}

function markdown(rows: readonly (readonly string[])[], head: readonly string[]): string {
  return rows.length === 0 ? '_Not measured in this run._' : markdownTable(head, rows)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`
}

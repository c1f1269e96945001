// Errors of synthetic tables beside what was asked for, as tables and as a figure.
// Source: results.ts, targets.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { markdownTable } from '../textTables.ts'
import type { TableName } from './adult.ts'
import type { Measures } from './measures.ts'
import type { SynthesisResults, SynthesisRow } from './results.ts'
import { targets } from './targets.ts'

const words = { columns: 'columns alone', tree: 'tree', adaptive: 'adaptive', real: 'real rows' } as const
const head = ['ε', 'method', 'one column', 'two', 'three', 'AUC', 'must', 'stretch', 'seconds']

const shown = ({ one, two, three, auc }: Measures) => [
  one.toFixed(4),
  two.toFixed(4),
  three.toFixed(4),
  auc.toFixed(3),
]
const yes = (held: boolean | null) => (held === null ? '–' : held ? 'yes' : 'no')

/** The rows of one table of Adult, and what was asked of them. */
export function errorTable({ rows }: SynthesisResults, name: TableName, drawn = markdownTable): string {
  const own = rows.filter((row) => row.table === name)
  const line = (row: SynthesisRow) => [
    row.method === 'real' ? '–' : String(row.epsilon),
    words[row.method],
    ...shown(row.mean),
    yes(row.must),
    yes(row.stretch),
    row.method === 'real' ? '–' : row.seconds.toFixed(1),
  ]
  const asked = [...new Set(own.map((row) => row.epsilon))].flatMap((epsilon) => {
    const target = targets[name][epsilon]
    if (!target) return []
    return (['must', 'stretch'] as const).map((kind) => [
      String(epsilon),
      `asked: ${kind}`,
      ...shown(target[kind]),
      '',
      '',
      '',
    ])
  })
  return drawn(head, [...own.map(line), ...asked])
}

/** Errors of three-way tables by ε. */
export const errorFigure = ({ rows, seeds }: SynthesisResults): FigureSpec => ({
  width: 300,
  height: 180,
  title: {
    text: 'Errors of synthetic tables',
    subtitle: `fifteen columns of Adult, means of ${seeds} seeds`,
  },
  data: {
    values: rows
      .filter((row) => row.table === 'full15' && row.method !== 'real')
      .map((row) => ({ epsilon: row.epsilon, method: words[row.method as 'tree'], three: row.mean.three })),
  },
  mark: { type: 'line', strokeWidth: 1.6, point: true },
  encoding: {
    x: {
      field: 'epsilon',
      type: 'quantitative',
      scale: { type: 'log' },
      title: 'ε',
      axis: { values: [0.3, 1, 3], grid: false },
    },
    y: { field: 'three', type: 'quantitative', title: 'error of three-way tables', scale: { zero: true } },
    color: { field: 'method', type: 'nominal', title: null, scale: { range: [...palette.slice(0, 3)] } },
  },
})

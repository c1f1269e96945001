// The figure of use and risk, on a common axis; the axis of risk is a square root's, since most of the tables are near nothing.
// Source: results.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { kinds } from './publishUtility.ts'
import type { UtilityResults, UtilityRow } from './results.ts'

/** What a table was held to. */
export const atText = ({ kind, at }: UtilityRow) =>
  kind === 'raw' ? '' : kind === 'synthetic' ? `ε = ${at}` : `k = ${at}`

/** Use by risk: a point a table, a line a way of making them. */
export function utilityFigure({ rows }: UtilityResults): FigureSpec {
  const values = rows.map((row) => ({
    kind: row.kind,
    risk: row.risk,
    low: row.interval[0],
    high: row.interval[1],
    auc: row.auc,
    at: atText(row),
    order: row.at,
  }))
  const x = {
    field: 'risk',
    type: 'quantitative',
    title: 'risk: hidden values named, beyond strangers’',
    scale: { type: 'sqrt' },
    axis: { format: '.0%' },
  }
  const y = {
    field: 'auc',
    type: 'quantitative',
    title: 'AUC for the income, on other people',
    scale: { zero: false },
  }
  const color = {
    field: 'kind',
    type: 'nominal',
    title: null,
    sort: [...kinds],
    scale: { domain: [...kinds], range: [palette[5], palette[0], palette[2], palette[1]] },
  }
  return {
    width: 560,
    height: 340,
    title: {
      text: 'Use by risk',
      subtitle: 'Adult, published and synthetic; the same attack and learner for all',
    },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', opacity: 0.4 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, color },
      },
      { mark: { type: 'line', strokeWidth: 1.2 }, encoding: { x, y, color, order: { field: 'order' } } },
      { mark: { type: 'point', filled: true, size: 45 }, encoding: { x, y, color } },
      {
        mark: { type: 'text', dx: 5, dy: -6, align: 'left', fontSize: 10 },
        encoding: { x, y, text: { field: 'at' }, color },
      },
    ],
  }
}

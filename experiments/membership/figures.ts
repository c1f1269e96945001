// The figures of membership: ROC curves on logarithmic axes; claims beside their lower bounds.
// Source: Carlini et al. 2022 for the curves; results.ts.

import { rocFigure } from '../../src/audit/membership/modelReport.ts'
import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { rates } from './attacked.ts'
import type { AttackRow, AuditRow } from './results.ts'
import { titles } from './tables.ts'

export function rocs(rows: readonly AttackRow[]): FigureSpec {
  const shown = rows.filter(({ training, attack }) => attack !== 'class-threshold' && training !== 'a pane')
  const curves = shown.map(({ training, attack, hits }) => ({
    name: `${titles[attack]}, ${training}`,
    curve: rates.map((rate, r) => ({ falseAlarms: rate, hits: hits[r]! })),
  }))
  const title = { text: 'Members found at few false alarms', subtitle: 'dashed: a guess' }
  return rocFigure(curves, { width: 420, height: 340, title })
}

export function claimsFigure(audited: readonly AuditRow[]): FigureSpec {
  const most = 1.1 * Math.max(...audited.flatMap(({ epsilon, bounds }) => [epsilon, ...bounds]))
  const axis = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { domain: [0, most] },
  })
  const encoding = {
    x: axis('claimed', 'claimed ε (upper bound)'),
    y: axis('bound', 'lower bound on ε by canaries'),
  }
  const names = ['noise as claimed', 'noise a tenth of it']
  return {
    config: { legend: { labelLimit: 260 } },
    width: 380,
    height: 320,
    title: { text: 'Claims held to account', subtitle: 'above the line a run is caught' },
    layer: [
      {
        data: { values: [0, most].map((at) => ({ claimed: at, bound: at })) },
        mark: { type: 'line', strokeDash: [4, 4], color: '#888', strokeWidth: 1 },
        encoding,
      },
      {
        data: {
          values: audited.flatMap(({ epsilon, fault, bounds }) =>
            bounds.map((bound) => ({ claimed: epsilon, bound, name: names[fault === 1 ? 0 : 1] })),
          ),
        },
        mark: { type: 'point', filled: true, size: 70, opacity: 0.8 },
        encoding: {
          ...encoding,
          color: {
            field: 'name',
            type: 'nominal',
            title: null,
            scale: { domain: names, range: [palette[0], palette[1]] },
          },
          shape: { field: 'name', type: 'nominal', title: null, scale: { domain: names } },
        },
      },
    ],
  }
}

// The figures of the sweep of attacks.
// Source: attacksMeans.ts.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { type AttackMean, best, layered, leaks } from './means.ts'

export function layersFigure(means: readonly AttackMean[], known: number): FigureSpec {
  const values = means
    .filter((m) => layered(m) && leaks(m) && m.known === known)
    .map((m) => ({
      table: m.table,
      matrix: m.protection.replace('layers, ', ''),
      layers: m.layers,
      attack: m.attack,
      explained: Math.max(0, m.metrics.explained!.mean),
    }))
  return {
    title: {
      text: `What ${known} known rows give away`,
      subtitle: 'R² on the rows that the adversary did not know; below 0 is drawn as 0',
    },
    data: { values },
    facet: {
      row: { field: 'matrix', title: 'matrices' },
      column: { field: 'table', title: 'table' },
    },
    spec: {
      width: 190,
      height: 150,
      mark: { type: 'line', point: { size: 45 } },
      encoding: {
        x: {
          field: 'layers',
          type: 'quantitative',
          scale: { type: 'log' },
          title: 'layers',
          axis: { values: [1, 2, 3, 5, 10, 91] },
        },
        y: { field: 'explained', type: 'quantitative', scale: { domain: [0, 1] }, title: 'R²' },
        color: { field: 'attack', title: 'attack', scale: { range: [...palette] } },
        shape: { field: 'attack', title: 'attack' },
      },
    },
  }
}

export function leakFigure(means: readonly AttackMean[]): FigureSpec {
  const groups = new Map<string, AttackMean[]>()
  for (const m of means) {
    if (m.protection !== 'layers, bounded' || !leaks(m)) continue
    const id = JSON.stringify([m.table, m.layers, m.known])
    groups.set(id, [...(groups.get(id) ?? []), m])
  }
  const values = [...groups.values()].flatMap((of) => {
    const top = best(of, 'cells5')
    if (!top) return []
    return [
      {
        table: top.table,
        layers: `${top.layers}`,
        known: top.known,
        cells: top.metrics.cells5!.mean,
        chance: top.metrics.cells5!.chance,
      },
    ]
  })
  const x = {
    field: 'known',
    type: 'quantitative',
    title: 'rows the adversary knows',
    scale: { type: 'log', domain: [5, 100] },
    axis: { values: [5, 10, 20, 50, 100] },
  }
  const layers = [...new Set(values.map((v) => v.layers))].sort((a, b) => Number(a) - Number(b))
  return {
    title: {
      text: 'What a leak costs: the best attack, bounded matrices',
      subtitle: 'share of unseen cells recovered within 5% of range; dashed: a guess without the table',
    },
    data: { values },
    facet: { column: { field: 'table', title: 'table' } },
    spec: {
      width: 190,
      height: 190,
      layer: [
        {
          mark: { type: 'line', point: { size: 45 } },
          encoding: {
            x,
            y: {
              field: 'cells',
              type: 'quantitative',
              scale: { domain: [0, 1] },
              title: 'cells recovered',
              axis: { format: '%' },
            },
            color: {
              field: 'layers',
              type: 'nominal',
              title: 'layers',
              sort: layers,
              scale: { range: [...palette] },
            },
          },
        },
        {
          mark: { type: 'line', strokeDash: [5, 4], color: '#555' },
          encoding: { x, y: { aggregate: 'mean', field: 'chance', type: 'quantitative' } },
        },
      ],
    },
  }
}

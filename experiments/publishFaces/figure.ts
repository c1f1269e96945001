// Figures of recognised faces: by what was done to them, and by how many of a person are published.
// Source: results.ts. Dashes are at 1/k.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { albumKinds } from './albums.ts'
import { taughtWith } from './publishFaces.ts'
import type { FacesResults } from './results.ts'

const share = (field: string, title: string) => ({
  field,
  type: 'quantitative',
  title,
  scale: { domain: [0, 1] },
  axis: { format: '.0%' },
})

/** Recognised at the first guess: a row a scheme, a point a recogniser and what it was taught. */
export function recognitionFigure({ recognition }: FacesResults): FigureSpec {
  const values = recognition.map(({ interval, ...row }) => ({
    ...row,
    low: interval[0],
    high: interval[1],
    limit: row.k > 1 ? 1 / row.k : null,
  }))
  const names = [...new Set(recognition.map(({ scheme }) => scheme))]
  const y = { field: 'taught', type: 'nominal', title: null, sort: [...taughtWith], axis: null }
  const x = (field: string) => share(field, 'recognised at the first guess')
  const color = {
    field: 'taught',
    type: 'nominal',
    title: 'taught',
    sort: [...taughtWith],
    scale: { domain: [...taughtWith], range: [palette[0], palette[1], palette[2]] },
  }
  return {
    title: { text: 'Who is recognised', subtitle: 'ORL, 40 people; dashes at 1/k' },
    data: { values },
    spacing: 4,
    facet: {
      row: {
        field: 'scheme',
        type: 'nominal',
        title: null,
        sort: names,
        header: { labelAngle: 0, labelAlign: 'left', labelLimit: 0 },
      },
    },
    spec: {
      width: 460,
      height: 36,
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1.5, strokeDash: [3, 2], opacity: 0.6 },
          encoding: { x: { ...x('limit'), aggregate: 'mean' } },
        },
        { mark: { type: 'rule', opacity: 0.4 }, encoding: { x: x('low'), x2: { field: 'high' }, y, color } },
        {
          mark: { type: 'point', filled: true, size: 30 },
          encoding: {
            x: x('share'),
            y,
            color,
            shape: { field: 'recogniser', type: 'nominal', title: 'recogniser' },
          },
        },
      ],
    },
  }
}

/** Recognised by how many images of each person are published; the better of two recognisers. */
export function albumFigure({ albums }: FacesResults): FigureSpec {
  const values = albums
    .filter(({ taught }) => taught !== 'groups')
    .map(({ interval: _, ...row }) => ({ ...row, limit: 1 / row.k, panel: `k = ${row.k}` }))
  const color = {
    field: 'kind',
    type: 'nominal',
    title: null,
    sort: [...albumKinds],
    scale: { domain: [...albumKinds], range: [palette[1], palette[3], palette[0]] },
  }
  const x = { field: 'images', type: 'ordinal', title: 'images of a person', axis: { labelAngle: 0 } }
  return {
    data: { values },
    title: { text: 'Several images of a person', subtitle: 'eigenfaces, taught originals or released faces' },
    config: { legend: { labelLimit: 0 } },
    facet: { column: { field: 'panel', type: 'nominal', title: null, sort: ['k = 2', 'k = 5', 'k = 10'] } },
    spec: {
      width: 170,
      height: 220,
      layer: [
        {
          mark: { type: 'line', strokeDash: [4, 3], color: 'black', opacity: 0.6 },
          encoding: { x, y: { ...share('limit', 'recognised'), aggregate: 'mean' } },
        },
        {
          mark: { type: 'line', point: true },
          encoding: {
            x,
            y: share('share', 'recognised'),
            color,
            strokeDash: { field: 'taught', type: 'nominal', title: 'taught' },
          },
        },
      ],
    },
  }
}

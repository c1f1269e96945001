// The figures of certified panes: what merging does to the limit, what channels buy, and what dense panes give away.
// Source: results.ts. Limits are means over seeds; each holds alone.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { CertifiedResults, Hidden, ReleaseRow } from './results.ts'

const titles: Readonly<Record<string, string>> = {
  'digits slant': 'slant of digits',
  'digits thickness': 'thickness of digits',
  'parity digit': 'digit behind parity',
  'colour colour': 'colour of digits',
  'adult-sex-bal sex': 'sex (Adult)',
  'adult-marital3 marital': 'marital status (Adult)',
  'wisdm-user user': 'person (WISDM)',
}

const titleOf = ({ source, attribute }: Hidden): string | undefined => titles[`${source} ${attribute}`]

const percentAxis = (field: string, title: string) => ({
  field,
  type: 'quantitative',
  title,
  scale: { zero: false },
  axis: { format: '.1f', tickCount: 5 },
})

/** U against I(Y;C)/H(Y), a curve for k-means and for each weight of merging. */
export function mergingFigure({ releases }: CertifiedResults): FigureSpec {
  const curve = ({ kind, beta }: ReleaseRow) => (kind === 'k-means' ? 'k-means' : `merged, β = ${beta}`)
  const curves = ['k-means', 'merged, β = 0', 'merged, β = 1', 'merged, β = 3']
  const labels = new Set<string>()
  const values = releases.flatMap((row) => {
    const benchmark = titleOf(row)
    if (benchmark === undefined || row.lambda > 0 || row.kind === 'channel') return []
    // The first release of a benchmark is the label alone, which every curve starts from.
    const names = labels.has(benchmark) ? [curve(row)] : curves
    labels.add(benchmark)
    return names.map((name) => ({
      benchmark,
      curve: name,
      told: 100 * row.told.mean,
      upper: 100 * row.upper.mean,
    }))
  })
  return faceted(values, {
    title: 'What more codes tell, and what they give away',
    subtitle: 'the label’s information that codes have, against U; the left end is the label alone',
    x: percentAxis('told', 'I(Y;C) / H(Y), %'),
    y: percentAxis('upper', 'U, %'),
    names: curves,
    order: 'told',
  })
}

/** U against accuracy along channels, by λ. */
export function channelFigure({ releases }: CertifiedResults): FigureSpec {
  const values = releases.flatMap((row) => {
    const benchmark = titleOf(row)
    if (benchmark === undefined || row.kind !== 'channel') return []
    return [
      {
        benchmark,
        curve: `λ = ${row.lambda}`,
        accuracy: 100 * row.accuracy.mean,
        upper: 100 * row.upper.mean,
      },
    ]
  })
  return faceted(values, {
    title: 'What accuracy buys',
    subtitle: 'channels of the linear programme: right answers on unseen rows, against U',
    x: percentAxis('accuracy', 'right answers, %'),
    y: percentAxis('upper', 'U, %'),
    names: [...new Set(values.map(({ curve }) => curve))],
    order: 'accuracy',
  })
}

interface Facets {
  readonly title: string
  readonly subtitle: string
  readonly x: object
  readonly y: object
  readonly names: readonly string[]
  readonly order: string
}

function faceted(values: readonly object[], { title, subtitle, x, y, names, order }: Facets): FigureSpec {
  return {
    title: { text: title, subtitle, offset: 12 },
    data: { values },
    facet: { field: 'benchmark', type: 'nominal', title: null, sort: Object.values(titles) },
    columns: 2,
    resolve: { scale: { x: 'independent', y: 'independent' } },
    spec: {
      width: 240,
      height: 180,
      mark: { type: 'line', point: true },
      encoding: {
        x,
        y,
        order: { field: order, type: 'quantitative' },
        color: {
          field: 'curve',
          type: 'nominal',
          title: null,
          scale: { domain: names, range: palette.slice(0, names.length) },
        },
      },
    },
  }
}

/** What the best attacker gets raw and through a dense pane, and the limit of the label alone, beside the floor. */
export function leakFigure({ floors, dense, releases }: CertifiedResults): FigureSpec {
  const names = ['raw rows, attacked', 'dense pane, attacked', 'code pane, U', 'the true label alone']
  const values = floors.flatMap((floor) => {
    const benchmark = titleOf(floor)
    const of = (row: Hidden) => row.source === floor.source && row.attribute === floor.attribute
    const before = dense.find(of)
    const code = releases.find((row) => of(row) && row.lambda === 0 && row.kind === 'k-means')
    if (benchmark === undefined || !before || !code) return []
    const shares = [
      Math.max(before.rawLinear.mean, before.rawMlp.mean),
      Math.max(before.linear.mean, before.mlp.mean),
      code.upper.mean,
      floor.floor.mean,
    ]
    return shares.map((share, i) => ({ benchmark, name: names[i], share: 100 * share }))
  })
  return {
    config: { legend: { labelLimit: 260 }, axis: { labelLimit: 260 } },
    title: {
      text: 'What is given away',
      subtitle: 'right guesses of the hidden attribute: attacks are lower limits, U an upper one',
    },
    data: { values },
    width: 460,
    height: { step: 14 },
    mark: { type: 'bar' },
    encoding: {
      y: { field: 'benchmark', type: 'nominal', title: null, sort: Object.values(titles) },
      yOffset: { field: 'name', sort: names },
      x: { field: 'share', type: 'quantitative', title: 'right guesses, %', scale: { domain: [0, 100] } },
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        scale: { domain: names, range: palette.slice(0, names.length) },
      },
    },
  }
}

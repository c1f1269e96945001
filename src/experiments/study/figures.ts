// The study's figures 7 to 11: charts by bottleneck, maps of samples.
// Source: Yonan et al. 2025. Sheets of images are drawn in report.ts.

import { colorNames } from '../../data/index.ts'
import { type FigureSpec, palette } from '../../figures/index.ts'
import { bottleneckAxis } from '../images/bottleneckAxis.ts'
import type { Structure } from './adversaries.ts'
import type { ColorsPoint } from './report.ts'

const n = bottleneckAxis

/** Fig. 10: F_a by bottleneck, with chance and the study's threshold. */
export function colorsFigure(points: readonly ColorsPoint[]): FigureSpec {
  const values = points.flatMap((p) =>
    (
      [
        ['ColorNet (server)', p.colors.colorNet],
        ['NoisyNet (outsider)', p.colors.noisyNet],
        ['PathNet (outsider)', p.colors.pathNet],
      ] as const
    ).map(([adversary, { value, interval }]) => ({
      obfuscator: p.obfuscator,
      bottleneck: p.bottleneck,
      adversary,
      value,
      low: interval[0],
      high: interval[1],
    })),
  )
  const y = {
    type: 'quantitative',
    title: 'colours told rightly (F_a)',
    scale: { domain: [0, 1] },
    axis: { format: '.0%' },
  }
  const color = {
    field: 'adversary',
    type: 'nominal',
    title: null,
    scale: { range: [palette[1], palette[0], palette[2]] },
  }
  const line = (at: number, dash: readonly number[]) => ({
    mark: { type: 'rule', strokeDash: dash, color: '#555' },
    encoding: { y: { datum: at, ...y } },
  })
  return {
    config: { legend: { labelLimit: 260 } },
    title: {
      text: 'Colours that an adversary tells from obfuscated digits',
      subtitle: 'dashed: 30%, above which the study calls an attribute compromised; dotted: chance, 1/7',
    },
    data: { values },
    facet: { column: { field: 'obfuscator', title: null, sort: 'descending' } },
    spec: {
      width: 280,
      height: 240,
      layer: [
        line(0.3, [6, 4]),
        line(1 / 7, [2, 3]),
        { mark: 'rule', encoding: { x: n, y: { field: 'low', ...y }, y2: { field: 'high' }, color } },
        {
          mark: { type: 'line', point: { filled: true, size: 50 } },
          encoding: {
            x: n,
            y: { field: 'value', aggregate: 'mean', ...y },
            color,
            shape: { field: 'adversary', title: null },
          },
        },
      ],
    },
  }
}

/** What goes with Figs. 8 and 9: similarity of what RecNet gives back, by bottleneck. */
export function similarityFigure(points: readonly ColorsPoint[], meanImage: number): FigureSpec {
  const values = points.flatMap((p) =>
    p.reconstructions.map(({ shape, similarity }) => {
      const { value, interval } = similarity.find((m) => m.name === 'ssim')!
      return {
        obfuscator: p.obfuscator,
        bottleneck: p.bottleneck,
        network: shape === 'dense' ? 'RecNet as published' : 'convolutional',
        value,
        low: interval[0],
        high: interval[1],
      }
    }),
  )
  const y = { type: 'quantitative', title: 'SSIM', scale: { domain: [0, 1] } }
  const color = { field: 'network', type: 'nominal', title: null, scale: { range: [palette[0], palette[1]] } }
  return {
    config: { legend: { labelLimit: 260 } },
    title: {
      text: 'How alike the reconstructed digits are to the originals',
      subtitle:
        'mean structural similarity with 95% intervals; dashed: the mean image, which needs no attack',
    },
    data: { values },
    facet: { column: { field: 'obfuscator', title: null, sort: 'descending' } },
    spec: {
      width: 280,
      height: 240,
      layer: [
        {
          mark: { type: 'rule', strokeDash: [6, 4], color: '#555' },
          encoding: { y: { datum: meanImage, ...y } },
        },
        { mark: 'rule', encoding: { x: n, y: { field: 'low', ...y }, y2: { field: 'high' }, color } },
        {
          mark: { type: 'line', point: { filled: true, size: 50 } },
          encoding: { x: n, y: { field: 'value', aggregate: 'mean', ...y }, color },
        },
      ],
    },
  }
}

/** The seven colours on white, white itself as a ring of grey. */
const inks = ['#d62728', '#2a9d3a', '#1f4fd8', '#17becf', '#c724b1', '#d8b400', '#9a9a9a']
const tenInks = [
  '#4e79a7',
  '#f28e2b',
  '#e15759',
  '#499894',
  '#59a14f',
  '#b6992d',
  '#b07aa1',
  '#d37295',
  '#79706e',
  '#000000',
]

/** Fig. 11: maps by digit and by colour, one line a pane. */
export function mapsFigure(
  maps: readonly { readonly name: string; readonly map: NonNullable<Structure['map']> }[],
): FigureSpec {
  const panel = (
    { name, map }: (typeof maps)[number],
    by: 'digit' | 'colour',
    names: readonly string[],
    range: readonly string[],
  ) => {
    const of = by === 'digit' ? map.digits : map.colors
    return {
      title: { text: `${name}, by ${by}`, fontSize: 13, anchor: 'middle' },
      width: 300,
      height: 300,
      data: {
        values: of.map((c, i) => ({ x: map.places[2 * i], y: map.places[2 * i + 1], class: names[c] })),
      },
      mark: { type: 'point', filled: true, size: 16, opacity: 0.85 },
      encoding: {
        x: { field: 'x', type: 'quantitative', axis: null, scale: { zero: false, padding: 12 } },
        y: { field: 'y', type: 'quantitative', axis: null, scale: { zero: false, padding: 12 } },
        color: { field: 'class', type: 'nominal', sort: names, scale: { domain: names, range }, title: by },
      },
    }
  }
  const digits = Array.from({ length: 10 }, (_, i) => `${i}`)
  return {
    title: {
      text: 'Samples as they left, mapped by who knows nothing else',
      subtitle: 't-SNE, perplexity 15; distances between groups mean nothing',
    },
    vconcat: maps.map((one) => ({
      hconcat: [panel(one, 'digit', digits, tenInks), panel(one, 'colour', colorNames, inks)],
      resolve: { scale: { color: 'independent' } },
    })),
    resolve: { scale: { color: 'independent' } },
  }
}

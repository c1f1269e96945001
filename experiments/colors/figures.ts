// The study's figures 7 to 11: charts by bottleneck, maps of samples.
// Source: Yonan et al. 2025. Sheets of images are drawn in sheets.ts.

import { colorNames } from '../../src/data/images/synthetic.ts'
import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { bottleneckAxis } from '../images/bottleneckAxis.ts'
import type { Structure } from './adversaries.ts'
import type { ColorsPoint } from './results.ts'

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
  return byBottleneck(values, {
    text: 'Colours that an adversary tells from obfuscated digits',
    subtitle: 'dashed: 30%, above which the study calls an attribute compromised; dotted: chance, 1/7',
    measure: 'colours told rightly (F_a)',
    axis: { format: '.0%' },
    series: 'adversary',
    inks: [palette[1], palette[0], palette[2]],
    lines: [
      { at: 0.3, dash: [6, 4] },
      { at: 1 / 7, dash: [2, 3] },
    ],
  })
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
  return byBottleneck(values, {
    text: 'How alike the reconstructed digits are to the originals',
    subtitle: 'mean structural similarity with 95% intervals; dashed: the mean image, which needs no attack',
    measure: 'SSIM',
    series: 'network',
    inks: [palette[0], palette[1]],
    lines: [{ at: meanImage, dash: [6, 4] }],
  })
}

interface Series {
  readonly text: string
  readonly subtitle: string
  /** Title of the ordinate, from 0 to 1. */
  readonly measure: string
  readonly axis?: object | undefined
  /** The field that tells one line from another, and its colours. */
  readonly series: string
  readonly inks: readonly (string | undefined)[]
  /** Values to hold the lines against. */
  readonly lines: readonly { readonly at: number; readonly dash: readonly number[] }[]
}

/** A chart an obfuscator: lines of means by bottleneck, each point with its interval. */
function byBottleneck(
  values: readonly object[],
  { text, subtitle, measure, axis, series, inks, lines }: Series,
): FigureSpec {
  const y = {
    type: 'quantitative',
    title: measure,
    scale: { domain: [0, 1] },
    axis,
  }
  const color = { field: series, type: 'nominal', title: null, scale: { range: inks } }
  return {
    config: { legend: { labelLimit: 260 } },
    title: { text, subtitle },
    data: { values },
    facet: { column: { field: 'obfuscator', title: null, sort: 'descending' } },
    spec: {
      width: 280,
      height: 240,
      layer: [
        ...lines.map(({ at, dash }) => ({
          mark: { type: 'rule', strokeDash: dash, color: '#555' },
          encoding: { y: { datum: at, ...y } },
        })),
        { mark: 'rule', encoding: { x: n, y: { field: 'low', ...y }, y2: { field: 'high' }, color } },
        {
          mark: { type: 'line', point: { filled: true, size: 50 } },
          encoding: {
            x: n,
            y: { field: 'value', aggregate: 'mean', ...y },
            color,
            shape: { field: series, title: null },
          },
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

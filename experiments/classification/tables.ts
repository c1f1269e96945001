// The tables on the page of training behind frozen layers.
// Source: means.ts; SPG's sentences, which are all of its text that is known here.
// Every number stands in the JSON beside the page.

import { percent } from '../../src/statistics/figures.ts'
import { markdownTable, plainTable, points, ratioText, signedPoints } from '../textTables.ts'
import { type PaperActivation, paperActivations } from '../wheat.ts'
import type { SettingName } from './classification.ts'
import type { ClassificationMeans, Loss, Point, SignalMean } from './means.ts'

const variants = ['paper', 'full'] as const
export type Variant = (typeof variants)[number]

export const variantName = (variant: Variant): string => (variant === 'paper' ? 'its layers' : 'all stages')

const accuracyHead = [
  'layers',
  ...variants.flatMap((variant) => paperActivations.map((a) => `${variantName(variant)}, ${a}`)),
]

function accuracyRows(means: ClassificationMeans): string[][] {
  const text = ({ accuracy: { mean, deviation } }: Point) => `${points(mean)} ± ${points(deviation)}`
  return byLayers(means, (variant, activation, layers) => {
    const point = pointAt(means, variant, activation, layers)
    return point ? text(point) : '–'
  })
}

function epochRows(means: ClassificationMeans): string[][] {
  return byLayers(means, (variant, activation, layers) => {
    const point = pointAt(means, variant, activation, layers)
    if (!point) return '–'
    return point.epochRatio ? ratioText(point.epochRatio) : 'diverges'
  }).slice(1)
}

function timeRows({ time }: ClassificationMeans): string[][] {
  const at = (activation: PaperActivation, layers: number) =>
    time.find((t) => t.activation === activation && t.layers === layers)!
  const depths = [...new Set(time.map((t) => t.layers))].filter((l) => l > 0)
  return depths.map((layers) => [
    `${layers}`,
    ...paperActivations.flatMap((a) => {
      const { epoch, inModel } = at(a, layers)
      return [epoch.toFixed(2), inModel ? ratioText(inModel) : 'diverges']
    }),
  ])
}

/** A row for each number of layers of the two variants. */
function byLayers(
  means: ClassificationMeans,
  cell: (variant: Variant, activation: PaperActivation, layers: number) => string,
): string[][] {
  return depthsOf(means).map((layers) => [
    `${layers}`,
    ...variants.flatMap((variant) => paperActivations.map((a) => cell(variant, a, layers))),
  ])
}

function claimRows(means: ClassificationMeans): string[][] {
  const depths = depthsOf(means)
  const columns = [...paperActivations.map((a) => ['paper', a] as const), ['full', 'tanh'] as const]
  const departure = (variant: Variant, activation: PaperActivation) =>
    means.departures.find((d) => d.setting === variant && d.activation === activation)!
  const layered = (variant: Variant, activation: PaperActivation) =>
    means.points.filter((p) => p.setting === variant && p.activation === activation)
  const span = (values: readonly (number | undefined)[]) => {
    const present = values.filter((v) => v !== undefined)
    return present.length === 0
      ? '–'
      : `${Math.min(...present).toFixed(2)} to ${Math.max(...present).toFixed(2)}`
  }
  const times = (variant: Variant, activation: PaperActivation) =>
    means.time
      .filter((t) => t.activation === activation && t.layers > 0)
      .map((t) => (variant === 'paper' ? t.inModel : t.beforehand)?.value)
  return [
    [
      'mean accuracy within the base’s sd',
      '“mean values still lay in the range of standard deviation”',
      ...columns.map(([v, a]) => layersText(departure(v, a).outside, depths)),
    ],
    ['or the bars of both meet', '', ...columns.map(([v, a]) => layersText(departure(v, a).apart, depths))],
    [
      'points a layer',
      '“no explicit dependence on the number of frozen layers”',
      ...columns.map(([v, a]) => signedPoints(departure(v, a).slope)),
    ],
    [
      'epochs, none = 1',
      '“about 10% more epochs”',
      ...columns.map(([v, a]) => span(layered(v, a).map((p) => p.epochRatio?.value))),
    ],
    ['time, none = 1', '“1.5 to 2.5 times longer”', ...columns.map(([v, a]) => span(times(v, a)))],
  ]
}

/** Where the base's range is left, of the measured numbers of layers. */
export function layersText(left: readonly number[], depths: readonly number[]): string {
  if (left.length === 0) return `to ${depths.at(-1)} layers`
  const tail = depths.slice(-left.length)
  return tail.every((layers, i) => layers === left[i])
    ? `not from ${left[0]} on`
    : `not at ${left.join(', ')}`
}

export function accuracyAt(
  { points: all }: ClassificationMeans,
  setting: SettingName,
  layers: number,
): string {
  const deepest = all.find((p) => p.setting === setting && p.activation === 'tanh' && p.layers === layers)!
  return points(deepest.accuracy.mean)
}

function lossCells({ lost, float32, scaling, layersThemselves, rounding }: Loss): string[] {
  return [lost, float32, scaling, layersThemselves, rounding].map(signedPoints)
}

/** The paper's variant under other trainings, at the depths where all of them were measured. */
export function ratesTable(means: ClassificationMeans): string {
  const settings: readonly (readonly [SettingName, string])[] = [
    ['paper', 'Adam at 0.1, stopped early'],
    ['rate-0.01', 'at 0.01, stopped early'],
    ['patient', 'at 0.01, all 500 epochs'],
  ]
  const rows = means.points
    .filter((p) => p.setting === 'patient' && (p.activation === 'sigmoid' || p.layers === 0))
    .map((p) => p.layers)
    .sort((a, b) => a - b)
    .map((layers) => [
      `  ${layers}`,
      ...settings.map(([setting]) => {
        const point = means.points.find(
          (p) => p.setting === setting && p.layers === layers && (layers === 0 || p.activation === 'sigmoid'),
        )!
        return points(point.accuracy.mean)
      }),
    ])
  return markdownTable(['sigmoid, layers', ...settings.map(([, title]) => `${title}, %`)], rows)
}

function pointAt(
  { points: all }: ClassificationMeans,
  setting: Variant,
  activation: PaperActivation,
  layers: number,
): Point | undefined {
  return all.find(
    (p) => p.setting === setting && p.layers === layers && (layers === 0 || p.activation === activation),
  )
}

export const baseOf = (means: ClassificationMeans, setting: Variant): Point =>
  pointAt(means, setting, 'tanh', 0)!

export const depthsOf = ({ points: all }: ClassificationMeans): number[] =>
  [...new Set(all.filter((p) => p.setting === 'paper').map((p) => p.layers))].sort((a, b) => a - b)

export const deepestOf = (means: ClassificationMeans): number => Math.max(...depthsOf(means))

export const claimTable = (means: ClassificationMeans): string =>
  markdownTable(
    ['', 'the paper', ...paperActivations.map((a) => `its layers, ${a}`), 'all stages, tanh'],
    claimRows(means),
  )

export const accuracyTable = (means: ClassificationMeans): string =>
  markdownTable(accuracyHead, accuracyRows(means))

export const accuracyPlainTable = (means: ClassificationMeans): string =>
  plainTable(accuracyHead, accuracyRows(means))

export const epochTable = (means: ClassificationMeans): string =>
  markdownTable(accuracyHead, epochRows(means))

export const timeTable = (means: ClassificationMeans): string =>
  markdownTable(
    ['layers', ...paperActivations.flatMap((a) => [`an epoch, ${a}`, `a training, ${a}`])],
    timeRows(means),
  )

/** A size for reading; null has overflowed. */
export const sizeText = (x: number | null): string =>
  x === null ? 'overflow' : x >= 0.01 && x < 100 ? x.toFixed(2) : x.toExponential(0)

export const signalAt = (
  { signal }: ClassificationMeans,
  activation: PaperActivation,
  layers: number,
): SignalMean => signal.find((s) => s.activation === activation && s.layers === layers)!

export function signalTable(means: ClassificationMeans): string {
  const at = (activation: PaperActivation, layers: number) => signalAt(means, activation, layers)
  const depths = [0, 1, 2, 3, 4, 5, 7, 10]
  return markdownTable(
    [
      'layers',
      'tanh: sd',
      'sigmoid: sd',
      'float32’s error in it',
      'exp: sd',
      'keys that overflow (float64)',
      'columns’ worth, Glorot',
      'bounded',
    ],
    depths.map((layers) => [
      `${layers}`,
      sizeText(at('tanh', layers).deviation),
      sizeText(at('sigmoid', layers).deviation),
      percent(at('sigmoid', layers).rounding!),
      sizeText(at('exp', layers).deviation),
      percent(at('exp', layers).overflowed),
      sizeText(at('tanh', layers).dimensions.glorot),
      sizeText(at('tanh', layers).dimensions.bounded),
    ]),
  )
}

export const lossTable = ({ losses }: ClassificationMeans): string =>
  markdownTable(
    [
      '',
      'lost',
      'to float32',
      'to not standardising',
      'to the layers themselves',
      'float32, once standardised',
    ],
    losses
      .toSorted(
        (a, b) =>
          paperActivations.indexOf(a.activation) - paperActivations.indexOf(b.activation) ||
          a.layers - b.layers,
      )
      .map((l) => [`${l.activation}, ${l.layers}`, ...lossCells(l)]),
  )

// The figures of training behind frozen layers, in the paper's layout: a line an activation over the number of layers.
// Source: SPG figures 11, 13 and 14; the base without layers is a band.
// Points of one number of layers stand a little apart, so that their error bars can be told from each other.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { type PaperActivation, paperActivations } from '../wheat.ts'
import type { ClassificationMeans, Point } from './means.ts'

const apart = 0.14

const color = {
  field: 'activation',
  title: 'activation',
  scale: { domain: [...paperActivations], range: palette.slice(0, paperActivations.length) },
}
const shape = { field: 'activation', title: 'activation', scale: { domain: [...paperActivations] } }

const panels = { paper: 'the paper’s layers', full: 'all seven stages' } as const

function layersAxis(deepest: number) {
  return {
    field: 'at',
    type: 'quantitative',
    title: 'frozen layers',
    scale: { domain: [-0.4, deepest + 0.4], nice: false },
    axis: { values: Array.from({ length: deepest + 1 }, (_, i) => i), format: 'd', grid: false },
  }
}

const placed = (activation: PaperActivation, layers: number): number =>
  layers + (paperActivations.indexOf(activation) - 1) * apart

/** Figures by the name of their file. */
export function classificationFigures(means: ClassificationMeans): Readonly<Record<string, FigureSpec>> {
  return {
    'figure-11': pointsFigure(means, {
      title: 'Figure 11: accuracy behind frozen layers',
      subtitle: 'wheat seeds, mean ± sd over folds and seeds; the band is the same model without layers',
      axis: 'accuracy, %',
      of: (p) => p.accuracy,
      times: 100,
      domain: [25, 100],
    }),
    'figure-13': pointsFigure(means, {
      title: 'Figure 13: epochs until training stops',
      subtitle:
        'mean ± sd over folds and seeds; trainings that diverge have none; the band is the model without layers',
      axis: 'epochs',
      of: (p) => p.epochs,
      times: 1,
    }),
    'figure-14': timeFigure(means),
    signal: signalFigure(means),
    settings: settingsFigure(means),
  }
}

interface PointsFigure {
  readonly title: string
  readonly subtitle: string
  readonly axis: string
  readonly of: (point: Point) => { readonly mean: number; readonly deviation: number } | null
  readonly times: number
  readonly domain?: readonly [number, number] | undefined
}

function pointsFigure({ points }: ClassificationMeans, about: PointsFigure): FigureSpec {
  const deepest = Math.max(...points.map((p) => p.layers))
  const tops = points.flatMap((p) => {
    const of = p.setting in panels && about.of(p)
    return of ? [(of.mean + of.deviation) * about.times] : []
  })
  const scale = { domain: about.domain ?? [0, Math.max(...tops)] }
  const panel = (setting: keyof typeof panels) => {
    const ofSetting = points.filter((p) => p.setting === setting)
    const values = ofSetting.flatMap((p) => {
      const of = about.of(p)
      if (!of || p.activation === 'none') return []
      const [mean, deviation] = [of.mean * about.times, of.deviation * about.times]
      const [bottom, top] = scale.domain as [number, number]
      return [
        {
          activation: p.activation,
          at: placed(p.activation, p.layers),
          mean,
          low: Math.max(mean - deviation, bottom),
          high: Math.min(mean + deviation, top),
        },
      ]
    })
    const base = about.of(ofSetting.find((p) => p.layers === 0)!)!
    const [mean, deviation] = [base.mean * about.times, base.deviation * about.times]
    const band = { mean, low: mean - deviation, high: mean + deviation }
    const y = (field: string) => ({ field, type: 'quantitative', title: about.axis, scale })
    return {
      title: { text: panels[setting], fontSize: 13, fontWeight: 'normal', anchor: 'middle' },
      width: 380,
      height: 300,
      layer: [
        {
          data: { values: [band] },
          mark: { type: 'rect', color: '#999', opacity: 0.25 },
          encoding: { y: y('low'), y2: { field: 'high' } },
        },
        {
          data: { values: [band] },
          mark: { type: 'rule', color: '#555', strokeDash: [5, 3] },
          encoding: { y: y('mean') },
        },
        {
          data: { values },
          mark: { type: 'rule', opacity: 0.7 },
          encoding: { x: layersAxis(deepest), y: y('low'), y2: { field: 'high' }, color },
        },
        {
          data: { values },
          mark: { type: 'line' },
          encoding: { x: layersAxis(deepest), y: y('mean'), color },
        },
        {
          data: { values },
          mark: { type: 'point', filled: true, size: 50, opacity: 1 },
          encoding: { x: layersAxis(deepest), y: y('mean'), color, shape },
        },
      ],
    }
  }
  return { title: { text: about.title, subtitle: about.subtitle }, hconcat: [panel('paper'), panel('full')] }
}

function timeFigure({ time }: ClassificationMeans): FigureSpec {
  const deepest = Math.max(...time.map((t) => t.layers))
  const highest = Math.max(3, ...time.flatMap((t) => [t.inModel?.value ?? 0, t.beforehand?.value ?? 0]))
  const top = Math.ceil(2 * highest) / 2
  const panel = (which: 'inModel' | 'beforehand', title: string) => {
    const values = time.flatMap((t) => {
      const times = t[which]
      if (!times) return []
      const [low, high] = times.interval
      return [
        {
          activation: t.activation,
          at: placed(t.activation, t.layers),
          ratio: times.value,
          low,
          high: Math.min(high, top),
        },
      ]
    })
    const y = (field: string) => ({
      field,
      type: 'quantitative',
      title: 'training time, none = 1',
      scale: { domain: [0, top] },
    })
    const claim = {
      data: { values: [{ from: 1.5, to: 2.5 }] },
      mark: { type: 'rect', color: '#8A6A00', opacity: 0.13 },
      encoding: { y: y('from'), y2: { field: 'to' } },
    }
    return {
      title: { text: title, fontSize: 13, fontWeight: 'normal', anchor: 'middle' },
      width: 380,
      height: 300,
      layer: [
        ...(which === 'inModel' ? [claim] : []),
        {
          data: { values },
          mark: { type: 'rule', opacity: 0.7 },
          encoding: { x: layersAxis(deepest), y: y('low'), y2: { field: 'high' }, color },
        },
        { data: { values }, mark: 'line', encoding: { x: layersAxis(deepest), y: y('ratio'), color } },
        {
          data: { values },
          mark: { type: 'point', filled: true, size: 50, opacity: 1 },
          encoding: { x: layersAxis(deepest), y: y('ratio'), color, shape },
        },
      ],
    }
  }
  return {
    title: {
      text: 'Figure 14: cumulative training time against no frozen layers',
      subtitle:
        'over all epochs, with 95% intervals over seeds; shaded: “1.5 to 2.5 times longer”, as the paper has it',
    },
    hconcat: [
      panel('inModel', `${panels.paper}, in the model`),
      panel('beforehand', `${panels.full}, applied beforehand`),
    ],
  }
}

function signalFigure({ signal }: ClassificationMeans): FigureSpec {
  const deepest = Math.max(...signal.map((s) => s.layers))
  const values = signal.flatMap((s) =>
    s.deviation === null || s.deviation > 10
      ? []
      : [
          { activation: s.activation, at: s.layers, size: s.deviation, what: 'signal' },
          {
            activation: s.activation,
            at: s.layers,
            size: s.deviation * s.rounding!,
            what: 'float32’s error',
          },
        ],
  )
  return {
    title: {
      text: 'What a layer of zero bias leaves of the signal',
      subtitle: 'standard deviation over the rows, median over seeds; exp leaves the picture by growing',
    },
    data: { values },
    width: 480,
    height: 320,
    encoding: {
      x: { ...layersAxis(deepest), title: 'frozen layers before it' },
      y: {
        field: 'size',
        type: 'quantitative',
        scale: { type: 'log', domain: [1e-9, 10] },
        axis: { format: '.0e', values: [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10] },
        title: 'standard deviation, normalised units',
      },
      color,
    },
    layer: [
      {
        mark: 'line',
        encoding: {
          strokeDash: {
            field: 'what',
            title: 'line',
            scale: {
              domain: ['signal', 'float32’s error'],
              range: [
                [1, 0],
                [4, 3],
              ],
            },
            legend: { symbolType: 'stroke', symbolSize: 300, symbolStrokeColor: '#333' },
          },
        },
      },
      { mark: { type: 'point', filled: true, size: 40, opacity: 1 }, encoding: { shape } },
    ],
  }
}

const settingNames = {
  paper: 'the paper’s (float32)',
  'paper-float64': 'in float64',
  'standardised-float32': 'standardised, float32',
  'standardised-float64': 'standardised, float64',
  full: 'all seven stages',
} as const

function settingsFigure({ points }: ClassificationMeans): FigureSpec {
  const deepest = Math.max(...points.map((p) => p.layers))
  const names = Object.keys(settingNames) as (keyof typeof settingNames)[]
  const panel = (activation: PaperActivation, i: number) => ({
    title: { text: activation, fontSize: 13, fontWeight: 'normal', anchor: 'middle' },
    data: {
      values: points.flatMap((p) => {
        const name = names.find((n) => n === p.setting)
        if (!name || (p.activation !== activation && p.layers !== 0)) return []
        return [{ setting: settingNames[name], at: p.layers, accuracy: 100 * p.accuracy.mean }]
      }),
    },
    width: 240,
    height: 280,
    mark: { type: 'line', point: { size: 45 } },
    encoding: {
      x: layersAxis(deepest),
      y: {
        field: 'accuracy',
        type: 'quantitative',
        scale: { domain: [25, 100] },
        title: i === 0 ? 'mean accuracy, %' : null,
      },
      color: {
        field: 'setting',
        title: 'the layers',
        scale: { domain: Object.values(settingNames), range: palette.slice(0, names.length) },
        legend: { labelLimit: 400 },
      },
    },
  })
  return {
    title: {
      text: 'Why accuracy falls: the same layers under other arithmetic',
      subtitle: 'the paper’s layers as they are, in float64, and standardised by the service',
    },
    hconcat: paperActivations.map(panel),
  }
}

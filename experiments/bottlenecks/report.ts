// Accuracy by bottleneck as a figure and a page.
// Source: Xu et al. 2020; issue "ObfNet and the study that broke it": within 1 point of the classifier for n ≥ 64.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { bottleneckAxis } from '../images/bottleneckAxis.ts'
import { imagesText } from '../images/settings.ts'
import { percent, type Share } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { BottleneckAnswer, BottleneckTask } from './bottlenecks.ts'

const names = {
  'infnet-mlp': 'InfNet-MLP',
  'infnet-cnn': 'InfNet-CNN',
  lenet: 'LeNet',
  mlp: 'ObfNet-MLP',
  cnn: 'ObfNet-CNN',
}

interface Point {
  readonly classifier: string
  readonly obfuscator: string
  readonly bottleneck: number
  readonly seed: number
  readonly epochs: number
  readonly parameters: number
  readonly raw: Share
  readonly obfuscated: Share
  readonly drop: number
}

export function bottlenecksReport(
  tasks: readonly BottleneckTask[],
  answers: readonly BottleneckAnswer[],
  settings: Settings,
): Report {
  const points = tasks.flatMap((task, i): Point[] => {
    const { raw, obfuscated, parameters } = answers[i]!
    if (!('pane' in task) || !obfuscated) return []
    const { classifier, kind, bottleneck, epochs, seed } = task.pane
    return [
      {
        classifier: names[classifier.architecture],
        obfuscator: names[kind],
        bottleneck,
        seed,
        epochs,
        parameters: parameters!,
        raw,
        obfuscated,
        drop: 100 * (raw.value - obfuscated.value),
      },
    ]
  })
  points.sort(
    (a, b) =>
      a.classifier.localeCompare(b.classifier) ||
      b.obfuscator.localeCompare(a.obfuscator) ||
      a.bottleneck - b.bottleneck,
  )
  const wide = points.filter((p) => p.bottleneck >= 64)
  const outside = wide.filter((p) => p.drop > 1)
  const head = ['before', 'obfuscator', 'n', 'parameters', 'raw', 'obfuscated', 'points below raw', 'epochs']
  const rows = points.map((p) => [
    p.classifier,
    p.obfuscator,
    `${p.bottleneck}`,
    p.parameters.toLocaleString('en'),
    percent(p.raw),
    percent(p.obfuscated),
    p.drop.toFixed(2),
    `${p.epochs}`,
  ])
  const claim =
    outside.length === 0
      ? `All ${wide.length} panes with n ≥ 64 are within 1 point of their classifier.`
      : `**${outside.length} of ${wide.length} panes with n ≥ 64 are more than 1 point below their classifier**: ${outside.map((p) => `${p.obfuscator}(${p.bottleneck}) before ${p.classifier}, ${p.drop.toFixed(2)}`).join('; ')}.`
  const epochs = [...new Set(points.map((p) => p.classifier))].map(
    (classifier) => `${points.find((p) => p.classifier === classifier)!.epochs} epochs before ${classifier}`,
  )
  return {
    data: { points },
    figures: { bottlenecks: accuracyFigure(points) },
    page: [
      '# How narrow a bottleneck may be',
      '',
      `Xu and others (2020): ObfNet-MLP(n) and ObfNet-CNN(n) before frozen classifiers, on ${imagesText(settings)}.`,
      'Classifiers are trained for 14 epochs; their dropout stays on while an obfuscator is trained, as in the published',
      'code; the best epoch is chosen on a validation part (published: on the test set). Intervals are of the test sample.',
      '',
      `Published: 14 epochs for the obfuscators too. Here: ${epochs.join(', ')}, at a rate that falls when the validation loss`,
      'does not.',
      '',
      'A negative difference is no error: with an obfuscator before it that learns features of its own (convolutions), a',
      'frozen classifier can tell more than raw.',
      '',
      '![Accuracy by bottleneck](bottlenecks.svg)',
      '',
      claim,
      '',
      markdownTable(head, rows),
    ].join('\n'),
    summary: `${plainTable(head, rows)}\n${claim.replaceAll('**', '')}`,
  }
}

function accuracyFigure(points: readonly Point[]): FigureSpec {
  const values = points.map((p) => ({
    classifier: `before ${p.classifier}`,
    obfuscator: p.obfuscator,
    bottleneck: p.bottleneck,
    value: p.obfuscated.value,
    low: p.obfuscated.interval[0],
    high: p.obfuscated.interval[1],
    raw: p.raw.value,
  }))
  const bottom = Math.floor(100 * Math.min(...values.map((v) => v.low)) - 0.5) / 100
  const x = bottleneckAxis
  const color = {
    field: 'obfuscator',
    type: 'nominal',
    title: null,
    scale: { range: [palette[1], palette[0]] },
  }
  const y = {
    type: 'quantitative',
    title: 'right answers',
    scale: { domain: [Math.max(0, bottom), 1], zero: false },
    axis: { format: '.0%' },
  }
  return {
    title: {
      text: 'What the service still tells, by bottleneck',
      subtitle: 'test accuracy with 95% intervals; dashed: raw samples; shaded: within 1 point of raw',
    },
    data: { values },
    facet: { column: { field: 'classifier', title: null } },
    spec: {
      width: 300,
      height: 240,
      layer: [
        {
          transform: [
            { aggregate: [{ op: 'mean', field: 'raw', as: 'raw' }] },
            { calculate: 'datum.raw - 0.01', as: 'near' },
          ],
          mark: { type: 'rect', opacity: 0.08, color: '#000' },
          encoding: { y: { field: 'near', ...y }, y2: { field: 'raw' } },
        },
        {
          mark: { type: 'rule', strokeDash: [5, 4], color: '#555' },
          encoding: { y: { field: 'raw', aggregate: 'mean', ...y } },
        },
        { mark: { type: 'rule' }, encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, color } },
        {
          mark: { type: 'line', point: { filled: true, size: 50 } },
          encoding: { x, y: { field: 'value', aggregate: 'mean', ...y }, color },
        },
      ],
    },
  }
}

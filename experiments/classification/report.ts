// The report of training behind frozen layers: figures, the paper's sentences and the measurement side by side, then why.
// Source: SPG figures 11, 13 and 14.
// It draws no conclusion that the numbers beside it do not show.

import { intervalNote } from '../estimates.ts'
import type { Report } from '../experiment.ts'
import { points } from '../textTables.ts'
import { classificationFigures } from './figures.ts'
import type { ClassificationMeans } from './means.ts'
import * as tables from './tables.ts'

export function classificationReport(means: ClassificationMeans): Report {
  const [paper, full] = [tables.baseOf(means, 'paper'), tables.baseOf(means, 'full')]
  const accuracy = ({ accuracy: { mean, deviation } }: typeof paper) =>
    `${points(mean)} ± ${points(deviation)}`
  const seeds = paper.trainings / 5
  const deepest = tables.deepestOf(means)
  const [first, last] = [1, deepest].map((layers) => tables.signalAt(means, 'sigmoid', layers).deviation)
  return {
    figures: classificationFigures(means),
    page: {
      seeds,
      'interval-note': intervalNote(seeds),
      claims: tables.claimTable(means),
      'base-paper': accuracy(paper),
      'base-full': accuracy(full),
      accuracy: tables.accuracyTable(means),
      shrinking: ((first! / last!) ** (1 / (deepest - 1))).toFixed(1),
      deepest,
      'sigmoid-end': tables.sizeText(last!),
      signal: tables.signalTable(means),
      losses: tables.lossTable(means),
      rates: tables.ratesTable(means),
      'full-deepest': tables.accuracyAt(means, 'full', deepest),
      'standardised-deepest': tables.accuracyAt(means, 'standardised-float64', deepest),
      epochs: tables.epochTable(means),
      'beforehand-times': means.beforehand
        .map((b) => `${b.activation}: ${b.milliseconds.toFixed(1)} ms`)
        .join(', '),
      'beforehand-epochs': means.beforehand.map((b) => b.epoch.toFixed(2)).join(', '),
      times: tables.timeTable(means),
    },
    summary: summaryOf(means),
  }
}

function summaryOf(means: ClassificationMeans): string {
  const lines = means.departures.map(
    (d) =>
      `  ${tables.variantName(d.setting as tables.Variant)}, ${d.activation}: ${tables.layersText(d.outside, tables.depthsOf(means))}`,
  )
  return `Accuracy on wheat seeds, % (figure 11)\n${tables.accuracyPlainTable(means)}\nMean within one sd of the base:\n${lines.join('\n')}`
}

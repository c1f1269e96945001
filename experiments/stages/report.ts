// The report of the stages: accuracy and epochs of each change beside no protection and beside all stages.
// Source: SPG, future work; nothing of this is measured in the paper, so there is nothing to set beside it.

import { intervalNote } from '../estimates.ts'
import type { Report } from '../experiment.ts'
import { markdownTable, plainTable, points, ratioText, signedPoints } from '../textTables.ts'
import { stagesFigure } from './figures.ts'
import { none, type StagePoint, type StagesResults } from './results.ts'
import { stageChanges, unchanged } from './stages.ts'

export function stagesReport({ seeds, points: all }: StagesResults): Report {
  const effects = all.filter(
    ({ change, toAllStages: { interval } }) => change !== none && (interval[0] > 0 || interval[1] < 0),
  )
  const diverged = all.filter((p) => p.diverged > 0)
  const unprotected = accuracyText(all.find((p) => p.layers === 0)!)
  const table = (cell: (point: StagePoint) => string) => markdownTable(layersHead(all), rowsOf(all, cell))
  return {
    figures: { stages: stagesFigure(all) },
    page: {
      seeds,
      'interval-note': intervalNote(seeds),
      unprotected,
      'against-none': table((p) => signedPoints(p.toBase)),
      'against-all': table((p) => (p.change === unchanged ? '' : signedPoints(p.toAllStages))),
      different: effects.length,
      changes: all.filter((p) => p.layers > 0 && p.change !== unchanged).length,
      listed: effects.length > 0,
      differences: effects
        .map((p) => `${p.change} at ${p.layers} (${signedPoints(p.toAllStages)})`)
        .join(', '),
      diverged:
        diverged.length > 0
          ? [{ list: diverged.map((p) => `${p.change} at ${p.layers} (${points(p.diverged)}%)`).join(', ') }]
          : [],
      epochs: table((p) => ratioText(p.epochRatio)),
    },
    summary: `Accuracy on wheat seeds, %; without protection ${unprotected}\n${plainTable(layersHead(all), rowsOf(all, accuracyText))}`,
  }
}

const depthsOf = (all: readonly StagePoint[]): number[] =>
  [...new Set(all.filter((p) => p.layers > 0).map((p) => p.layers))].sort((a, b) => a - b)

const layersHead = (all: readonly StagePoint[]): string[] => [
  '',
  ...depthsOf(all).map((layers) => `${layers} layer${layers === 1 ? '' : 's'}`),
]

/** A row a change, a column for each number of layers. */
function rowsOf(all: readonly StagePoint[], cell: (point: StagePoint) => string): string[][] {
  return Object.keys(stageChanges).map((change) => [
    change === unchanged ? `${unchanged}: all stages` : change,
    ...depthsOf(all).map((layers) => cell(all.find((p) => p.change === change && p.layers === layers)!)),
  ])
}

const accuracyText = ({ accuracy: { mean, deviation } }: StagePoint): string =>
  `${points(mean)} ± ${points(deviation)}`

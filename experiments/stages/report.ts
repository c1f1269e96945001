// The report of the stages: accuracy and epochs of each change, against no protection and against all stages.
// Source: SPG, future work; nothing of this is measured in the paper, so there is nothing to set beside it.
// Differences are paired by seed; an interval that holds 0 shows no effect, which is not a proof of none.

import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { meanAndSpread } from '../../src/statistics/moments.ts'
import { average, type Estimate, intervalNote, meanEstimate, ratioEstimate } from '../estimates.ts'
import type { Report } from '../experiment.ts'
import { markdownTable, plainTable, points, ratioText, signedPoints } from '../textTables.ts'
import type { Trial } from '../wheat.ts'
import { type StagesAnswer, type StagesTask, stageChanges, unchanged } from './stages.ts'

/** One change at one number of layers, over folds and seeds. */
interface StagePoint {
  readonly change: string
  readonly layers: number
  readonly accuracy: { readonly mean: number; readonly deviation: number }
  /** Against no protection. */
  readonly toBase: Estimate
  /** Against all stages with tanh. */
  readonly toAllStages: Estimate
  readonly epochRatio: Estimate
  readonly diverged: number
}

type BySeed = ReadonlyMap<number, readonly Trial[]>

const none = 'no protection'

/** The report of the stages. */
export function stagesReport(tasks: readonly StagesTask[], answers: readonly StagesAnswer[]): Report {
  const groups = new Map<string, Map<number, readonly Trial[]>>()
  const idOf = (change: string, layers: number) => JSON.stringify([change, layers])
  tasks.forEach(({ change = none, depths, seed }, i) => {
    depths.forEach((layers, d) => {
      const id = idOf(change, layers)
      groups.set(id, (groups.get(id) ?? new Map()).set(seed, answers[i]!.trials[d]!))
    })
  })
  const base = groups.get(idOf(none, 0))!
  const all = [...groups].map(([id, of]): StagePoint => {
    const [change, layers] = JSON.parse(id) as [string, number]
    const seeds = [...of.keys()]
    const trained = [...of.values()].flat()
    const against = (other: BySeed): Estimate =>
      meanEstimate(seeds.map((s) => accuracyOf(of.get(s)!) - accuracyOf(other.get(s)!)))
    const [epochs, without] = [of, base].map((g) => seeds.map((s) => average(g.get(s)!, (t) => t.epochs)))
    return {
      change,
      layers,
      accuracy: meanAndSpread(trained.map((t) => t.accuracy)),
      toBase: against(base),
      toAllStages: against(groups.get(idOf(unchanged, layers)) ?? base),
      epochRatio: ratioEstimate(epochs!, without!),
      diverged: trained.filter((t) => t.diverged).length / trained.length,
    }
  })
  const seeds = base.size
  return {
    data: { seeds, points: all },
    figures: { stages: stagesFigure(all) },
    page: pageOf(all, seeds),
    summary: `Accuracy on wheat seeds, %; without protection ${accuracyText(all.find((p) => p.layers === 0)!)}\n${plainTable(layersHead(all), rowsOf(all, accuracyText))}`,
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

function pageOf(all: readonly StagePoint[], seeds: number): string {
  const effects = all.filter(
    ({ change, toAllStages: { interval } }) => change !== none && (interval[0] > 0 || interval[1] < 0),
  )
  const compared = all.filter((p) => p.layers > 0 && p.change !== unchanged)
  const table = (cell: (point: StagePoint) => string) => markdownTable(layersHead(all), rowsOf(all, cell))
  const diverged = all.filter((p) => p.diverged > 0)
  return `# What each stage does to accuracy and epochs

The paper measured frozen Glorot layers with zero bias and three activations. It left the other activations, the bias and
the other stages as future work: there is nothing of its own to set beside these numbers.

The start is our full variant: bounded matrices, bias, secret order of columns and rows, relabelled classes, tanh; the
service standardises its columns. Each row of the table changes one thing. Wheat seeds, the model and training of
[figure 11](classification.md), five stratified folds, ${seeds} seeds; differences in percentage points, paired by seed, with
95% bootstrap intervals over seeds.${intervalNote(seeds)}

## Accuracy against no protection

Without protection: ${accuracyText(all.find((p) => p.layers === 0)!)}%. In points:

${table((p) => signedPoints(p.toBase))}

![Accuracy of each change](stages.svg)

## Accuracy against all stages

${table((p) => (p.change === unchanged ? '' : signedPoints(p.toAllStages)))}

${effects.length} of ${compared.length} changes differ from all stages by more than the interval holds${
    effects.length === 0
      ? '.'
      : `: ${effects.map((p) => `${p.change} at ${p.layers} (${signedPoints(p.toAllStages)})`).join(', ')}.`
  } Of changes without any effect, about one in twenty would.

- The secret order of columns stands before a random matrix: another order is another draw of the same key. The names of
  classes only permute the model's outputs, the order of rows only its batches. What they change is which matrix, which first
  weights and which batches meet which rows: with enough seeds that evens out.
- \`identity\` is one linear map however many layers there are: it costs accuracy only by its condition number, and hides least.
- \`sigmoid\` and \`tanh\` are the same up to an affine map that standardising takes out.
${diverged.length === 0 ? '- No training diverged.' : `- Trainings diverged: ${diverged.map((p) => `${p.change} at ${p.layers} (${points(p.diverged)}%)`).join(', ')}; they count as right by chance.`}

## Epochs, without protection 1

${table((p) => ratioText(p.epochRatio))}
`
}

function stagesFigure(all: readonly StagePoint[]): FigureSpec {
  const order = Object.keys(stageChanges)
  const base = all.find((p) => p.layers === 0)!.accuracy
  const values = all
    .filter((p) => p.layers > 0)
    .map((p) => ({
      change: p.change === unchanged ? `${unchanged} (all stages)` : p.change,
      layers: `${p.layers}`,
      mean: 100 * p.toBase.value,
      low: 100 * p.toBase.interval[0],
      high: 100 * p.toBase.interval[1],
    }))
  const layers = [...new Set(values.map((v) => v.layers))]
  const y = {
    field: 'change',
    type: 'nominal',
    title: null,
    sort: order.map((name) => (name === unchanged ? `${unchanged} (all stages)` : name)),
    axis: { grid: true, labelLimit: 400 },
  }
  const yOffset = { field: 'layers', scale: { domain: layers } }
  const color = {
    field: 'layers',
    title: 'layers',
    scale: { domain: layers, range: palette.slice(0, layers.length) },
  }
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: 'accuracy against no protection, percentage points',
    scale: { zero: true },
  })
  return {
    title: {
      text: 'What each stage costs',
      subtitle: `95% intervals over seeds; no protection: ${points(base.mean)} ± ${points(base.deviation)}%`,
    },
    data: { values },
    width: 520,
    height: { step: 12 },
    layer: [
      { mark: 'rule', encoding: { y, yOffset, x: x('low'), x2: { field: 'high' }, color } },
      {
        mark: { type: 'point', filled: true, size: 45, opacity: 1 },
        encoding: { y, yOffset, x: x('mean'), color, shape: { field: 'layers', title: 'layers' } },
      },
    ],
  }
}

const accuracyOf = (trials: readonly Trial[]): number => average(trials, (t) => t.accuracy)

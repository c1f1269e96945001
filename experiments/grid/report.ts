// The report of the grid search: the best configurations, ours among them, and what each choice is worth.
// Source: SPG section 5.1 says what was varied; which configuration won there is not known here.
// The best of many is partly lucky: champions are measured on folds and seeds that have not chosen them.

import type { FigureSpec } from '../../src/figures/index.ts'
import { meanAndSpread } from '../../src/statistics/moments.ts'
import { average, type Estimate, intervalNote, meanEstimate } from '../estimates.ts'
import type { Report } from '../experiment.ts'
import { markdownTable, plainTable, points, signedPoints } from '../textTables.ts'
import { type Choice, epochLimits, type GridAnswer, type GridTask, ownChoice, type Searched } from './grid.ts'

/** A block's best, or our own recipe. */
interface Champion extends Choice {
  readonly ours: boolean
  /** 1 for the best accuracy on fresh seeds. */
  readonly rank: number
  readonly accuracy: { readonly mean: number; readonly deviation: number }
  /** Against our own recipe on the same seeds and folds. */
  readonly toOurs: Estimate
  readonly chosenBy: number
  readonly epochs: number
}

/** What one choice of one factor is worth, over the whole product on the first fold. */
interface Effect {
  readonly factor: keyof Choice
  readonly level: string
  readonly configurations: number
  readonly accuracy: number
  /** Share of configurations with at least 90% right. */
  readonly good: number
  readonly epochs: number
}

/** A cell of optimiser, rate and batch. */
interface Cell {
  readonly optimizer: string
  readonly rate: number
  readonly batch: number
  readonly accuracy: number
}

const goodEnough = 0.9
const shown = 10
const factors = ['activation', 'optimizer', 'rate', 'neurons', 'layers', 'batch'] as const

/** The report of the grid search. */
export function gridReport(tasks: readonly GridTask[], answers: readonly GridAnswer[]): Report {
  const searched = answers.flatMap((a) => a.searched)
  const champions = championsOf(tasks, answers)
  const effects = factors.flatMap((factor) => effectsOf(factor, searched))
  const data = {
    configurations: searched.length,
    trainings: answers.reduce((total, a) => total + a.trainings, 0),
    freshSeeds: tasks[0]!.fresh.length,
    champions,
    effects,
    cells: cellsOf(searched),
  }
  return {
    data,
    figures: { grid: gridFigure(data.cells) },
    page: pageOf(data),
    summary: `Grid search on raw wheat: ${counts(data)}\n${plainTable(championHead, championRows(champions))}`,
  }
}

interface GridData {
  readonly configurations: number
  readonly trainings: number
  readonly freshSeeds: number
  readonly champions: readonly Champion[]
  readonly effects: readonly Effect[]
  readonly cells: readonly Cell[]
}

const counts = ({ configurations, trainings }: GridData): string =>
  `${configurations.toLocaleString('en')} configurations, ${trainings.toLocaleString('en')} trainings`

function championsOf(tasks: readonly GridTask[], answers: readonly GridAnswer[]): Champion[] {
  const bySeed = (a: GridAnswer) => a.trials.map((folds) => average(folds, (t) => t.accuracy))
  const own = bySeed(answers[tasks.findIndex((t) => t.choices.length === 0)]!)
  return answers
    .map((answer, i) => {
      const all = answer.trials.flat()
      return {
        ...answer.champion,
        ours: tasks[i]!.choices.length === 0,
        accuracy: meanAndSpread(all.map((t) => t.accuracy)),
        toOurs: meanEstimate(bySeed(answer).map((a, s) => a - own[s]!)),
        chosenBy: answer.chosenBy,
        epochs: average(all, (t) => t.epochs),
      }
    })
    .sort((a, b) => b.accuracy.mean - a.accuracy.mean)
    .map((c, i) => ({ ...c, rank: i + 1 }))
}

function effectsOf(factor: keyof Choice, searched: readonly Searched[]): Effect[] {
  const levels = [...new Set(searched.map((s) => s.choice[factor]))]
  return levels.map((level) => {
    const own = searched.filter((s) => s.choice[factor] === level)
    return {
      factor,
      level: `${level}`,
      configurations: own.length,
      accuracy: average(own, (s) => s.accuracy),
      good: own.filter((s) => s.accuracy >= goodEnough).length / own.length,
      epochs: average(own, (s) => s.epochs),
    }
  })
}

function cellsOf(searched: readonly Searched[]): Cell[] {
  const groups = Map.groupBy(searched, ({ choice: { optimizer, rate, batch } }) =>
    JSON.stringify({ optimizer, rate, batch }),
  )
  return [...groups].map(([id, own]) => ({
    ...(JSON.parse(id) as Omit<Cell, 'accuracy'>),
    accuracy: average(own, (s) => s.accuracy),
  }))
}

const championHead = [
  'rank',
  'accuracy, %',
  'to ours',
  'activation',
  'optimiser',
  'rate',
  'neurons',
  'layers',
  'batch',
  'epochs',
]

/** The first ones, and ours wherever it stands. */
function championRows(champions: readonly Champion[]): string[][] {
  return champions
    .filter((c) => c.rank <= shown || c.ours)
    .map((c) => [
      c.ours ? `${c.rank}, ours` : `${c.rank}`,
      `${points(c.accuracy.mean)} ± ${points(c.accuracy.deviation)}`,
      c.ours ? '' : signedPoints(c.toOurs),
      c.activation,
      c.optimizer,
      `${c.rate}`,
      `${c.neurons}`,
      `${c.layers}`,
      `${c.batch}`,
      c.epochs.toFixed(0),
    ])
}

function pageOf(data: GridData): string {
  const { champions, effects, freshSeeds } = data
  const ours = champions.find((c) => c.ours)!
  const above = champions.filter((c) => c.rank < ours.rank)
  const clearly = above.filter((c) => c.toOurs.interval[0] > 0)
  const blocks = champions.length - 1
  return `# The grid search on raw wheat

The paper chose its classifier by a grid search over hidden activations, optimisers, learning rates, 8 to 13 neurons, one
to three layers and batches of 1, 10, 21 and 70. Which configuration won there is not known here, nor which activations and
rates it tried. This is the same search on our engine, on unprotected wheat seeds, columns standardised.

${counts(data)}. The whole product is trained, but not on all folds. In each block of one activation, optimiser and
batch, every configuration is trained on the first of five stratified folds; the best third goes on to two more folds, the
best third of those to the last two. Of equals, fewer epochs win. So each of the ${blocks} blocks has a champion. The best of
many on the same 42 test rows is lucky as well as good: so the champions are measured again with ${freshSeeds} fresh seeds, five folds
each, that have not chosen them, and only these numbers rank them. All stop early, as in
[figure 11](classification.md), after at most ${Object.entries(epochLimits)
    .map(([batch, epochs]) => `${epochs} epochs (batch ${batch})`)
    .join(', ')}.

## The best, and ours

${markdownTable(championHead, championRows(champions))}

Our recipe (${ownChoice.activation}, ${ownChoice.optimizer} at ${ownChoice.rate}, ${ownChoice.neurons} neurons, ${ownChoice.layers} layer, batch ${ownChoice.batch}) takes place ${ours.rank} of ${champions.length}. ${above.length === 0 ? 'No champion is above it.' : `Of the ${above.length} above it, ${clearly.length} ${clearly.length === 1 ? 'is' : 'are'} better by more than the 95% interval over seeds holds; one in forty would be by luck.`}
Folds alone make accuracy vary by ± ${points(ours.accuracy.deviation)} points, so that places close together mean little.${intervalNote(freshSeeds)}

## What each choice is worth

Means over all configurations with that choice, on the first fold: bad partners count, so this says what is safe, not what is
best. “Good” is the share with at least ${points(goodEnough)}% right.

${markdownTable(
  ['', 'accuracy, %', 'good, %', 'epochs', 'configurations'],
  effects.map((e) => [
    `${e.factor === 'optimizer' ? 'optimiser' : e.factor}: ${e.level}`,
    points(e.accuracy),
    points(e.good),
    e.epochs.toFixed(0),
    `${e.configurations}`,
  ]),
)}

![Optimiser, rate and batch](grid.svg)
`
}

function gridFigure(cells: readonly Cell[]): FigureSpec {
  const values = cells.map((c) => ({
    optimiser: c.optimizer,
    rate: `${c.rate}`,
    batch: c.batch,
    accuracy: 100 * c.accuracy,
  }))
  const x = { field: 'rate', type: 'nominal', title: 'learning rate', sort: null, axis: { labelAngle: 0 } }
  const y = { field: 'optimiser', type: 'nominal', title: 'optimiser', sort: null }
  return {
    title: {
      text: 'Optimiser, learning rate and batch',
      subtitle: 'mean accuracy on the first fold over activations, neurons and layers, %',
    },
    data: { values },
    facet: { column: { field: 'batch', title: 'rows in a batch', header: { titleFontWeight: 'normal' } } },
    spec: {
      width: { step: 44 },
      height: { step: 34 },
      layer: [
        {
          mark: 'rect',
          encoding: {
            x,
            y,
            color: {
              field: 'accuracy',
              type: 'quantitative',
              title: 'accuracy, %',
              scale: { domain: [30, 100], scheme: 'blues' },
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 12 },
          encoding: {
            x,
            y,
            text: { field: 'accuracy', type: 'quantitative', format: '.0f' },
            color: {
              condition: { test: 'datum.accuracy > 70', value: 'white' },
              value: '#222',
            },
          },
        },
      ],
    },
  }
}

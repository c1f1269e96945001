// What the grid search sums up to: champions on fresh seeds, and what each choice is worth.
// Source: grid.ts. The best of many is partly lucky: champions are measured on folds and seeds that have not chosen them.

import { meanAndSpread } from '../../src/statistics/moments.ts'
import { average, type Estimate, meanEstimate } from '../estimates.ts'
import type { Choice, GridAnswer, GridTask, Searched } from './grid.ts'

/** A block's best, or our own recipe. */
export interface Champion extends Choice {
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
export interface Effect {
  readonly factor: keyof Choice
  readonly level: string
  readonly configurations: number
  readonly accuracy: number
  /** Share of configurations with at least 90% right. */
  readonly good: number
  readonly epochs: number
}

/** A cell of optimiser, rate and batch. */
export interface Cell {
  readonly optimizer: string
  readonly rate: number
  readonly batch: number
  readonly accuracy: number
}

export interface GridResults {
  readonly configurations: number
  readonly trainings: number
  readonly freshSeeds: number
  readonly champions: readonly Champion[]
  readonly effects: readonly Effect[]
  readonly cells: readonly Cell[]
}

/** A configuration with so many right is a good one. */
export const goodEnough = 0.9
const factors = ['activation', 'optimizer', 'rate', 'neurons', 'layers', 'batch'] as const

export function gridResults(tasks: readonly GridTask[], answers: readonly GridAnswer[]): GridResults {
  const searched = answers.flatMap((a) => a.searched)
  return {
    configurations: searched.length,
    trainings: answers.reduce((total, a) => total + a.trainings, 0),
    freshSeeds: tasks[0]!.fresh.length,
    champions: championsOf(tasks, answers),
    effects: factors.flatMap((factor) => effectsOf(factor, searched)),
    cells: cellsOf(searched),
  }
}

function championsOf(tasks: readonly GridTask[], answers: readonly GridAnswer[]): Champion[] {
  const bySeed = (a: GridAnswer) => a.trials.map((folds) => average(folds, (t) => t.accuracy))
  const rawTrials = bySeed(answers[tasks.findIndex((t) => t.choices.length === 0)]!)
  return answers
    .map((answer, i) => {
      const all = answer.trials.flat()
      return {
        ...answer.champion,
        ours: tasks[i]!.choices.length === 0,
        accuracy: meanAndSpread(all.map((t) => t.accuracy)),
        toOurs: meanEstimate(bySeed(answer).map((a, s) => a - rawTrials[s]!)),
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
    const atLevel = searched.filter((s) => s.choice[factor] === level)
    return {
      factor,
      level: `${level}`,
      configurations: atLevel.length,
      accuracy: average(atLevel, (s) => s.accuracy),
      good: atLevel.filter((s) => s.accuracy >= goodEnough).length / atLevel.length,
      epochs: average(atLevel, (s) => s.epochs),
    }
  })
}

function cellsOf(searched: readonly Searched[]): Cell[] {
  const groups = Map.groupBy(searched, ({ choice: { optimizer, rate, batch } }) =>
    JSON.stringify({ optimizer, rate, batch }),
  )
  return [...groups].map(([id, group]) => ({
    ...(JSON.parse(id) as Omit<Cell, 'accuracy'>),
    accuracy: average(group, (s) => s.accuracy),
  }))
}

// The results of the time-series experiment: cells, references that need no training, the grid, the growth of exp.
// Source: SPG section 5.2; series.ts.
// Every number on the page and in the figures is in the data.

import { mean } from '../../src/statistics/moments.ts'
import { columnsOfChoice, controlChoice, type SalesChoice, salesChoices, splitsOfChoice } from './carSales.ts'
import { type SeriesCell, seriesCells } from './cells.ts'
import { type Growth, growthOf } from './growth.ts'
import type { SeriesAnswer, SeriesTask } from './series.ts'
import { paperShape, type SeriesSplit } from './splits.ts'
import { errorOf, type SeriesRecipe } from './training.ts'

/** Errors of a rule, means over the splits: root mean squares, in registrations. */
export interface RuleError {
  readonly test: number
  readonly strict: number
}

/** What needs no training: the errors of simple rules, and how far later months lie outside the training block. */
export interface Reference {
  readonly choice: string
  /** Number of splits that were measured. */
  readonly splits: number
  /** Mean of the target over all its months, in registrations. */
  readonly level: number
  /** The last known month repeated. */
  readonly last: RuleError
  /** The same month a year before. */
  readonly seasonal: RuleError
  /** The mean of the training block. */
  readonly mean: RuleError
  /** Share of the numbers after the training block that lie outside its range, over splits and predictors. */
  readonly outside: number
}

/** A recipe of the grid and its errors on the unprotected series; absent where a training failed. */
export interface GridRow {
  readonly recipe: SeriesRecipe
  readonly validation?: number | undefined
  readonly test?: number | undefined
  readonly epochs?: number | undefined
}

/** All that was measured. */
export interface SeriesData {
  /** Those of 44 months; the first is the figure. */
  readonly choices: readonly SalesChoice[]
  readonly control: SalesChoice
  readonly recipe: SeriesRecipe
  /** Best validation error first; empty in a quick run. */
  readonly grid: readonly GridRow[]
  readonly references: readonly Reference[]
  readonly cells: readonly SeriesCell[]
  /** Of the first choice's first training block. */
  readonly growth: readonly Growth[]
}

/** Sums up the experiment. */
export function seriesResults(tasks: readonly SeriesTask[], answers: readonly SeriesAnswer[]): SeriesData {
  const first = tasks.find(({ purpose }) => purpose === 'layers')!
  const choices = salesChoices.filter(({ name }) => tasks.some((t) => t.choice === name))
  return {
    choices,
    control: controlChoice,
    recipe: first.recipe,
    grid: gridOf(tasks, answers),
    references: [...choices, controlChoice].map((choice) => {
      const { splits } = tasks.find((t) => t.choice === choice.name)!
      return referenceOf(
        choice,
        splitsOfChoice(choice).filter((_, i) => splits.includes(i)),
      )
    }),
    cells: seriesCells(tasks, answers),
    growth: growthOf(
      columnsOfChoice(choices[0]!).map((column) => column.subarray(0, paperShape.train)),
      { depth: 6, keys: 200, seed: first.seed },
    ),
  }
}

function referenceOf(choice: SalesChoice, splits: readonly SeriesSplit[]): Reference {
  const columns = columnsOfChoice(choice)
  const target = columns[0]!
  const { past, ahead } = paperShape
  const rule = (foretold: (window: number, month: number, split: SeriesSplit) => number): RuleError => {
    const over = (part: 'test' | 'strict') =>
      mean(splits.map((split) => errorOf(target, split[part], (w, h) => foretold(w, h, split))))
    return { test: over('test'), strict: over('strict') }
  }
  const outside = splits.flatMap((split) =>
    columns.flatMap((column) => {
      const known = column.subarray(...split.months)
      const [low, high] = [Math.min(...known), Math.max(...known)]
      const later = column.subarray(split.months[1], split.test.at(-1)! + past + ahead)
      return Array.from(later, (v): number => (v < low || v > high ? 1 : 0))
    }),
  )
  return {
    choice: choice.name,
    splits: splits.length,
    level: mean(target),
    last: rule((window) => target[window + past - 1]!),
    seasonal: rule((window, month) => target[window + past + month - 12]!),
    mean: rule((_, __, split) => mean(target.subarray(...split.months))),
    outside: mean(outside),
  }
}

function gridOf(tasks: readonly SeriesTask[], answers: readonly SeriesAnswer[]): GridRow[] {
  const rows = tasks.flatMap(({ purpose, recipe }, i): GridRow[] => {
    if (purpose !== 'grid') return []
    const trained = answers[i]!.map((f) => f.trained)
    if (!trained.every((t) => t !== undefined)) return [{ recipe }]
    const mean = (part: 'validation' | 'test' | 'epochs') =>
      trained.reduce((sum, t) => sum + t[part], 0) / trained.length
    return [{ recipe, validation: mean('validation'), test: mean('test'), epochs: mean('epochs') }]
  })
  return rows.sort((a, b) => (a.validation ?? Infinity) - (b.validation ?? Infinity))
}

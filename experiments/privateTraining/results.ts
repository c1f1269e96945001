// What private trainings sum up to: accuracy at each price with its spread, and what was spent.
// Source: privateTraining.ts. A spread of three runs is three numbers: all of them are in the JSON.

import { meanAndSpread } from '../../src/serve/index.ts'
import { average } from '../estimates.ts'
import type { PrivateTrainingAnswer, PrivateTrainingTask } from './privateTraining.ts'
import { delta } from './recipes.ts'

export interface PriceRow {
  readonly set: PrivateTrainingTask['set']
  readonly recipe: PrivateTrainingTask['recipe']
  readonly epsilon: number | undefined
  readonly accuracies: readonly number[]
  readonly mean: number
  readonly deviation: number
  readonly spent: number | undefined
  readonly noiseMultiplier: number | undefined
  readonly samplingRate: number | undefined
  readonly steps: number | undefined
  readonly numbers: PrivateTrainingTask['numbers']
  readonly rows: number
  readonly parameters: number
  readonly seconds: number
}

export interface PrivateTrainingResults {
  readonly delta: number
  readonly rows: readonly PriceRow[]
}

export const privateTrainingResults = (
  tasks: readonly PrivateTrainingTask[],
  answers: readonly PrivateTrainingAnswer[],
): PrivateTrainingResults => ({ delta, rows: rowsOf(tasks, answers) })

function rowsOf(
  tasks: readonly PrivateTrainingTask[],
  answers: readonly PrivateTrainingAnswer[],
): PriceRow[] {
  const keyOf = ({ set, recipe, epsilon }: PrivateTrainingTask) => JSON.stringify([set, recipe, epsilon])
  const rows = [...new Set(tasks.map(keyOf))].map((key): PriceRow => {
    const ofKey = tasks.flatMap((task, i) => (keyOf(task) === key ? [{ task, answer: answers[i]! }] : []))
    const { task, answer } = ofKey[0]!
    const accuracies = ofKey.map((one) => one.answer.accuracy.value)
    const { mean, deviation } = meanAndSpread(accuracies)
    const { set, recipe, epsilon, numbers } = task
    return {
      set,
      recipe,
      epsilon,
      accuracies,
      mean,
      deviation,
      spent: answer.spent?.epsilon,
      noiseMultiplier: answer.spent?.noiseMultiplier,
      samplingRate: answer.spent?.rate,
      steps: answer.spent?.steps,
      numbers,
      rows: answer.rows,
      parameters: answer.parameters,
      seconds: average(ofKey, (one) => one.answer.seconds),
    }
  })
  return rows.toSorted(
    (a, b) =>
      b.set.localeCompare(a.set) ||
      b.recipe.localeCompare(a.recipe) ||
      (a.epsilon ?? Number.POSITIVE_INFINITY) - (b.epsilon ?? Number.POSITIVE_INFINITY),
  )
}

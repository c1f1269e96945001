// The report of private training: accuracy at each price with its spread, against what the same head can do unprotected.
// Source: Tramèr and Boneh 2021 for accuracies of features with a linear head; the goals are this project's own.

import { percent } from '../../src/statistics/figures.ts'
import type { Report, Settings } from '../experiment.ts'
import { priceFigure } from './figures.ts'
import type { PrivateTrainingResults } from './results.ts'
import { names, pricePlainTable, priceTable } from './tables.ts'

/** What was wanted at ε = 3, as shares. */
const wanted: Readonly<Record<string, number>> = {
  'MNIST scattering': 0.987,
  'MNIST network': 0.972,
  'Fashion-MNIST scattering': 0.89,
}

export function privateTrainingReport({ delta, rows }: PrivateTrainingResults, { quick }: Settings): Report {
  const claims = rows.flatMap((row) => {
    const goal = wanted[`${row.set} ${row.recipe}`]
    if (goal === undefined || row.epsilon !== 3 || quick) return []
    return [
      {
        set: row.set,
        model: names[row.recipe],
        accuracy: percent(row.mean, 2),
        runs: row.accuracies.map((accuracy) => percent(accuracy, 2)).join(', '),
        spent: row.spent!.toFixed(3),
        goal: (100 * goal).toFixed(1),
        reached: row.mean >= goal,
      },
    ]
  })
  const sets = [...new Set(rows.map((row) => row.set))].map((set) => ({
    set,
    name: `accuracy-${set.toLowerCase()}`,
  }))
  return {
    figures: Object.fromEntries(
      sets.map(({ set, name }) => [
        name,
        priceFigure(
          set,
          rows.filter((row) => row.set === set),
        ),
      ]),
    ),
    page: {
      delta: delta.toExponential(),
      quick,
      table: priceTable(rows),
      claims: claims.length > 0 ? [{ each: claims }] : [],
      figures: sets,
    },
    summary: pricePlainTable(rows),
  }
}

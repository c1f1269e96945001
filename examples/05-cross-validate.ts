// How much to believe of an accuracy: a model trained and measured five times, each seed held out once.

import { readWheat } from 'frostglass/data'
import { adam } from 'frostglass/learn'
import { crossValidateRows, foldsOf, meanAndSpread, paperRecipe, rowsOf } from 'frostglass/serve'

// Standardised by the rows of each training part alone: the held-out ones are as new as a customer's.
const rows = rowsOf(await readWheat(), 'wheat')
const folds = foldsOf(rows, 5, 1)
const recipe = { ...paperRecipe, optimizer: adam({ learningRate: 0.1 }), seed: 1 }
const outcomes = await crossValidateRows(rows, folds, recipe)

outcomes.forEach(({ accuracy, epochs }, i) => {
  console.log(
    `fold ${i + 1}: ${(100 * accuracy!).toFixed(1)}% of ${folds[i]!.test.length} seeds, after ${epochs} epochs`,
  )
})
const { mean, deviation } = meanAndSpread(outcomes.map(({ accuracy }) => accuracy!))
console.log(`in all: ${(100 * mean).toFixed(1)}% ± ${(100 * deviation).toFixed(1)}%`)

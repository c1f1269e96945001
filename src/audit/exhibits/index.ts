// Attacks that broke a claim of this project, or of a scheme beside it, each kept with the form that it broke. A new one is an import and a line.
// Source: docs/how-to/run-exhibits.md; exhibit.ts for what one is.
// Read only where it is asked for: exhibits bring mechanisms of src/private and the vulnerable forms with them.

import { aliveAndDead } from './aliveAndDead.ts'
import { cancellingColumns } from './cancellingColumns.ts'
import type { Exhibit } from './exhibit.ts'
import { foldedSeeds } from './foldedSeeds.ts'
import { guessedObjects } from './guessedObjects.ts'
import { integerFlag } from './integerFlag.ts'
import { keyFromAnswers } from './keyFromAnswers.ts'
import { ledgerRestored } from './ledgerRestored.ts'
import { mixedUnits } from './mixedUnits.ts'
import { negativeDivergence } from './negativeDivergence.ts'
import { noiseBudgetTold } from './noiseBudgetTold.ts'
import { pateExactPrice } from './pateExactPrice.ts'
import { roundedPieces } from './roundedPieces.ts'
import { rowsAsWeights } from './rowsAsWeights.ts'
import { secondPolynomialRead } from './secondPolynomialRead.ts'
import { shiftedMasks } from './shiftedMasks.ts'
import { slowQuery } from './slowQuery.ts'
import { swappedAnswers } from './swappedAnswers.ts'
import { tableForm } from './tableForm.ts'
import { weightsByForgedKeys } from './weightsByForgedKeys.ts'
import { weightsInAnswers } from './weightsInAnswers.ts'
import { wrappedAnswers } from './wrappedAnswers.ts'

export type { Exhibit, Form } from './exhibit.ts'
export { type ExhibitReport, figureText, type JudgedExhibit, judgeExhibits } from './judge.ts'
export { writeExhibits } from './page.ts'

/** Every exhibit, in the order in which they are shown. */
export const exhibits: readonly Exhibit[] = [
  // One a line: src/audit/exhibits/<name>.ts.
  cancellingColumns,
  shiftedMasks,
  roundedPieces,
  slowQuery,
  tableForm,
  integerFlag,
  mixedUnits,
  negativeDivergence,
  ledgerRestored,
  pateExactPrice,
  weightsInAnswers,
  weightsByForgedKeys,
  secondPolynomialRead,
  keyFromAnswers,
  wrappedAnswers,
  swappedAnswers,
  noiseBudgetTold,
  rowsAsWeights,
  foldedSeeds,
  aliveAndDead,
  guessedObjects,
]

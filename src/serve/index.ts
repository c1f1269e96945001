// The service's side: train on and predict from tables that it cannot read. Over HTTP: v2/, imported apart, for its size.
// Source: docs/architecture.md#the-round-that-everything-serves.

export { meanAndSpread } from '../statistics/moments.ts'
export { type ModelCard, readModelCard } from './tables/card.ts'
export type { Standard } from './tables/features.ts'
export { type PredictOptions, predictTable } from './tables/predictTable.ts'
export { openTableModel, type TableModel } from './tables/tableModel.ts'
export {
  type EncryptedOutcome,
  type RateOutcome,
  type TrainEncryptedOptions,
  type TrainedEncrypted,
  trainEncryptedTable,
} from './tables/trainEncrypted.ts'
export {
  type PrivatelyTrainedTable,
  type TrainPrivateTableOptions,
  trainPrivateTable,
} from './tables/trainPrivateTable.ts'
export {
  crossValidateRows,
  type FoldOutcome,
  foldsOf,
  paperRecipe,
  type Rows,
  rowsOf,
  type TrainedRows,
  type TrainingRecipe,
  trainRows,
} from './tables/trainRows.ts'
export { type TrainedTable, type TrainTableOptions, trainTable } from './tables/trainTable.ts'

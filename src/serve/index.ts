// The service's side: train on and predict from tables that it cannot read. Over HTTP: v2/, imported apart, for its size.
// Source: ARCHITECTURE, "The round that everything serves".

export { type ModelCard, readModelCard } from './card.ts'
export { type PredictOptions, predictTable } from './predictTable.ts'
export { meanAndSpread } from './spread.ts'
export { isTableModel, openTableModel, type TableModel } from './tableModel.ts'
export {
  type EncryptedOutcome,
  type TrainEncryptedOptions,
  type TrainedEncrypted,
  trainEncryptedTable,
} from './trainEncrypted.ts'
export {
  type PrivatelyTrainedTable,
  type TrainPrivateTableOptions,
  trainPrivateTable,
} from './trainPrivateTable.ts'
export {
  answerRows,
  crossValidateRows,
  type FoldOutcome,
  foldsOf,
  paperRecipe,
  type Rows,
  rowsOf,
  type TrainingRecipe,
  trainRows,
} from './trainRows.ts'
export { type TrainedTable, type TrainTableOptions, trainTable } from './trainTable.ts'

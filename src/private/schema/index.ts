// What a table's columns may hold, stated by its owner, and tables read under such a statement.
// Source: PROOF.md beside: a row changes nothing but its own inputs and target.
// Statements are believed: whoever copies them from the rows tells of the rows.

export { scaleOf } from './cell.ts'
export { draftSchema, schemaText } from './draft.ts'
export { type ReadStatedOptions, readStated, type StatedRows } from './readStated.ts'
export {
  readSchema,
  requireSchema,
  type StatedCategory,
  type StatedColumn,
  type StatedNumber,
  type StatedSchema,
  schemaOf,
  type Task,
  taskOf,
} from './schema.ts'

// Tables: reading, writing and sorting files of rows in chunks of typed columns, and data sets to try things on.
// Source: issue "The first whole round", section 3; DuckDB does the reading.
// It does not promise anything about text; that comes with a later issue.

export { loadCarSales, type MonthlySeries } from './carSales.ts'
export type { Missing } from './diagnose.ts'
export { type EmbeddedName, embeddedPath, loadEmbedded } from './embedded.ts'
export { fetchDataset } from './fetch.ts'
export { sha256File, writeFileAtomic } from './files.ts'
export {
  type ImageSet,
  type ImageShape,
  imageSize,
  imageTensor,
  type Labels,
  takeImages,
} from './images/imageSet.ts'
export { readTable, type Table, toMatrix } from './memory.ts'
export { orderOf } from './order.ts'
export type { CategoricalProfile, NumericProfile, Profile } from './profile.ts'
export {
  type CategoricalColumn,
  type ColumnSchema,
  type LabelSchema,
  maximumCategories,
  maximumIntegerClasses,
  type NumericColumn,
  nearestName,
  type TableSchema,
} from './schema.ts'
export { defaultNullText } from './source.ts'
export { type OpenOptions, openTable, type TableChunk, type TableSource } from './table.ts'
export { loadWheat, wheatPath } from './wheat.ts'
export {
  createTableWriter,
  type FileDigest,
  type TableWriter,
  type WriterColumn,
  type WriterOptions,
} from './writer.ts'

// Tables: reading, writing and sorting files of rows in chunks of typed columns, and data sets to try things on.
// Source: docs/architecture.md#tables; DuckDB does the reading.
// Images lie in images/, texts in text/.

export type { ChunkOptions, TableChunk } from './chunks.ts'
export { classColumnNames, renamedClasses } from './columnNames.ts'
export type { WriterColumn } from './convertStaged.ts'
export type { TextOptions } from './csvOptions.ts'
export type { Missing } from './diagnose.ts'
export { type EmbeddedName, embeddedPath, readEmbedded } from './embedded.ts'
export type { FileToWrite } from './files.ts'
export type { ColumnForm, Stamp, TextWriting, TimeUnit, Writing } from './form.ts'
export {
  type FetchOptions,
  fetchImages,
  type Part,
  type RemoteSet,
  remoteSets,
} from './images/catalogue.ts'
export { readCifar } from './images/cifar.ts'
export { readDigits } from './images/digits.ts'
export { type FolderOptions, readImageFolder } from './images/folder.ts'
export { type IdxOptions, readIdx } from './images/idx.ts'
export { type ImageSet, type ImageShape, type Labels, takeImages } from './images/imageSet.ts'
export { type OpenImagesOptions, openImages } from './images/open.ts'
export type { PictureSize } from './images/picture.ts'
export type { ColumnDigits } from './learnForms.ts'
export { readTable, type Table, toMatrix } from './memory.ts'
export type { ColumnValues } from './parquet.ts'
export type { Carry, LabelTask } from './plan.ts'
export type { CategoricalProfile, NumericProfile, Profile } from './profile.ts'
export type { Bucket } from './rare.ts'
export {
  type CategoricalColumn,
  type ColumnSchema,
  type LabelSchema,
  labelsOf,
  maximumCategories,
  maximumIntegerClasses,
  type NumericColumn,
  nearestName,
  type TableSchema,
} from './schema.ts'
export { shownTime } from './shownTime.ts'
export { defaultNullText } from './source.ts'
export type { FileDigest } from './stagedTable.ts'
export { standardInput } from './standardInput.ts'
export { type OpenOptions, openTable, type TableReading, type TableSource } from './table.ts'
export { readTextColumns, type TextColumn, type TextColumns } from './textColumns.ts'
export type { Placement } from './together.ts'
export { readWheat, wheatPath } from './wheat.ts'
export {
  createTableWriter,
  type TableWriter,
  type WriterOptions,
} from './writer.ts'

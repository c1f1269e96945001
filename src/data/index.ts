// Tables: reading, writing and sorting files of rows in chunks of typed columns, and data sets to try things on.
// Source: issue "The first whole round", section 3; DuckDB does the reading.
// Images lie in images/, texts in text/.

export { loadCarSales, type MonthlySeries } from './carSales.ts'
export type { TableChunk } from './chunks.ts'
export { classColumnNames, renamedClasses } from './columnNames.ts'
export type { WriterColumn } from './convertStaged.ts'
export type { Missing } from './diagnose.ts'
export { type EmbeddedName, embeddedPath, loadEmbedded } from './embedded.ts'
export { fetchDataset } from './fetch.ts'
export {
  type FileToWrite,
  requireReplaceable,
  sha256File,
  writeFileAtomic,
  writeFilesTogether,
} from './files.ts'
export { tableFormats, writtenEndings } from './formats.ts'
export { columnNames } from './header.ts'
export { identityOf, requireFreeName } from './identity.ts'
export { idLikeColumns } from './idLike.ts'
export { withAttributes } from './images/attributes.ts'
export {
  cacheFolder,
  fetchImages,
  loadDigits,
  type Part,
  type RemoteSet,
  remoteSets,
} from './images/catalogue.ts'
export { readCifar } from './images/cifar.ts'
export { type FolderOptions, readImageFolder } from './images/folder.ts'
export { type IdxOptions, readIdx } from './images/idx.ts'
export {
  concatenateImages,
  type ImageSet,
  type ImageShape,
  imageSize,
  imageTensor,
  type Labels,
  takeImages,
  unitPixels,
} from './images/imageSet.ts'
export { type OpenImagesOptions, openImages } from './images/open.ts'
export { contactSheet, type SheetOptions, type SheetRow } from './images/sheet.ts'
export { shiftedImages } from './images/shifted.ts'
export { colored, colorNames, noisyImages, pathImages } from './images/synthetic.ts'
export { readTable, type Table, toMatrix } from './memory.ts'
export { orderOf } from './order.ts'
export { requireApart } from './parquetParts.ts'
export type { CategoricalProfile, NumericProfile, Profile } from './profile.ts'
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
export { chooseWords, featureRows, type WordFeatures } from './text/features.ts'
export { type Reviews, readReviews } from './text/reviews.ts'
export {
  documentsOf,
  type Vocabulary,
  type VocabularyOptions,
  vocabularyOf,
} from './text/vocabulary.ts'
export { loadWheat, wheatPath } from './wheat.ts'
export { settleIn } from './workspace.ts'
export {
  createTableWriter,
  type TableWriter,
  type WriterOptions,
  writtenKind,
} from './writer.ts'

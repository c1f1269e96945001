// Secrets: one 256-bit master secret, and everything keyed derived from it.
// Source: docs/architecture.md#errors-exits-files.
// sealedFile.ts keeps them in files; browsers import derive.ts alone.

export {
  drawSecret,
  type Purpose,
  type RowKeys,
  rowKeys,
  type Stream,
  secretBytes,
  stream,
  subkey,
} from './derive.ts'

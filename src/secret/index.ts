// Secrets: one 256-bit master secret, and everything keyed derived from it.
// Source: ARCHITECTURE, "Rules that hold everywhere".
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

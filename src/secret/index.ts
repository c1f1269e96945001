// Secrets: one 256-bit master secret, and everything keyed derived from it.
// Source: ARCHITECTURE, "Rules that hold everywhere".
// It does not keep secrets: sealing and files are protect/keyed's.

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

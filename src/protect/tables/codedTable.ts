// A table of published attributes in memory: a dictionary and a code a row for each column, and its distinct rows with their counts.
// Source: docs/tables.md. Thirty million rows of 25 columns fit, since codes take the fewest bytes that hold them.

/** A code a row, in the fewest bytes. */
export type ColumnCodes = Uint8Array | Uint16Array | Uint32Array

/** A column of texts: what they are, and which one each row has. A missing cell is a value like any other, written as ''. */
export interface CodedTableColumn {
  readonly name: string
  /** Distinct values: of a column with a hierarchy all its leaves, in the hierarchy's order. */
  readonly values: readonly string[]
  /** [rows] indices into `values`. */
  readonly codes: ColumnCodes
}

/** Some columns of the same rows. */
export interface CodedTable {
  readonly rows: number
  readonly columns: readonly CodedTableColumn[]
}

/** What a search works on: rows that are equal in all quasi-identifiers and sensitive columns, once, with their count. */
export interface DistinctRows {
  readonly count: number
  /** [quasi-identifiers][count] codes of leaves. */
  readonly quasi: readonly ColumnCodes[]
  /** [sensitive columns][count] codes. */
  readonly sensitive: readonly ColumnCodes[]
  /** [count] how many rows of the table are this one. */
  readonly rows: Float64Array
  /** [count] the same of the public table (k-map, δ-presence, profitability), which may have more rows than are published. */
  readonly population?: Float64Array | undefined
}

// The contract of a protection of numeric columns in memory: fit it to a table, get a pane that protects columns.
// Source: docs/architecture.md#the-keyed-protection. A new protection is one file that exports a Protection, and a line in index.ts.
// Files, labels, categories and streaming belong to a key (create.ts, pane.ts); this is what attacks and experiments take.

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { subkey } from '../../secret/index.ts'
import type { SecretPane } from '../standing.ts'
import type { KeyActivationName } from './activationNames.ts'
import { canonicalJson, toHex } from './key.ts'

/** What an adversary is taken to know of a protection: everything but its secret. */
export interface Scheme {
  /** The protection's name. */
  readonly name: string
  /** The invertible function that is applied last, if there is one. */
  readonly activation?: KeyActivationName | undefined
  /** How many times matrix, bias and activation are applied; 1 for a linear map. */
  readonly layers: number
}

/** A protection fitted to a table. */
export interface ColumnPane extends SecretPane {
  readonly about: Scheme
  /** How many columns come out. */
  readonly outputs: number
  /**
   * Protects rows, order kept: one array a column, in the order of the table that it was fitted to.
   * @throws RangeError when the number of columns is another.
   */
  protect(columns: readonly Float64Array[]): Float64Array[]
  /** The inverse; absent where the protection loses information. */
  restore?(protectedColumns: readonly Float64Array[]): Float64Array[]
  /** Whose row each of so many rows is, where participants have secrets of their own; absent for one secret. Public. */
  readonly participantsOf?: ((rows: number) => Int32Array) | undefined
}

/** A way to protect numeric columns. */
export interface Protection<Options extends object = object> {
  readonly name: string
  /** What it is, in one sentence. */
  readonly summary: string
  /** What it does not hide, in one sentence: never empty. */
  readonly givesAway: string
  /**
   * @param columns the table, one array a column, at least one row; all numbers finite.
   * @throws FrostglassError `usage` for options that do not fit; RangeError for a table without rows or columns.
   */
  fit(columns: readonly Float64Array[], options: Options & { readonly secret: Uint8Array }): ColumnPane
}

/** The public identity of a protection: its secret and its options under a pseudo-random function. */
export function columnFingerprint(secret: Uint8Array, name: string, options: object): string {
  const info = sha256(new TextEncoder().encode(canonicalJson([name, options])))
  return toHex(hkdf(sha256, subkey(secret, 'fingerprint'), undefined, info, 16))
}

/** Minimum and width of each column: stage 1 of the paper maps a column to [-0.5, 0.5] by them. */
export interface Ranges {
  readonly minimum: Float64Array
  /** 0 for a constant column, which is mapped to 0. */
  readonly width: Float64Array
}

/** @throws RangeError for no columns, no rows, or a number that is not finite. */
export function rangesOf(columns: readonly Float64Array[]): Ranges {
  const rows = columns[0]?.length ?? 0
  if (rows === 0) throw new RangeError('a protection is fitted to a table of at least one row and one column')
  const minimum = new Float64Array(columns.length).fill(Number.POSITIVE_INFINITY)
  const width = new Float64Array(columns.length)
  columns.forEach((column, j) => {
    let high = Number.NEGATIVE_INFINITY
    column.forEach((x, r) => {
      if (!Number.isFinite(x)) throw new RangeError(`column ${j}, row ${r}: ${x} is not a finite number`)
      if (x < minimum[j]!) minimum[j] = x
      if (x > high) high = x
    })
    width[j] = high - minimum[j]!
  })
  return { minimum, width }
}

/** Columns mapped to [-0.5, 0.5]. @throws RangeError when their number is not the ranges'. */
export function normalised(columns: readonly Float64Array[], { minimum, width }: Ranges): Float64Array[] {
  requireColumns(columns, minimum.length)
  return columns.map((column, j) =>
    width[j] === 0 ? new Float64Array(column.length) : column.map((x) => (x - minimum[j]!) / width[j]! - 0.5),
  )
}

/** The inverse of {@link normalised}. */
export function denormalised(columns: readonly Float64Array[], { minimum, width }: Ranges): Float64Array[] {
  return columns.map((column, j) => column.map((h) => (h + 0.5) * width[j]! + minimum[j]!))
}

/** @throws RangeError unless there are `count` columns. */
export function requireColumns(columns: readonly Float64Array[], count: number): void {
  if (columns.length === count) return
  throw new RangeError(`the protection was fitted to ${count} columns, but ${columns.length} came`)
}

/** `A · h` for columns h: a matrix `[outputs, columns]`, row-major, applied to every row of a table. */
export function applyMatrix(
  matrix: Float64Array,
  outputs: number,
  columns: readonly Float64Array[],
): Float64Array[] {
  const rows = columns[0]!.length
  return Array.from({ length: outputs }, (_, i) => {
    const sum = new Float64Array(rows)
    columns.forEach((column, j) => {
      const a = matrix[i * columns.length + j]!
      for (let r = 0; r < rows; r++) sum[r] = sum[r]! + a * column[r]!
    })
    return sum
  })
}

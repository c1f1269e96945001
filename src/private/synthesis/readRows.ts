// A table file as codes, row by row, whatever stands in it.
// Source: ../schema/PROOF.md, lemma 1: a row's cells depend on that row and on what is public of the file.
// Nothing that it does or says depends on how many rows there are, but for time and memory.

import { defaultNullText, type SourceOptions } from '../../data/source.ts'
import { throwIfAborted } from '../../errors.ts'
import type { Turn } from '../../learn/pauses.ts'
import { openRows, type RowSource } from '../schema/rows.ts'
import { boundedReader, type CutColumn, codeReader, codesOf } from './coding.ts'
import type { CodedRows } from './counts.ts'
import type { BinnedNumber, SynthesisSchema } from './domain.ts'

/** A table that was found fit and not read yet. */
export interface OpenedTable {
  /** Columns of the file that are not stated, as far as the file names them before its rows. */
  readonly ignored: readonly string[]
  /** All rows as cells of the stated columns. */
  read(signal: AbortSignal | undefined): Promise<readonly (readonly unknown[])[]>
}

/**
 * Finds a table, and reads no row.
 * @throws FrostglassError `input`, `io`: of what is public about the file
 */
export async function openStated(
  path: string,
  { columns }: SynthesisSchema,
  { header, delimiter, format, decimalComma, textEncoding, comment, skip }: SourceOptions,
): Promise<OpenedTable> {
  const source: RowSource = await openRows(path, {
    names: columns.map((column) => column.name),
    numbers: columns.map((column) => column.kind === 'number'),
    header,
    delimiter,
    format,
    decimalComma,
    textEncoding,
    comment,
    skip,
  })
  return {
    ignored: source.ignored,
    async read(signal) {
      const rows: (readonly unknown[])[] = []
      for await (const batch of source.batches()) {
        throwIfAborted(signal)
        for (const row of batch) rows.push(row)
      }
      return rows
    },
  }
}

const missingTexts = (nullText: readonly string[] = defaultNullText): ReadonlySet<string> =>
  new Set(nullText.map((text) => text.trim()))

/** A column's numbers, without cells that stay empty. */
export function numbersIn(
  rows: readonly (readonly unknown[])[],
  place: number,
  column: BinnedNumber,
  nullText: readonly string[] | undefined,
): Float64Array {
  const read = boundedReader(column, missingTexts(nullText))
  return Float64Array.from(
    rows.map((row) => read(row[place])).filter((number): number is number => number !== undefined),
  )
}

/** Rows as codes. @throws FrostglassError `aborted` */
export async function codedRows(
  rows: readonly (readonly unknown[])[],
  columns: readonly CutColumn[],
  nullText: readonly string[] | undefined,
  turn?: Turn,
): Promise<CodedRows> {
  const missing = missingTexts(nullText)
  const codes: Int32Array[] = []
  for (const [place, column] of columns.entries()) {
    await turn?.()
    const read = codeReader(column, missing)
    codes.push(Int32Array.from(rows, (row) => read(row[place])))
  }
  return { sizes: columns.map(codesOf), codes }
}

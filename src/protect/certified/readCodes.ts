// Released codes as a file: one row a release, with its unit, its code, what is hidden and what was asked.
// Source: ours; tables are read as everywhere (src/data).
// All rows are held in memory: calibration tables have tens of thousands.

import { openTable, type TableReading } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { CodeRecord } from './table.ts'

/** The columns of a table of codes. */
export interface CodeColumns {
  readonly code: string
  readonly attribute: string
  /** Whose a row is; absent where every row is a unit of its own. */
  readonly unit?: string | undefined
  readonly label?: string | undefined
  /** What a row is called where it is its own unit; default 'row'. Rows of two files are different units. */
  readonly row?: string | undefined
}

/** How the file is read. */
type Reading = TableReading & { readonly signal?: AbortSignal | undefined }

/** @throws FrostglassError 'input' for a code that is no whole number of at least 0, or a cell that is empty */
export async function readCodes(
  path: string,
  columns: CodeColumns,
  reading: Reading = {},
): Promise<readonly CodeRecord[]> {
  const { code, attribute, unit, label, row = 'row' } = columns
  const carry = [...new Set([attribute, unit, label].filter((name) => name !== undefined))]
  if (carry.includes(code))
    throw new FrostglassError(
      'usage',
      `the column ${code} has the codes, and another part as well`,
      'Name it once.',
    )
  const source = await openTable(path, { ...reading, take: [code], columns: { [code]: 'numeric' }, carry })
  try {
    const records: CodeRecord[] = []
    for await (const {
      columns: [codes],
      carried,
      rows,
    } of source.chunks({ signal: reading.signal })) {
      const texts = new Map(carry.map((name, i) => [name, carried[i]!]))
      const of = (name: string) => texts.get(name)!
      for (let i = 0; i < rows; i++) {
        records.push({
          unit: unit === undefined ? `${row} ${records.length + 1}` : of(unit)[i]!,
          code: codes![i]!,
          attribute: of(attribute)[i]!,
          label: label === undefined ? undefined : of(label)[i]!,
        })
      }
    }
    return records
  } finally {
    source.close()
  }
}

/** A column of the same rows, as texts. @param code the column of the codes, which a row has in any case */
export async function readColumn(
  path: string,
  code: string,
  column: string,
  reading: Reading = {},
): Promise<readonly string[]> {
  const records = await readCodes(path, { code, attribute: column }, reading)
  return records.map(({ attribute }) => attribute)
}

/** How often each code was released, from a file that has nothing else of interest. */
export async function countLiveCodes(
  path: string,
  code: string,
  reading: Reading = {},
): Promise<ReadonlyMap<number, number>> {
  const source = await openTable(path, { ...reading, take: [code], columns: { [code]: 'numeric' } })
  try {
    const counts = new Map<number, number>()
    for await (const {
      columns: [codes],
      rows,
    } of source.chunks({ signal: reading.signal }))
      for (let i = 0; i < rows; i++) counts.set(codes![i]!, (counts.get(codes![i]!) ?? 0) + 1)
    return counts
  } finally {
    source.close()
  }
}

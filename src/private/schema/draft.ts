// A draft of a stated schema from the rows of a table that is public: a sample, last decade's file, a codebook's example.
// Source: ../../data, which learns what columns hold. A draft tells of the rows that it was made from, all of it.
// Private rows may go beyond a sample's bounds and categories: they then count as the bound, or as no category.

import { basename } from 'node:path'
import type { TableReading } from '../../data/index.ts'
import type { NumericProfile, Profile } from '../../data/profile.ts'
import { type OpenOptions, openTable, type TableSource } from '../../data/table.ts'
import { requireSchema, type StatedCategory, type StatedNumber, type StatedSchema } from './schema.ts'

/** A column of numbers, and what a synthetic table is to know of it besides. */
export interface DraftedNumber extends StatedNumber {
  /** All its numbers are whole. */
  readonly whole: boolean
  /** Numbers that many rows have. */
  readonly alone?: readonly number[] | undefined
}

/** A stated schema that says more. */
export interface DraftedSchema extends StatedSchema {
  readonly columns: readonly (DraftedNumber | StatedCategory)[]
}

/** Share of the rows from which on a number stands alone. */
const many = 0.1
/** Different numbers of a column that are counted; one that many rows have is among the first. */
const mostCounted = 100_000
/** Whole numbers that are a bin each anyway. */
const fewWhole = 16

/**
 * Drafts a schema: smallest and largest numbers become bounds, distinct texts become categories.
 * @param path a table whose rows are public
 * @throws FrostglassError `input` for a table that cannot be read so; names its cells, since they are public
 */
export async function draftSchema(
  path: string,
  options: TableReading & Pick<OpenOptions, 'columns'> = {},
): Promise<DraftedSchema> {
  // Missing cells are left out of what is measured; nothing is filled in.
  const first = await openTable(path, { ...options, missing: 'mean' })
  // A stated schema has numbers and categories: dates are texts there.
  const times = first.schema.columns.filter(
    (column) => column.kind === 'numeric' && column.time !== undefined,
  )
  first.close()
  const asTexts = Object.fromEntries(times.map(({ name }) => [name, 'categorical' as const]))
  const source = await openTable(path, {
    ...options,
    columns: { ...asTexts, ...options.columns },
    missing: 'mean',
  })
  try {
    const profile = await source.summary()
    const alone = await commonNumbers(source, profile)
    const plain = profile.columns.map((column) => {
      if (column.kind === 'categorical')
        return { name: column.name, kind: 'category', values: [...column.counts.keys()] }
      const { name, min, max } = column
      return { name, kind: 'number', bounds: [min, max > min ? max : min + 1] }
    })
    const { columns, draftedFrom } = requireSchema(
      { columns: plain, draftedFrom: basename(path) },
      `the draft from ${path}`,
    )
    return {
      columns: columns.map((column, j) => {
        const found = profile.columns[j]!
        if (column.kind === 'category' || found.kind === 'categorical') return column as StatedCategory
        const numbers = alone[j]!
        return { ...column, whole: isWhole(found), ...(numbers.length > 0 ? { alone: numbers } : {}) }
      }),
      draftedFrom,
    }
  } finally {
    source.close()
  }
}

const isWhole = ({ integer, min, max }: NumericProfile): boolean =>
  integer && [min, max, max - min + 1].every(Number.isSafeInteger)

/** Of each column of numbers those that many rows have, rising; none where each is a bin of its own. */
async function commonNumbers(source: TableSource, { columns }: Profile): Promise<readonly number[][]> {
  const tallies = columns.map(() => new Map<number, number>())
  let rows = 0
  for await (const chunk of source.chunks({ reuse: true })) {
    rows += chunk.rows
    columns.forEach((column, j) => {
      if (column.kind === 'categorical') return
      const [cells, tally] = [chunk.columns[j]!, tallies[j]!]
      for (let i = 0; i < chunk.rows; i++) {
        const known = tally.get(cells[i]!)
        if (known !== undefined || tally.size < mostCounted) tally.set(cells[i]!, (known ?? 0) + 1)
      }
    })
  }
  return columns.map((column, j) => {
    if (column.kind === 'categorical') return []
    const { min, max, mean, missing, integer } = column
    if (integer && max - min < fewWhole) return []
    // A missing cell is read as the mean, which nobody has.
    const filled = (value: number) => missing > 0 && value === mean
    return [...tallies[j]!]
      .filter(([value, count]) => count >= many * rows && !filled(value))
      .map(([value]) => value)
      .sort((a, b) => a - b)
  })
}

/** A schema as JSON, a column a line. */
export function schemaText({ columns, ...rest }: StatedSchema): string {
  const lines = columns.map((column) => `    ${JSON.stringify(column)}`)
  const others = Object.entries(rest).map(
    ([key, value]) => `,\n  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  return `{\n  "columns": [\n${lines.join(',\n')}\n  ]${others.join('')}\n}\n`
}

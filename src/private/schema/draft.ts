// A draft of a stated schema from the rows of a table that is public: a sample, last decade's file, a codebook's example.
// Source: ../../data, which learns what columns hold. A draft tells of the rows that it was made from, all of it.
// Private rows may go beyond a sample's bounds and categories: they then count as the bound, or as no category.

import { basename } from 'node:path'
import type { TableReading } from '../../data/index.ts'
import { type OpenOptions, openTable } from '../../data/table.ts'
import { requireSchema, type StatedColumn, type StatedSchema } from './schema.ts'

/**
 * Drafts a schema: smallest and largest numbers become bounds, distinct texts become categories.
 * @param path a table whose rows are public
 * @throws FrostglassError `input` for a table that cannot be read so; names its cells, since they are public
 */
export async function draftSchema(
  path: string,
  options: TableReading & Pick<OpenOptions, 'columns'> = {},
): Promise<StatedSchema> {
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
    const { columns } = await source.summary()
    const drafted = columns.map((column): StatedColumn => {
      if (column.kind === 'categorical')
        return { name: column.name, kind: 'category', values: [...column.counts.keys()] }
      const { name, min, max } = column
      return { name, kind: 'number', bounds: [min, max > min ? max : min + 1] }
    })
    return requireSchema({ columns: drafted, draftedFrom: basename(path) }, `the draft from ${path}`)
  } finally {
    source.close()
  }
}

/** A schema as JSON, a column a line. */
export function schemaText({ columns, ...rest }: StatedSchema): string {
  const lines = columns.map((column) => `    ${JSON.stringify(column)}`)
  const others = Object.entries(rest).map(
    ([key, value]) => `,\n  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  return `{\n  "columns": [\n${lines.join(',\n')}\n  ]${others.join('')}\n}\n`
}

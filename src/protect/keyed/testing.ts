// For tests of whole tables: a key of a file, and all that a file holds.
// Source: ours. It reads a table into memory at once, as the library never does.
// For tests alone: it is left out of what is built.

import { type OpenOptions, openTable } from '../../data/index.ts'
import { createKey, type KeyOptions } from './create.ts'
import type { Key } from './key.ts'

/** A key for a table as `openTable` reads it. */
export async function keyOf(path: string, open: OpenOptions, options: KeyOptions): Promise<Key> {
  const source = await openTable(path, open)
  try {
    return (await createKey(source, options)).key
  } finally {
    source.close()
  }
}

/** All of a file as columns, codes as texts. */
export async function contents(path: string, open: OpenOptions = {}) {
  const source = await openTable(path, open)
  try {
    const { columns: schemas, label } = source.schema
    const columns: (number | string)[][] = schemas.map(() => [])
    const labels: (number | string)[] = []
    for await (const chunk of source.chunks()) {
      chunk.columns.forEach((values, j) => {
        const schema = schemas[j]!
        for (const v of values) columns[j]!.push(schema.kind === 'categorical' ? schema.categories[v]! : v)
      })
      for (const v of chunk.label ?? []) labels.push(label?.task === 'class' ? label.classes[v]! : v)
    }
    return { names: schemas.map((c) => c.name), columns, labels, schema: source.schema }
  } finally {
    source.close()
  }
}

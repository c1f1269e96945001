// A table in memory behind the interface of an opened file: for tests.

import type { Profile } from '../src/data/profile.ts'
import type { TableSchema } from '../src/data/schema.ts'
import type { TableSource } from '../src/data/table.ts'

/** Columns by name: numbers, or texts (categories in ascending order). The label likewise. */
export function memoryTable(
  columns: Readonly<Record<string, readonly number[] | readonly string[]>>,
  label?: readonly [name: string, values: readonly number[] | readonly string[]],
): TableSource & {
  readonly columns: (Float64Array | Int32Array)[]
  readonly label: Float64Array | Int32Array | undefined
} {
  const named = Object.entries(columns)
  const all = label ? [...named, label] : named
  const rows = all[0]![1].length
  const facts = all.map(([name, values]) => facet(name, values))
  const data = facts.map((f) => f.data)
  const schema: TableSchema = {
    columns: facts
      .slice(0, named.length)
      .map((f) =>
        f.categories
          ? { name: f.name, kind: 'categorical', categories: f.categories }
          : { name: f.name, kind: 'numeric', integer: f.integer },
      ),
    label: label ? labelSchema(facts[named.length]!, named.length) : undefined,
  }
  const profile: Profile = {
    rows,
    columns: facts.map((f) =>
      f.categories
        ? { name: f.name, kind: 'categorical', missing: 0, counts: new Map(f.categories.map((c) => [c, 1])) }
        : {
            name: f.name,
            kind: 'numeric',
            missing: 0,
            infinite: 0,
            min: f.data.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
            max: f.data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
            mean: 0,
            deviation: 0,
            median: 0,
            integer: f.integer,
          },
    ),
  }
  return {
    path: 'memory',
    ignored: [],
    carried: [],
    schema,
    rows,
    warnings: [],
    writing: {},
    files: [],
    labelled: label !== undefined,
    summary: async () => profile,
    unknownTexts: async () => [],
    async *chunks({ size = 16_384 } = {}) {
      for (let offset = 0; offset < rows; offset += size) {
        const part = data.map((d) => d.slice(offset, offset + size))
        const last = label ? part.pop() : undefined
        yield {
          offset,
          rows: Math.min(size, rows - offset),
          columns: part,
          carried: [],
          label: last,
        }
      }
    },
    close() {},
    columns: data.slice(0, named.length),
    label: label ? data[named.length] : undefined,
  }
}

function facet(name: string, values: readonly number[] | readonly string[]) {
  if (typeof values[0] === 'string') {
    const categories = [...new Set(values as readonly string[])].sort()
    return {
      name,
      categories,
      integer: false,
      data: Int32Array.from(values as readonly string[], (v) => categories.indexOf(v)),
    }
  }
  const data = Float64Array.from(values as readonly number[])
  return { name, categories: undefined, integer: data.every(Number.isInteger), data }
}

function labelSchema({ name, categories, integer }: ReturnType<typeof facet>, position: number) {
  return categories
    ? ({ name, task: 'class', classes: categories, integer, position } as const)
    : ({ name, task: 'number', integer, position } as const)
}

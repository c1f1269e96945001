// The tables that attacks are measured on: columns of numbers with names, from the embedded data or drawn.
// Source: UCI seeds, heart disease and Adult (src/data/embedded); the synthetic one is a factor model of our own.
// Adult is a sample of 2,000 rows.

import { readEmbedded, readWheat, type Table } from '../../src/data/index.ts'
import { seededStream } from '../../src/random/seeded.ts'

/** A table of numbers, and its classes. */
export interface AttackedTable {
  readonly names: readonly string[]
  readonly columns: readonly Float64Array[]
  /** Number of classes and the class of each row, where there are any. */
  readonly labels?: { readonly classes: number; readonly of: Int32Array } | undefined
  /** The number to be predicted, where there is one. */
  readonly target?: Float64Array | undefined
}

export const tableNames = ['wheat', 'heart-disease', 'adult-numeric', 'synthetic'] as const

export type TableName = (typeof tableNames)[number]

/** @param seed draws the synthetic table; others ignore it. */
export async function attackedTable(name: TableName, seed: number): Promise<AttackedTable> {
  if (name === 'synthetic') return synthetic(seed)
  const table = name === 'wheat' ? await readWheat() : await readEmbedded(name)
  return { ...numbersOf(table), ...labelsOf(table) }
}

function numbersOf({ schema, columns }: Table): Pick<AttackedTable, 'names' | 'columns'> {
  const numeric = schema.columns.map((c, j) => ({ ...c, j })).filter((c) => c.kind === 'numeric')
  return { names: numeric.map((c) => c.name), columns: numeric.map(({ j }) => columns[j] as Float64Array) }
}

function labelsOf({ schema, label }: Table): Pick<AttackedTable, 'labels'> {
  if (schema.label?.task !== 'class') return {}
  return { labels: { classes: schema.label.classes.length, of: label as Int32Array } }
}

/**
 * 210 rows of seven attributes that follow three hidden factors, with noise of a third of their deviation. Predicted is a
 * whole number that follows the first factor with noise of its own size.
 */
function synthetic(seed: number): AttackedTable {
  const [rows, attributes, factors] = [210, 7, 3]
  const random = seededStream(seed, 'synthetic table')
  const loadings = Array.from({ length: attributes * factors }, () => random.normal())
  const columns = Array.from({ length: attributes }, () => new Float64Array(rows))
  const target = new Float64Array(rows)
  const noise = seededStream(seed, 'synthetic target')
  for (let r = 0; r < rows; r++) {
    const hidden = Array.from({ length: factors }, () => random.normal())
    columns.forEach((column, j) => {
      const common = hidden.reduce((sum, f, i) => sum + f * loadings[j * factors + i]!, 0)
      const size = Math.hypot(...loadings.slice(j * factors, (j + 1) * factors))
      column[r] = common / size + random.normal() / 3
    })
    target[r] = Math.round(150 + 50 * (hidden[0]! + noise.normal()))
  }
  return { names: columns.map((_, j) => `x${j}`), columns, target }
}

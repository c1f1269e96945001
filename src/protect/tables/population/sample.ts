// A sample as the estimators of a population's uniques see it: how many classes have each size, of how large a population.
// Source: Dankar, El Emam, Neisa and Roffey, BMC Medical Informatics and Decision Making 12:66, 2012.
// All estimators take the sample for a random one, without replacement. A table that was not drawn so is not what they speak of.

import { FrostglassError } from '../../../errors.ts'
import type { TableView } from '../model.ts'

/** Classes by size, of a random sample. */
export interface Sample {
  /** Sizes that occur, rising; and how many classes have each. */
  readonly sizes: Float64Array
  readonly counts: Float64Array
  readonly classes: number
  /** Rows of the sample, n. */
  readonly rows: number
  /** Rows of the population that it was drawn from, N. */
  readonly population: number
}

/**
 * A published table as a sample.
 * @throws FrostglassError `usage` where the population is smaller than the table
 */
export function sampleOf(table: TableView, population: number): Sample {
  if (population < table.rows) {
    throw new FrostglassError(
      'usage',
      `the population has ${population} people, and the table ${table.rows} rows`,
      'Give the size of the population that the table was drawn from.',
    )
  }
  const bySize = new Map<number, number>()
  for (let i = 0; i < table.classes; i++) {
    const size = table.sizes[i]!
    bySize.set(size, (bySize.get(size) ?? 0) + 1)
  }
  const sizes = Float64Array.from(bySize.keys()).sort()
  const counts = Float64Array.from(sizes, (size) => bySize.get(size)!)
  return { sizes, counts, classes: table.classes, rows: table.rows, population }
}

/** How many classes have a size. */
export function classesOfSize(sample: Sample, size: number): number {
  const at = sample.sizes.indexOf(size)
  return at < 0 ? 0 : sample.counts[at]!
}

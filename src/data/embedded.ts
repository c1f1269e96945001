// Small real tables that come with the package, beside wheat: heart disease and the numbers of Adult.
// Source: UCI data sets 45 (Janosi et al., 1989) and 2 (Becker and Kohavi, 1996), CC BY 4.0; see embedded/NOTICE.md.
// The 2,000 rows of Adult are every sixteenth of its training part: not the whole.

import { fileURLToPath } from 'node:url'
import { readTable, type Table } from './memory.ts'

/** Names of embedded tables. */
export type EmbeddedName = 'heart-disease' | 'adult-numeric'

const labels: Readonly<Record<EmbeddedName, string>> = {
  'heart-disease': 'diagnosis',
  'adult-numeric': 'income',
}

/** Path of an embedded table, CSV with a header. */
export function embeddedPath(name: EmbeddedName): string {
  return fileURLToPath(new URL(`./embedded/${name}.csv`, import.meta.url))
}

/**
 * An embedded table in memory with its label: 303 patients with 13 attributes and a `diagnosis` 0 to 4 (missing cells
 * filled with the median), or 2,000 people with six numbers and their `income`. All attributes are numeric.
 */
export function readEmbedded(name: EmbeddedName): Promise<Table> {
  return readTable(embeddedPath(name), { label: labels[name], task: 'class', missing: 'median' })
}

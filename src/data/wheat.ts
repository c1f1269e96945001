// The UCI wheat seeds, 210 rows that come with the package.
// Source: Charytanowicz et al., UCI data set 236, doi 10.24432/C5H30K, CC BY 4.0; see embedded/NOTICE.md.
// It does not promise to be hard: a small network gets 94% of the varieties right.

import { fileURLToPath } from 'node:url'
import { readTable, type Table } from './memory.ts'

/** Path of the embedded `wheat.csv`: seven attributes of a kernel and its `variety` (Canadian, Kama, Rosa). */
export function wheatPath(): string {
  return fileURLToPath(new URL('./embedded/wheat.csv', import.meta.url))
}

/** The wheat seeds in memory, `variety` as the label. */
export function readWheat(): Promise<Table> {
  return readTable(wheatPath(), { label: 'variety' })
}

// What an owner is told who publishes by local recoding: how much of this very table its reader rebuilds.
// Source: refinement.ts, which measured it.
// A floor, no bound: a reader who knows more, or reasons better, may rebuild more.

import { percent } from '../../../statistics/figures.ts'
import type { RefinementFinding } from './refinement.ts'

const share = (part: number, whole: number, what: string) =>
  `${part} of ${whole} ${what}${whole === 0 ? '' : ` (${percent(part / whole)})`}`

/** The warning, with what was measured. */
export function localRecodingWarning({ rows, certainRows, cells, certainCells }: RefinementFinding): string {
  const rebuilt = certainRows + certainCells > 0
  return (
    'local recoding can be taken back in part, by a reader who knows the algorithm and has nothing but the table: ' +
    (rebuilt
      ? `here ${share(certainRows, rows, 'generalised rows')} in full, and ${share(certainCells, cells, 'generalised cells')}, with certainty. `
      : 'here an attack rebuilt nothing, and a better one may. ') +
    'Global recoding (one node for all rows) does not have this fault'
  )
}

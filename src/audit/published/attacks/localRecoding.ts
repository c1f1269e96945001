// What local recoding tells of the values that it generalised, to somebody who has nothing but the table.
// Source: Chhillar, Righi, Sutter and Kornaropoulos (arXiv 2509.03350); protect/tables/localRecoding/refinement.ts has the attack.
// What it rebuilds is certain; a reader who reasons better, or who knows somebody, may rebuild more.

import { refinementFinding, refineRelease } from '../../../protect/tables/localRecoding/refinement.ts'
import { wilson } from '../../../statistics/binomial.ts'
import type { PublishedAttack } from '../contract.ts'
import { counted } from './linkage.ts'

/** Knows the algorithm, and no person. */
export const localRecoding: PublishedAttack = {
  name: 'local-recoding',
  title: 'Generalised cells rebuilt from the rounds of local recoding',
  standpoint: 'blind',
  needs: 'the table, its hierarchies, k, and that it was made by local recoding',
  source: 'Chhillar and others (arXiv 2509.03350)',
  obstacle: ({ rounds }) =>
    rounds === undefined
      ? 'The table was not made by local recoding.'
      : rounds === 'unread'
        ? 'The table was made by local recoding, and the hierarchies of its quasi-identifiers were not given.'
        : undefined,
  async find({ evidence: { rounds } }, { signal }) {
    if (rounds === undefined || rounds === 'unread') return []
    const { release, failed } = rounds
    const { rows, certainRows, cells, certainCells, values, possibleValues } = refinementFinding(
      await refineRelease(release, failed, { signal }),
      release,
    )
    const value = cells === 0 ? 0 : certainCells / cells
    return [
      {
        metrics: [
          { name: 'cells1', value, interval: cells === 0 ? [0, 0] : wilson(value, cells), chance: 0 },
        ],
        measures: [
          counted('generalised rows', rows),
          counted('of these rebuilt in full', certainRows),
          counted('generalised cells', cells),
          counted('values of such a cell by its label, mean', values),
          counted('values that are still possible, mean', possibleValues),
        ],
        notes: ['Bounds of linear programmes: no cell is counted that is not certain.'],
      },
    ]
  },
}

// ARX's tests on Adult, one after the other: our exact search with the same models, hierarchies, metric and limit.
// Source: cases.ts. Where ARX searched by a heuristic, in turns or by chance, ours is still the exact one.

import { join } from 'node:path'
import { FrostglassError } from '../../src/errors.ts'
import { createChecker } from '../../src/protect/tables/search/check.ts'
import { readyProblem, type SearchProblem } from '../../src/protect/tables/search/problem.ts'
import { searchLattice } from '../../src/protect/tables/search/search.ts'
import type { Work } from '../experiment.ts'
import { caseOf, type Outcome, readOutcomes } from './cases.ts'
import { type AdultTable, type Published, readAdult } from './table.ts'

/** One of ARX's outcomes. */
export interface ArxTask {
  readonly folder: string
  readonly outcome: Outcome
}

/** What we found, or why we did not look. */
export type ArxAnswer =
  | { readonly kind: 'left out'; readonly reason: string }
  | { readonly kind: 'no solution'; readonly says: string }
  | {
      readonly kind: 'found'
      readonly loss: readonly number[]
      readonly levels: readonly number[]
      readonly suppressed: number
      /** Nodes that were looked at. */
      readonly checked: number
      /** What the node that ARX chose loses by our reckoning, where it passes here. */
      readonly atTheirs: readonly number[] | null
    }

export const publishArxWork: Work<ArxTask, ArxAnswer> = {
  tasks({ data, quick }) {
    if (data === undefined)
      throw new FrostglassError('usage', 'the outcomes of ARX are in the folder of data', 'Name it (--data).')
    const folder = join(data, 'arx-adult')
    const outcomes = readOutcomes(folder)
    return outcomes.filter((_, i) => !quick || i % 10 === 0).map((outcome) => ({ folder, outcome }))
  },
  run: (task) => runCase(task),
}

let last: { readonly name: string; readonly table: AdultTable } | undefined

/** The table of a case: that of the case before, if it is the same. */
function tableOf(folder: string, sensitive: string | undefined, published: Published): AdultTable {
  const name = [folder, sensitive, published].join()
  if (last?.name !== name) last = { name, table: readAdult(folder, sensitive, published) }
  return last.table
}

/** Searches for the table that ARX found. */
export async function runCase({ folder, outcome }: ArxTask): Promise<ArxAnswer> {
  const found = caseOf(outcome)
  if ('reason' in found) return { kind: 'left out', reason: found.reason }
  const { published, models, quality, weights } = found.asked
  const table = tableOf(folder, outcome.sensitive ?? undefined, published)
  const problem = { ...table, models, quality, weights, suppression: outcome.suppression }
  try {
    const { loss, levels, suppressed, checked } = await searchLattice(problem)
    return { kind: 'found', loss, levels, suppressed, checked, atTheirs: lossAt(problem, outcome) }
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    return { kind: 'no solution', says: error.message }
  }
}

function lossAt(problem: SearchProblem, { expected_levels: levels }: Outcome): readonly number[] | null {
  const ready = readyProblem(problem)
  if (levels === null) return null
  const { passes, classes } = createChecker(ready).check(levels)
  return passes ? ready.prepared.lossOf(levels, classes) : null
}

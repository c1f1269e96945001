// The rounds of local recoding, as whoever has the published table, its manifest and its hierarchies rebuilds them.
// Source: docs/tables.md#multidimensional-and-local; localRecoding/release.ts reads the labels.
// Which nodes failed it says only where that follows: of k-anonymity alone, where suppressed rows cost no more than their labels.

import type { CodedTable } from '../codedTable.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { roundShare } from '../localRecoding/recode.ts'
import { type FailedNode, failedBelow, type LocalRelease, readRelease } from '../localRecoding/release.ts'
import { mostExactNodes } from '../search/exact.ts'
import type { PublicationManifest } from './manifest.ts'

/** What is known of the rounds. */
export interface PublishedRounds {
  readonly release: LocalRelease
  readonly failed: readonly FailedNode[]
}

/**
 * Rebuilds the rounds.
 * @param hierarchies by quasi-identifier
 * @returns undefined where the table was not made by rounds; `unread` where a hierarchy is missing
 * @throws FrostglassError `input` for a table whose labels are of no round
 */
export function publishedRounds(
  manifest: PublicationManifest,
  published: CodedTable,
  hierarchies: ReadonlyMap<string, Hierarchy>,
): PublishedRounds | 'unread' | undefined {
  const { rounds, quasi, models, suppressed } = manifest
  if (rounds === null) return undefined
  const known = quasi.flatMap(({ name }) => {
    const hierarchy = hierarchies.get(name)
    const column = published.columns.find((one) => one.name === name)
    return hierarchy && column ? [{ hierarchy, column }] : []
  })
  const fits = known.every(({ hierarchy }, j) => hierarchy.levels.length === quasi[j]!.levels)
  if (known.length < quasi.length || !fits) return 'unread'
  const release = readRelease(
    known.map(({ column }) => column),
    {
      hierarchies: known.map(({ hierarchy }) => hierarchy),
      levels: rounds,
      share: roundShare,
      leftOut: suppressed,
    },
  )
  const [only, ...more] = models
  const nodes = quasi.reduce((product, { levels }) => product * levels, 1)
  const follows =
    only?.name === 'k-anonymity' && more.length === 0 && isFree(manifest) && nodes <= mostExactNodes
  return { release, failed: follows ? failedBelow(release, Number(only.parameters['k'])) : [] }
}

/** Whether suppressed rows cost no more than their labels. */
const isFree = ({ quality }: PublicationManifest): boolean =>
  quality?.name === 'loss' && quality.says.endsWith(', balance 0')

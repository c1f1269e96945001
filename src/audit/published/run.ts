// Runs one attack on what was published, and on rows of the original with a name beside each: what fails there is too weak to tell.
// Source: docs/explanation/reading-a-report.md; the audit of fleets holds its attacks to the same.
// The unprotected copy is the auditor's alone.

import { throwIfAborted } from '../../errors.ts'
import type { Metric } from '../finding.ts'
import type { ImageFinding } from '../images/contract.ts'
import type { PublishedAttack, PublishedAttackOptions, PublishedFound, Sight } from './contract.ts'

/**
 * Findings of an attack, one or one a sensitive column.
 * @param bare people of the original with a name beside each
 * @throws FrostglassError `aborted`
 */
export async function runPublished(
  { name: attack, title, standpoint, find }: PublishedAttack,
  sight: Sight,
  bare: Sight,
  options: PublishedAttackOptions,
): Promise<ImageFinding[]> {
  throwIfAborted(options.signal)
  const start = performance.now()
  const found = await find(sight, options)
  const seconds = (performance.now() - start) / 1000 / Math.max(1, found.length)
  const without = await find(bare, options)
  return found.map(({ metrics, ...rest }) => ({
    attack,
    title,
    standpoint,
    known: 0,
    rows: sight.evidence.original.rows,
    measures: [],
    pictures: [],
    ...rest,
    metrics: metrics.map((metric) =>
      besideUnprotected(
        metric,
        without.find(({ about }) => about === rest.about),
      ),
    ),
    seconds,
  }))
}

/** A metric with what the attack gets where nothing is protected; as it is where that was not found either. */
export function besideUnprotected(metric: Metric, without: PublishedFound | undefined): Metric {
  const other = without?.metrics.find(({ name }) => name === metric.name)
  if (!other) return metric
  // Of cells the bare copy has none that is generalised: all of them are read.
  if (metric.name === 'cells1') return { ...metric, unprotected: 1 }
  // Within its doubt of chance the attack has shown nothing there.
  return { ...metric, unprotected: other.interval[0] > other.chance ? other.value : other.chance }
}

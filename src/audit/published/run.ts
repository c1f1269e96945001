// Runs one attack on what was published, and on rows of the original with a name beside each: what fails there is too weak to tell.
// Source: docs/explanation/reading-a-report.md; the audit of fleets holds its attacks to the same.
// The unprotected copy is the auditor's alone.

import { throwIfAborted } from '../../errors.ts'
import type { Metric } from '../finding.ts'
import type { ImageFinding } from '../images/contract.ts'
import {
  isMeasured,
  type PublishedAttack,
  type PublishedAttackOptions,
  type PublishedFound,
  type Sight,
  type Unmeasured,
} from './contract.ts'

/** What an attack came to. */
export interface PublishedRun {
  /** One, or one a sensitive column. */
  readonly findings: readonly ImageFinding[]
  readonly unmeasured: readonly Unmeasured[]
}

/**
 * Runs an attack.
 * @param bare people of the original with a name beside each
 * @throws FrostglassError `aborted`
 */
export async function runPublished(
  { name: attack, title, standpoint, find }: PublishedAttack,
  sight: Sight,
  bare: Sight,
  options: PublishedAttackOptions,
): Promise<PublishedRun> {
  throwIfAborted(options.signal)
  const start = performance.now()
  const got = await find(sight, options)
  const found = got.filter(isMeasured)
  const seconds = (performance.now() - start) / 1000 / Math.max(1, found.length)
  const without = found.length === 0 ? [] : (await find(bare, options)).filter(isMeasured)
  const findings = found.map(({ metrics, ...rest }) => ({
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
  return { findings, unmeasured: got.filter((one): one is Unmeasured => !isMeasured(one)) }
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

// What a new key is worth against the attacks that are here, on its owner's own table: printed when a key is made.
// Source: docs/architecture.md#the-audit. SPG counts equations instead: ⌈m / (k² + k)⌉ layers for m rows of k attributes.
// Measured on a sample of rows: an adversary with the whole table may do better.

import type { TableSource } from '../../data/index.ts'
import type { Key } from '../../protect/index.ts'
import { type Finding, metricOf } from '../finding.ts'
import type { Attack } from './attack.ts'
import { type LeakCost, leakCost } from './curve.ts'
import { keyEvidence } from './tableEvidence.ts'

/** What an adversary gets from the table under its key. JSON. */
export interface KeyAudit {
  readonly effort: 'quick' | 'full'
  /** Rows of the table. */
  readonly rows: number
  /** How many known rows give half of the unseen cells. */
  readonly cost: LeakCost
  /** The best attack that needs no known row; absent with effort `quick`. */
  readonly blind?: Finding | undefined
  /** Layers that the paper's rule asks for, and those that its own count of equations would ask for. */
  readonly paperLayers: number
  readonly countedLayers: number
  readonly seconds: number
}

/** How {@link auditKey} audits. */
export interface KeyAuditOptions {
  readonly effort: 'quick' | 'full'
  /** Draws the sample and the known rows. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
  /** Called with how much is done of how much. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** Rows that an audit looks at. A quick one takes fewer of wide tables, where each fit is dear: it is to end in seconds. */
function sampleRows(effort: 'quick' | 'full', { schema }: TableSource): number {
  if (effort === 'full') return 5000
  const features = schema.columns.reduce((n, c) => n + (c.kind === 'numeric' ? 1 : c.categories.length), 0)
  return Math.min(1000, Math.max(300, Math.round(40_000 / features)))
}

/** A quick audit runs these alone: they take a second each, the second one up to so many features. */
const quickAttacks: Readonly<Record<string, number>> = {
  'linear-inversion': Number.POSITIVE_INFINITY,
  'learned-inverter': 150,
}

/** The fewest rows that a leak can be measured on. */
export const fewestAudited = 8

/**
 * Measures a key on its table; nothing is written.
 * @param source as the key was made from.
 * @throws FrostglassError `input`, `aborted`; RangeError for a table of fewer than `fewestAudited` rows.
 */
export async function auditKey(
  source: TableSource,
  key: Key,
  attacks: readonly Attack[],
  { effort, seed, signal, onProgress }: KeyAuditOptions,
): Promise<KeyAudit> {
  const start = performance.now()
  const abort = signal ? { signal } : {}
  const sample = { rows: sampleRows(effort, source), seed, ...abort }
  const { evidence, rows } = await keyEvidence(source, key, sample)
  const chosen =
    effort === 'full'
      ? attacks
      : attacks.filter((a) => evidence.features.length <= (quickAttacks[a.name] ?? 0))
  const cost = await leakCost(evidence, chosen, {
    seed,
    effort,
    ...abort,
    onProgress,
  })
  let blind: Finding | undefined
  for (const attack of effort === 'full' ? chosen : []) {
    if (attack.standpoint !== 'blind' || attack.aim !== 'cells' || !attack.applies(evidence)) continue
    const finding = await attack.run(evidence, { known: 0, seed, effort, ...abort })
    if (!blind || metricOf(finding, 'cells5').value > metricOf(blind, 'cells5').value) blind = finding
  }
  const k = evidence.released.length
  return {
    effort,
    rows,
    cost,
    blind,
    paperLayers: Math.ceil(rows / (k * k + k)),
    countedLayers: Math.ceil(rows / (k + 1)),
    seconds: (performance.now() - start) / 1000,
  }
}

// The frame of every attack on a table: it counts the known rows, draws which they are, takes the time and signs what was found.
// Source: attack.ts for the contract; splitRows of evidence.ts for the draw.
// What is measured, and on whom, is each frame's own: cells (recovery.ts), rows (rows.ts), labels (labelAttack.ts).

import { throwIfAborted } from '../../errors.ts'
import type { AttackOptions, Finding } from '../finding.ts'
import type { Attack } from './attack.ts'
import { type Evidence, type Split, splitRows } from './evidence.ts'

/** A finding without what the frame says of every attack. */
export type Found = Omit<Finding, 'attack' | 'title' | 'standpoint' | 'known' | 'seconds'>

/**
 * The `run` of an attack, from what it measures once the known rows are drawn.
 * @throws FrostglassError `aborted`; RangeError for fewer known rows than `fewest`.
 */
export function framed(
  spec: Pick<Attack, 'name' | 'title' | 'standpoint' | 'fewest'>,
  measure: (evidence: Evidence, split: Split, options: AttackOptions) => Found | Promise<Found>,
): Attack['run'] {
  return async (evidence, options) => {
    throwIfAborted(options.signal)
    const start = performance.now()
    const known = knownBy(spec, options)
    const split = splitRows(evidence.released[0]?.length ?? 0, known, options.seed)
    const found = await measure(evidence, split, options)
    const { name, title, standpoint } = spec
    return { attack: name, title, standpoint, known, ...found, seconds: (performance.now() - start) / 1000 }
  }
}

/**
 * How many rows an attack's adversary knows: those of the options at standpoint `leak`, else none.
 * @throws RangeError for fewer than the attack's `fewest`.
 */
function knownBy(attack: Pick<Attack, 'name' | 'standpoint' | 'fewest'>, options: AttackOptions): number {
  const known = attack.standpoint === 'leak' ? options.known : 0
  if (known >= attack.fewest) return known
  throw new RangeError(`${attack.name} needs ${attack.fewest} known rows or more, but ${known} came`)
}

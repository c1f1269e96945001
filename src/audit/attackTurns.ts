// Attacks one after another, with their progress: an audit in this process.
// Source: docs/architecture.md#the-audit. Between attacks a pending signal gets its turn.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { throwIfAborted } from '../errors.ts'

/** How attacks take their turns. */
export interface TurnOptions {
  readonly signal?: AbortSignal | undefined
  /** Attacks done, in parts too, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * What each attack came to, in order.
 * @param run is told how to tell which share of its attack is done
 * @throws FrostglassError `aborted`, and what `run` throws
 */
export async function inTurn<Attack, Found>(
  attacks: readonly Attack[],
  run: (attack: Attack, onProgress: (share: number) => void) => Promise<Found>,
  { signal, onProgress }: TurnOptions,
): Promise<Found[]> {
  const found: Found[] = []
  for (const [done, attack] of attacks.entries()) {
    await nextTurn()
    throwIfAborted(signal)
    found.push(await run(attack, (share) => onProgress?.(done + share, attacks.length)))
    onProgress?.(done + 1, attacks.length)
  }
  return found
}

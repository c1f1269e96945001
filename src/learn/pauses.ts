// Turns for timers, signals and the screen, some twenty times a second: a run of plain steps would give them none.
// Source: Node's event loop: setImmediate comes after what waits.
// A pause that is not due costs a look at the clock.

import { throwIfAborted } from '../errors.ts'

/** When the next turn is due, and taking it. */
export function pauses(): { due: () => boolean; take: () => Promise<void> } {
  const interval = 50
  let next = performance.now() + interval
  return {
    due: () => performance.now() >= next,
    async take() {
      await new Promise<void>((resolve) => {
        if (typeof setImmediate === 'function') setImmediate(resolve)
        else setTimeout(resolve)
      })
      next = performance.now() + interval
    },
  }
}

/** To be awaited in a loop: nothing most times, and where a turn is due, that. @throws FrostglassError `aborted` */
export type Turn = () => Promise<void> | undefined

/** Turns of a long call, which a signal ends. */
export function turnsFor(signal: AbortSignal | undefined): Turn {
  const { due, take } = pauses()
  const taken = async () => {
    await take()
    throwIfAborted(signal)
  }
  return () => {
    throwIfAborted(signal)
    return due() ? taken() : undefined
  }
}

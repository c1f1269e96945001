// Turns for timers, signals and the screen, some twenty times a second: a run of plain steps would give them none.
// Source: Node's event loop: setImmediate comes after what waits.
// A pause that is not due costs a look at the clock.

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

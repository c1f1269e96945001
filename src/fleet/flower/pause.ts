// Waiting, wherever timers are: Node, a page, a worker.
// Source: ours. Hidden pages have slow timers (once a second, later once a minute): a node of a browser belongs in a worker.

/** Waits so many milliseconds, or until the signal fires: whoever waits looks at it afterwards. */
export const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal?.aborted) return done()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      done()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end)
  })

/**
 * A signal that fires so many milliseconds after another one: what was begun may end, and does not hold for ever who leaves.
 * `release` is called once nobody waits for it.
 */
export function laterThan(
  leave: AbortSignal,
  milliseconds: number,
): { readonly signal: AbortSignal; release(): void } {
  const end = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const begin = () => {
    timer = setTimeout(() => end.abort(), milliseconds)
  }
  if (leave.aborted) begin()
  else leave.addEventListener('abort', begin, { once: true })
  return {
    signal: end.signal,
    release() {
      clearTimeout(timer)
      leave.removeEventListener('abort', begin)
    },
  }
}

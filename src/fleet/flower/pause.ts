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

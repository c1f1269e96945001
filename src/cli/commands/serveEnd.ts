// How frostglass serve is ended by signals, each more urgent than the one before.
// Source: signals as Kubernetes and systemd send them: SIGTERM, and SIGKILL when that took too long; Ctrl-C at a terminal.
// SIGTERM leaves a lame-duck time; the next signal cuts it short, and requests in hand still finish; the next ends the process.

const names = ['SIGTERM', 'SIGINT'] as const

/** The signals of an end that has begun. */
export interface EndSignals {
  /** Whether the first was SIGTERM, and no other has come: at a terminal nobody looks at readiness. */
  unhurried(): boolean
  /** Fires when there is to be no lame-duck time. */
  readonly hurry: AbortSignal
  /** Gives the signals back to whoever had them. */
  restore(): void
}

/** Takes the signals over from the moment in which `signal` fires. */
export function takeSignals(signal: AbortSignal): EndSignals {
  const hurry = new AbortController()
  const before = new Map<NodeJS.Signals, NodeJS.SignalsListener[]>()
  let terminated = false
  const terminate = () => {
    terminated = true
  }
  const next = (name: NodeJS.Signals) => {
    if (hurry.signal.aborted) endAtOnce(name)
    else hurry.abort()
  }
  const takeOver = () => {
    for (const name of names) {
      before.set(name, process.listeners(name))
      process.removeAllListeners(name)
      process.on(name, next)
    }
    if (!terminated) hurry.abort()
  }
  // Before the one who fires `signal`.
  process.prependOnceListener('SIGTERM', terminate)
  if (signal.aborted) takeOver()
  else signal.addEventListener('abort', takeOver, { once: true })
  return {
    unhurried: () => !hurry.signal.aborted,
    hurry: hurry.signal,
    restore() {
      signal.removeEventListener('abort', takeOver)
      process.off('SIGTERM', terminate)
      for (const [name, listeners] of before) {
        process.off(name, next)
        for (const listener of listeners) if (listener !== terminate) process.on(name, listener)
      }
    },
  }
}

// The usual way out would meet a thread inside the runtime, which aborts the process with its own words.
function endAtOnce(name: NodeJS.Signals): void {
  process.removeAllListeners(name)
  process.kill(process.pid, name)
}

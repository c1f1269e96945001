// Waiting for one's turn at a ledger: in order, for minutes, telling who is before, and to be stopped.
// Source: the queue beside it; a bakery's rule, who came first is served first.
// A process that stands still without dying keeps its place: then the others are refused when their patience ends.

import { setTimeout as later } from 'node:timers/promises'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { type Ticket, takeTicket } from './queue.ts'

/** How a ledger is waited for. */
export interface Waiting {
  /** Seconds; 300 unless given. Fifty others that spend take some five. */
  readonly patience?: number | undefined
  /** Told about once a second while others are before: how many. */
  readonly onWait?: ((ahead: number) => void) | undefined
}

/** Milliseconds to sleep before the next look, again and again; then the result. */
type Turn<T> = Generator<number, T>

/** Milliseconds between two looks of who is next; those further back look less often. */
const [LOOK, SELDOM, TELL] = [10, 250, 1000]

/** Turns of this process that go on while other work does. */
let patient = 0

/**
 * Does `attempt` when those who came before have done theirs, and again while it answers undefined. One that blocks this
 * process does not queue behind the process's own: they could not go on.
 */
export function* inTurn<T>(
  path: string,
  waiting: Waiting,
  attempt: () => T | undefined,
  blocks: boolean,
): Turn<T> {
  const ticket = blocks && patient > 0 ? undefined : takeTicket(`${path}-queue`)
  try {
    return yield* untilFree(path, waiting, attempt, ticket)
  } finally {
    ticket?.leave()
  }
}

/** Does `attempt` again while it answers undefined. */
export function* untilFree<T>(
  path: string,
  { patience = 300, onWait }: Waiting,
  attempt: () => T | undefined,
  ticket?: Ticket,
): Turn<T> {
  const start = performance.now()
  let lastTold = start
  for (;;) {
    const ahead = ticket?.ahead() ?? 0
    if (ahead === 0) {
      const result = attempt()
      if (result !== undefined) return result
    }
    const now = performance.now()
    if (now - start > patience * 1000)
      throw new FrostglassError(
        'io',
        `the ledger ${path} is locked by another process`,
        `Wait for those who have it, or end the one that stands still, and try again: it was locked for ${patience} s, with ${ahead} more waiting before us.`,
      )
    if (now - lastTold > TELL) {
      lastTold = now
      onWait?.(Math.max(1, ahead))
    }
    yield Math.min(SELDOM, LOOK * Math.max(1, ahead))
  }
}

/** Waits without letting anything else run: the caller goes on when it is done. */
export function blocking<T>(turn: Turn<T>): T {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    const { done, value } = turn.next()
    if (done) return value
    Atomics.wait(cell, 0, 0, value)
  }
}

/** Waits while other work goes on. @throws FrostglassError 'aborted', with the place in the queue given up. */
export async function patiently<T>(turn: Turn<T>, signal: AbortSignal | undefined): Promise<T> {
  patient++
  try {
    for (;;) {
      throwIfAborted(signal)
      const { done, value } = turn.next()
      if (done) return value
      await later(value)
    }
  } finally {
    patient--
    // Runs the turn's own end, where it was stopped before.
    turn.return(undefined as T)
  }
}

// One thread of encrypted inference as the service sees it: what it computes, which keys it has open, and its end.
// Source: node:worker_threads; encryptedWorker.ts is the other side.
// It starts with its first row, and anew with the first after a fault; WebAssembly can be ended anywhere.

import type { Worker } from 'node:worker_threads'
import type { Order, Reply, RowOrder } from './encryptedWorker.ts'
import type { Seat } from './turns.ts'

/** What a thread answers to a row that is no fault. */
export type Outcome = Exclude<Reply, { readonly fault: string }>

/** What its house hears of it. */
export interface Hearing<Question> {
  outcome(question: Question, row: number, outcome: Outcome): void
  /** It was given up, with the question of the row that it had. */
  fault(question: Question | undefined, error: unknown): void
  /** After each of these. */
  settled(): void
}

export interface RowThread<Question> extends Seat {
  /** Whose row it computes. */
  busyWith(): Question | undefined
  give(question: Question, order: Omit<RowOrder, 'id'>): void
  /** Closes what it has open for keys. */
  forget(fingerprint: string): void
  end(): Promise<unknown>
}

/**
 * @param start a worker
 * @param opened for how many holders it keeps keys open, the last ones
 */
export function createRowThread<Question>(
  start: () => Worker,
  opened: number,
  hearing: Hearing<Question>,
): RowThread<Question> {
  let worker: Worker | undefined
  let busy: { readonly id: number; readonly question: Question; readonly row: number } | undefined
  // Keys that it had last, the newest at the end.
  let recent: string[] = []
  let nextId = 0
  let ended = false

  /** Gives the worker up; the next row starts a new one. */
  function drop(error: unknown): void {
    const given = { worker, question: busy?.question }
    worker = undefined
    busy = undefined
    recent = []
    void given.worker?.terminate()
    hearing.fault(given.question, error)
  }

  function settle(reply: Reply): void {
    if (busy?.id !== reply.id) return
    if ('fault' in reply) {
      drop(Object.assign(new Error('in a thread of encrypted inference'), { stack: reply.fault }))
      return
    }
    const { question, row } = busy
    busy = undefined
    hearing.outcome(question, row, reply)
  }

  function started(): Worker {
    const begun = start()
    begun.on('message', (reply: Reply) => {
      settle(reply)
      hearing.settled()
    })
    const lost = (error: unknown) => {
      if (worker !== begun || ended) return
      drop(error)
      hearing.settled()
    }
    begun.on('error', lost)
    begun.on('exit', (code) => lost(new Error(`a thread of encrypted inference ended with code ${code}`)))
    return begun
  }

  return {
    idle: () => busy === undefined,
    started: () => worker !== undefined,
    has: (fingerprint) => recent.includes(fingerprint),
    busyWith: () => busy?.question,
    give(question, order) {
      const { fingerprint, row } = order
      const id = nextId++
      busy = { id, question, row }
      recent = [...recent.filter((other) => other !== fingerprint), fingerprint].slice(-opened)
      worker ??= started()
      worker.postMessage({ id, ...order } satisfies Order)
    },
    forget(fingerprint) {
      recent = recent.filter((other) => other !== fingerprint)
      worker?.postMessage({ forget: fingerprint } satisfies Order)
    },
    async end() {
      ended = true
      await worker?.terminate()
    },
  }
}

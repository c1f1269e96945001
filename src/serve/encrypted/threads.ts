// Encrypted questions over worker threads: each is answered when all of its rows are, or refused as a whole.
// Source: turns.ts says which row goes where; rowThread.ts is one thread.
// A thread at fault is replaced, and the question whose row it had fails.

import { Worker } from 'node:worker_threads'
import type { CompiledNetwork, Question } from '../../encrypt/index.ts'
import { workerFile } from '../../learn/workers.ts'
import { Refusal } from '../v2/refusal.ts'
import type { ThreadData } from './encryptedWorker.ts'
import type { StoredKeys } from './keyStore.ts'
import { createRowThread, type Hearing, type RowThread } from './rowThread.ts'
import { createTurns, type Waiting } from './turns.ts'

/** A question for the threads. */
export interface Job {
  readonly model: string
  readonly keys: StoredKeys
  readonly rows: Question['rows']
  readonly images: number
  /** A thread that does not have the keys open opens them for more rows than these; for fewer, one that has them is awaited. */
  readonly apart: number
  /** Seconds until it is given up. */
  readonly timeout: number
  /** Fires when nobody waits any more. */
  readonly signal: AbortSignal
  readonly onRow: (milliseconds: number) => void
}

export interface EncryptedThreads {
  /**
   * Answers all rows of a question.
   * @throws Refusal 400 for what does not fit, 504 when time is over, 499 when nobody waits, 500 for a fault, 503 at the end
   */
  answer(job: Job): Promise<readonly (readonly Uint8Array[])[]>
  /** Closes what threads have open for keys. */
  forget(fingerprint: string): void
  /** Rows that wait for a thread. */
  waiting(): number
  end(): Promise<void>
}

interface Running extends Omit<Job, 'signal' | 'timeout'>, Pick<Waiting, 'next' | 'passed'> {
  readonly stop: Int32Array
  readonly outputs: (readonly Uint8Array[])[]
  readonly done: PromiseWithResolvers<void>
  left: number
}

/**
 * Threads that start with their first row.
 * @param file of a thread, for tests
 * @param onFault called with what should not happen
 */
export function encryptedThreads(
  models: ReadonlyMap<string, CompiledNetwork>,
  { concurrency, opened }: { readonly concurrency: number; readonly opened: number },
  onFault: (error: unknown) => void = () => {},
  file: URL = workerFile('encryptedWorker', import.meta.url),
): EncryptedThreads {
  const turns = createTurns<Running, RowThread<Running>>()
  let ended = false

  const fail = (question: Running, refusal: Refusal) => {
    Atomics.store(question.stop, 0, 1)
    turns.remove(question)
    question.done.reject(refusal)
  }

  const hearing: Hearing<Running> = {
    outcome(question, row, outcome) {
      if ('refused' in outcome)
        fail(question, outcome.stopped ? clientLeft() : new Refusal(400, outcome.refused))
      else {
        question.outputs[row] = outcome.outputs
        question.onRow(outcome.milliseconds)
        if (--question.left === 0) question.done.resolve()
      }
    },
    fault(question, error) {
      if (question) fail(question, new Refusal(500, 'a fault of the service'))
      onFault(error)
    },
    settled: dispatch,
  }

  const data: ThreadData = { models, opened }
  const threads = Array.from({ length: concurrency }, () =>
    createRowThread(() => new Worker(file, { workerData: data, execArgv: [] }), opened, hearing),
  )

  function dispatch(): void {
    for (let turn = turns.next(threads); turn; turn = turns.next(threads)) {
      const { thread, question, row } = turn
      const { model, rows, images, stop } = question
      const { fingerprint, bytes: keys } = question.keys
      thread.give(question, { model, fingerprint, keys, row, ciphertexts: rows[row]!, images, stop })
    }
  }

  return {
    async answer({ signal, timeout, ...job }) {
      if (ended) throw new Refusal(503, 'the service is shutting down', 1)
      const question: Running = {
        ...job,
        stop: new Int32Array(new SharedArrayBuffer(4)),
        outputs: [],
        done: Promise.withResolvers(),
        next: 0,
        left: job.rows.length,
        passed: 0,
      }
      const left = () => fail(question, clientLeft())
      const late = () => fail(question, new Refusal(504, `no answer within ${timeout} s`))
      const timer = setTimeout(late, 1000 * timeout)
      signal.addEventListener('abort', left, { once: true })
      turns.add(question)
      if (signal.aborted) left()
      dispatch()
      try {
        await question.done.promise
        return question.outputs
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', left)
      }
    },
    forget(fingerprint) {
      for (const thread of threads) thread.forget(fingerprint)
    },
    waiting: turns.rows,
    async end() {
      ended = true
      const running = threads.flatMap((thread) => thread.busyWith() ?? [])
      for (const question of [...turns.all(), ...running])
        fail(question, new Refusal(503, 'the service is shutting down'))
      await Promise.all(threads.map((thread) => thread.end()))
    },
  }
}

/** 499 is nginx's number for it: nobody reads it but the metrics. */
const clientLeft = () => new Refusal(499, 'the client left')

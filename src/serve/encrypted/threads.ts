// Rows of encrypted questions on worker threads: questions take turns, a row goes where its keys are open already.
// Source: node:worker_threads; encryptedWorker.ts is the other side.
// A thread at fault is replaced, and the rows that it had fail; WebAssembly can be ended anywhere.

import { Worker } from 'node:worker_threads'
import type { CompiledNetwork, Question } from '../../encrypt/index.ts'
import { workerFile } from '../../learn/workers.ts'
import { Refusal } from '../v2/refusal.ts'
import type { Order, Reply, RowOrder, ThreadData } from './encryptedWorker.ts'
import type { StoredKeys } from './keyStore.ts'

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

interface Running extends Omit<Job, 'signal' | 'timeout'> {
  readonly stop: Int32Array
  readonly outputs: (readonly Uint8Array[])[]
  readonly done: PromiseWithResolvers<void>
  next: number
  left: number
  /** How often others went first since its last row. */
  passed: number
}

interface Thread {
  worker: Worker | undefined
  /** The row that it computes. */
  busy: { readonly id: number; readonly question: Running; readonly row: number } | undefined
  /** Keys that it had last, the newest at the end. */
  recent: string[]
}

/** After so many rows of others, a question has its keys opened wherever there is room. */
const mostPassed = 4

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
  const threads = Array.from(
    { length: concurrency },
    (): Thread => ({ worker: undefined, busy: undefined, recent: [] }),
  )
  // Those with rows that no thread has yet; the one in front gives the next row, and goes to the end.
  let questions: Running[] = []
  let nextId = 0
  let ended = false

  const fail = (question: Running, refusal: Refusal) => {
    Atomics.store(question.stop, 0, 1)
    questions = questions.filter((other) => other !== question)
    question.done.reject(refusal)
  }

  function start(thread: Thread): Worker {
    const data: ThreadData = { models, opened }
    const worker = new Worker(file, { workerData: data, execArgv: [] })
    worker.on('message', (reply: Reply) => {
      settle(thread, reply)
      dispatch()
    })
    const lost = (error: unknown) => {
      if (thread.worker !== worker || ended) return
      drop(thread)
      onFault(error)
      dispatch()
    }
    worker.on('error', lost)
    worker.on('exit', (code) => lost(new Error(`a thread of encrypted inference ended with code ${code}`)))
    thread.worker = worker
    return worker
  }

  /** Gives a thread up; the next row starts a new one. */
  function drop(thread: Thread): void {
    const { worker, busy } = thread
    thread.worker = undefined
    thread.busy = undefined
    thread.recent = []
    void worker?.terminate()
    if (busy) fail(busy.question, new Refusal(500, 'a fault of the service'))
  }

  function settle(thread: Thread, reply: Reply): void {
    const { busy } = thread
    if (busy?.id !== reply.id) return
    const { question, row } = busy
    if ('fault' in reply) {
      drop(thread)
      onFault(Object.assign(new Error('in a thread of encrypted inference'), { stack: reply.fault }))
      return
    }
    thread.busy = undefined
    if ('refused' in reply) {
      fail(question, reply.stopped ? new Refusal(499, 'the client left') : new Refusal(400, reply.refused))
      return
    }
    question.outputs[row] = reply.outputs
    question.onRow(reply.milliseconds)
    if (--question.left === 0) question.done.resolve()
  }

  function dispatch(): void {
    for (;;) {
      const next = nextPair()
      if (!next) return
      give(...next)
    }
  }

  /** A free thread and a question that has its keys open there, or is next and worth opening them. */
  function nextPair(): readonly [Thread, Running] | undefined {
    const free = threads.filter(({ busy }) => !busy)
    const [first] = questions
    if (!first || free.length === 0) return undefined
    const has = ({ recent }: Thread, { keys }: Running) => recent.includes(keys.fingerprint)
    const ready = (question: Running) => free.find((thread) => has(thread, question))
    const opens = (question: Running) => {
      const awaited = threads.some((thread) => has(thread, question))
      if (awaited && question.rows.length - question.next <= question.apart) return undefined
      return free.find(({ worker }) => !worker) ?? free[0]
    }
    if (first.passed < mostPassed)
      for (const question of questions) {
        const thread = ready(question)
        if (!thread) continue
        if (question !== first) first.passed++
        return [thread, question]
      }
    for (const question of questions) {
      const thread = ready(question) ?? opens(question)
      if (thread) return [thread, question]
    }
    return undefined
  }

  function give(thread: Thread, question: Running): void {
    const { keys, model, rows, images, stop } = question
    const row = question.next++
    question.passed = 0
    questions = questions.filter((other) => other !== question)
    if (question.next < rows.length) questions.push(question)
    const id = nextId++
    thread.busy = { id, question, row }
    thread.recent = [...thread.recent.filter((own) => own !== keys.fingerprint), keys.fingerprint].slice(
      -opened,
    )
    const { fingerprint, bytes } = keys
    const order: RowOrder = {
      id,
      model,
      fingerprint,
      keys: bytes,
      row,
      ciphertexts: rows[row]!,
      images,
      stop,
    }
    ;(thread.worker ?? start(thread)).postMessage(order)
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
      // 499 is nginx's number for it: nobody reads it but the metrics.
      const left = () => fail(question, new Refusal(499, 'the client left'))
      const late = () => fail(question, new Refusal(504, `no answer within ${timeout} s`))
      const timer = setTimeout(late, 1000 * timeout)
      signal.addEventListener('abort', left, { once: true })
      questions.push(question)
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
      for (const thread of threads) {
        thread.recent = thread.recent.filter((own) => own !== fingerprint)
        thread.worker?.postMessage({ forget: fingerprint } satisfies Order)
      }
    },
    waiting: () => questions.reduce((sum, { rows, next }) => sum + rows.length - next, 0),
    async end() {
      ended = true
      const running = threads.flatMap(({ busy }) => (busy ? [busy.question] : []))
      for (const question of [...questions, ...running])
        fail(question, new Refusal(503, 'the service is shutting down'))
      await Promise.all(threads.map(({ worker }) => worker?.terminate()))
    },
  }
}

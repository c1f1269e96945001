// A pool of worker threads that take tasks one at a time and answer them: grid searches and experiments run on it.
// Source: node:worker_threads. A task's answer depends on nothing but the task, so any number of workers gives the same.
// Node only. An error that a user can cure travels with its code; any other ends the pool.

import type { Worker } from 'node:worker_threads'
import { FrostglassError } from '../errors.ts'

/** What a worker posts for a task: an answer, or an error that a user can cure. */
export type Reply<A> =
  | { readonly answer: A }
  | {
      readonly failure: {
        readonly code: FrostglassError['code']
        readonly message: string
        readonly hint?: string | undefined
      }
    }

/** The answer of a reply. @throws FrostglassError the worker's */
export function answerOf<A>(reply: Reply<A>): A {
  if ('answer' in reply) return reply.answer
  const { code, message, hint } = reply.failure
  throw new FrostglassError(code, message, hint)
}

/** What a worker is told: a task, or to give up the one that it has. */
type Order<T> = { readonly task: T } | { readonly stop: true }

/**
 * Milliseconds that a worker has to give up a task before it is ended as it stands. Most do so within a training step;
 * some steps of a large model in one native call took ten seconds on a busy machine, and ending it then crashes.
 */
const grace = 20_000

export interface WorkerOptions<A> {
  /** Worker threads; the machine's cores by default. */
  readonly workers?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with each reply as it comes, in no fixed order. */
  readonly onReply?: ((reply: Reply<A>, index: number) => void) | undefined
}

/**
 * Gives every task to a worker and answers their replies in the tasks' order.
 * @param file the worker's module: it posts a {@link Reply} for each message, see {@link answerTasks}
 * @param workload what each worker starts with (`workerData`)
 * @throws FrostglassError `aborted` when the signal fires; the error of a worker that ended
 */
export async function inWorkers<T, A>(
  file: URL,
  workload: unknown,
  tasks: readonly T[],
  options: WorkerOptions<A> = {},
): Promise<Reply<A>[]> {
  const { signal, onReply } = options
  const { Worker } = await import('node:worker_threads')
  const { availableParallelism } = await import('node:os')
  const replies = new Array<Reply<A>>(tasks.length)
  const count = Math.max(1, Math.min(options.workers ?? availableParallelism(), tasks.length))
  const workers = Array.from(
    { length: count },
    () => new Worker(file, { workerData: workload, execArgv: [] }),
  )
  const stopped = Promise.withResolvers<never>()
  const onAbort = () => stopped.reject(new FrostglassError('aborted', 'the work was stopped'))
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  let next = 0
  let stopping = false
  const busy = new Set<Worker>()
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let current = -1
      const give = () => {
        current = next++
        if (current >= tasks.length) {
          resolve()
          return
        }
        busy.add(worker)
        worker.postMessage({ task: tasks[current] as T } satisfies Order<T>)
      }
      worker.on('message', (reply: Reply<A>) => {
        busy.delete(worker)
        if (stopping) return
        replies[current] = reply
        try {
          onReply?.(reply, current)
        } catch (error) {
          reject(error)
          return
        }
        give()
      })
      worker.on('error', reject)
      worker.on('exit', (code) => reject(new Error(`a worker thread ended with code ${code}`)))
      give()
    })
  try {
    await Promise.race([Promise.all(workers.map(work)), stopped.promise])
  } finally {
    stopping = true
    signal?.removeEventListener('abort', onAbort)
    await Promise.all(workers.map((worker) => endWorker(worker, busy.has(worker))))
  }
  return replies
}

/**
 * Ends a worker. A busy one is asked first: ended within a call of a native library (DuckDB, ONNX Runtime), it takes
 * the whole process with it.
 */
export async function endWorker(worker: Worker, busy: boolean): Promise<void> {
  if (busy) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, grace)
      const given = () => {
        clearTimeout(timer)
        resolve()
      }
      worker.once('message', given)
      worker.once('exit', given)
      worker.postMessage({ stop: true } satisfies Order<never>)
    })
  }
  await worker.terminate()
}

/** What answers a task. The signal fires when the pool is stopped: heed it where a task takes more than a second. */
export type Answering<T, A> = (task: T, signal: AbortSignal) => A | Promise<A>

/** The worker's side: answers each task with `run`. Call it once in the worker's module. */
export async function answerTasks<T, A>(run: Answering<T, A>): Promise<void> {
  const { parentPort } = await import('node:worker_threads')
  const stop = new AbortController()
  parentPort?.on('message', async (order: Order<T>) => {
    if ('stop' in order) stop.abort()
    else parentPort.postMessage(await replyTo(run, order.task, stop.signal))
  })
}

async function replyTo<T, A>(run: Answering<T, A>, task: T, signal: AbortSignal): Promise<Reply<A>> {
  try {
    return { answer: await run(task, signal) }
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    const { code, message, hint } = error
    return { failure: { code, message, hint } }
  }
}

/** The URL of a worker module beside its caller: source in a clone, compiled in the package. */
export function workerFile(name: string, caller: string): URL {
  return new URL(`./${name}${caller.endsWith('.ts') ? '.ts' : '.js'}`, caller)
}

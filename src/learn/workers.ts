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
        readonly hint?: string
      }
    }

export interface PoolOptions<A> {
  /** Worker threads; the machine's cores by default. */
  readonly workers?: number
  readonly signal?: AbortSignal
  /** Called with each reply as it comes, in no fixed order. */
  readonly onReply?: (reply: Reply<A>, index: number) => void
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
  options: PoolOptions<A> = {},
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
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let current = -1
      const give = () => {
        current = next++
        if (current < tasks.length) worker.postMessage(tasks[current])
        else resolve()
      }
      worker.on('message', (reply: Reply<A>) => {
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
    signal?.removeEventListener('abort', onAbort)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return replies
}

/** The worker's side: answers each task with `run`. Call it once in the worker's module. */
export async function answerTasks<T, A>(run: (task: T) => A | Promise<A>): Promise<void> {
  const { parentPort } = await import('node:worker_threads')
  parentPort?.on('message', async (task: T) => {
    parentPort.postMessage(await replyTo(run, task))
  })
}

async function replyTo<T, A>(run: (task: T) => A | Promise<A>, task: T): Promise<Reply<A>> {
  try {
    return { answer: await run(task) }
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    const { code, message, hint } = error
    return { failure: { code, message, ...(hint === undefined ? {} : { hint }) } }
  }
}

/** The URL of a worker module beside its caller: source in a clone, compiled in the package. */
export function workerFile(name: string, caller: string): URL {
  return new URL(`./${name}${caller.endsWith('.ts') ? '.ts' : '.js'}`, caller)
}

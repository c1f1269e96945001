// Grid search: every configuration on every fold, spread over worker threads.
// Source: node:worker_threads. Each fold of each configuration is a task of its own, and its numbers depend on nothing
// but its seed; so the result is the same for any number of workers. Node only.

import { FrostglassError, throwIfAborted } from '../errors.ts'
import type { Tensor, TensorData } from '../graph/index.ts'
import type { Configuration, FoldResult } from './crossValidate.ts'
import type { Dataset } from './dataset.ts'
import type { Fold } from './splits.ts'

/** What a fold gave, without its weights and answers. */
export type FoldScore = Omit<FoldResult, 'weights' | 'answers'>

/** What a configuration gave. */
export interface GridResult {
  readonly configuration: Configuration
  /** One a fold; empty when one of them failed. */
  readonly scores: readonly FoldScore[]
  /** Why the first of the folds that failed did, such as a training that diverged. */
  readonly error?: FrostglassError
}

export interface GridOptions {
  /** Worker threads; the machine's cores by default. */
  readonly workers?: number
  readonly signal?: AbortSignal
  /** Called after each fold of each configuration. */
  readonly onProgress?: (done: number, of: number) => void
}

/** A task: numbers of the configuration and of the fold. */
export interface Task {
  readonly configuration: number
  readonly fold: number
}

/** What a worker starts with; arrays are in memory that all workers share. */
export interface Workload {
  readonly configurations: readonly Configuration[]
  readonly data: Dataset
  readonly folds: readonly Fold[]
}

/** What a worker answers to a task. */
export type Answer =
  | { readonly score: FoldScore }
  | {
      readonly failure: { readonly code: FrostglassError['code']; message: string; hint: string | undefined }
    }

/**
 * Trains every configuration on every fold. A configuration that fails for a reason of its own has an `error`; the
 * others go on. The native executor runs on one thread a worker, unless a configuration says otherwise.
 * @throws FrostglassError `usage` without configurations or folds, `aborted` when the signal fires
 * @example await gridSearch([4, 8, 16].map((units) => configurationOf(units)), data, kFold(210, 5, { seed: 1 }))
 */
export async function gridSearch(
  configurations: readonly Configuration[],
  data: Dataset,
  folds: readonly Fold[],
  options: GridOptions = {},
): Promise<GridResult[]> {
  const { signal, onProgress } = options
  if (configurations.length === 0 || folds.length === 0) {
    throw new FrostglassError(
      'usage',
      `a grid search needs configurations (${configurations.length} came) and folds (${folds.length} came)`,
      { hint: 'give at least one of each' },
    )
  }
  throwIfAborted(signal)
  const { Worker } = await import('node:worker_threads')
  const { availableParallelism } = await import('node:os')
  const tasks: Task[] = configurations.flatMap((_, configuration) =>
    folds.map((__, fold) => ({ configuration, fold })),
  )
  const answers = new Array<Answer | undefined>(tasks.length)
  const workload: Workload = {
    configurations: configurations.map((c) => ({ threads: 1, ...c })),
    data: { x: share(data.x), y: share(data.y) },
    folds,
  }
  // The worker's file is a sibling of this one: source in a clone, compiled in the package.
  const file = new URL(`./gridWorker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  const count = Math.max(1, Math.min(options.workers ?? availableParallelism(), tasks.length))
  const workers = Array.from(
    { length: count },
    () => new Worker(file, { workerData: workload, execArgv: [] }),
  )
  const stopped = Promise.withResolvers<never>()
  const onAbort = () => stopped.reject(new FrostglassError('aborted', 'the grid search was stopped'))
  signal?.addEventListener('abort', onAbort, { once: true })
  let next = 0
  let done = 0
  try {
    const all = workers.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          let current = -1
          const give = () => {
            current = next++
            const task = tasks[current]
            if (task) worker.postMessage(task)
            else resolve()
          }
          worker.on('message', (answer: Answer) => {
            answers[current] = answer
            onProgress?.(++done, tasks.length)
            give()
          })
          worker.on('error', reject)
          worker.on('exit', (code) =>
            reject(new Error(`a worker of the grid search ended with code ${code}`)),
          )
          give()
        }),
    )
    await Promise.race([Promise.all(all), stopped.promise])
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return configurations.map((configuration, c) => {
    const own = answers.slice(c * folds.length, (c + 1) * folds.length) as Answer[]
    const failed = own.findIndex((answer) => 'failure' in answer)
    if (failed < 0)
      return { configuration, scores: own.map((answer) => (answer as { score: FoldScore }).score) }
    const { failure } = own[failed] as Extract<Answer, { failure: unknown }>
    const error = new FrostglassError(
      failure.code,
      `configuration ${c}, fold ${failed}: ${failure.message}`,
      failure.hint === undefined ? {} : { hint: failure.hint },
    )
    return { configuration, scores: [], error }
  })
}

/** The tensor in shared memory: workers read it without a copy of their own. */
function share(t: Tensor): Tensor {
  const memory = new SharedArrayBuffer(t.data.byteLength)
  const data = new (t.data.constructor as new (b: SharedArrayBuffer) => TensorData)(memory)
  ;(data as Float64Array).set(t.data as Float64Array)
  return { ...t, data }
}

// Grid search: every configuration on every fold, spread over worker threads.
// Source: node:worker_threads. Each fold of each configuration is a task of its own, and its numbers depend on nothing
// but its seed; so the result is the same for any number of workers. Node only.

import { FrostglassError, throwIfAborted } from '../errors.ts'
import type { Configuration, FoldResult } from './crossValidate.ts'
import type { Dataset } from './dataset.ts'
import { inSharedMemory } from './sharedMemory.ts'
import type { Fold } from './splits.ts'
import { inWorkers, type Reply, workerFile } from './workers.ts'

/** What a fold gave, without its weights and answers. */
export type FoldScore = Omit<FoldResult, 'weights' | 'answers'>

/** What a configuration gave. */
export interface GridSearchResult {
  readonly configuration: Configuration
  /** One a fold; empty when one of them failed. */
  readonly scores: readonly FoldScore[]
  /** Why the first of the folds that failed did, such as a training that diverged. */
  readonly error?: FrostglassError | undefined
}

/** How {@link gridSearch} runs. */
export interface GridSearchOptions {
  /** Worker threads; the machine's cores by default. */
  readonly workers?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each fold of each configuration. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined
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
  options: GridSearchOptions = {},
): Promise<GridSearchResult[]> {
  const { signal, onProgress } = options
  if (configurations.length === 0 || folds.length === 0) {
    throw new FrostglassError(
      'usage',
      `a grid search needs configurations (${configurations.length} came) and folds (${folds.length} came)`,
      'Give at least one of each.',
    )
  }
  throwIfAborted(signal)
  const tasks: Task[] = configurations.flatMap((_, configuration) =>
    folds.map((__, fold) => ({ configuration, fold })),
  )
  const workload: Workload = {
    configurations: configurations.map((c) => ({ ...c, threads: c.threads ?? 1 })),
    data: inSharedMemory(data),
    folds,
  }
  let done = 0
  const replies = await inWorkers<Task, FoldScore>(
    workerFile('gridWorker', import.meta.url),
    workload,
    tasks,
    {
      workers: options.workers,
      signal,
      onReply: () => onProgress?.(++done, tasks.length),
    },
  )
  return configurations.map((configuration, c) => {
    const answers = replies.slice(c * folds.length, (c + 1) * folds.length)
    const failed = answers.findIndex((reply) => 'failure' in reply)
    if (failed < 0) {
      return { configuration, scores: answers.map((reply) => (reply as { answer: FoldScore }).answer) }
    }
    const { failure } = answers[failed] as Extract<Reply<FoldScore>, { failure: unknown }>
    const error = new FrostglassError(
      failure.code,
      `configuration ${c}, fold ${failed}: ${failure.message}`,
      failure.hint,
    )
    return { configuration, scores: [], error }
  })
}

// A worker of the grid search: trains one fold of one configuration at a time, as it is told.
// Source: gridSearch.ts. An error that a user can cure is an answer; any other ends the worker.

import { parentPort, workerData } from 'node:worker_threads'
import { FrostglassError } from '../errors.ts'
import { type Configuration, runFold } from './crossValidate.ts'
import type { Answer, Task, Workload } from './gridSearch.ts'
import type { Fold } from './splits.ts'

const { configurations, data, folds } = workerData as Workload

async function work(task: Task): Promise<Answer> {
  const configuration = configurations[task.configuration] as Configuration
  try {
    const {
      weights: _,
      answers: __,
      ...score
    } = await runFold(configuration, data, folds[task.fold] as Fold, task.fold)
    return { score }
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    return { failure: { code: error.code, message: error.message, hint: error.hint } }
  }
}

parentPort?.on('message', async (task: Task) => parentPort?.postMessage(await work(task)))

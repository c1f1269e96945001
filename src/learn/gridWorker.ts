// A worker of the grid search: trains one fold of one configuration at a time, as it is told.
// Source: gridSearch.ts.

import { workerData } from 'node:worker_threads'
import { runFold } from './crossValidate.ts'
import type { FoldScore, Task, Workload } from './gridSearch.ts'
import { answerTasks } from './workers.ts'

const { configurations, data, folds } = workerData as Workload

await answerTasks(async ({ configuration, fold }: Task, signal): Promise<FoldScore> => {
  const chosen = configurations[configuration]!
  const { weights: _, answers: __, ...score } = await runFold(chosen, data, folds[fold]!, fold, signal)
  return score
})

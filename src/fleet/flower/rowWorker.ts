// The thread in which a private training by rows runs.
// Source: rowWork.ts. It may be ended anywhere: our own kernels run in it, and nothing native.

import { workerData } from 'node:worker_threads'
import { sharedCopy } from '../../learn/sharedMemory.ts'
import { answerTasks } from '../../learn/workers.ts'
import { type RowTable, type RowTraining, trainRows } from './rowWork.ts'

await answerTasks<RowTraining, Float64Array>(async (training) =>
  // Taken without a copy: when training ends does not show in the thread that has the heartbeats.
  sharedCopy(await trainRows(workerData as RowTable, training)),
)

// The thread in which a message is worked on with a node's table.
// Source: tableWork.ts. It may be ended anywhere: our own kernels run in it, and nothing native.

import { workerData } from 'node:worker_threads'
import type { Dataset } from '../../learn/index.ts'
import { sharedCopy } from '../../learn/sharedMemory.ts'
import { answerTasks } from '../../learn/workers.ts'
import { type TableAnswer, type TableTurn, tableTurns } from './tableWork.ts'

const work = tableTurns(workerData as Dataset)
await answerTasks<TableTurn, TableAnswer>(async (turn) => {
  const answer = await work(turn)
  // Taken without a copy: when training ends does not show in the thread that has the heartbeats.
  return 'numbers' in answer ? { numbers: sharedCopy(answer.numbers) } : answer
})

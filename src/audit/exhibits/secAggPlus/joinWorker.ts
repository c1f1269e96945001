// A thread of a join: tries the pairs of some drawers after another's.
// Source: pairJoin.ts.
// The table is shared memory, which it reads alone.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../../../learn/workers.ts'
import { type Drawers, type Joined, joinDrawers } from './pairJoin.ts'

await answerTasks((drawers: Drawers) => joinDrawers(workerData as Joined, drawers))

// A worker thread of an audit: runs one attack at a time, as it is told.
// Source: tasks.ts.
// It knows the built-in attacks and no others.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../../learn/workers.ts'
import { attacks } from './attacks.ts'
import { runTask, type Task, type Workload } from './tasks.ts'

await answerTasks((task: Task, signal) => runTask(workerData as Workload, task, attacks, { signal }))

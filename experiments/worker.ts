// A worker of an experiment: runs one task at a time, as it is told.
// Source: run.ts.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../src/learn/workers.ts'
import { experimentOf } from './index.ts'

const { name, shared } = workerData as { readonly name: string; readonly shared: string }
await answerTasks((task: unknown, signal) => experimentOf(name).run(task, signal, shared))

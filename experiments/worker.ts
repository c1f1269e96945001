// A worker of an experiment: runs one task at a time, as it is told.
// Source: run.ts.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../src/learn/workers.ts'
import { declarationOf } from './registry.ts'

const { name, shared } = workerData as { readonly name: string; readonly shared: string }
const { load } = await declarationOf(name)
const { run } = await load()
await answerTasks((task: unknown, signal) => run(task, signal, shared))

// A worker thread of a simulation: opens the fleet once, does the work of the nodes that it is told, one task at a time.
// Source: crew.ts.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../../learn/workers.ts'
import { openSource } from './fleet.ts'
import { doNodeTask, type NodeAnswer, type NodeTask } from './nodeWork.ts'

const { module, options } = workerData as { readonly module: string; readonly options: unknown }
const fleet = await openSource(module, options)
await answerTasks<NodeTask | 'nodes', number | NodeAnswer[]>((task, signal) =>
  task === 'nodes' ? fleet.nodes : doNodeTask(fleet, task, signal),
)

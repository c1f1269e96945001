// A worker thread that trains shadow models, one at a time, as it is told.
// Source: shadows.ts.
// It trains layers of learn and nothing else.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../../learn/workers.ts'
import { type ShadowTask, type ShadowWork, trainShadow } from './shadows.ts'

await answerTasks((task: ShadowTask, signal) => trainShadow(workerData as ShadowWork, task, signal))

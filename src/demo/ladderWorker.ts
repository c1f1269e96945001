// The worker's side of `/codes`: trains and certifies beside the thread that serves.
// Source: learn/workers.ts for the pool.
// Progress goes through shared memory: one number, which the serving thread reads when it is asked.

import { workerData } from 'node:worker_threads'
import { openImages } from '../data/index.ts'
import { answerTasks } from '../learn/workers.ts'
import { climbCodes, type Ladder } from './codeLadder.ts'
import type { LadderTask } from './ladder.ts'

const share = new Float32Array(workerData as SharedArrayBuffer)

await answerTasks<LadderTask, Ladder>(async ({ data, limit }, signal) =>
  climbCodes(await openImages(data, { split: 'train', limit, signal }), {
    signal,
    onProgress: (done) => {
      share[0] = done
    },
  }),
)

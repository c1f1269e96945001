// The thread in which a step that a server sent runs: it opens steps, and trains on the rows that it was made with.
// Source: stepThread.ts. It may be ended anywhere: our own kernels run in it, and nothing native.

import { workerData } from 'node:worker_threads'
import type { Dataset } from '../../learn/index.ts'
import { answerTasks } from '../../learn/workers.ts'
import { secretStream } from '../../private/training/secretStream.ts'
import { systemRandom } from '../../random/source.ts'
import type { StepAnswer, StepOrder } from './stepThread.ts'
import { openStepTrainer, type StepTrainer } from './stepTrainer.ts'

const data = workerData as Dataset
let open: { readonly batch: number; readonly bytes: Uint8Array; readonly trainer: StepTrainer } | undefined

async function trainerOf({ bytes, batch }: StepOrder): Promise<StepTrainer> {
  if (open?.batch === batch && Buffer.compare(open.bytes, bytes) === 0) return open.trainer
  const trainer = await openStepTrainer(bytes, { batch })
  await open?.trainer.close()
  open = { bytes, batch, trainer }
  return trainer
}

await answerTasks<StepOrder, StepAnswer>(async (order) => {
  const trainer = await trainerOf(order)
  if (!order.train) {
    const { card, input, target, layout, pulled } = trainer.file
    return { file: { card, input, target, layout, pulled } }
  }
  const { from, ...work } = order.train
  try {
    const { weights } = await trainer
      .learner(data)
      .train(from, { ...work, random: secretStream(systemRandom) })
    return { weights }
  } catch {
    // What goes wrong with these rows is told to nobody.
    return { weights: undefined }
  }
})

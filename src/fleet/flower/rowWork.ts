// Private training by rows for one message, in a thread of its own, which is made for it and ended after it.
// Source: src/private/training (DP-SGD); src/fleet/privacy/PROOF.md, lemma 3. Our own kernels alone, so that it can be ended anywhere.
// How long it takes tells how many rows there are, unless replies are made at the limit.

import { FrostglassError } from '../../errors.ts'
import { type Dataset, type LossName, type Model, sgd } from '../../learn/index.ts'
import { inSharedMemory } from '../../learn/sharedMemory.ts'
import { workerFile } from '../../learn/workers.ts'
import type { Clipping } from '../../private/training/clipping.ts'
import { type PrivateTrainOptions, trainPrivately } from '../../private/training/trainPrivately.ts'
import { fromVector, layoutOfModel, weightsToVector } from '../layout.ts'
import { type OwnThread, ownThread } from '../learner/ownThread.ts'

/** How rows are protected. What sets the price is the node's own, whatever a server asks for. */
export interface RowPrivacy {
  readonly clip: number
  readonly clipping: Clipping
  readonly noiseMultiplier: number
  readonly delta: number
}

/** What a thread starts with. */
export interface RowTable {
  readonly data: Dataset
  readonly people?: PrivateTrainOptions['people']
}

/** What is asked of it. */
export interface RowTraining extends RowPrivacy {
  readonly model: Model
  readonly loss: LossName
  readonly rate: number
  readonly epochs: number
  readonly batch: number
  readonly from: Float64Array
}

/** Where such trainings are done: a new thread for each. The rows are copied here and now. */
export function rowThreads({ data, people }: RowTable): () => OwnThread<RowTraining, Float64Array> {
  const table: RowTable = { data: inSharedMemory(data), people }
  const file = workerFile('rowWorker', import.meta.url)
  return () => ownThread<RowTraining, Float64Array>(file, table)
}

/** Weights after a private training. @throws FrostglassError as `trainPrivately` */
export async function trainRows(
  { data, people }: RowTable,
  { model, loss, rate, epochs, batch, from, ...privacy }: RowTraining,
): Promise<Float64Array> {
  const layout = layoutOfModel(model)
  for await (const epoch of trainPrivately(model, data, {
    ...privacy,
    loss,
    optimizer: sgd({ learningRate: rate }),
    epochs,
    batch,
    people,
    weights: Object.fromEntries(fromVector(from, layout)),
    executor: 'plain',
  }))
    if (epoch.last) return weightsToVector(epoch.weights(), layout)
  throw new FrostglassError('usage', 'training ended without an epoch')
}

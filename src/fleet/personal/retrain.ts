// A public model retrained on one node's rows, and chosen over the public one only where the node's own held-out rows say so.
// Source: Servia-Rodríguez, Wang, Zhao, Mortier, Haddadi 2018, section 3 (a shared model, personalised on the device).
// Nothing leaves the node. A few held-out rows choose badly: what is chosen may be worse on rows to come.

import type { Random } from '../../random/seeded.ts'
import type { LocalTraining } from '../algorithms/fedAvg.ts'
import type { Learner } from '../learner/learner.ts'

export interface RetrainOptions extends LocalTraining {
  /** For orders and dropout. */
  readonly random: Random
  /** Rows of the node that are not trained on: the weights with the smallest loss on them are taken, after each pass. */
  readonly held?: Learner | undefined
  readonly signal?: AbortSignal | undefined
}

/** Weights after retraining, and after how many passes: 0 where the public ones were best. */
export interface Retrained {
  readonly weights: Float64Array
  readonly epochs: number
}

/** Retrains a model. Without held-out rows the last weights are taken. */
export async function retrain(
  learner: Learner,
  publicWeights: Float64Array,
  { epochs = 1, batch, rate, random, held, signal }: RetrainOptions,
): Promise<Retrained> {
  let weights = publicWeights
  let best = { weights, epochs: 0 }
  let least = held ? (await held.measure(weights)).loss : Number.POSITIVE_INFINITY
  for (let epoch = 1; epoch <= epochs; epoch++) {
    weights = (await learner.train(weights, { epochs: 1, batch, rate, random, signal })).weights
    const loss = held ? (await held.measure(weights)).loss : least
    if (held && loss >= least) continue
    least = loss
    best = { weights, epochs: epoch }
  }
  return best
}

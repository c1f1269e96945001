// Training in one call.
// Source: Keras 3, Model.fit.

import type { Checkpoint } from './checkpoint.ts'
import type { Dataset } from './dataset.ts'
import type { EpochRecord } from './epochRecord.ts'
import { initialWeights, type Model, type Weights } from './model.ts'
import { type TrainOptions, train } from './train.ts'

/** How {@link fit} trains: as {@link train}, and what it hands out to go on from. */
export interface FitOptions extends TrainOptions {
  /** Called with what is needed to go on, at the end of each epoch; writing it atomically is the caller's part. */
  readonly checkpoint?: ((checkpoint: Checkpoint, epoch: EpochRecord) => void | Promise<void>) | undefined
}

/** What training gave. */
export interface Fitted {
  readonly weights: Weights
  readonly history: readonly EpochRecord[]
  /** Number of the epoch that the weights are from. */
  readonly weightsOf: number
}

/**
 * Trains to the end. A run that is resumed after its end gives its weights again.
 * @throws FrostglassError as {@link train}
 * @example
 * const model = sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 3 })], { input: [7] })
 * const { weights } = await fit(model, { x, y }, { loss: 'categoricalCrossEntropy', optimizer: adam(), epochs: 20 })
 */
export async function fit(model: Model, data: Dataset, options: FitOptions): Promise<Fitted> {
  const history: EpochRecord[] = [...(options.resume?.history ?? [])]
  for await (const epoch of train(model, data, options)) {
    history.push(epoch.record)
    if (options.checkpoint) await options.checkpoint(epoch.checkpoint(), epoch.record)
    if (epoch.last) return { weights: epoch.weights(), history, weightsOf: epoch.weightsOf }
  }
  const { best, variables } = options.resume!
  const weights: Record<string, Weights[string]> = {
    ...initialWeights(model, options.seed ?? 0, options.weights),
    ...best?.weights,
  }
  if (!best) for (const p of model.parameters) weights[p.name] = variables[p.name] ?? weights[p.name]!
  return { weights, history, weightsOf: best?.epoch ?? history.length }
}

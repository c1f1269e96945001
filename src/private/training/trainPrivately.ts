// Differentially private training: DP-SGD, whose every step sees a Poisson sample, clips each row, and adds noise.
// Source: Abadi and others 2016, algorithm 1; Bu and others 2023 for one backward pass. The optimiser comes behind the noise.
// What it gives is private, weights of every epoch and all; what is measured on validation rows is not, as to those rows.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { sizeOf } from '../../graph/index.ts'
import { evaluationPass, partsOf } from '../../learn/evaluation.ts'
import {
  type Dataset,
  type EpochRecord,
  initialWeights,
  type LossName,
  lossOf,
  type Model,
  type Progress,
  stream,
  type TrainOptions,
  type Weights,
} from '../../learn/index.ts'
import { pauses } from '../../learn/pauses.ts'
import { requireCount, requirePositive } from '../accounting/check.ts'
import { systemRandom } from '../mechanisms/exactRandom.ts'
import { checkRows } from './checkRows.ts'
import type { Clipping } from './clipping.ts'
import { openMachine } from './machine.ts'
import { noisyMean } from './noisyMean.ts'
import { poissonSampler } from './poisson.ts'
import { budgetOf, type Spent, scheduleOf, spentBy } from './privacyBudget.ts'

/** How to train privately. */
export interface PrivateTrainOptions
  extends Pick<
    TrainOptions,
    | 'optimizer'
    | 'epochs'
    | 'validation'
    | 'weights'
    | 'signal'
    | 'onProgress'
    | 'executor'
    | 'threads'
    | 'spin'
    | 'seed'
  > {
  readonly loss: LossName
  /** Rows that a batch is expected to have: each row is in it with a chance of `batch` over the number of rows. */
  readonly batch: number
  /** The clipping norm C: the most that a row's gradient counts for, in the L2 norm. */
  readonly clip: number
  /** How it is clipped; `flat` by default. */
  readonly clipping?: Clipping
  /** δ: below one over the number of people. */
  readonly delta: number
  /** ε, nats: what the whole training may spend. The noise is worked out for it, unless a multiplier is named, too. */
  readonly epsilon?: number
  /** σ: standard deviation of the noise over C. With `epsilon` the training ends where that is spent. */
  readonly noiseMultiplier?: number
}

/** The numbers of one epoch. No loss of the rows that were trained on: it would have to be paid for. */
export type PrivateEpochRecord = Pick<EpochRecord, 'epoch' | 'valLoss' | 'valAccuracy' | 'learningRate'>

/** One epoch of {@link trainPrivately}: as many steps as rows are expected to be seen once. */
export interface PrivateEpoch {
  readonly record: PrivateEpochRecord
  /** What all steps until now cost; worked out when it is asked for, in some tenths of a second. */
  readonly spent: Spent
  /** Whether training ends here: by its length, or since the budget is spent. */
  readonly last: boolean
  /** The weights (copied). */
  weights(): Weights
}

/**
 * Trains privately, an epoch at a time. Adjacent data sets differ by one row more or less; noise and samples come from the
 * operating system's CSPRNG, so that no two runs are alike. `seed` is for first weights and dropout.
 * @throws FrostglassError as `train` does; `usage` for a budget that is missing or too small, or δ ≥ 1;
 * `unsupported` for layers that mix rows, such as batch normalisation
 * @example
 * for await (const epoch of trainPrivately(model, data, { loss: 'categoricalCrossEntropy', optimizer: sgd({ learningRate: 0.5 }), batch: 256, epochs: 12, clip: 1, epsilon: 3, delta: 1e-5 })) console.log(epoch.spent.epsilon)
 */
export async function* trainPrivately(
  model: Model,
  data: Dataset,
  options: PrivateTrainOptions,
): AsyncGenerator<PrivateEpoch, void, undefined> {
  const { epochs, seed = 0, signal, clip, clipping = 'flat' } = options
  throwIfAborted(signal)
  requirePositive('the clipping norm', clip)
  requireCount('epochs', epochs)
  requireCount('batch', options.batch)
  refuseMixing(model)
  const loss = lossOf(options.loss)
  const { rows, held } = partsOf(model, data, options.validation, loss, seed)
  const count = rows.order.length
  const { batch, perEpoch, rate, steps } = scheduleOf(count, options)
  const budget = budgetOf({ ...options, rate, steps })
  const machine = await openMachine(model, initialWeights(model, seed, options.weights), {
    ...options,
    loss,
    batch,
    clipping,
    pixels: rows.data.pixels,
    held: held?.data.pixels,
  })
  try {
    await checkRows(machine.largest, machine.trained, { loss, clip, clipping, data: rows.data })
    const measure = held && evaluationPass(model, held, machine.evaluation, loss, batch)
    const sampler = poissonSampler(count, budget.rate)
    const mean = noisyMean(budget.noiseMultiplier * clip, batch)
    const sums = machine.trained.map((w) => new Float64Array(sizeOf(w.shape as number[])))
    const pause = pauses()
    for (let epoch = 1, step = 0; step < budget.steps; epoch++) {
      const dropped = stream(seed, 'noise', epoch)
      const end = Math.min(step + perEpoch, budget.steps)
      for (const from = step; step < end; step++) {
        throwIfAborted(signal)
        const drawn = sampler.draw(systemRandom)
        for (let i = 0; i < drawn.length; i++) drawn[i] = rows.order[drawn[i] as number] as number
        for (const sum of sums) sum.fill(0)
        await machine.addUp(drawn, rows.data, dropped, sums)
        for (const sum of sums) mean.release(sum, systemRandom)
        await machine.update(sums)
        if (pause.due()) {
          options.onProgress?.({ epoch, epochs, step: step - from, steps: end - from } satisfies Progress)
          await pause.take()
        }
      }
      const record = {
        epoch,
        ...(measure ? await measure() : {}),
        learningRate: options.optimizer.learningRate,
      }
      const taken = step
      yield {
        record,
        get spent() {
          return spentBy(budget, taken)
        },
        last: step === budget.steps,
        weights: machine.weights,
      }
    }
  } finally {
    await machine.close()
  }
}

function refuseMixing(model: Model): void {
  const mixing = model.layers.findIndex((layer) => layer.kind === 'batchNorm' && !layer.frozen)
  if (mixing < 0) return
  throw new FrostglassError(
    'unsupported',
    `layer ${mixing} is batch normalisation: it mixes the rows of a batch, so that no row has a gradient of its own`,
    { hint: 'take group normalisation, or freeze the layer' },
  )
}

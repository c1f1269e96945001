// Differentially private training: DP-SGD, whose every step sees a Poisson sample, clips each row, and adds noise.
// Source: Abadi and others 2016, algorithm 1; Bu and others 2023 for one backward pass. The optimiser comes behind the noise.
// What it gives is private, weights of every epoch and all; what is measured on validation rows is not, as to those rows.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { sizeOf } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { evaluationPass, partsOf } from '../../learn/evaluation.ts'
import {
  type Dataset,
  type EpochRecord,
  initialWeights,
  type LossName,
  type Model,
  type Progress,
  type TrainOptions,
  type Weights,
} from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { pauses } from '../../learn/pauses.ts'
import { systemRandom } from '../../random/source.ts'
import { requireCount } from '../accounting/check.ts'
import { checkExamples } from './checkExamples.ts'
import { type CheckpointOptions, openCheckpoint } from './checkpointFile.ts'
import { type Clipping, requireClip } from './clipping.ts'
import { type Examples, personExamples, rowExamples } from './examples.ts'
import { openMachine } from './machine.ts'
import { noisySum } from './noisySum.ts'
import { poissonSampler } from './poisson.ts'
import { type Budget, budgetOf, requireTail, type Spent, scheduleOf, spentBy } from './privacyBudget.ts'
import { secretStream } from './secretStream.ts'

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
  /** Examples that a batch is expected to have: each is in it with a chance of `batch` over their number. */
  readonly batch: number
  /** The clipping norm C, 2^-20 to 2^20: the most that an example's gradient counts for, in the L2 norm. */
  readonly clip: number
  /** How it is clipped; `flat` by default. */
  readonly clipping?: Clipping | undefined
  /** δ: below one over the number of people. */
  readonly delta: number
  /** ε, nats: what the whole training may spend. The noise is worked out for it, unless a multiplier is named, too. */
  readonly epsilon?: number | undefined
  /** σ: standard deviation of the noise over C. With `epsilon` the training ends where that is spent. */
  readonly noiseMultiplier?: number | undefined
  /**
   * Whose each row is, where what is protected is a person with all its rows: numbers from 0 to `count` − 1. An example is then a
   * person, with the mean gradient of at most `rowsEach` of its rows (drawn anew each time); without it an example is a row.
   */
  readonly people?:
    | { readonly of: ArrayLike<number>; readonly count: number; readonly rowsEach: number }
    | undefined
  /** Where to keep each epoch's state, and to go on from. */
  readonly checkpoint?: CheckpointOptions | undefined
  /** Called once all is checked, before the first step: the time to pay. Not where there is a checkpoint, which has its `note`. */
  readonly begin?: (() => void | Promise<void>) | undefined
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
  /** The weights at the end of this epoch (copied). */
  weights(): Weights
}

/**
 * Trains privately, an epoch at a time. Adjacent data sets differ in one example, which is replaced by nothing at its place: how
 * many there are is public, as are labels' number and all shapes. Samples, noise and masks come from the operating system's
 * CSPRNG, so that no two runs are alike; `seed` is for first weights and the split. A row that is no finite number, or whose
 * label is no class, counts for nothing.
 * @throws FrostglassError as `train` does but for what one row holds; `usage` for a budget that is missing or too small, δ ≥ 1, a
 * clipping norm out of its range; `unsupported` for layers that mix rows, such as batch normalisation; as `openCheckpoint`
 * @example
 * for await (const epoch of trainPrivately(model, data, { loss: 'categoricalCrossEntropy', optimizer: sgd({ learningRate: 0.5 }), batch: 256, epochs: 12, clip: 1, epsilon: 3, delta: 1e-5 })) console.log(epoch.spent.epsilon)
 */
export async function* trainPrivately(
  model: Model,
  data: Dataset,
  options: PrivateTrainOptions,
): AsyncGenerator<PrivateEpoch, void, undefined> {
  const { epochs, seed = 0, signal, clip, clipping = 'flat', people } = options
  throwIfAborted(signal)
  requireClip(clip)
  requireCount('epochs', epochs)
  requireCount('batch', options.batch)
  refuseMixing(model)
  const loss = lossOf(options.loss)
  const { rows, held } = partsOf(model, data, validationOf(options), loss, seed, { tolerant: true })
  const examples: Examples = people
    ? personExamples(rows, people.of, { ...people, random: systemRandom })
    : rowExamples(rows)
  const { batch, perEpoch, rate, steps } = scheduleOf(examples.count, options)
  const budget = budgetOf({ ...options, rate, steps })
  const noise = noisySum(budget.noiseMultiplier * clip, { batch, most: clip * examples.count })
  const first = initialWeights(model, seed, options.weights)
  const terms = termsOf(options, budget, examples, first)
  const checkpoint = options.checkpoint && (await openCheckpoint(options.checkpoint, terms))
  try {
    const machine = await openMachine(model, first, {
      ...options,
      loss,
      batch,
      rowsEach: examples.rowsEach,
      clipping,
      grid: noise.step,
      pixels: rows.data.pixels,
      held: held?.data.pixels,
    })
    try {
      const { rowsEach } = examples
      requireTail(
        budget,
        machine.trained.reduce((sum, w) => sum + sizeOf(w.shape as number[]), 0),
      )
      const trial = { loss, clip, clipping, data: rows.data, rowsEach }
      await checkExamples(machine.sizes, machine.trained, trial)
      const measure = held && evaluationPass(model, held, machine.evaluation, loss, batch)
      const sampler = poissonSampler(examples.count, budget.rate)
      const masks = secretStream(systemRandom)
      const sums = machine.trained.map((w) => new Float64Array(sizeOf(w.shape as number[])))
      const pause = pauses()
      await (checkpoint ? checkpoint.begin() : options.begin?.())
      if (checkpoint?.kept) machine.restore(checkpoint.kept)
      // What is paid is not lost where the first epoch does not come to its end.
      else await checkpoint?.keep({ step: 0, weights: machine.weights(), moments: machine.moments() })
      let step = checkpoint?.kept?.step ?? 0
      for (let epoch = 1 + step / perEpoch; step < budget.steps; epoch++) {
        const end = Math.min(step + perEpoch, budget.steps)
        for (const from = step; step < end; step++) {
          throwIfAborted(signal)
          for (const sum of sums) sum.fill(0)
          await machine.addUp(sampler.draw(systemRandom), examples, masks, sums)
          for (const sum of sums) noise.release(sum, systemRandom)
          await machine.update(sums)
          if (pause.due()) {
            options.onProgress?.({ epoch, epochs, step: step - from, steps: end - from } satisfies Progress)
            await pause.take()
          }
        }
        const taken = step
        // Once, so that nobody sees what steps make of them before the next epoch ends; and kept before anybody sees them:
        // what is gone on from is what was seen last.
        const weights = machine.weights()
        const finite = machine.trained.every((w) => toFloat64(weights[w.name!]!).every(Number.isFinite))
        // Steps that led nowhere were released by saying so: nobody goes on from before them.
        await checkpoint?.keep({ step: finite ? step : budget.steps, weights, moments: machine.moments() })
        if (!finite) throw diverged()
        const record = {
          epoch,
          ...(measure ? await measure() : {}),
          learningRate: options.optimizer.learningRate,
        }
        yield {
          record,
          get spent() {
            return spentBy(budget, taken)
          },
          last: step === budget.steps,
          weights: () => weights,
        }
      }
    } finally {
      await machine.close()
    }
  } finally {
    checkpoint?.close()
  }
}

/** Rows to measure on. @throws FrostglassError `usage` for a share of rows where persons have several: they would be on both sides */
function validationOf({ validation, people }: PrivateTrainOptions): PrivateTrainOptions['validation'] {
  if (typeof validation !== 'number' || !people) return validation
  throw new FrostglassError(
    'usage',
    'a share of the rows cannot be held out where persons have several rows',
    'Give a data set of other persons as validation.',
  )
}

/** What is said where weights are no longer finite. */
export const diverged = (): FrostglassError =>
  new FrostglassError(
    'usage',
    'training diverged: weights are no longer finite; what it cost stays spent',
    'Lower the learning rate, or scale the inputs to about −1 to 1.',
  )

/** What a checkpoint must agree in to be gone on from. */
function termsOf(
  options: PrivateTrainOptions,
  budget: Budget,
  { count, rowsEach }: Examples,
  weights: Weights,
) {
  const { clip, clipping = 'flat', optimizer, loss, seed = 0 } = options
  const { delta, noiseMultiplier, rate, steps } = budget
  return {
    weights: Object.entries(weights).map(([name, { shape }]) => [name, ...shape]),
    count,
    rowsEach,
    clip,
    clipping,
    optimizer: { ...optimizer },
    loss,
    seed,
    delta,
    noiseMultiplier,
    rate,
    steps,
  }
}

function refuseMixing(model: Model): void {
  const mixing = model.layers.findIndex((layer) => layer.kind === 'batchNorm' && !layer.frozen)
  if (mixing < 0) return
  throw new FrostglassError(
    'unsupported',
    `layer ${mixing} is batch normalisation: it mixes the rows of a batch, so that no row has a gradient of its own`,
    'Take group normalisation, or freeze the layer.',
  )
}

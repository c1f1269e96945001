// Logistic regression whose weights are CKKS ciphertexts, trained by another process; and on encrypted rows.
// Source: the paper that declaration.ts names, which lost 6.9 points.
// The owner decrypts weights at each refresh, and learns nothing that is not its own.

import { readReviews } from '../../src/data/text/reviews.ts'
import { planText } from '../../src/encrypt/ckks/modelPlan.ts'
import { answersOf, firstWeights, plainTraining } from '../../src/encrypt/ckks/plainTraining.ts'
import { type LogisticPlan, planLogistic, planNetwork, trainInProcess } from '../../src/encrypt/index.ts'
import { exactSigmoid } from '../../src/encrypt/sigmoidPolynomial.ts'
import type { Work } from '../experiment.ts'
import { rightOf, type Share, share } from '../shares.ts'
import { patients, reviews } from './data.ts'

export interface EncryptedTrainingTask {
  readonly data: 'heart disease' | 'reviews'
  readonly model: 'logistic' | 'network'
  /** Whether the rows are encrypted, too. */
  readonly encryptedRows: boolean
  readonly steps: number
  readonly learningRate: number
  readonly seed: number
  /** Of heart disease. */
  readonly fold?: number | undefined
  /** Of reviews. */
  readonly folder?: string | undefined
  readonly size?: { readonly train: number; readonly test: number; readonly words: number } | undefined
}

export interface EncryptedTrainingAnswer {
  readonly rows: number
  readonly features: number
  readonly plan: string
  /** Held-out rows that are answered rightly. */
  readonly sigmoid: Share
  readonly polynomial: Share
  readonly encrypted: Share
  /** Held-out rows that the encrypted model answers as the same steps on plain numbers do. */
  readonly asPlain: Share
  /** Largest |z| of the training in the plain: the polynomial is fitted for |z| ≤ reach; a network has none. */
  readonly largest: number
  readonly reach: number | null
  /** Largest |difference| of a weight to that of the same steps on plain numbers. */
  readonly weightError: number
  readonly steps: number
  readonly roundTrips: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly seconds: number
}

/** Encrypted training beside training in the plain. */
export const encryptedTrainingWork: Work<EncryptedTrainingTask, EncryptedTrainingAnswer> = {
  async tasks({ quick, seed, data }) {
    const folds = quick ? [0] : [0, 1, 2, 3, 4]
    const heart = (
      [
        ['network', false],
        ['logistic', true],
        ['logistic', false],
      ] as const
    ).flatMap(([model, encryptedRows]) =>
      folds.map((fold) => ({
        data: 'heart disease' as const,
        model,
        encryptedRows,
        steps: quick ? 5 : 20,
        learningRate: model === 'logistic' ? 1 : 0.1,
        seed,
        fold,
      })),
    )
    if (data === undefined) return heart
    const size = quick ? { train: 4000, test: 1000, words: 63 } : { train: 20_000, test: 5000, words: 255 }
    await readReviews(data, size.train + size.test)
    return [
      {
        data: 'reviews',
        model: 'logistic',
        encryptedRows: false,
        steps: quick ? 5 : 30,
        learningRate: 80,
        seed,
        folder: data,
        size,
      },
      ...heart,
    ]
  },
  async run(task, signal) {
    const { features, train, test } =
      task.data === 'reviews'
        ? await reviews(task.folder!, task.size!)
        : await patients(task.fold!, task.seed)
    const { steps, learningRate } = task
    const sizes = { rows: train.labels.length, features, learningRate }
    const plan =
      task.model === 'logistic'
        ? planLogistic({ ...sizes, encryptedData: task.encryptedRows })
        : planNetwork(sizes)
    const first = firstWeights(plan, task.seed)
    const truth = plainTraining(plan, train, steps, first, exactSigmoid)
    const twin = plan.model === 'logistic' ? plainTraining(plan, train, steps, first, cubicOf(plan)) : truth
    const found = await trainInProcess(plan, train, {
      first,
      steps,
      signal,
    })
    const [a, b, c] = [truth.weights, twin.weights, found.weights].map((weights) =>
      answersOf(plan, weights, test),
    ) as [Uint8Array, Uint8Array, Uint8Array]
    const of = test.labels.length
    return {
      rows: train.labels.length,
      features,
      plan: planText(plan, steps),
      sigmoid: share(rightOf(a, test.labels), of),
      polynomial: share(rightOf(b, test.labels), of),
      encrypted: share(rightOf(c, test.labels), of),
      asPlain: share(rightOf(c, b), of),
      largest: Math.max(truth.largest, twin.largest),
      reach: plan.model === 'logistic' ? plan.sigmoid.reach : null,
      weightError: Math.max(
        ...found.weights.flatMap((vector, i) =>
          Array.from(vector, (w, f) => Math.abs(w - twin.weights[i]![f]!)),
        ),
      ),
      steps,
      roundTrips: found.roundTrips,
      bytesUp: found.bytesUp,
      bytesDown: found.bytesDown,
      seconds: found.seconds,
    }
  },
}

const cubicOf =
  ({ sigmoid: { linear, cubic } }: LogisticPlan) =>
  (z: number): number =>
    0.5 + linear * z + cubic * z ** 3

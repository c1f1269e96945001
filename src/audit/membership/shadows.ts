// Shadow models: trained as the target was, each on a random half of the candidates.
// Source: Shokri et al. 2017; Carlini et al. 2022, section V.A (each candidate is in just half of the shadow models).
// A shadow model is only as good as what is known of the target's recipe.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'
import { fit, type Layer, predict, type Recipe, sequential, takeRows } from '../../learn/index.ts'
import { answerOf, inWorkers, workerFile } from '../../learn/workers.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { ShadowScores } from './lira.ts'
import { type AnswerRows, type Candidates, trueClassLogits } from './scores.ts'

/** How many shadow models, and what draws their halves. */
export interface ShadowOptions {
  /** An even number of at least 4: each candidate is in half of them. */
  readonly count: number
  readonly seed: number
  readonly signal?: AbortSignal | undefined
  /** Shadow models done, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Trains shadow models one after another by any means.
 * @param train a model like the target, of these rows of the candidates; `seed` is another for each
 * @throws FrostglassError `usage` for a count that will not do, `aborted`, and what `train` throws
 */
export async function shadowScores(
  candidates: Candidates,
  train: (rows: Int32Array, seed: number) => Promise<AnswerRows>,
  { count, seed, signal, onProgress }: ShadowOptions,
): Promise<ShadowScores> {
  const start = performance.now()
  const included = shadowHalves(candidates.labels.length, count, seed)
  const scores: Float64Array[] = []
  for (const members of included) {
    throwIfAborted(signal)
    const answers = await train(rowsIn(members), seed + scores.length + 1)
    scores.push(await trueClassLogits(answers, candidates))
    onProgress?.(scores.length, count)
  }
  return { scores, included, seconds: (performance.now() - start) / 1000 }
}

/** How a model of `learn` is trained, as JSON: what worker threads can be told. */
export interface ShadowRecipe extends Omit<Recipe, 'loss' | 'seed'> {
  readonly layers: readonly Layer[]
}

/** A shadow model that a worker thread trains. */
export interface ShadowTask {
  readonly included: Uint8Array
  readonly seed: number
}

/** What every worker thread starts with. */
export interface ShadowWork {
  readonly x: Tensor
  readonly labels: Int32Array
  readonly recipe: ShadowRecipe
}

/**
 * Trains shadow models of layers on worker threads.
 * @param options.workers threads; the machine's cores if absent
 * @throws FrostglassError `usage` for a count that will not do, `aborted`, and those of training
 * @example await layerShadows({ x, labels }, { layers: [dense({ units: 10 })], optimizer: adam(), epochs: 20 }, { count: 16, seed: 1 })
 */
export async function layerShadows(
  { x, labels }: Candidates,
  recipe: ShadowRecipe,
  options: ShadowOptions & { readonly workers?: number | undefined },
): Promise<ShadowScores> {
  const { count, seed, signal, onProgress, workers } = options
  const start = performance.now()
  const included = shadowHalves(labels.length, count, seed)
  let done = 0
  const replies = await inWorkers<ShadowTask, Float64Array>(
    workerFile('shadowWorker', import.meta.url),
    { x, labels: Int32Array.from(labels), recipe } satisfies ShadowWork,
    included.map((members, s) => ({ included: members, seed: seed + s + 1 })),
    {
      workers,
      signal,
      onReply: () => onProgress?.(++done, count),
    },
  )
  return { scores: replies.map(answerOf), included, seconds: (performance.now() - start) / 1000 }
}

/** One shadow model of layers: its scores of all candidates. */
export async function trainShadow(
  { x, labels, recipe }: ShadowWork,
  { included, seed }: ShadowTask,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const { layers, ...rest } = recipe
  const model = sequential(layers, { input: x.shape.slice(1) })
  const y: Tensor = { dtype: 'int32', shape: [labels.length], data: labels }
  const { weights } = await fit(model, takeRows({ x, y }, rowsIn(included)), {
    ...rest,
    loss: 'categoricalCrossEntropy',
    seed,
    threads: 1,
    signal,
  })
  return trueClassLogits((rows) => predict(model, weights, rows, { loss: 'categoricalCrossEntropy' }), {
    x,
    labels,
  })
}

/**
 * Which candidates each shadow model is trained on: every candidate in exactly half of them, drawn for each by itself.
 * @throws FrostglassError `usage` for a count that is odd or below 4
 */
export function shadowHalves(candidates: number, count: number, seed: number): Uint8Array[] {
  if (!(Number.isInteger(count) && count >= 4 && count % 2 === 0)) {
    throw new FrostglassError(
      'usage',
      `${count} shadow models will not do`,
      'Take an even number of at least 4, such as 16: each row is in half of them.',
    )
  }
  const included = Array.from({ length: count }, () => new Uint8Array(candidates))
  const source = seededStream(seed, 'shadows')
  const order = upTo(count)
  for (let row = 0; row < candidates; row++) {
    shuffle(order, source)
    for (let i = 0; i < count / 2; i++) included[order[i]!]![row] = 1
  }
  return included
}

const rowsIn = (included: Uint8Array): Int32Array => upTo(included.length).filter((row) => included[row])

// How the network of a code pane is trained: its recipe and its options, and what is kept of an epoch.
// Source: ours: noise on z 0 → 0.8, Adam at 0.002 falling by a cosine, pictures moved by 2 pixels.

import { type Given, withDefaults } from '../../defaults.ts'
import type { ExecutorName } from '../../graph/index.ts'
import type { Checkpoint, EpochRecord, Layer } from '../../learn/index.ts'
import type { Penalty } from './codeStep.ts'

/** What training holds down. */
export interface LeakOptions {
  /** Class of the attribute of each row, 0 … classes − 1; every class occurs. */
  readonly attribute: Int32Array
  readonly classes: number
  /** λ: the weight of the leak beside the cross-entropy, above 0. */
  readonly lambda: number
  /** `kernel` by default. */
  readonly penalty?: Penalty | undefined
}

/** How a code pane is trained. */
export interface CodeTraining {
  readonly epochs: number
  readonly batch: number
  /** Of the first step; it falls to 0 by half a cosine. */
  readonly learningRate: number
  /** σ of the noise on z, from 35 % of the steps on. */
  readonly deviation: number
  /** Pixels that pictures are moved by at most. */
  readonly shift: number
  /** For first weights, orders, moves and noise. */
  readonly seed: number
}

/** The recipe for 32,000 images. */
const onManyImages: CodeTraining = {
  epochs: 16,
  batch: 256,
  learningRate: 0.002,
  deviation: 0.8,
  shift: 2,
  seed: 0,
}

/** Steps below which a small table or a few pictures are not learned yet, by the sizes that the recipe was measured on. */
const fewestSteps = 2000

/** What is given of a recipe, and the rest for so many rows: of few rows smaller batches, more often. */
export function recipeFor(rows: number, given: Given<CodeTraining>): CodeTraining {
  const { epochs, batch, learningRate, deviation, shift, seed } = given
  const usual = rows >= 50 * onManyImages.batch ? onManyImages.batch : 64
  const often = Math.min(200, Math.ceil((fewestSteps * (batch ?? usual)) / rows))
  return withDefaults(
    { ...onManyImages, batch: usual, epochs: Math.max(onManyImages.epochs, often) },
    { epochs, batch, learningRate, deviation, shift, seed },
  )
}

/** How an encoder and its head are trained. */
export interface CodeTrainingOptions extends Given<CodeTraining> {
  readonly leak?: LeakOptions | undefined
  /** An encoder of one's own, from a row to a vector; layers that draw noise or keep statistics do not fit. */
  readonly layers?: readonly Layer[] | undefined
  readonly threads?: number | undefined
  readonly executor?: ExecutorName | undefined
  readonly signal?: AbortSignal | undefined
  /** From 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
  /** Goes on from here: of the same rows and options. */
  readonly resume?: Checkpoint | undefined
  /** Called after each epoch with what is needed to go on. */
  readonly onCheckpoint?: ((state: Checkpoint) => void | Promise<void>) | undefined
}

/** One epoch: means over its steps. */
export interface CodeEpoch extends EpochRecord {
  /** The penalty, without λ; absent where there is none. */
  readonly leak?: number | undefined
}

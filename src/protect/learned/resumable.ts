// Training that can be stopped and gone on with: a split, the recipe, and a checkpoint file after every epoch.
// Source: Xu et al. 2020 (Adam, cross-entropy). The published code picks its best epoch on the test set: here a
// validation part that nothing is trained on picks it, and the test set is measured once, at the end.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../../data/files.ts'
import { imageTensor } from '../../data/images/imageSet.ts'
import { type ImageSet, takeImages } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { ExecutorName } from '../../graph/index.ts'
import {
  adam,
  type Checkpoint,
  type Dataset,
  earlyStopping,
  type Fitted,
  fit,
  holdOut,
  type Model,
  readCheckpoint,
  reduceOnPlateau,
  type Weights,
  writeCheckpoint,
} from '../../learn/index.ts'
import { upTo } from '../../random/order.ts'
import type { TrainingNumbers } from './kinds.ts'

type Optional<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

/** Options that classifiers and obfuscators share. */
export interface TrainingOptions extends Optional<TrainingNumbers> {
  /** For first weights, orders, noise and parts; 0 by default. */
  readonly seed?: number | undefined
  /** A share of the images, drawn by the seed, or images of their own: what picks the best epoch. 1/12 by default. */
  readonly validation?: number | ImageSet | undefined
  /** Images to measure on at the end, which nothing was trained or chosen on. */
  readonly test?: ImageSet | undefined
  /** A file that keeps the state after every epoch: the same call goes on from it. */
  readonly checkpoint?: string | undefined
  readonly threads?: number | undefined
  readonly executor?: ExecutorName | undefined
  readonly signal?: AbortSignal | undefined
  /** From 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** The share of the papers' 60,000 images that makes 5,000. */
export const defaultValidation = 1 / 12

/** Which images of a set were used for what. */
export interface Split {
  readonly train: Int32Array
  /** Empty where the caller gave validation images of their own. */
  readonly validation: Int32Array
  /** Empty where the caller gave test images of their own. */
  readonly test: Int32Array
}

/** The parts of a training run. */
export interface Parts {
  readonly split: Split
  readonly train: ImageSet
  readonly validation: ImageSet
  readonly test: ImageSet | undefined
}

/**
 * Splits a set by the seed.
 * @param options.holdOutTest whether a part is kept for the end where the caller gave no test images
 */
export function partsOf(set: ImageSet, options: TrainingOptions & { readonly holdOutTest: boolean }): Parts {
  const { seed = 0, validation = defaultValidation, test, holdOutTest } = options
  let train: Int32Array = upTo(set.count)
  let tested: Int32Array = new Int32Array(0)
  if (!test && holdOutTest) {
    // Another stream than the validation part's: else a change of one would move the other.
    const fold = holdOut(set.count, defaultValidation, { seed: seed + 0.5 })
    train = fold.train
    tested = fold.validation
  }
  let validated: Int32Array = new Int32Array(0)
  if (typeof validation === 'number') {
    const fold = holdOut(train.length, validation, { seed })
    const rows = train
    const picked = (part: Int32Array) => Int32Array.from(part, (i) => rows[i]!)
    validated = picked(fold.validation)
    train = picked(fold.train)
  }
  return {
    split: { train, validation: validated, test: tested },
    train: train.length === set.count ? set : takeImages(set, train),
    validation: typeof validation === 'number' ? takeImages(set, validated) : validation,
    test: test ?? (tested.length ? takeImages(set, tested) : undefined),
  }
}

/** Images and their outputs as rows to learn from: bytes, not floats. @throws FrostglassError `input` without labels. */
export function datasetOf(set: ImageSet, classMap: Int32Array): Dataset {
  const { of } = requireLabels(set)
  const y = Int32Array.from(of, (label) => classMap[label]!)
  return { x: imageTensor(set), y: { dtype: 'int32', shape: [set.count], data: y } }
}

/** @throws FrostglassError `input` when a set has no labels */
export function requireLabels(set: ImageSet): NonNullable<ImageSet['labels']> {
  if (set.labels) return set.labels
  throw new FrostglassError(
    'input',
    `the images of ${set.name} have no labels`,
    'Put them into one folder a class, or give the file of labels.',
  )
}

/**
 * Trains by the recipe: cross-entropy, Adam, the weights of the epoch that is best on the validation part.
 * @throws FrostglassError `usage` when the checkpoint is of another run; as learn's `fit`
 */
export async function fitBest(
  model: Model,
  weights: Weights,
  parts: Parts,
  classMap: Int32Array,
  options: TrainingOptions &
    TrainingNumbers & {
      readonly settings: Settings
      /** Weights to start from beside those given; not asked for where a checkpoint goes on. */
      readonly start?: (() => Promise<Weights>) | undefined
    },
): Promise<Fitted> {
  const { epochs, batch, learningRate, decay, seed = 0, checkpoint: path, signal, onProgress } = options
  const train = datasetOf(parts.train, classMap)
  const validation = datasetOf(parts.validation, classMap)
  const settings =
    path === undefined
      ? {}
      : { ...options.settings, epochs, batch, learningRate, decay, seed, data: digest(train) }
  const resume = path === undefined ? undefined : await readCheckpointFile(path, settings)
  return fit(model, train, {
    loss: 'categoricalCrossEntropy',
    optimizer: adam({ learningRate }),
    epochs,
    batch,
    seed,
    validation,
    weights: { ...weights, ...(resume ? {} : await options.start?.()) },
    callbacks: [
      // Never stops early: it remembers the best epoch.
      earlyStopping({ monitor: 'valAccuracy', patience: epochs + 1, restoreBest: true }),
      ...(decay < 1 ? [reduceOnPlateau({ monitor: 'valLoss', factor: decay, patience: 1 })] : []),
    ],
    executor: options.executor ?? 'native',
    threads: options.threads,
    resume,
    signal,
    onProgress: onProgress ? (p) => onProgress((p.epoch - 1 + p.step / p.steps) / p.epochs) : undefined,
    checkpoint: path === undefined ? undefined : (state) => writeCheckpointFile(path, settings, state),
  })
}

/** What makes two runs the same run. */
export type Settings = Readonly<Record<string, string | number | boolean>>

/** The first 16 digits of the SHA-256 of rows and targets. */
export function digest({ x, y }: Dataset): string {
  const hash = createHash('sha256')
  for (const { data } of [x, y]) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return hash.digest('hex').slice(0, 16)
}

const magic = 'frostglass training 1\n'

/** Writes the state of a run, whole or not at all. */
export async function writeCheckpointFile(
  path: string,
  settings: Settings,
  state: Checkpoint,
): Promise<void> {
  const head = new TextEncoder().encode(`${magic}${JSON.stringify(settings)}\n`)
  const body = writeCheckpoint(state)
  const bytes = new Uint8Array(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  await writeFileAtomic(path, bytes, { force: true })
}

/**
 * The state that a run of these settings was left in; undefined where there is no file.
 * @throws FrostglassError `usage` when it is of another run, `input` when it is none, `io`
 */
export async function readCheckpointFile(path: string, settings: Settings): Promise<Checkpoint | undefined> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new FrostglassError(
      'io',
      `${path}: the checkpoint cannot be read: ${cause.message}`,
      'Name another file with --checkpoint.',
      cause,
    )
  })
  if (!bytes) return undefined
  const end = bytes.indexOf(0x0a, magic.length)
  const text = bytes.subarray(0, Math.max(end, 0)).toString()
  let of: Settings
  try {
    if (!text.startsWith(magic)) throw new Error('it begins otherwise')
    of = JSON.parse(text.slice(magic.length)) as Settings
  } catch (cause) {
    throw new FrostglassError(
      'input',
      `${path} is not a checkpoint of ours`,
      'Name another file with --checkpoint; it is made when it is missing.',
      cause,
    )
  }
  for (const [name, value] of Object.entries(settings)) {
    if (of[name] === value) continue
    const is = name === 'data' ? 'other images' : `${name} ${String(of[name])}, not ${String(value)}`
    throw new FrostglassError(
      'usage',
      `the checkpoint ${path} is of another run: it has ${is}`,
      'Repeat the options that it was made with, or name another file with --checkpoint.',
    )
  }
  try {
    return readCheckpoint(new Uint8Array(bytes.subarray(end + 1)))
  } catch (cause) {
    if (!(cause instanceof FrostglassError)) throw cause
    throw new FrostglassError(
      'input',
      `the checkpoint ${path} cannot be gone on from: ${cause.message}`,
      'Remove it to train anew, or restore it from a copy.',
      cause,
    )
  }
}

// What an adversary trains on and what it is judged by: pairs of images and what panes made of them.
// Source: Yonan et al. 2025 (the server has the training images and the obfuscator; the outsider makes its own images).
// Where the training images are not at hand, half of the audited ones stand in for them: the finding says so.

import { imageSize } from '../../data/images/imageSet.ts'
import { type ImageSet, takeImages } from '../../data/index.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { sizeOf, type Tensor, tensor } from '../../graph/index.ts'
import type { ObfuscatorPane } from '../../protect/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { ImageEvidence } from './contract.ts'
import { takeTensorRows } from './learning.ts'

/** Images and what became of them. */
export interface Pairs {
  readonly images: ImageSet
  /** float32 [images.count, …] */
  readonly released: Tensor
  readonly paneOf: Int32Array
}

/** What the server adversary works with. */
export interface ServerParts {
  readonly train: Pairs
  readonly judged: Pairs
  /** What a reader must know of where the pairs are from. */
  readonly note: string
}

/** How many rows an attack trains on and is judged by at most, by effort. */
export const sizes = {
  quick: { train: 4000, judged: 500 },
  full: { train: 30_000, judged: 2000 },
} as const

const lengths = { quick: { epochs: 8, steps: 230 }, full: { epochs: 10, steps: 1500 } } as const

/** Images a step: of photographs fewer, or a step takes seconds. */
export const batchFor = (width: number): number => (width > 16_384 ? 16 : 128)

/**
 * Epochs that an attack trains: few images are gone through more often, since a network needs its steps. The best epoch
 * on a validation part is kept, so more do no harm.
 */
export function epochsFor(rows: number, effort: 'quick' | 'full', batch = 128): number {
  const { epochs, steps } = lengths[effort]
  return Math.max(epochs, Math.ceil(steps / Math.ceil(rows / batch)))
}

/** Memory that released training rows may take: of photographs fewer are trained on. */
const mostBytes = 600 * 2 ** 20

/** As many of `rows` rows of `width` numbers as fit the memory. */
export function affordable(rows: number, width: number): number {
  return Math.max(1, Math.min(rows, Math.floor(mostBytes / (4 * width))))
}

/**
 * Obfuscates images, each by one pane drawn at random, as the device does.
 * @returns float32 [images.count, …output of a pane] and which pane made which row
 * @throws FrostglassError `aborted`; `shape` for panes whose outputs differ in shape
 */
export async function obfuscate(
  panes: readonly ObfuscatorPane[],
  images: ImageSet,
  options: {
    readonly seed: number
    readonly signal?: AbortSignal | undefined
    readonly paneOf?: Int32Array | undefined
  },
): Promise<Pairs> {
  const { seed, signal } = options
  const output = panes[0]!.card.output
  const source = seededStream(seed, 'panes')
  const paneOf = options.paneOf ?? Int32Array.from({ length: images.count }, () => source.below(panes.length))
  const width = sizeOf(output)
  const data = new Float32Array(images.count * width)
  for (const [p, pane] of panes.entries()) {
    throwIfAborted(signal)
    const rows = upTo(images.count).filter((i) => paneOf[i] === p)
    if (rows.length === 0) continue
    const all = rows.length === images.count
    const samples = await pane.protect(
      all ? images.pixels : takeImages(images, rows).pixels,
      signal ? { signal } : {},
    )
    if (samples.length !== rows.length * width) {
      throw new FrostglassError(
        'shape',
        `pane ${p + 1} gave ${samples.length / rows.length} numbers an image, but the first gives ${width}`,
        'Give panes whose outputs have one shape: those that are used together must.',
      )
    }
    if (all) data.set(samples)
    else rows.forEach((row, i) => void data.set(samples.subarray(i * width, (i + 1) * width), row * width))
  }
  return { images, released: tensor(data, [images.count, ...output]), paneOf }
}

/** Some of the audited rows. */
export function takePairs({ originals, released, paneOf }: ImageEvidence, rows: Int32Array): Pairs {
  return {
    images: takeImages(originals, rows),
    released: takeTensorRows(released, rows),
    paneOf: Int32Array.from(rows, (row) => paneOf[row]!),
  }
}

/** `most` of `count` rows at random, in order. */
export function sampleRows(count: number, most: number, seed: number, use: string): Int32Array {
  if (count <= most) return upTo(count)
  return shuffle(upTo(count), seededStream(seed, use)).slice(0, most).sort()
}

// Obfuscating the training images is the same work for every attack that needs it.
const prepared = new WeakMap<ImageEvidence, Map<string, Promise<ServerParts>>>()

/**
 * The server's pairs: the training images through the panes, and the audited rows to be judged by.
 * @param options.ownTraining whether the training images serve (an attribute may be known of the audited ones alone)
 */
export function serverParts(
  evidence: ImageEvidence,
  options: {
    readonly effort: 'quick' | 'full'
    readonly seed: number
    readonly signal?: AbortSignal | undefined
    readonly ownTraining?: boolean | undefined
  },
): Promise<ServerParts> {
  const { effort, seed, ownTraining = true } = options
  const known = prepared.get(evidence) ?? new Map<string, Promise<ServerParts>>()
  prepared.set(evidence, known)
  const name = `${effort} ${seed} ${ownTraining}`
  const found = known.get(name)
  if (found) return found
  const made = prepare(evidence, options)
  known.set(name, made)
  // What failed, by an abort for one, is not kept.
  made.catch(() => known.delete(name))
  return made
}

async function prepare(
  evidence: ImageEvidence,
  { effort, seed, signal, ownTraining = true }: Parameters<typeof serverParts>[1],
): Promise<ServerParts> {
  const { originals, training, released, panes } = evidence
  const most = sizes[effort]
  const width = sizeOf(released.shape.slice(1))
  const trained = affordable(most.train, Math.max(width, imageSize(originals.shape)))
  if (training && ownTraining) {
    const rows = sampleRows(training.count, trained, seed, 'server')
    const train = await obfuscate(panes, takeImages(training, rows), { seed, signal })
    const judged = takePairs(evidence, sampleRows(originals.count, most.judged, seed, 'judged'))
    return {
      train,
      judged,
      note: `Trained on ${rows.length} of the ${training.count} images that the pane was trained on, obfuscated by the public pane; judged on ${judged.images.count} of the released ones.`,
    }
  }
  if (originals.count < 2) {
    throw new FrostglassError(
      'input',
      'one image is too few to audit without the training images',
      'Give the training images, or more images that were protected.',
    )
  }
  const order = shuffle(upTo(originals.count), seededStream(seed, 'halves'))
  const half = Math.floor(originals.count / 2)
  const train = takePairs(evidence, order.slice(0, Math.min(half, trained)))
  const judged = takePairs(evidence, order.slice(half, half + most.judged))
  const why = training
    ? 'The training images do not name this attribute'
    : 'The training images were not given'
  return {
    train,
    judged,
    note: `${why}: ${train.images.count} of the audited images stand in for them, and the attack is judged on ${judged.images.count} others. With more images it would get more.`,
  }
}

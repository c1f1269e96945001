// The gallery behind the page: a classifier, panes of eight bottlenecks and an attack on each, trained once a machine.
// Source: issue section 5. Training runs in worker threads; parts are served as they come, and kept in the user's cache.
// It is a demonstration of one scheme that is known to be broken: see protect/learned/BREAK.md.

import { availableParallelism } from 'node:os'
import { type ImageSet, openImages } from '../data/index.ts'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { answerOf, inWorkers, workerFile } from '../learn/index.ts'
import { galleryFolder, panesFolder, readPart } from './galleryCache.ts'
import { bottlenecks as allBottlenecks, type GalleryIndex, type GalleryPane } from './galleryIndex.ts'
import { type GalleryTask, type GalleryWorkload, type MeasuredClassifier, partName } from './galleryTasks.ts'
import { type GalleryRecipe, recipeFor } from './galleryTraining.ts'

/** Where the gallery puts its models: the part of a service that it needs. */
export interface ModelShelf {
  addModel(model: { readonly name: string; readonly bytes: Uint8Array }): Promise<unknown>
}

export interface GalleryOptions {
  /** Digits of 28×28: as `openImages` takes them; the embedded ones by default. */
  readonly data?: string | undefined
  /** At most so many digits of each part. */
  readonly limits?: { readonly train: number; readonly test: number } | undefined
  /** Rising; 8 … 1024 by default. */
  readonly bottlenecks?: readonly number[] | undefined
  /** By the number of digits by default. */
  readonly recipe?: GalleryRecipe | undefined
  /** Threads that train; the machine's cores by default, at most eight. */
  readonly workers?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called some four times a second while it trains, and at the end. */
  readonly onProgress?: ((progress: GalleryIndex['progress']) => void) | undefined
}

/** The gallery, at any moment of its training. */
export interface Gallery {
  index(): GalleryIndex
  /** A pane's file by the name of the pane. */
  pane(name: string): Uint8Array | undefined
  /** Test digits: records of one byte of label and 784 of pixels. Empty until the digits are read. */
  digits(): Uint8Array
  /** When everything is there. @throws FrostglassError of what went wrong; the page says it too */
  readonly trained: Promise<void>
}

const classifierModel = 'digits'
const mostWorkers = 8
// As many as the page can page through: 10 at a time.
export const shownDigits = 200

/** In the order of training: one in the middle first, then the ends. */
function inOrder(bottlenecks: readonly number[]): number[] {
  const place = (n: number) => Math.abs(Math.log2(n / 64))
  const [first, ...rest] = bottlenecks.toSorted((a, b) => place(a) - place(b))
  // From the outside in, so that the whole range can be seen early.
  return first === undefined ? [] : [first, ...rest.toReversed()]
}

/** Work of a part, in some unit: weights that a training passes, for the estimate. */
const workOf = (bottleneck: number | undefined) =>
  bottleneck === undefined ? 1.4e6 : (14 * (2 * 1569 * bottleneck + 2e6)) / 10 + 1.6e6

/**
 * Opens the gallery and begins to train what is not in the cache. It answers at once.
 * @param shelf gets the models `digits` and `recnet-mlp-8` … as they come
 */
export function openGallery(shelf: ModelShelf, options: GalleryOptions = {}): Gallery {
  const { data = 'digits', bottlenecks = allBottlenecks, signal, onProgress } = options
  const stops = bottlenecks.toSorted((a, b) => a - b)
  const tasks = [undefined, ...inOrder(stops)]
  const shares = new SharedArrayBuffer(4 * tasks.length)
  const share = new Float32Array(shares)
  const panes = new Map<string, { file: Uint8Array; told: GalleryPane }>()
  let classifier: MeasuredClassifier | undefined
  let panesAt = ''
  let sets: { train: ImageSet; test: ImageSet } | undefined
  let records: Uint8Array = new Uint8Array(0)
  let progress: GalleryIndex['progress'] = { state: 'training', share: 0, doing: 'reading the digits' }
  // When training began, and how much of the work the cache had done by then.
  let began: { at: number; share: number } | undefined

  const measure = () => {
    if (progress.state !== 'training') return
    const work = tasks.map(workOf)
    const done = work.reduce((sum, w, i) => sum + w * share[i]!, 0) / work.reduce((a, b) => a + b)
    const gained = began ? done - began.share : 0
    const seconds = began ? (performance.now() - began.at) / 1000 : 0
    progress = {
      state: 'training',
      share: done,
      doing: classifier
        ? `panes and attacks, ${panes.size} of ${stops.length} there`
        : sets
          ? 'the classifier'
          : 'reading the digits',
      secondsLeft: gained > 0.02 ? ((1 - done) * seconds) / gained : undefined,
    }
  }

  const take = async (folder: string, bottleneck: number | undefined): Promise<boolean> => {
    const name = partName(bottleneck === undefined ? {} : { bottleneck })
    if (bottleneck === undefined) {
      const part = readPart<MeasuredClassifier>(folder, name)
      if (!part) return false
      await shelf.addModel({ name: classifierModel, bytes: part.files['classifier.onnx']! })
      classifier = part.measured
      panesAt = panesFolder(folder, part)
    } else {
      const part = readPart<Omit<GalleryPane, 'name' | 'file' | 'attack'>>(panesAt, name)
      if (!part) return false
      const attack = `recnet-${name}`
      await shelf.addModel({ name: attack, bytes: part.files['recnet.onnx']! })
      const told = { ...part.measured, name, file: `/gallery/panes/${name}.onnx`, attack }
      panes.set(name, { file: part.files['pane.onnx']!, told })
    }
    share[tasks.indexOf(bottleneck)] = 1
    return true
  }

  const trainAll = async () => {
    const [train, test] = await Promise.all(
      (['train', 'test'] as const).map((split) =>
        openImages(data, {
          split,
          limit: options.limits ? options.limits[split] : undefined,
          signal,
        }),
      ),
    )
    sets = { train: requireDigits(train!, data), test: requireDigits(test!, data) }
    records = recordsOf(sets.test)
    const recipe = options.recipe ?? recipeFor(sets.train.count)
    const folder = galleryFolder(sets.train, sets.test, recipe)
    const workload: GalleryWorkload = {
      data,
      limits: options.limits,
      folder,
      recipe,
      shares,
    }
    const cores = options.workers ?? Math.min(mostWorkers, availableParallelism())
    const inPool = async (wanted: readonly (number | undefined)[], threads: number) => {
      const orders = wanted.map(
        (bottleneck): GalleryTask => ({
          bottleneck,
          threads,
          place: tasks.indexOf(bottleneck),
        }),
      )
      const arrived: Promise<unknown>[] = []
      const replies = await inWorkers<GalleryTask, string>(
        workerFile('galleryWorker', import.meta.url),
        workload,
        orders,
        {
          workers: cores,
          signal,
          onReply: (reply, i) => {
            if ('failure' in reply) return
            const taken = take(folder, wanted[i])
            // Waited for below; until then an error of it is nobody's fault.
            taken.catch(() => undefined)
            arrived.push(taken)
          },
        },
      )
      await Promise.all(arrived)
      replies.forEach(answerOf)
    }
    // All cores for the classifier, which everything waits for, and then one for each training.
    began = { at: performance.now(), share: 0 }
    if (!(await take(folder, undefined))) await inPool([undefined], cores)
    throwIfAborted(signal)
    const missing: number[] = []
    for (const bottleneck of tasks) {
      if (bottleneck !== undefined && !(await take(folder, bottleneck))) missing.push(bottleneck)
    }
    measure()
    began = { at: performance.now(), share: progress.share }
    if (missing.length > 0) await inPool(missing, 1)
  }

  const timer = setInterval(() => {
    measure()
    onProgress?.(progress)
  }, 250)
  const trained = trainAll()
    .then(
      () => {
        progress = { state: 'ready', share: 1, doing: 'all is there' }
      },
      (error: unknown) => {
        const { message, hint } = error as FrostglassError
        progress = { ...progress, state: 'failed', doing: hint ? `${message} (${hint})` : message }
        throw error
      },
    )
    .finally(() => {
      clearInterval(timer)
      onProgress?.(progress)
    })
  // Whoever waits for it gets the error; nobody has to.
  trained.catch(() => undefined)

  return Object.freeze({
    index(): GalleryIndex {
      measure()
      return {
        format: 'frostglass-gallery',
        version: 1,
        // Not the path that the user named: the page is for others too.
        data: {
          name: sets?.train.name.replace(/ train$/, '') ?? '',
          training: sets?.train.count ?? 0,
          test: sets?.test.count ?? 0,
        },
        ...(classifier
          ? {
              classifier: {
                model: classifierModel,
                parameters: classifier.parameters,
                preprocessing: classifier.preprocessing,
                accuracy: classifier.accuracy,
              },
              answerAlone: classifier.answerAlone,
            }
          : {}),
        digits: { file: records.length ? '/gallery/digits' : '', count: records.length / 785 },
        panes: [...panes.values()].map(({ told }) => told).sort((a, b) => a.bottleneck - b.bottleneck),
        bottlenecks: stops,
        progress,
      }
    },
    pane: (name: string) => panes.get(name)?.file,
    digits: () => records,
    trained,
  })
}

function requireDigits(set: ImageSet, data: string): ImageSet {
  const [channels, height, width] = set.shape
  if (channels !== 1 || height !== 28 || width !== 28) {
    throw new FrostglassError(
      'input',
      `${data}: the page draws grey pictures of 28×28, these are [${set.shape}]`,
      'Name a folder with the files of MNIST, or leave --data out.',
    )
  }
  if (set.labels?.names.length !== 10) {
    throw new FrostglassError(
      'input',
      `${data}: expected ten classes, found ${set.labels?.names.length ?? 'none'}`,
      'Name a folder with the files of MNIST, or leave --data out.',
    )
  }
  return set
}

/** Test digits for the page: one of each class in turn, as long as there are. */
export function recordsOf(set: ImageSet): Uint8Array {
  const size = 784
  const { of } = set.labels!
  const byClass = Array.from({ length: 10 }, () => [] as number[])
  of.forEach((label, i) => {
    byClass[label]!.push(i)
  })
  const rows: number[] = []
  for (let round = 0; rows.length < shownDigits && byClass.some((c) => c.length > round); round++) {
    for (const members of byClass) {
      const row = members[round]
      if (row !== undefined && rows.length < shownDigits) rows.push(row)
    }
  }
  const records = new Uint8Array(rows.length * (size + 1))
  rows.forEach((row, i) => {
    records[i * (size + 1)] = of[row]!
    records.set(set.pixels.subarray(row * size, (row + 1) * size), i * (size + 1) + 1)
  })
  return records
}

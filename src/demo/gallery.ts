// The gallery behind the page: a classifier, panes of eight bottlenecks and an attack on each, trained once a machine.
// Source: docs/architecture.md#the-service-and-the-edge. Training runs in worker threads; parts are served as they come, and kept in the user's cache.
// It is a demonstration of one scheme that is known to be broken: see protect/learned/BREAK.md.

import { availableParallelism } from 'node:os'
import { throwIfAborted } from '../errors.ts'
import { answerOf, inWorkers, workerFile } from '../learn/workers.ts'
import { type FirstParts, openFirstPane } from './firstPane.ts'
import { galleryFolder } from './galleryCache.ts'
import { openDigits, recordsOf } from './galleryDigits.ts'
import { bottlenecks as allBottlenecks, type GalleryIndex } from './galleryIndex.ts'
import { createGalleryParts, type ModelShelf } from './galleryParts.ts'
import { createProgressMeter, workOf } from './galleryProgress.ts'
import type { GalleryTask, GalleryWorkload } from './galleryTasks.ts'
import { type GalleryRecipe, recipeFor } from './galleryTraining.ts'

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

const mostWorkers = 8
/** In the order of training: one in the middle first, then the ends. */
function inOrder(bottlenecks: readonly number[]): number[] {
  const place = (n: number) => Math.abs(Math.log2(n / 64))
  const [first, ...rest] = bottlenecks.toSorted((a, b) => place(a) - place(b))
  // From the outside in, so that the whole range can be seen early.
  return first === undefined ? [] : [first, ...rest.toReversed()]
}

/**
 * Opens the gallery and begins to train what is not in the cache. It answers at once.
 * @param shelf gets the models `digits` and `recnet-mlp-8` … as they come
 */
export function openGallery(shelf: ModelShelf, options: GalleryOptions = {}): Gallery {
  const { data = 'digits', bottlenecks = allBottlenecks, signal, onProgress } = options
  const stops = bottlenecks.toSorted((a, b) => a - b)
  const tasks = [undefined, ...inOrder(stops)]
  const parts = createGalleryParts(shelf)
  let first: FirstParts | undefined
  let sets: Awaited<ReturnType<typeof openDigits>> | undefined
  let records: Uint8Array = new Uint8Array(0)
  const meter = createProgressMeter(tasks.map(workOf), () => {
    if (parts.classifier().classifier)
      return `panes and attacks, ${parts.panes().length} of ${stops.length} there`
    return sets ? 'the classifier' : 'reading the digits'
  })

  const take = async (folder: string, bottleneck: number | undefined): Promise<boolean> => {
    const taken = await parts.take(folder, bottleneck)
    if (taken) meter.done(tasks.indexOf(bottleneck))
    return taken
  }

  const trainAll = async () => {
    // It knows the embedded digits alone, and has nothing to say of a gallery that is cut for a test.
    if (data === 'digits' && !options.limits && !options.recipe) first = await openFirstPane(shelf)
    sets = await openDigits(data, options.limits, signal)
    records = recordsOf(sets.test)
    const recipe = options.recipe ?? recipeFor(sets.train.count)
    const folder = galleryFolder(sets.train, sets.test, recipe)
    const cores = options.workers ?? Math.min(mostWorkers, availableParallelism())
    const { limits } = options
    const pool = {
      workload: { data, limits, folder, recipe, shares: meter.shares },
      workers: cores,
      signal,
      take: (bottleneck: number | undefined) => take(folder, bottleneck),
    }
    const orders = (wanted: readonly (number | undefined)[], threads: number) =>
      wanted.map((bottleneck): GalleryTask => ({ bottleneck, threads, place: tasks.indexOf(bottleneck) }))
    // All cores for the classifier, which everything waits for, and then one for each training.
    meter.begin()
    if (!(await take(folder, undefined))) await trainParts(orders([undefined], cores), pool)
    throwIfAborted(signal)
    const missing: number[] = []
    for (const bottleneck of tasks) {
      if (bottleneck !== undefined && !(await take(folder, bottleneck))) missing.push(bottleneck)
    }
    meter.begin()
    if (missing.length > 0) await trainParts(orders(missing, 1), pool)
  }

  const timer = setInterval(() => {
    onProgress?.(meter.measure())
  }, 250)
  const trained = trainAll()
    .then(meter.ready, (error: unknown) => {
      meter.failed(error)
      throw error
    })
    .finally(() => {
      clearInterval(timer)
      onProgress?.(meter.measure())
    })
  // Whoever waits for it gets the error; nobody has to.
  trained.catch(() => undefined)

  return Object.freeze({
    index: (): GalleryIndex => ({
      format: 'frostglass-gallery',
      version: 1,
      // Not the path that the user named: the page is for others too.
      data: {
        name: sets?.train.name.replace(/ train$/, '') ?? '',
        training: sets?.train.count ?? 0,
        test: sets?.test.count ?? 0,
      },
      ...parts.classifier(),
      first: firstOf(first, parts.panes(), stops),
      digits: { file: records.length ? '/gallery/digits' : '', count: records.length / 785 },
      panes: parts.panes(),
      bottlenecks: stops,
      progress: meter.measure(),
    }),
    pane: (name: string) => (first && name === first.name ? first.file : parts.file(name)),
    digits: () => records,
    trained,
  })
}

/** What the page is told of the first pane: nothing, once one of its size is trained. */
function firstOf(
  first: FirstParts | undefined,
  panes: GalleryIndex['panes'],
  stops: readonly number[],
): GalleryIndex['first'] {
  const size = first?.told.pane.bottleneck ?? 0
  return stops.includes(size) && !panes.some(({ bottleneck }) => bottleneck === size)
    ? first?.told
    : undefined
}

/** How parts are trained. */
interface Pool {
  readonly workload: GalleryWorkload
  readonly workers: number
  readonly signal: AbortSignal | undefined
  /** Takes a part that is in the cache now. */
  take(bottleneck: number | undefined): Promise<boolean>
}

/** Trains parts in worker threads, and takes each as it comes. @throws FrostglassError of the first that failed */
async function trainParts(
  orders: readonly GalleryTask[],
  { workload, workers, signal, take }: Pool,
): Promise<void> {
  const arrived: Promise<unknown>[] = []
  const replies = await inWorkers<GalleryTask, string>(
    workerFile('galleryWorker', import.meta.url),
    workload,
    orders,
    {
      workers,
      signal,
      onReply: (reply, i) => {
        if ('failure' in reply) return
        const taken = take(orders[i]!.bottleneck)
        // Waited for below; until then an error of it is nobody's fault.
        taken.catch(() => undefined)
        arrived.push(taken)
      },
    },
  )
  await Promise.all(arrived)
  replies.forEach(answerOf)
}

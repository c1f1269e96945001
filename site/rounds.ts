// One round after another: the pane obfuscates here, the service answers twice, the attack draws its picture.
// Source: @frostglass/edge; the Open Inference Protocol on the server that serves this page.
// Rounds that come faster than answers are left out: the newest is asked next.

import { imageSimilarity } from '../src/audit/images/similarity.ts'
import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'
import {
  connect,
  decode,
  type EdgePane,
  type EdgeService,
  openEdgePane,
  preprocessImages,
} from '../src/edge/index.ts'
import { failureWords } from './failure.ts'
import { bearer } from './Gate.tsx'
import { side } from './strokes.ts'

/** What the service answered to one sample. */
export interface Asked {
  readonly label: string
  readonly probability: number
  /** Of the classes 0 … 9. */
  readonly probabilities: readonly number[]
  /** There and back. */
  readonly milliseconds: number
  /** Of the tensor that was sent. */
  readonly bytes: number
}

/** What is known so far of a digit before a pane. */
export interface Round {
  readonly pixels: Uint8Array
  readonly pane?: string | undefined
  /** The service's model that is asked. */
  readonly model?: string | undefined
  /** What left the browser. */
  readonly released?: Float32Array | undefined
  /** That the pane took, in the browser. */
  readonly milliseconds?: number | undefined
  readonly raw?: Asked | undefined
  readonly obfuscated?: Asked | undefined
  /** What the attack made of `released`. */
  readonly picture?: Uint8Array | undefined
  readonly ssim?: number | undefined
  readonly psnr?: number | undefined
  readonly failure?: string | undefined
  /** Whether nothing more is coming. */
  readonly done: boolean
}

const names = Array.from({ length: 10 }, (_, digit) => String(digit))

/** Asks rounds, one at a time, and reports each as it grows. @param token of the service, where it has one */
export function createRounds(report: (round: Round) => void, token?: string) {
  const panes = new Map<string, Promise<EdgePane>>()
  const services = new Map<string, Promise<EdgeService>>()
  let wanted: { pixels: Uint8Array; pane: GalleryPane | undefined; index: GalleryIndex } | undefined
  let running = false
  let last: Round | undefined

  const paneOf = (file: string) =>
    remembered(panes, file, async () => openEdgePane(await paneFile(file, token)))
  const serviceOf = (model: string) =>
    remembered(services, model, () => connect(location.origin, model, { timeout: 20_000, token }))

  const asked = async (model: string, sample: Float32Array): Promise<Asked> => {
    const service = await serviceOf(model)
    const start = performance.now()
    const answer = await service.infer(sample)
    const milliseconds = performance.now() - start
    const [first] = decode(answer, names)
    if (!first) throw new Error('the service gave no answer')
    const { label, probability } = first
    const probabilities = names.map((name) => first.all.find((c) => c.label === name)?.probability ?? 0)
    return { label, probability, probabilities, milliseconds, bytes: sample.byteLength }
  }

  const run = async (next: NonNullable<typeof wanted>) => {
    const { pixels, pane, index } = next
    const asks = index.classifier?.model
    let round: Round = { pixels, done: false, pane: pane?.name, model: asks }
    const grow = (more: Partial<Round>) => {
      round = { ...round, ...more }
      last = round
      report(round)
    }
    // The same digit before another pane: its raw answer is known.
    const known = last?.pixels === pixels && last.model === asks ? last.raw : undefined
    last = undefined
    const raw = async () => {
      if (!index.classifier) return
      const { model, preprocessing } = index.classifier
      grow({ raw: known ?? (await asked(model, preprocessImages(pixels, preprocessing, [1, side, side]))) })
    }
    const obfuscated = async () => {
      if (!pane || !index.classifier) return
      const opened = await paneOf(pane.file)
      const start = performance.now()
      const released = await opened.protect(pixels)
      grow({ released, milliseconds: performance.now() - start })
      const attack = async () => {
        const service = await serviceOf(pane.attack)
        const { values } = await service.infer(released)
        const picture = new Uint8Array(Uint8ClampedArray.from(values, (v) => 255 * v).buffer)
        const { ssim, psnr } = imageSimilarity(picture, pixels, [1, side, side])
        grow({ picture, ssim: ssim[0]!, psnr: psnr[0]! })
      }
      const answer = async () => grow({ obfuscated: await asked(index.classifier!.model, released) })
      await all(answer(), attack())
    }
    try {
      await all(raw(), obfuscated())
      grow({ done: true })
    } catch (error) {
      grow({ failure: failureWords(error), done: true })
    }
  }

  const loop = async () => {
    running = true
    while (wanted) {
      const next = wanted
      wanted = undefined
      await run(next)
    }
    running = false
  }

  return {
    /** Asks a digit before a pane; without a pane, the raw digit alone. */
    ask(pixels: Uint8Array, pane: GalleryPane | undefined, index: GalleryIndex): void {
      wanted = { pixels, pane, index }
      if (!running) void loop()
    },
    /** Fetches a pane before it is wanted. */
    fetchPane(pane: GalleryPane): Promise<unknown> {
      return paneOf(pane.file)
    },
  }
}

async function paneFile(file: string, token: string | undefined): Promise<ArrayBuffer> {
  const response = await fetch(file, { headers: bearer(token) })
  if (response.ok) return response.arrayBuffer()
  throw new Error(`the pane cannot be had: the service answers ${response.status}`)
}

/** Waits for all, also where one fails: what still runs must not report after the round has ended. */
async function all(...work: readonly Promise<void>[]): Promise<void> {
  const ended = await Promise.allSettled(work)
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

/** A value made once; a failure is forgotten, so that the next try is a new one. */
function remembered<T>(all: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = all.get(key)
  if (known) return known
  const made = make()
  all.set(key, made)
  made.catch(() => all.delete(key))
  return made
}

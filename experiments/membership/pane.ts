// Membership of a learned obfuscator's training images, attacked with shadow panes before the same classifier.
// Source: Zheng et al. 2019 (ObfNet); Carlini et al. 2022. The classifier saw none of these images.
// A pane of few images, trained long, remembers more than one of many.

import { attackMembership, shadowScores } from '../../src/audit/index.ts'
import { openImages, takeImages } from '../../src/data/index.ts'
import { tensor } from '../../src/graph/index.ts'
import {
  type ObfuscatorPane,
  openClassifierService,
  trainClassifier,
  trainObfuscator,
} from '../../src/protect/index.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { type Attacked, attacked } from './attacked.ts'

/** One pane, its shadows, and the classifier behind all of them. */
export interface PaneTask {
  readonly kind: 'pane'
  readonly images: string
  /** Images that are drawn: half of them train each pane. */
  readonly rows: number
  /** Other images, which train the classifier. */
  readonly classifierRows: number
  readonly shadows: number
  readonly epochs: number
  readonly seed: number
}

/** Trains the panes and attacks the first. */
export async function attackPane(task: PaneTask, signal?: AbortSignal): Promise<Attacked[]> {
  const { rows, classifierRows, shadows, epochs, seed } = task
  const abort = signal ? { signal } : {}
  const all = await openImages(task.images, { split: 'train' })
  const order = shuffle(upTo(all.count), seededStream(seed, 'pane'))
  const set = takeImages(all, order.slice(0, rows))
  const others = takeImages(all, order.slice(rows, rows + classifierRows))
  const classifier = await trainClassifier(others, {
    architecture: 'infnet-mlp',
    epochs: 6,
    seed,
    threads: 1,
    ...abort,
  })
  const service = await openClassifierService(classifier, { threads: 1 })
  const panes: ObfuscatorPane[] = []
  try {
    const train = async (chosen: Int32Array, paneSeed: number) => {
      const { pane } = await trainObfuscator(classifier, takeImages(set, chosen), {
        kind: 'mlp',
        epochs,
        seed: paneSeed,
        threads: 1,
        ...abort,
      })
      panes.push(pane)
      // What the service is asked by a device: it gets the pane's sample alone.
      return async () =>
        service.probabilities(tensor(await pane.protect(set.pixels), [set.count, ...pane.card.output]))
    }
    const half = new Set(shuffle(upTo(rows), seededStream(seed, 'members')).subarray(0, rows >> 1))
    const member = Uint8Array.from({ length: rows }, (_, i) => Number(half.has(i)))
    const target = await train(
      upTo(rows).filter((i) => member[i]),
      seed,
    )
    const candidates = {
      x: tensor(set.pixels, [rows, set.pixels.length / rows], 'uint8'),
      labels: set.labels!.of,
    }
    const found = await shadowScores(candidates, train, { count: shadows, seed, ...abort })
    return (await attackMembership(target, { ...candidates, member, shadows: found }, seed)).map(attacked)
  } finally {
    for (const pane of panes) await pane.close()
    await service.close()
  }
}

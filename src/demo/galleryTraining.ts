// Trains what the page shows: a classifier, an obfuscator before it, the attack on that, and measures all three.
// Source: ObfNet (Xu et al. 2020) for classifier and panes; Yonan et al. 2025 for RecNet (adversary `server`).
// A few minutes' training on few digits: the papers' experiments (`frostglass reproduce`) are the place for fine numbers.

import { similarityMeasures } from '../audit/images/similarity.ts'
import { imageSimilarity, trainRecNet } from '../audit/index.ts'
import { imageSize } from '../data/images/imageSet.ts'
import type { ImageSet } from '../data/index.ts'
import { type Tensor, tensor } from '../graph/index.ts'
import { type Classifier, measureService, trainClassifier, trainObfuscator } from '../protect/index.ts'
import type { GalleryPane, Likeness } from './galleryIndex.ts'

/** How long and with what the gallery is trained. */
export interface GalleryRecipe {
  readonly epochs: { readonly classifier: number; readonly pane: number; readonly attack: number }
  readonly seed: number
}

/** What a training heeds and tells. */
export interface TrainingCourse {
  readonly threads: number
  readonly signal?: AbortSignal | undefined
  /** Share done, 0 … 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** Fewer rounds than published, and fewer still over more digits: all is to end within minutes. */
export function recipeFor(images: number, seed = 0): GalleryRecipe {
  const rounds = (most: number, least: number) =>
    Math.max(least, Math.min(most, Math.round((most * 8000) / images)))
  return { epochs: { classifier: rounds(14, 3), pane: rounds(10, 3), attack: rounds(4, 1) }, seed }
}

/** The service's model, and what it answers to raw test digits. */
export async function trainGalleryClassifier(
  train: ImageSet,
  test: ImageSet,
  { epochs, seed }: GalleryRecipe,
  { threads, signal, onProgress }: TrainingCourse,
): Promise<{ classifier: Classifier; accuracy: number; answerAlone: Likeness }> {
  const classifier = await trainClassifier(train, {
    architecture: 'infnet-mlp',
    epochs: epochs.classifier,
    seed,
    test,
    threads,
    signal,
    onProgress,
  })
  return {
    classifier,
    accuracy: classifier.accuracy,
    answerAlone: likenessOf(test.pixels, meanPictures(train, test), test),
  }
}

/** A pane with one bottleneck, and the attack on it. */
export async function trainGalleryPane(
  classifier: Classifier,
  train: ImageSet,
  test: ImageSet,
  bottleneck: number,
  { epochs, seed }: GalleryRecipe,
  { threads, signal, onProgress }: TrainingCourse,
): Promise<{
  pane: Uint8Array
  attack: Uint8Array
  measured: Pick<
    GalleryPane,
    'bottleneck' | 'bytes' | 'parameters' | 'flops' | 'accuracy' | 'likeness' | 'read' | 'seconds'
  >
}> {
  const start = performance.now()
  const course = { threads, signal }
  // An epoch of the attack, with its convolutions, takes some three times as long as one of the pane.
  const work = epochs.pane / (epochs.pane + 3 * epochs.attack)
  const { pane } = await trainObfuscator(classifier, train, {
    kind: 'mlp',
    bottleneck,
    epochs: epochs.pane,
    // Panes apart: the same seed would draw the same orders for each.
    seed: seed + bottleneck,
    test,
    ...course,
    onProgress: (share) => onProgress?.(share * work),
  })
  try {
    const rows = async (set: ImageSet): Promise<Tensor> =>
      tensor(await pane.protect(set.pixels), [set.count, ...pane.card.output])
    const released = await rows(train)
    const attack = await trainRecNet(released, train, {
      // The dense form, as published, takes half the time and reaches less (SSIM 0.60 and 0.70 before n = 64).
      shape: 'convolutional',
      bottleneck: 128,
      learningRate: 0.003,
      epochs: epochs.attack,
      seed: seed + bottleneck,
      ...course,
      onProgress: (share) => onProgress?.(work + share * (1 - work)),
    })
    const sent = await rows(test)
    const pictures = await attack.reconstruct(sent)
    const [answers, read] = [
      await measureService(classifier, sent, { labels: test.labels!.of }),
      await measureService(classifier, { ...test, pixels: pictures }),
    ]
    const { card, onnx } = pane
    return {
      pane: onnx,
      attack: attack.onnx(),
      measured: {
        bottleneck,
        bytes: onnx.length,
        parameters: card.parameters,
        flops: card.flops,
        accuracy: answers.accuracy,
        likeness: likenessOf(test.pixels, pictures, test),
        read: read.accuracy,
        seconds: (performance.now() - start) / 1000,
      },
    }
  } finally {
    await pane.close()
  }
}

function likenessOf(originals: Uint8Array, pictures: Uint8Array, { shape }: ImageSet): Likeness {
  const measures = similarityMeasures(imageSimilarity(originals, pictures, shape), 0)
  const of = (name: string) => measures.find((m) => m.name === name)!
  return { ssim: of('ssim').value, interval: of('ssim').interval, psnr: of('psnr').value }
}

/** For each test image the mean training image of its class. */
export function meanPictures(train: ImageSet, test: ImageSet): Uint8Array {
  const size = imageSize(train.shape)
  const classes = train.labels!.names.length
  const sums = Array.from({ length: classes }, () => new Float64Array(size))
  const counts = new Float64Array(classes)
  train.labels!.of.forEach((label, i) => {
    counts[label]!++
    const sum = sums[label]!
    for (let j = 0; j < size; j++) sum[j]! += train.pixels[i * size + j]!
  })
  const pictures = new Uint8Array(test.count * size)
  test.labels!.of.forEach((label, i) => {
    const count = counts[label] || 1
    pictures.set(
      sums[label]!.map((sum) => Math.round(sum / count)),
      i * size,
    )
  })
  return pictures
}

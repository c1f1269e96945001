// The study's adversaries on one pane: RecNet, ColorNet, NoisyNet, PathNet, and who only looks.
// Source: Yonan et al. 2025; the networks are audit/images'. The server has training images, the outsider makes its own.

import { trainAttributeNet } from '../../src/audit/images/attributeNet.ts'
import {
  chancePurity,
  neighbourPurity,
  silhouettes,
  squaredDistances,
} from '../../src/audit/images/neighbours.ts'
import { meanImage, similarityMeasures } from '../../src/audit/images/similarity.ts'
import { tsne } from '../../src/audit/images/tsne.ts'
import { imageSimilarity, type Measure, trainRecNet } from '../../src/audit/index.ts'
import { noisyImages, pathImages } from '../../src/data/images/synthetic.ts'
import type { ImageSet, Labels } from '../../src/data/index.ts'
import type { Tensor } from '../../src/graph/index.ts'
import { type Classifier, measureService, type ObfuscatorPane } from '../../src/protect/index.ts'
import { mean } from '../../src/statistics/moments.ts'
import { type Shown, shownImages } from '../images/shown.ts'
import { rightOf, type Share, share } from '../shares.ts'

interface Training {
  readonly seed: number
  readonly threads: number
  readonly epochs: number
  readonly signal?: AbortSignal | undefined
}

/** Images as a pane releases them. */
export async function releasedBy(pane: ObfuscatorPane, set: ImageSet, signal?: AbortSignal): Promise<Tensor> {
  const data = await pane.protect(set.pixels, signal ? { signal } : {})
  return { dtype: 'float32', shape: [set.count, ...pane.card.output], data }
}

/** What one reconstruction network gets back. */
export interface Reconstruction {
  readonly shape: 'dense' | 'convolutional'
  /** `mse`, `psnr`, `ssim`: means over the judged images with 95% intervals. */
  readonly similarity: readonly Measure[]
  /** Reconstructions that show the digit: the service's own classifier, which knows raw digits alone, names it. */
  readonly digit: Share
  /** Reconstructions that show the colour: by a rule on the three channels' sums. */
  readonly color: Share
  /** The shown images as reconstructed. */
  readonly shown: Shown
}

/**
 * The widest bottleneck from which the convolutional RecNet is tried, too: at 32 and more, four epochs of it stayed far
 * behind the published one (SSIM .40 against .62 at ObfNet-MLP(32), .56 against .87 at 512), and took as long.
 */
export const widestConvolution = 16

/** RecNet as published, and where `convolutional` epochs are given the convolutional form of ours. */
export async function reconstructionFrom(
  pane: ObfuscatorPane,
  images: { readonly known: ImageSet; readonly judged: ImageSet; readonly shown: ImageSet },
  options: Training & { readonly convolutional: number; readonly classifier: Classifier },
): Promise<Reconstruction[]> {
  const { seed, threads, signal, classifier } = options
  const truth = images.judged
  const [known, judged, shown] = [
    await releasedBy(pane, images.known, signal),
    await releasedBy(pane, images.judged, signal),
    await releasedBy(pane, images.shown, signal),
  ]
  const found: Reconstruction[] = []
  for (const [shape, epochs] of [
    ['dense', options.epochs],
    ['convolutional', options.convolutional],
  ] as const) {
    if (epochs === 0) continue
    const net = await trainRecNet(known, images.known, {
      shape,
      epochs,
      seed,
      threads,
      validation: 0.1,
      signal,
    })
    const back = await net.reconstruct(judged)
    const { answers } = await measureService(classifier, { ...truth, pixels: back }, { threads })
    found.push({
      shape,
      similarity: similarityMeasures(imageSimilarity(back, truth.pixels, truth.shape), seed),
      digit: share(rightOf(answers, truth.labels!.of), truth.count),
      color: share(rightOf(colorsSeen(back, truth.count), truth.attributes['color']!.of), truth.count),
      shown: shownImages({ ...images.shown, pixels: await net.reconstruct(shown) }),
    })
  }
  return found
}

/**
 * The colour that an image shows, by the number of its name: a channel counts that has more than half of the strongest
 * channel's light. −1 for what is none of the seven.
 */
export function colorsSeen(pixels: Uint8Array, count: number): Int32Array {
  const area = pixels.length / count / 3
  return Int32Array.from({ length: count }, (_, image) => {
    const light = [0, 1, 2].map((c) => {
      const at = (3 * image + c) * area
      return pixels.subarray(at, at + area).reduce((a, b) => a + b, 0)
    })
    const most = Math.max(...light)
    return channels.indexOf(light.map((v) => (v > most / 2 ? 1 : 0)).join(''))
  })
}

/** Channels of the seven colours, in the order of `colorNames`. */
const channels = ['100', '010', '001', '011', '101', '110', '111']

/** How alike the mean of the known images is to the judged ones: what one has without any attack. */
export const imagesLikeMean = (known: ImageSet, judged: ImageSet, seed: number): Measure[] =>
  similarityMeasures(imageSimilarity(judged.pixels, meanImage(known.pixels, known.shape), judged.shape), seed)

/** F_a of the three adversaries on the attribute `color`. */
export interface Colors {
  readonly colorNet: Share
  readonly noisyNet: Share
  readonly pathNet: Share
}

/** Trains each on images that it has or makes, and asks it for the colours of the judged ones. */
export async function colorsFrom(
  pane: ObfuscatorPane,
  images: { readonly known: ImageSet; readonly judged: ImageSet; readonly made: number },
  options: Training,
): Promise<Colors> {
  const { seed, signal } = options
  const truth = images.judged.attributes['color']!
  const judged = await releasedBy(pane, images.judged, signal)
  const shareOf = async (learned: ImageSet): Promise<Share> => {
    const net = await trainAttributeNet(
      await releasedBy(pane, learned, signal),
      learned.attributes['color']!,
      {
        ...options,
        validation: 0.1,
      },
    )
    return share(rightOf(await net.classify(judged), truth.of), truth.of.length)
  }
  const size = [images.judged.shape[1], images.judged.shape[2]] as const
  return {
    colorNet: await shareOf(images.known),
    noisyNet: await shareOf(noisyImages(images.made, { seed: seed + 1, size })),
    pathNet: await shareOf(pathImages(images.made, { seed: seed + 1, size })),
  }
}

/** How far samples of one class lie together. */
export interface Grouping {
  /** Share of the 15 nearest others that are of a sample's class: in the released space, and on the map. */
  readonly purity: number
  readonly chance: number
  readonly mapPurity: number
  readonly mapSilhouette: number
}

export interface Structure {
  readonly digit: Grouping
  readonly color: Grouping
  /** Places on the map, and the classes of the samples there. */
  readonly map?:
    | {
        readonly places: readonly number[]
        readonly digits: readonly number[]
        readonly colors: readonly number[]
      }
    | undefined
}

/** t-SNE with perplexity 15 of the samples as they left, and the same measured without a map. */
export async function structureOf(
  released: Float32Array,
  set: ImageSet,
  options: { readonly seed: number; readonly map: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Structure> {
  const { seed, signal } = options
  const neighbours = 15
  const squared = await squaredDistances(released, set.count, signal)
  const places = await tsne(squared, { perplexity: 15, seed, signal })
  const onMap = await squaredDistances(places, set.count, signal)
  const grouping = ({ of }: Labels): Grouping => ({
    purity: mean(neighbourPurity(squared, of, neighbours)),
    chance: chancePurity(of),
    mapPurity: mean(neighbourPurity(onMap, of, neighbours)),
    mapSilhouette: mean(silhouettes(onMap, of)),
  })
  const digits = set.labels!
  const colors = set.attributes['color']!
  return {
    digit: grouping(digits),
    color: grouping(colors),
    map: options.map
      ? {
          places: Array.from(places, (v) => Math.round(100 * v) / 100),
          digits: [...digits.of],
          colors: [...colors.of],
        }
      : undefined,
  }
}

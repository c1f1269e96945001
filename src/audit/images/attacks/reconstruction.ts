// RecNet: the service trains a network to undo the public pane, and looks at the images.
// Source: Yonan et al. 2025, RecNet; beside the published shape others of ours, the best by a validation part.
// SSIM says how much of the structure is back; whether a face or a digit is known again, the sheet shows.

import { imageSize } from '../../../data/images/imageSet.ts'
import { type ImageSet, type ImageShape, takeImages } from '../../../data/index.ts'
import { throwIfAborted } from '../../../errors.ts'
import { sizeOf, type Tensor } from '../../../graph/index.ts'
import { meanInterval } from '../../../statistics/bootstrap.ts'
import { mean } from '../../../statistics/moments.ts'
import type { Metric } from '../../finding.ts'
import type { Measure } from '../contract.ts'
import { imageAttack } from '../frame.ts'
import { takeTensorRows } from '../learning.ts'
import { batchFor, epochsFor, sampleRows, serverParts } from '../parts.ts'
import { type RecNet, type RecNetShape, trainRecNet } from '../recNet.ts'
import { reconstructionSheet, reducedImages } from '../sheets.ts'
import { bestConstant, imageSimilarity, meanImage, similarityMeasures } from '../similarity.ts'

const names: Readonly<Record<RecNetShape, string>> = {
  dense: 'the published shape (Dense 1024, Dense pixels)',
  convolutional: 'a dense layer followed by transposed convolutions',
  layout: 'convolutions over what left, which keep its layout',
}

/** The server's reconstruction. */
export const recnet = imageAttack({
  name: 'recnet',
  title: 'Reconstruction of the images (RecNet)',
  standpoint: 'server',
  aim: 'image',
  needs: 'the public pane and the images that it was trained on, or images like them',
  source: 'Yonan and others, Privacy-Preserving Machine Learning in IoT (SECRYPT 2025), RecNet',
  applies: ({ originals }) => originals.count >= 2,
  async run(evidence, { effort, seed, signal, onProgress }) {
    const { train, judged, note } = await serverParts(evidence, {
      effort,
      seed,
      signal,
    })
    const known = reducedImages(train.images)
    const truth = reducedImages(judged.images)
    const shapes = candidates(train.released.shape.slice(1), known.shape, judged.images.shape, effort)
    const nets: RecNet[] = []
    const batch = batchFor(sizeOf(train.released.shape.slice(1)))
    for (const [i, shape] of shapes.entries()) {
      nets.push(
        await trainRecNet(train.released, known, {
          shape,
          seed,
          batch,
          epochs: epochsFor(train.images.count, effort, batch),
          validation: 0.1,
          signal,
          onProgress: (share) => onProgress?.((i + share) / (shapes.length + 0.2)),
        }),
      )
    }
    const best = nets.reduce((a, b) => ((b.validationLoss ?? 1) < (a.validationLoss ?? 1) ? b : a))
    const level = await blackLevel(best, train.released, known, seed)
    const pixels = darkened(await best.reconstruct(judged.released), level)
    throwIfAborted(signal)
    const alike = imageSimilarity(pixels, truth.pixels, truth.shape)
    const average = imageSimilarity(truth.pixels, meanImage(known.pixels, known.shape), truth.shape)
    const constant = bestConstant(truth.pixels, truth.shape, signal)
    const share = (values: Float64Array) => Math.min(1, Math.max(0, mean(values)))
    const [low, high] = meanInterval(alike.ssim, seed)
    const metric: Metric = {
      name: 'ssim',
      value: share(alike.ssim),
      interval: [Math.max(0, low), Math.max(0, high)],
      // Without the samples: the average image, or the best grey one.
      chance: Math.max(share(constant.ssim), share(average.ssim)),
    }
    onProgress?.(1)
    return [
      {
        rows: truth.count,
        metrics: [metric],
        measures: [
          ...similarityMeasures(alike, seed),
          ...similarityMeasures(average, seed).map((m) => ({ ...m, name: `${m.name} of the mean image` })),
          {
            name: 'ssim of the best constant image',
            value: mean(constant.ssim),
            interval: meanInterval(constant.ssim, seed),
          },
          ...ofClasses(known, truth, seed),
        ],
        pictures: [reconstructionSheet(judged.images, judged.released, { pixels, shape: truth.shape })],
        notes: [
          note,
          nets.length === 1
            ? `The network: ${names[best.shape]}.`
            : `Of ${nets.length} networks the best on a tenth that none was trained on: ${names[best.shape]}.`,
          ...(level > 0
            ? [
                `What it paints darker than ${level} of 255 counts as black: so its own training images come out best.`,
              ]
            : []),
          ...(truth.shape[1] < judged.images.shape[1]
            ? [`Images are reconstructed and compared at ${truth.shape[1]} × ${truth.shape[2]} pixels.`]
            : []),
          ...(evidence.panes.length > 1
            ? ['One network for all panes: it was not told which pane made which sample.']
            : []),
        ],
      },
    ]
  },
})

/** The shapes that are worth trying: a dense layer from all pixels of a photograph is too wide. */
function candidates(
  released: readonly number[],
  known: ImageShape,
  image: ImageShape,
  effort: 'quick' | 'full',
): RecNetShape[] {
  const keepsLayout = released.length === 3 && sizeOf(released) === imageSize(image)
  // On small images the published shape learns faster and ends better; with time the other one is worth a try.
  if (known[1] === image[1]) return effort === 'quick' ? ['dense'] : ['dense', 'convolutional']
  return keepsLayout ? ['layout', 'convolutional'] : ['convolutional']
}

/** Grey levels below which a reconstruction is taken for black: what an adversary does about a haze. */
const levels = [0, 13, 26, 38, 51, 64]

/** The level that gives the adversary's own images the highest SSIM. */
async function blackLevel(net: RecNet, released: Tensor, images: ImageSet, seed: number): Promise<number> {
  const rows = sampleRows(images.count, 200, seed, 'level')
  const truth = takeImages(images, rows).pixels
  const back = await net.reconstruct(takeTensorRows(released, rows))
  const scores = levels.map((level) => mean(imageSimilarity(darkened(back, level), truth, images.shape).ssim))
  return levels[scores.indexOf(Math.max(...scores))]!
}

const darkened = (pixels: Uint8Array, level: number): Uint8Array =>
  level === 0 ? pixels : pixels.map((v) => (v < level ? 0 : v))

/** What the class alone tells, which the service is given anyway: the mean image of each class as a guess. */
function ofClasses(known: ImageSet, truth: ImageSet, seed: number): Measure[] {
  if (!known.labels || !truth.labels) return []
  const size = imageSize(truth.shape)
  const means = known.labels.names.map((_, c) => {
    const rows = Int32Array.from(known.labels!.of.keys()).filter((i) => known.labels!.of[i] === c)
    return meanImage(rows.length ? takeImages(known, rows).pixels : known.pixels, known.shape)
  })
  const guess = new Uint8Array(truth.count * size)
  truth.labels.of.forEach((c, i) => void guess.set(means[c] ?? means[0]!, i * size))
  return similarityMeasures(imageSimilarity(guess, truth.pixels, truth.shape), seed)
    .filter(({ name }) => name === 'ssim')
    .map((m) => ({ ...m, name: 'ssim of the mean image of the true class' }))
}

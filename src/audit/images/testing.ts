// Panes for tests: small ONNX-like graphs in TypeScript that hide nothing, everything, or a part.
// Source: the contract of ObfuscatorPane; each is what an attack must find, or must not.
// Test code: no product code imports it.

import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageSet, ImageShape, Labels } from '../../data/index.ts'
import { tensor } from '../../graph/index.ts'
import type { ObfuscatorPane, PaneCard } from '../../protect/index.ts'
import { seededStream } from '../../random/seeded.ts'
import type { ImageEvidence } from './contract.ts'

/** A pane from a function of one image's pixels (0 … 1) to as many numbers as `output` has. */
export function paneOf(
  name: string,
  input: ImageShape,
  output: readonly number[],
  protect: (pixels: Float64Array, into: Float32Array) => void,
): ObfuscatorPane {
  const size = imageSize(input)
  const width = output.reduce((a, d) => a * d, 1)
  return {
    standing: 'public',
    scheme: 'learned-obfuscator',
    fingerprint: name.padEnd(32, '0'),
    card: {
      kind: name,
      bottleneck: null,
      input,
      output,
      parameters: 0,
      givesAway: 'for tests',
    } as unknown as PaneCard,
    onnx: new Uint8Array(0),
    async protect(pixels) {
      const count = pixels.length / size
      const out = new Float32Array(count * width)
      for (let i = 0; i < count; i++) {
        const image = Float64Array.from(pixels.subarray(i * size, (i + 1) * size), (v) => v / 255)
        protect(image, out.subarray(i * width, (i + 1) * width))
      }
      return out
    },
    async close() {},
  }
}

/** What left is the image. */
export const identityPane = (shape: ImageShape): ObfuscatorPane =>
  paneOf('identity', shape, shape, (pixels, into) => void into.set(pixels))

/** What left says nothing: always the same. */
export const constantPane = (shape: ImageShape): ObfuscatorPane =>
  paneOf('constant', shape, [16], (_, into) => void into.fill(0.5))

/** What left is noise, new each time. */
export function noisePane(shape: ImageShape, seed: number): ObfuscatorPane {
  const source = seededStream(seed, 'noise pane')
  return paneOf('noise', shape, [16], (_, into) => {
    for (let k = 0; k < into.length; k++) into[k] = source.normal()
  })
}

/** A random projection: every pane another. Nothing is lost where `width` is at least the number of pixels. */
export function projectionPane(shape: ImageShape, width: number, seed: number): ObfuscatorPane {
  const size = imageSize(shape)
  const source = seededStream(seed, 'projection pane')
  const matrix = Float64Array.from({ length: size * width }, () => source.normal() / Math.sqrt(size))
  return paneOf(`projection${seed}`, shape, [width], (pixels, into) => {
    for (let k = 0; k < width; k++) {
      let sum = 0
      for (let j = 0; j < size; j++) sum += matrix[k * size + j]! * pixels[j]!
      into[k] = sum
    }
  })
}

/** A pane that remembers the images that it was trained on: it marks them, and says the class of every image. */
export function rememberingPane(training: ImageSet, originals: ImageSet): ObfuscatorPane {
  const size = imageSize(training.shape)
  const keyOf = (pixels: ArrayLike<number>) => Array.from(pixels).join()
  const keysOf = ({ count, pixels }: ImageSet) =>
    Array.from({ length: count }, (_, i) => keyOf(pixels.subarray(i * size, (i + 1) * size)))
  const known = new Set(keysOf(training))
  const classes = new Map(
    [training, originals].flatMap((set) =>
      keysOf(set).map((imageKey, i) => [imageKey, set.labels!.of[i]!] as const),
    ),
  )
  return paneOf('remembering', training.shape, [3], (pixels, into) => {
    const imageKey = keyOf(pixels.map((v) => Math.round(255 * v)))
    into[0] = known.has(imageKey) ? 1 : 0
    into[1] = classes.get(imageKey)!
  })
}

/**
 * Images of bars: the class is the bar's row, the attribute its side, the rest a little noise. Small, and easy to
 * learn: what attacks miss here they cannot do at all.
 */
export function barImages(count: number, seed: number, shape: ImageShape = [1, 12, 12]): ImageSet {
  const [channels, height, width] = shape
  const source = seededStream(seed, 'bars')
  const pixels = new Uint8Array(count * imageSize(shape))
  const names = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix} ${i}`)
  const row = Int32Array.from({ length: count }, () => Math.floor(3 * source.uniform()))
  const side = Int32Array.from({ length: count }, () => Math.floor(2 * source.uniform()))
  for (let i = 0; i < count; i++) {
    const bright = 160 + Math.floor(90 * source.uniform())
    const length = 3 + Math.floor(3 * source.uniform())
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < 3; y++) {
        for (let x = 0; x < length; x++) {
          const at = (1 + 3 * row[i]! + y) * width + (side[i] ? width - 1 - x : x)
          pixels[(i * channels + c) * height * width + at] = bright - Math.floor(30 * source.uniform())
        }
      }
    }
  }
  const labels: Labels = { names: names('row', 3), of: row }
  return {
    name: 'bars',
    shape,
    count,
    pixels,
    labels,
    attributes: { side: { names: names('side', 2), of: side } },
  }
}

/** Evidence of panes on images, each image through one of them in turn. */
export async function evidenceOf(
  panes: readonly ObfuscatorPane[],
  originals: ImageSet,
  training?: ImageSet,
): Promise<ImageEvidence> {
  const size = imageSize(originals.shape)
  const output = panes[0]!.card.output
  const width = output.reduce((a, d) => a * d, 1)
  const paneIndex = Int32Array.from({ length: originals.count }, (_, i) => (i * 7) % panes.length)
  const data = new Float32Array(originals.count * width)
  for (let i = 0; i < originals.count; i++) {
    const pane = panes[paneIndex[i]!]!
    data.set(await pane.protect(originals.pixels.subarray(i * size, (i + 1) * size)), i * width)
  }
  return {
    originals,
    released: tensor(data, [originals.count, ...output]),
    panes,
    paneOf: paneIndex,
    training,
  }
}

// Two attributes that every image has and no file need name: how much ink it has, and how it slants.
// Source: image moments, Hu (1962); thickness and slant are what handwriting is told apart by (Morpho-MNIST, Castro 2019).
// Of photographs they are contrast and lean, and stand for attributes that nobody wrote down; others may leak more.

import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageSet, Labels } from '../../data/index.ts'

/** Names of the classes, from the smallest third on. */
const classes = {
  ink: ['little', 'middling', 'much'],
  slant: ['top to the right', 'upright', 'top to the left'],
} as const

/**
 * Adds the attributes `ink` and `slant` to images, each in three classes: the thirds of the audited images.
 * An attribute of that name that is there already stays.
 * @param training is divided where the audited images are.
 */
export function withComputedAttributes(
  originals: ImageSet,
  training?: ImageSet,
): { readonly originals: ImageSet; readonly training?: ImageSet | undefined } {
  const measured = { ink: new Float64Array(originals.count), slant: new Float64Array(originals.count) }
  measure(originals, measured)
  const thirds = { ink: thirdsOf(measured.ink), slant: thirdsOf(measured.slant) }
  const named = (set: ImageSet, values: Measured): ImageSet => ({
    ...set,
    attributes: {
      ink: labelled('ink', values.ink, thirds.ink),
      slant: labelled('slant', values.slant, thirds.slant),
      ...set.attributes,
    },
  })
  if (!training) return { originals: named(originals, measured) }
  const others = { ink: new Float64Array(training.count), slant: new Float64Array(training.count) }
  measure(training, others)
  return { originals: named(originals, measured), training: named(training, others) }
}

interface Measured {
  readonly ink: Float64Array
  readonly slant: Float64Array
}

/** Ink is the mean distance of pixels from the border's median, slant the shear of its moments: μ₁₁ / μ₀₂. */
function measure({ pixels, shape, count }: ImageSet, { ink, slant }: Measured): void {
  const [channels, height, width] = shape
  const size = imageSize(shape)
  const weights = new Float64Array(height * width)
  for (let i = 0; i < count; i++) {
    weights.fill(0)
    for (let c = 0; c < channels; c++) {
      const plane = pixels.subarray(i * size + c * height * width, i * size + (c + 1) * height * width)
      const paper = borderMedian(plane, height, width)
      for (let k = 0; k < weights.length; k++)
        weights[k] = weights[k]! + Math.abs(plane[k]! - paper) / channels
    }
    let [sum, x, y] = [0, 0, 0]
    weights.forEach((w, k) => {
      sum += w
      x += w * (k % width)
      y += w * Math.floor(k / width)
    })
    ink[i] = sum / weights.length
    if (sum === 0) continue
    let [both, upright] = [0, 0]
    weights.forEach((w, k) => {
      const down = Math.floor(k / width) - y / sum
      both += w * ((k % width) - x / sum) * down
      upright += w * down * down
    })
    slant[i] = upright > 0 ? both / upright : 0
  }
}

function borderMedian(plane: Uint8Array, height: number, width: number): number {
  const border: number[] = []
  for (let k = 0; k < plane.length; k++) {
    const [row, column] = [Math.floor(k / width), k % width]
    if (row === 0 || row === height - 1 || column === 0 || column === width - 1) border.push(plane[k]!)
  }
  return border.sort((a, b) => a - b)[border.length >> 1]!
}

/** Where the second third and the last begin. */
function thirdsOf(values: Float64Array): readonly [number, number] {
  const sorted = values.toSorted()
  const at = (share: number) => sorted[Math.floor(share * sorted.length)]!
  return [at(1 / 3), at(2 / 3)]
}

function labelled(
  name: keyof typeof classes,
  values: Float64Array,
  [second, last]: readonly [number, number],
): Labels {
  return {
    names: [...classes[name]],
    of: Int32Array.from(values, (v) => Number(v >= second) + Number(v >= last)),
  }
}

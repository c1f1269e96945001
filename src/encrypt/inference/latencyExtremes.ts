// Images that a network answers with large numbers: projected ascent, as one who looks for the worst input does it.
// Source: Goodfellow, Shlens and Szegedy 2015 (steps by the gradient's signs); Rumelhart, Hinton and Williams 1986 (the slopes).
// It finds large answers, not the largest: bounds.ts has what none is beyond.

import { seededRandom } from '../../random/seeded.ts'
import { type PolynomialNetwork, placesOf } from './network.ts'

/** Steps of an ascent, by the gradient's sign: half a pixel's range first, all of it at the end. */
const steps = 10

/** Outputs that are looked at, at the most. */
const mostOutputs = 16

/** Numbers after each layer, and by how much each of them moves one output; the pixels' slopes as well. */
export interface Slopes {
  readonly numbers: readonly Float64Array[]
  readonly slopes: readonly Float64Array[]
  readonly pixels: Float64Array
}

/** The outputs whose last weights are the largest: of few all. */
export function outputsToWatch({ layers }: PolynomialNetwork): number[] {
  const last = layers.at(-1)
  if (last?.kind !== 'dense') return []
  const size = new Float64Array(last.outputs)
  last.weights.forEach((w, i) => {
    size[i % last.outputs]! += w * w
  })
  return Array.from(size, (_, o) => o)
    .sort((a, b) => size[b]! - size[a]!)
    .slice(0, mostOutputs)
}

/**
 * All 0, all 1, checkers, noise, and for each output (of many those of the largest weights) an image that makes it large and one
 * that makes it small.
 * @param starts of each ascent: from grey, then from noise
 */
export function extremeImages(network: PolynomialNetwork, starts = 1): Float64Array[] {
  const { input } = network
  const [, , width] = input
  const size = input[0] * input[1] * input[2]
  const source = seededRandom(1)
  const pixels = (of: (i: number) => number) => Float64Array.from({ length: size }, (_, i) => of(i))
  const found = [
    pixels(() => 0),
    pixels(() => 1),
    pixels((i) => ((i % width) + Math.floor(i / width)) % 2),
    pixels((i) => (i + 1 + Math.floor(i / width)) % 2),
    pixels(() => source.uniform()),
  ]
  const slopes = slopesOf(network)
  for (const output of outputsToWatch(network))
    for (const sign of [1, -1])
      for (let start = 0; start < starts; start++) {
        let image = pixels(() => (start === 0 ? 0.5 : source.uniform()))
        for (let step = 0; step < steps; step++) {
          const slope = slopes(image, output).pixels
          const far = step < steps / 2 ? 0.5 : 1
          image = image.map((v, i) => Math.min(1, Math.max(0, v + far * sign * Math.sign(slope[i]!))))
        }
        found.push(image)
      }
  return found
}

/** The slopes of an output at an image. */
export function slopesOf({ input, layers }: PolynomialNetwork) {
  const [first] = layers
  const places = first?.kind === 'conv' ? placesOf(input, first) : []
  const windows = places[0]?.length ?? 0
  /** Pairs of a pixel and a number of a convolution that meet, with their weight. */
  const meetings = (visit: (pixel: number, at: number, weight: number) => void) => {
    if (first?.kind !== 'conv') return
    for (let filter = 0; filter < first.filters; filter++)
      places.forEach((row, position) => {
        const weight = first.weights[filter * places.length + position]!
        for (let window = 0; window < windows; window++)
          if (row[window]! >= 0) visit(row[window]!, filter * windows + window, weight)
      })
  }
  return (image: Float64Array, output: number): Slopes => {
    const numbers: Float64Array[] = []
    let values = image
    for (const layer of layers) {
      if (layer.kind === 'square') values = values.map((v) => v * v)
      else if (layer.kind === 'conv') {
        const next = Float64Array.from({ length: layer.filters * windows }, (_, i) =>
          Number(layer.bias[Math.floor(i / windows)]),
        )
        meetings((pixel, at, weight) => {
          next[at]! += weight * image[pixel]!
        })
        values = next
      } else {
        const next = Float64Array.from(layer.bias)
        values.forEach((v, i) => {
          for (let o = 0; o < layer.outputs; o++) next[o]! += v * layer.weights[i * layer.outputs + o]!
        })
        values = next
      }
      numbers.push(values)
    }
    let slope = Float64Array.from(values, (_, o) => (o === output ? 1 : 0))
    const slopes: Float64Array[] = []
    for (let l = layers.length - 1; l >= 0; l--) {
      slopes.unshift(slope)
      const layer = layers[l]!
      const before = l === 0 ? image : numbers[l - 1]!
      if (layer.kind === 'square') slope = slope.map((g, i) => 2 * g * before[i]!)
      else if (layer.kind === 'dense') {
        const next = new Float64Array(before.length)
        for (let i = 0; i < next.length; i++)
          for (let o = 0; o < layer.outputs; o++)
            next[i]! += slope[o]! * layer.weights[i * layer.outputs + o]!
        slope = next
      } else {
        const next = new Float64Array(before.length)
        meetings((pixel, at, weight) => {
          next[pixel]! += weight * slope[at]!
        })
        slope = next
      }
    }
    return { numbers, slopes, pixels: slope }
  }
}

// How one axis is resampled: for each element of the result, which elements it is made of and with which weights.
// Source: ONNX Resize (opset 19): all modes and coordinate transformations; Keys, Cubic Convolution Interpolation (1981).
// Axes are resampled one after another: nothing here knows of more than one.

import { FrostglassError } from '../../errors.ts'
import type { Attributes } from '../contract.ts'
import { attribute, flag } from '../operator.ts'

/** One axis to resample. */
export interface Sampling {
  readonly from: number
  readonly to: number
  readonly scale: number
  /** Where a crop begins and ends, as shares of the axis. */
  readonly roi: readonly [number, number]
}

/** For each element of the result `count` places (clamped to the axis) and weights; and which lie outside a crop. */
export interface Taps {
  readonly count: number
  readonly places: Int32Array
  readonly weights: Float64Array
  /** 1 where the result takes the extrapolation value. */
  readonly outside: Uint8Array
}

const transformations = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_crop_and_resize',
] as const

const nearestModes = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const
const modes = ['nearest', 'linear', 'cubic'] as const

/** One of the words that an attribute may be. @throws FrostglassError `unsupported` for another. */
export function wordOf<T extends string>(
  attributes: Attributes,
  name: string,
  words: readonly T[],
  what: string,
): T {
  const word = attribute<string>(attributes, name, words[0]!)
  if (words.includes(word as T)) return word as T
  throw new FrostglassError('unsupported', `${what}: ${name} '${word}' is not one of ${words.join(', ')}`)
}

/** How a resampling is done. @throws FrostglassError `unsupported` for a word that ONNX does not have. */
export function methodOf(attributes: Attributes, what: string) {
  return {
    mode: wordOf(attributes, 'mode', modes, what),
    transformation: wordOf(attributes, 'coordinate_transformation_mode', transformations, what),
    nearest: wordOf(attributes, 'nearest_mode', nearestModes, what),
    antialias: flag(attributes, 'antialias'),
    excludes: flag(attributes, 'exclude_outside'),
    cubic: attribute(attributes, 'cubic_coeff_a', -0.75),
  }
}

/** What {@link methodOf} answers. */
export type Method = ReturnType<typeof methodOf>

/** Where element `i` of the result lies among the elements that there are. */
function coordinate(i: number, { from, to, scale, roi }: Sampling, transformation: string): number {
  // A scale may ask for a fraction of an element more than there are in the result.
  const length = scale * from
  const [start, end] = roi
  switch (transformation) {
    case 'align_corners':
      return length === 1 ? 0 : (i * (from - 1)) / (length - 1)
    case 'asymmetric':
      return i / scale
    case 'tf_crop_and_resize':
      if (length === 1) return ((start + end) * (from - 1)) / 2
      return start * (from - 1) + (i * (end - start) * (from - 1)) / (length - 1)
    case 'pytorch_half_pixel':
      return length === 1 ? -0.5 : (i + 0.5) / scale - 0.5
    case 'half_pixel_symmetric':
      return (from / 2) * (1 - to / length) + (i + 0.5) / scale - 0.5
    default:
      return (i + 0.5) / scale - 0.5
  }
}

const cubicWeight = (distance: number, a: number): number => {
  const x = Math.abs(distance)
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
}

/** The weight of an element at this distance, and beyond which distance there is none. */
function filterOf({ mode, antialias, cubic }: Method, scale: number) {
  // Where the result is smaller, the filter is as much wider.
  const width = antialias ? Math.min(scale, 1) : 1
  const half = mode === 'cubic' ? 2 : 1
  const weight = (distance: number): number =>
    mode === 'cubic' ? cubicWeight(distance * width, cubic) : Math.max(0, 1 - Math.abs(distance * width))
  return { weight, reach: 1 - (Math.floor(-half / width) + 1) }
}

const clamp = (place: number, size: number): number => Math.min(Math.max(place, 0), size - 1)

function nearestPlace(at: number, mode: string): number {
  // In float32, as the runtime counts: a quotient that is a whole number in it may be a hair less in float64.
  const x = Math.fround(at)
  const down = Math.floor(x)
  if (mode === 'floor') return down
  if (mode === 'ceil') return Math.ceil(x)
  const rest = x - down
  return rest < 0.5 || (rest === 0.5 && mode === 'round_prefer_floor') ? down : down + 1
}

/** Plans the resampling of an axis. */
export function tapsOf(axis: Sampling, method: Method): Taps {
  const { from, to, scale } = axis
  const { weight, reach } = filterOf(method, scale)
  const count = method.mode === 'nearest' ? 1 : 2 * reach
  const places = new Int32Array(to * count)
  const weights = new Float64Array(to * count)
  const outside = new Uint8Array(to)
  for (let i = 0; i < to; i++) {
    const at = coordinate(i, axis, method.transformation)
    if (method.transformation === 'tf_crop_and_resize' && (at < 0 || at > from - 1)) outside[i] = 1
    if (method.mode === 'nearest') {
      places[i] = clamp(nearestPlace(at, method.nearest), from)
      weights[i] = 1
      continue
    }
    // Of an even number of neighbours the lower ones are taken where both are as near.
    const first = Math.ceil(at) - reach
    let sum = 0
    for (let j = 0; j < count; j++) {
      const place = first + j
      const w = method.excludes && (place < 0 || place >= from) ? 0 : weight(place - at)
      places[i * count + j] = clamp(place, from)
      weights[i * count + j] = w
      sum += w
    }
    const divides = (method.excludes || method.antialias) && sum !== 0
    if (divides) for (let j = 0; j < count; j++) weights[i * count + j]! /= sum
  }
  return { count, places, weights, outside }
}

/** The same as a matrix of `to` rows and `from` columns; rows outside a crop are 0. */
export function matrixOf({ count, places, weights, outside }: Taps, from: number): Float64Array {
  const matrix = new Float64Array(outside.length * from)
  outside.forEach((isOutside, i) => {
    if (isOutside) return
    for (let j = 0; j < count; j++) {
      const at = i * from + places[i * count + j]!
      matrix[at] = matrix[at]! + weights[i * count + j]!
    }
  })
  return matrix
}

// The scattering transform of images as a layer: averages of wavelet moduli of first and second order.
// Source: Bruna and Mallat 2013, Invariant Scattering Convolution Networks; J = 2 scales, L = 8 directions.
// It is fixed: nothing of it is learned, so features of one image say nothing of another.

import { FrostglassError } from '../../errors.ts'
import { add, concat, constant, matmul, mul, reshape, split, sqrt, type Value } from '../../graph/index.ts'
import { functionLayer, type GraphLayer } from '../layers/graph.ts'
import { averageSpectrum, directions, scales, waveletSpectrum } from './filters.ts'
import {
  type ComplexMatrix,
  forwardTransform,
  fromTheLeft,
  fromTheRight,
  inverseTransform,
} from './fourier.ts'

/** Features of each channel at each place: one average, 16 of first order, 64 of second. */
const featuresOfChannel = 1 + scales * directions + directions * directions

/** One axis of an image: its size, the size that it is padded to, and what each padded pixel shows. */
interface Axis {
  readonly size: number
  readonly padded: number
  /** Pixels of the image, reflected at its ends without repeating the last. */
  readonly source: readonly number[]
}

const smallest = 5

function axisOf(size: number): Axis {
  const step = 2 ** scales
  const padded = (Math.floor((size + step) / step) + 1) * step
  const before = Math.floor((padded - size) / 2)
  const source = Array.from({ length: padded }, (_, p) => {
    const at = Math.abs(p - before)
    return at < size ? at : 2 * (size - 1) - at
  })
  return { size, padded, source }
}

/**
 * Scattering of J = 2 scales, L = 8 directions and order 2 as a layer: [N, c, h, w] to
 * [N, 81 c, h', w'], channel after channel of the image; h' and w' are about a quarter of h and w, 7 of 28. Pixels from 0 to 1.
 * The order of features, filters and boundaries are Kymatio's.
 *
 * Convolutions are products with Fourier transforms from both sides: of a 28 × 28 image some 12 million
 * multiplications, where the same filters in space would take 50.
 * @throws FrostglassError `usage` for images of fewer than 5 pixels a side
 * @example sequential([scattering([1, 28, 28]), flatten(), dense({ units: 10 })], { input: [1, 28, 28] })
 */
export function scattering(
  [channels, height, width]: readonly [channels: number, height: number, width: number],
  options: { name?: string | undefined } = {},
): GraphLayer {
  if (Math.min(height, width) < smallest)
    throw new FrostglassError(
      'usage',
      `an image of ${height} × ${width} pixels is too small for scattering`,
      `Give images of at least ${smallest} × ${smallest}.`,
    )
  return functionLayer(
    [channels, height, width],
    (x) => scattered(x, channels, axisOf(height), axisOf(width)),
    options,
  )
}

function scattered(x: Value, channels: number, rows: Axis, columns: Axis): Value {
  const [h, w] = [rows.padded, columns.padded]
  const [h2, w2] = [h / 2, w / 2]
  const fineBank = waveletBank(h, w, 0)
  const coarseBank = waveletBank(h, w, 1)
  const image = reshape(x, [-1, 1, rows.size, columns.size])

  const zeroth = matmul(reshape(image, [-1, 1, rows.size * columns.size]), averages(rows, columns, 1, true))
  const seen = spectrumOf(image, folded(forwardTransform(h), rows), folded(forwardTransform(w), columns))
  const fine = moduli(seen, fineBank, [h, w], 1, directions)
  const coarse = moduli(seen, coarseBank, [h, w], 2, directions)
  const first = [
    matmul(reshape(fine, [-1, directions, h * w]), averages(rows, columns, 1, false)),
    matmul(reshape(coarse, [-1, directions, h2 * w2]), averages(rows, columns, 2, false)),
  ]
  const spectra = spectrumOf(fine, forwardTransform(h), forwardTransform(w))
  const twice = moduli(spectra, coarseBank, [h, w], 2, directions * directions)
  const second = matmul(
    reshape(twice, [-1, directions * directions, h2 * w2]),
    averages(rows, columns, 2, false),
  )
  const all = concat([zeroth, ...first, second], 1)
  return reshape(all, [-1, featuresOfChannel * channels, h / 4 - 2, w / 4 - 2])
}

/** [N, m, h, w] to its spectrum [N, m, H, 2, W]. */
function spectrumOf(x: Value, down: ComplexMatrix, right: ComplexMatrix): Value {
  const maps = x.shape[1] as number
  // A real map has no imaginary part: the upper half of the matrix is enough.
  const half = fromTheRight(right).subarray(0, 2 * right.columns * right.rows)
  const across = matmul(x, constant(half, [right.columns, 2 * right.rows]))
  const turns = reshape(across, [-1, maps, 2 * down.columns, right.rows])
  return matmul(constant(fromTheLeft(down), [2 * down.rows, 2 * down.columns]), turns)
}

/** Moduli of a scale's wavelets on maps of which the spectra are given, every `step`-th sample: [N, count, h, w]. */
function moduli(
  spectra: Value,
  bank: Float64Array,
  [h, w]: readonly [number, number],
  step: 1 | 2,
  count: number,
): Value {
  const maps = spectra.shape[1] as number
  // Frequencies of rows that every second sample cannot tell apart are added up first: half of the products are saved.
  const rows = h / step
  const parts = step === 1 ? [spectra] : split(reshape(spectra, [-1, maps, step, 2 * rows, w]), step, 2)
  const filtered = parts.map((part, i) => {
    const band = Float64Array.from({ length: directions * 2 * rows * w }, (_, at) => {
      const [d, row] = [Math.floor(at / (2 * rows * w)), Math.floor(at / (2 * w)) % rows]
      return bank[(d * h + i * rows + row) * w + (at % w)]!
    })
    return mul(reshape(part, [-1, 1, 2 * rows * w]), constant(band, [directions, 2 * rows * w]))
  })
  const product = filtered.reduce((a, b) => add(a, b))
  const right = constant(fromTheRight(inverseTransform(w, step)), [2 * w, (2 * w) / step])
  const across = matmul(reshape(product, [-1, count, rows, 2 * w]), right)
  const left = constant(fromTheLeft(inverseTransform(h, step, rows), true), [2 * rows, 2 * rows])
  const turned = matmul(left, reshape(across, [-1, count, 2 * rows, w / step]))
  const [real, imaginary] = split(turned, 2, 2) as [Value, Value]
  return sqrt(add(mul(real, real), mul(imaginary, imaginary)))
}

/** Spectra of the wavelets of one scale, [8, h, w]. */
function waveletBank(h: number, w: number, j: number): Float64Array {
  const bank = new Float64Array(directions * h * w)
  for (let d = 0; d < directions; d++) bank.set(waveletSpectrum(h, w, j, d), d * h * w)
  return bank
}

/** Averages of maps of every `step`-th sample as one product: [pixels, places], for padded maps or for images. */
function averages(rows: Axis, columns: Axis, step: 1 | 2, image: boolean): Value {
  const [h, w] = [rows.padded / step, columns.padded / step]
  const { re: cosH } = forwardTransform(h)
  const { re: cosW } = forwardTransform(w)
  const phi = averageSpectrum(rows.padded, columns.padded, step)
  // Back to space; the spectrum is real and even in each direction, so cosines are enough.
  const along = Float64Array.from({ length: h * w }, (_, i) => {
    const [l, x] = [Math.floor(i / w), i % w]
    let sum = 0
    for (let k = 0; k < w; k++) sum += phi[l * w + k]! * cosW[x * w + k]!
    return sum / w
  })
  const kernel = Float64Array.from({ length: h * w }, (_, i) => {
    const [y, x] = [Math.floor(i / w), i % w]
    let sum = 0
    for (let l = 0; l < h; l++) sum += along[l * w + x]! * cosH[y * h + l]!
    return sum / h
  })
  const between = 4 / step
  const [high, wide] = [h / between - 2, w / between - 2]
  const [inputHeight, inputWidth] = image ? [rows.size, columns.size] : [h, w]
  const matrix = new Float64Array(inputHeight * inputWidth * high * wide)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const [fromY, fromX] = image ? [rows.source[y]!, columns.source[x]!] : [y, x]
      const at = (fromY * inputWidth + fromX) * high * wide
      for (let p = 0; p < high * wide; p++) {
        // Places of the padding's outermost averages are left out.
        const dy = ((Math.floor(p / wide) + 1) * between - y + h) % h
        const dx = (((p % wide) + 1) * between - x + w) % w
        matrix[at + p] = matrix[at + p]! + kernel[dy * w + dx]!
      }
    }
  return constant(matrix, [inputHeight * inputWidth, high * wide])
}

/** A transform of padded signals as one of the images' own: what shows the same pixel is added up. */
function folded({ rows, columns, re, im }: ComplexMatrix, { size, source }: Axis): ComplexMatrix {
  const add = (of: Float64Array) => {
    const out = new Float64Array(rows * size)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const at = r * size + source[c]!
        out[at] = out[at]! + of[r * columns + c]!
      }
    return out
  }
  return { rows, columns: size, re: add(re), im: add(im) }
}

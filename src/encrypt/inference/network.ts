// A network of sums, products and squares alone: what can be computed on ciphertexts; and its answers in the plain.
// Source: Gilad-Bachrach et al. 2016 (CryptoNets): convolution, square, dense, square, dense.
// Weights are float64 here; what an encrypted run rounds is its own.

import { FrostglassError } from '../../errors.ts'

/** The shape of a convolution over images [channels, height, width]. */
export interface ConvShape {
  readonly kind: 'conv'
  readonly filters: number
  readonly kernel: readonly [height: number, width: number]
  readonly stride: readonly [number, number]
  /** Zeros added on each side. */
  readonly padding: readonly [number, number]
}

/** A convolution; filters as ONNX has them. */
export interface ConvLayer extends ConvShape {
  /** [filters, channels, height, width]. */
  readonly weights: Float64Array
  readonly bias: Float64Array
}

/** The shape of a dense layer. */
export interface DenseShape {
  readonly kind: 'dense'
  readonly outputs: number
}

/** outputs = inputs · weights + bias. */
export interface DenseLayer extends DenseShape {
  /** [inputs, outputs]. */
  readonly weights: Float64Array
  readonly bias: Float64Array
}

/** x². */
export interface SquareLayer {
  readonly kind: 'square'
}

/** A network without its weights: what the other side may know. JSON. */
export interface NetworkShape {
  readonly input: readonly [channels: number, height: number, width: number]
  readonly layers: readonly (ConvShape | DenseShape | SquareLayer)[]
}

/** One convolution first, or none; then dense layers, with squares between. */
export interface PolynomialNetwork extends NetworkShape {
  readonly layers: readonly (ConvLayer | DenseLayer | SquareLayer)[]
}

/** @throws FrostglassError `input` for a weight or bias that is no finite number */
export function requireFinite({ layers }: PolynomialNetwork): void {
  for (const layer of layers)
    if (layer.kind !== 'square' && ![...layer.weights, ...layer.bias].every(Number.isFinite))
      throw new FrostglassError(
        'input',
        'a weight or bias of the network is no finite number',
        'Take an earlier one: it was trained until it diverged, or is damaged.',
      )
}

/**
 * Holds a network to its form: at most one convolution, as the first layer; a dense layer last; a kernel that fits into the image; and as
 * many weights and biases as each layer takes of the one before.
 * @throws FrostglassError `unsupported` for another order, `input` for sizes that do not fit together
 */
export function requireForm({ input, layers }: PolynomialNetwork): void {
  const refuse = (code: 'unsupported' | 'input', what: string, hint: string): never => {
    throw new FrostglassError(code, what, hint)
  }
  const order = 'Take one convolution first, or none; then squares and dense layers, a dense layer last.'
  const counts = (least: number, ...all: readonly number[]) =>
    all.every((size) => Number.isSafeInteger(size) && size >= least)
  if (input.length !== 3 || !counts(1, ...input))
    refuse(
      'input',
      `an image of ${input.join('×')} is none`,
      'Give channels, height and width as whole numbers from 1.',
    )
  if (layers.length === 0) refuse('unsupported', 'the network has no layers', order)
  let width = input[0] * input[1] * input[2]
  layers.forEach((layer, i) => {
    const place = `layer ${i + 1}`
    if (layer.kind === 'square') return
    const { weights, bias } = layer
    let wanted: number
    let units: number
    if (layer.kind === 'conv') {
      const { filters, kernel, stride, padding } = layer
      if (i > 0) refuse('unsupported', `${place} is a convolution, which only the first can be`, order)
      if (!counts(1, filters, ...kernel, ...stride) || !counts(0, ...padding))
        refuse('input', `${place}: filters, kernel, stride and padding are whole numbers`, order)
      const [down, across] = windowsOf(input, layer)
      if (down < 1 || across < 1)
        refuse(
          'unsupported',
          `${place}: a kernel of ${kernel.join('×')} is larger than the image of ${input[1]}×${input[2]} with its padding`,
          'Take a smaller kernel, or pad the image.',
        )
      wanted = filters * input[0] * kernel[0] * kernel[1]
      units = filters
      width = filters * down * across
    } else {
      units = layer.outputs
      if (!counts(1, units))
        refuse('input', `${place} has ${units} outputs`, 'Give a dense layer one or more.')
      wanted = width * units
      width = units
    }
    if (weights.length !== wanted || bias.length !== units)
      refuse(
        'input',
        `${place} has ${weights.length} weights and ${bias.length} biases, and what comes to it takes ${wanted} and ${units}`,
        'Make the layers fit together: inputs × outputs weights, a bias an output.',
      )
  })
  const { kind } = layers.at(-1)!
  if (kind !== 'dense')
    refuse(
      'unsupported',
      `the last layer is a ${kind === 'conv' ? 'convolution' : 'square'}, and a network ends in a dense layer`,
      order,
    )
}

/** Places of a convolution's windows: how many down and across. */
export function windowsOf(
  [, height, width]: NetworkShape['input'],
  { kernel, stride, padding }: ConvShape,
): readonly [down: number, across: number] {
  const count = (side: number, axis: 0 | 1) =>
    Math.floor((side + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1
  return [count(height, 0), count(width, 1)]
}

/**
 * Where a convolution's windows look: row `position`, column `window`; positions in the order of the weights.
 * @returns [channels · kernel height · kernel width] rows of one place in the image a window, −1 in the padding
 */
export function placesOf(input: NetworkShape['input'], layer: ConvShape): Int32Array[] {
  const [channels, height, width] = input
  const [down, across] = windowsOf(input, layer)
  const { kernel, stride, padding } = layer
  const rows: Int32Array[] = []
  for (let channel = 0; channel < channels; channel++)
    for (let ky = 0; ky < kernel[0]; ky++)
      for (let kx = 0; kx < kernel[1]; kx++)
        rows.push(
          Int32Array.from({ length: down * across }, (_, window) => {
            const y = Math.floor(window / across) * stride[0] - padding[0] + ky
            const x = (window % across) * stride[1] - padding[1] + kx
            const inside = y >= 0 && y < height && x >= 0 && x < width
            return inside ? (channel * height + y) * width + x : -1
          }),
        )
  return rows
}

/** What a convolution's windows see: the numbers at their places, 0 in the padding. */
export const patchesOf = (
  image: ArrayLike<number>,
  input: NetworkShape['input'],
  layer: ConvShape,
): Float64Array[] =>
  placesOf(input, layer).map((places) =>
    Float64Array.from(places, (place) => (place < 0 ? 0 : image[place]!)),
  )

/** Answers of one image in the plain, and the largest |number| after each layer. */
export function answerPlainly(
  { input, layers }: PolynomialNetwork,
  image: ArrayLike<number>,
): { readonly answers: Float64Array; readonly largest: readonly number[] } {
  let values = Float64Array.from(image)
  const largest: number[] = []
  for (const layer of layers) {
    if (layer.kind === 'square') values = values.map((v) => v * v)
    else if (layer.kind === 'conv') values = convolved(values, input, layer)
    else {
      const { outputs, weights, bias } = layer
      const next = Float64Array.from(bias)
      values.forEach((v, i) => {
        for (let o = 0; o < outputs; o++) next[o] = next[o]! + v * weights[i * outputs + o]!
      })
      values = next
    }
    largest.push(values.reduce((most, v) => Math.max(most, Math.abs(v)), 0))
  }
  return { answers: values, largest }
}

function convolved(
  image: Float64Array,
  input: NetworkShape['input'],
  layer: ConvLayer,
): Float64Array<ArrayBuffer> {
  const patches = patchesOf(image, input, layer)
  const windows = patches[0]!.length
  return Float64Array.from({ length: layer.filters * windows }, (_, at) => {
    const filter = Math.floor(at / windows)
    return patches.reduce(
      (sum, row, position) => sum + row[at % windows]! * layer.weights[filter * patches.length + position]!,
      layer.bias[filter]!,
    )
  })
}

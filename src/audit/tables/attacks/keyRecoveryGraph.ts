// Layers with unknown weights as graphs of the engine: their outputs and all slopes, by weights and by inputs.
// Source: SPG section 4.2, stages 5 to 7 (matrix, bias, activation); the chain rule layer by layer, as in backpropagation.
// The last layer's matrix and bias are not weights here: given the hidden layers, least squares gives them exactly.

import {
  compile,
  concat,
  expand,
  gemm,
  gradients,
  graph,
  input,
  matmul,
  mul,
  type Program,
  reduceSum,
  reshape,
  slice,
  split,
  sub,
  type Tensor,
  type Value,
} from '../../../graph/index.ts'
import { filled } from '../../../graph/value.ts'

/** The architecture that is fitted: hidden layers of one width between features and released columns. */
export interface Architecture {
  readonly features: number
  readonly outputs: number
  readonly width: number
  /** Hidden layers; at least one. */
  readonly hidden: number
  /** The public activation. */
  readonly activate: (z: Value) => Value
}

/** How many numbers each hidden layer has: `width` rows of weights, each with its bias at the end. */
export function layerSizes({ features, width, hidden }: Architecture): number[] {
  return Array.from({ length: hidden }, (_, l) => width * ((l === 0 ? features : width) + 1))
}

/** What a fit needs of the known rows. All arrays row-major. */
export interface FitPrograms {
  /** `[rows, width]`: what the last layer is applied to. */
  outputsOf(weights: Float64Array): Promise<Float64Array>
  /**
   * The normal equations of the hidden weights, the last layer projected out (Kaufman's approximation).
   * @param last `[outputs, width]`, the last layer's matrix
   * @param basis `[rows, width + 1]`, orthonormal: spans what the last layer can add
   * @param residual `[rows, outputs]`
   * @returns `products` JᵀJ, `[weights, weights]`; `slope` Jᵀ residual
   */
  normalEquations(
    weights: Float64Array,
    last: Float64Array,
    basis: Float64Array,
    residual: Float64Array,
  ): Promise<{ products: Float64Array; slope: Float64Array }>
  close(): Promise<void>
}

/** @param x `[rows, features]`, the known rows. */
export async function fitPrograms(
  architecture: Architecture,
  x: Float64Array,
  rows: number,
): Promise<FitPrograms> {
  const { features, outputs, width } = architecture
  const sizes = layerSizes(architecture)
  const count = sizes.reduce((a, b) => a + b, 0)
  const weights = input('weights', [count], 'float64')
  const known = input('known', [rows, features], 'float64')
  const last = input('last', [outputs, width], 'float64')
  const basis = input('basis', [rows, width + 1], 'float64')
  const residual = input('residual', [rows, outputs], 'float64')
  const layers = hiddenLayers(architecture, weights, known, rows)
  const forward = await compile(graph({ inputs: [weights, known], outputs: { top: layers.at(-1)!.output } }))

  const blocks: Value[] = []
  sensitivities(layers, last, rows, outputs, (layer, delta, index) => {
    const deltas = reshape(delta, [rows, outputs, width, 1])
    const wide = reshape(layer.input, [rows, 1, 1, layer.input.shape[1] as number])
    blocks.unshift(reshape(mul(deltas, wide), [rows, outputs, sizes[index]!]))
  })
  // What the last layer can undo by itself does not count: Q Qᵀ J is taken away.
  const jacobian = reshape(concat(blocks, 2), [rows, outputs * count])
  const projected = sub(jacobian, matmul(basis, gemm(basis, jacobian, undefined, { transA: true })))
  const flat = reshape(projected, [rows * outputs, count])
  const normal = await compile(
    graph({
      inputs: [weights, known, last, basis, residual],
      outputs: {
        products: gemm(flat, flat, undefined, { transA: true }),
        slope: gemm(flat, reshape(residual, [rows * outputs, 1]), undefined, { transA: true }),
      },
    }),
    { threads: 1 },
  )
  const knownFeed = numbers(x, [rows, features])
  return {
    async outputsOf(w) {
      const answer = await forward.run({ weights: numbers(w, [count]), known: knownFeed })
      return Float64Array.from(answer['top']!.data as Float64Array)
    },
    async normalEquations(w, a, q, r) {
      const answer = await normal.run({
        weights: numbers(w, [count]),
        known: knownFeed,
        last: numbers(a, [outputs, width]),
        basis: numbers(q, [rows, width + 1]),
        residual: numbers(r, [rows, outputs]),
      })
      const copy = (name: string) => Float64Array.from(answer[name]!.data as Float64Array)
      return { products: copy('products'), slope: copy('slope') }
    },
    close: () => closeAll([forward, normal]),
  }
}

/** A fitted stack at rows of features. All arrays row-major. */
export interface InversionProgram {
  /** `values` `[rows, outputs]`, and their slopes by the features, `[rows, outputs, features]`. */
  run(x: Float64Array): Promise<{ values: Float64Array; slopes: Float64Array }>
  close(): Promise<void>
}

/**
 * @param last `[outputs, width + 1]`: the last layer's matrix, each row with its bias at the end
 */
export async function inversionProgram(
  architecture: Architecture,
  fitted: { readonly weights: Float64Array; readonly last: Float64Array },
  rows: number,
): Promise<InversionProgram> {
  const { features, outputs, width } = architecture
  const weights = input('weights', [fitted.weights.length], 'float64')
  const last = input('last', [outputs, width + 1], 'float64')
  const x = input('x', [rows, features], 'float64')
  const layers = hiddenLayers(architecture, weights, x, rows)
  const values = gemm(withOnes(layers.at(-1)!.output, rows), last, undefined, { transB: true })
  const slopes = sensitivities(layers, withoutBias(last, width), rows, outputs, () => {})
  const program = await compile(graph({ inputs: [weights, last, x], outputs: { values, slopes } }), {
    threads: 1,
  })
  return {
    async run(at) {
      const answer = await program.run({
        weights: numbers(fitted.weights, [fitted.weights.length]),
        last: numbers(fitted.last, [outputs, width + 1]),
        x: numbers(at, [rows, features]),
      })
      const copy = (name: string) => Float64Array.from(answer[name]!.data as Float64Array)
      return { values: copy('values'), slopes: copy('slopes') }
    },
    close: () => program.close(),
  }
}

interface HiddenLayer {
  /** `[rows, in + 1]`: what comes in, and a one for the bias. */
  readonly input: Value
  /** `[width, in]` */
  readonly matrix: Value
  /** `[rows, width]`: the activation's slope. */
  readonly slope: Value
  readonly output: Value
}

function hiddenLayers(
  { features, width, hidden, activate }: Architecture,
  weights: Value,
  x: Value,
  rows: number,
): HiddenLayer[] {
  const sizes = Array.from({ length: hidden }, (_, l) => width * ((l === 0 ? features : width) + 1))
  const parts = hidden === 1 ? [weights] : split(weights, sizes, 0)
  let h = x
  return parts.map((part, l) => {
    const size = l === 0 ? features : width
    const weights = reshape(part, [width, size + 1])
    const wide = withOnes(h, rows)
    const z = gemm(wide, weights, undefined, { transB: true })
    const output = activate(z)
    const slope = gradients(reduceSum(output), [z])[0]!
    h = output
    return { input: wide, matrix: withoutBias(weights, size), slope, output }
  })
}

/**
 * Goes down the layers with the slopes of every output by every unit, `[rows, outputs, units]`, and answers those by
 * the features.
 */
function sensitivities(
  layers: readonly HiddenLayer[],
  last: Value,
  rows: number,
  outputs: number,
  visit: (layer: HiddenLayer, delta: Value, index: number) => void,
): Value {
  const width = last.shape[1] as number
  let delta = expand(reshape(last, [1, outputs, width]), [rows, outputs, width])
  for (const [back, layer] of layers.toReversed().entries()) {
    delta = mul(delta, reshape(layer.slope, [rows, 1, width]))
    visit(layer, delta, layers.length - 1 - back)
    delta = matmul(delta, layer.matrix)
  }
  return delta
}

function withOnes(x: Value, rows: number): Value {
  return concat([x, filled([rows, 1], 1, 'float64')], 1)
}

function withoutBias(matrix: Value, columns: number): Value {
  return slice(matrix, [0], [columns], [1])
}

function numbers(data: Float64Array, shape: readonly number[]): Tensor {
  return { dtype: 'float64', shape, data }
}

async function closeAll(programs: readonly Program[]): Promise<void> {
  for (const program of programs) await program.close()
}

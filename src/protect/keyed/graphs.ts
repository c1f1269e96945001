// The layers as graphs: features to protected values, and back, feature-major; and row-major as the paper draws them.
// Source: SPG section 4.2, stages 4 to 7 and Figure 10.
// Float64 throughout. How many digits the way back loses is measured when a key is made.

import { add, constant, gather, gemm, matmul, mul, sub, transpose, type Value } from '../../graph/index.ts'
import type { Attributes } from './attributes.ts'
import { applyBlocks, type BlockMatrix, inverseOrder, reordered, shifted, undoBlocks } from './blockMatrix.ts'
import type { Layer, SecretMatrix, Stack } from './layers.ts'
import type { InvertibleMatrix } from './matrix.ts'

/**
 * Features to protected values, both feature-major `[k, n]`: the columns of a table stay contiguous, and one matrix
 * product takes a whole chunk. Subtracting the minimum is a node of its own (a column of large numbers with a small
 * range would lose its digits if that were folded into the bias); scaling and order are folded into the first matrix.
 * @param after leaves out the last activation and bias: what the next calibration looks at, given its matrix.
 */
export function protectColumns(features: Value, stack: Stack, after?: SecretMatrix): Value {
  const { attributes, order, layers, activation } = stack
  const k = attributes.count
  let h = sub(features, column(attributes.shift))
  const steps = after ? [...layers, { matrix: after, bias: new Float64Array(k) }] : layers
  steps.forEach(({ matrix, bias }, l) => {
    if ('scale' in matrix) {
      h = shifted(applyBlocks(matrix, l === 0 ? normalised(h, attributes, order) : h), bias)
      if (l < layers.length) h = activation.forward(h)
      return
    }
    const first = l === 0 ? foldInput(matrix, bias, attributes, order) : { weights: matrix.forward, bias }
    h = gemm(constant(first.weights, [k, k], 'float64'), h, column(first.bias))
    if (l < layers.length) h = activation.forward(h)
  })
  return h
}

/** Protected values back to features, both `[k, n]`. Values outside the activation's range give NaN or infinity. */
export function restoreColumns(protectedValues: Value, stack: Stack): Value {
  const { attributes, order, layers, activation } = stack
  const k = attributes.count
  let h = protectedValues
  layers.toReversed().forEach(({ matrix, bias }, l) => {
    const z = sub(activation.inverse(h), column(bias))
    const last = l === layers.length - 1
    if ('scale' in matrix) {
      h = undoBlocks(matrix, z)
      if (last) h = denormalised(h, attributes, order)
      return
    }
    const weights = last ? foldOutput(matrix, attributes, order) : matrix.inverse
    const product = matmul(constant(weights, [k, k], 'float64'), z)
    h = last ? add(product, column(attributes.centre.map((c, i) => c * attributes.width[i]!))) : product
  })
  // The minimum last, and by itself: a column of few distinct numbers far from zero comes back to the very bits.
  return add(h, column(attributes.shift))
}

/**
 * The same layers row-major, `[N, k]` to `[N, k]`, as the paper draws them (Figure 10): normalise, reorder, then a
 * dense layer and its activation each. The order is a dense layer too, a permutation matrix.
 */
export function protectRows(features: Value, stack: Stack): Value {
  const { attributes, order, layers, activation } = stack
  const k = attributes.count
  const scale = attributes.width.map((w) => (w === 0 ? 0 : 1 / w))
  let h = sub(mul(sub(features, row(attributes.shift)), row(scale)), row(attributes.centre))
  if (layers.some(({ matrix }) => 'scale' in matrix)) {
    h = gather(h, constant(order, [k], 'int64'), 1)
    // Sparse factors are applied to columns: the rows are turned into columns for them, and back.
    for (const { matrix, bias } of layers)
      h = activation.forward(
        add(transpose(applyBlocks(matrix as BlockMatrix, transpose(h, [1, 0])), [1, 0]), row(bias)),
      )
    return h
  }
  const permutation = new Float64Array(k * k)
  order.forEach((feature, i) => {
    permutation[feature * k + i] = 1
  })
  h = matmul(h, constant(permutation, [k, k], 'float64'))
  for (const { matrix, bias } of layers as readonly Layer[]) {
    const transposed = Float64Array.from(
      matrix.forward,
      (_, i) => matrix.forward[(i % k) * k + Math.floor(i / k)]!,
    )
    h = activation.forward(add(matmul(h, constant(transposed, [k, k], 'float64')), row(bias)))
  }
  return h
}

/** diag(1/width) (x - shift) - centre, in the secret order; `x` less the shift already. */
function normalised(x: Value, attributes: Attributes, order: Int32Array): Value {
  const scale = attributes.width.map((w) => (w === 0 ? 0 : 1 / w))
  return reordered(sub(mul(x, column(scale)), column(attributes.centre)), order)
}

/** The inverse of {@link normalised}. */
function denormalised(h: Value, attributes: Attributes, order: Int32Array): Value {
  const features = add(reordered(h, inverseOrder(order)), column(attributes.centre))
  return mul(features, column(attributes.width))
}

// A P diag(1/width) (x - shift) + (b - A P centre)
function foldInput(matrix: InvertibleMatrix, bias: Float64Array, attributes: Attributes, order: Int32Array) {
  const k = matrix.size
  const weights = new Float64Array(k * k)
  const moved = Float64Array.from(bias)
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const feature = order[j]!
      const width = attributes.width[feature]!
      const a = matrix.forward[i * k + j]!
      weights[i * k + feature] = width === 0 ? 0 : a / width
      moved[i] = moved[i]! - a * attributes.centre[feature]!
    }
  }
  return { weights, bias: moved }
}

// diag(width) Pᵀ A⁻¹
function foldOutput(matrix: InvertibleMatrix, attributes: Attributes, order: Int32Array): Float64Array {
  const k = matrix.size
  const weights = new Float64Array(k * k)
  for (let i = 0; i < k; i++) {
    const feature = order[i]!
    for (let j = 0; j < k; j++) {
      weights[feature * k + j] = attributes.width[feature]! * matrix.inverse[i * k + j]!
    }
  }
  return weights
}

function column(values: Float64Array): Value {
  return constant(values, [values.length, 1], 'float64')
}

function row(values: Float64Array): Value {
  return constant(values, [1, values.length], 'float64')
}

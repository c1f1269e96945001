// Stages 4 to 7 as numbers: the secret order of attributes, and layers of matrix and bias scaled to the data.
// Source: SPG section 4.2, stages 4 to 7.
// With a public activation, one layer falls to k + 1 known rows by linear algebra; see BREAK.md and audit/linear.ts.

import { stream } from '../../secret/index.ts'
import { type Activation, keyActivation } from './activations.ts'
import { type Attributes, attributesOf } from './attributes.ts'
import { type BlockMatrix, blockMatrix, scaledBlocks } from './blockMatrix.ts'
import { boundedMatrix, glorotMatrix, type InvertibleMatrix } from './matrix.ts'
import type { KeyParameters, KeyRecord } from './schema.ts'

/** How a layer was scaled to the data that its key was made from: `z = gain · (A h - centre) + bias`. */
export interface Calibration {
  readonly gain: number
  readonly centre: number[]
}

/** A secret matrix of any construction. */
export type SecretMatrix = InvertibleMatrix | BlockMatrix

/** `h → activation(A h + b)`; the matrix holds the gain, the bias the centre. */
export interface Layer<M extends SecretMatrix = InvertibleMatrix> {
  readonly matrix: M
  readonly bias: Float64Array
}

/** The share of the activation's reach that the data may fill, and that the secret bias may add. */
const dataShare = 0.75
const biasShare = 0.25

/** Spreads below this are rounding noise of a constant table and are not scaled up. */
const smallestSpread = 1e-6

/** Layer `index` (from 1) before calibration: the secret matrix alone. */
export function secretMatrix(
  secret: Uint8Array,
  index: number,
  size: number,
  kind: 'bounded' | 'glorot',
): InvertibleMatrix
export function secretMatrix(
  secret: Uint8Array,
  index: number,
  size: number,
  kind: KeyParameters['matrix'],
): SecretMatrix
export function secretMatrix(
  secret: Uint8Array,
  index: number,
  size: number,
  kind: KeyParameters['matrix'],
): SecretMatrix {
  const random = stream(secret, 'matrix', index)
  if (kind === 'blocks') return blockMatrix(size, random)
  return kind === 'bounded' ? boundedMatrix(size, random) : glorotMatrix(size, random)
}

/** The gain and centre that put values between `low` and `high` (one of each a component of A h) within reach. */
export function calibrationFor(low: Float64Array, high: Float64Array, reach: number): Calibration {
  let spread = 0
  for (let i = 0; i < low.length; i++) spread = Math.max(spread, (high[i]! - low[i]!) / 2)
  return {
    gain: spread > smallestSpread ? (dataShare * reach) / spread : 1,
    centre: Array.from(low, (l, i) => (l + high[i]!) / 2),
  }
}

/**
 * Applies a calibration and the secret bias, uniform on a quarter of the reach either side. Without a calibration
 * (the paper's `glorot` variant) the bias is zero and the matrix stays as it was drawn.
 */
export function layerOf<M extends SecretMatrix>(
  secret: Uint8Array,
  index: number,
  matrix: M,
  calibration: Calibration | undefined,
  reach: number,
): Layer<M> {
  const { size } = matrix
  if (!calibration) return { matrix, bias: new Float64Array(size) }
  const { gain, centre } = calibration
  const secretPart = secretBias(secret, index, size, reach)
  return {
    matrix: withGain(matrix, gain) as M,
    bias: secretPart.map((b, i) => b - gain * centre[i]!),
  }
}

function withGain(matrix: SecretMatrix, gain: number): SecretMatrix {
  if ('scale' in matrix) return scaledBlocks(matrix, gain)
  return {
    size: matrix.size,
    forward: matrix.forward.map((a) => a * gain),
    inverse: matrix.inverse.map((a) => a / gain),
  }
}

/** Stage 6 alone: the secret bias of layer `index`, uniform on a quarter of the reach either side. */
export function secretBias(secret: Uint8Array, index: number, size: number, reach: number): Float64Array {
  const random = stream(secret, 'bias', index)
  return Float64Array.from({ length: size }, () => biasShare * reach * (2 * random.uniform() - 1))
}

/** Everything between raw features and protected values. */
export interface Stack {
  readonly attributes: Attributes
  /** Entry i: which feature comes i-th. */
  readonly order: Int32Array
  readonly layers: readonly Layer<SecretMatrix>[]
  readonly activation: Activation
}

/**
 * The layers that a record describes; with fewer calibrations than layers, those that are calibrated.
 * @param drawn matrices of the first layers, where the caller has drawn them already: drawing is most of the time
 */
export function stackOf(
  record: Pick<KeyRecord, 'columns' | 'parameters' | 'calibration'> &
    Partial<Pick<KeyRecord, 'roundTripError'>>,
  secret: Uint8Array,
  drawn: readonly SecretMatrix[] = [],
): Stack {
  const { columns, parameters, calibration, roundTripError } = record
  const attributes = attributesOf(columns, parameters.encoding, secret, roundTripError)
  const chosen = keyActivation(parameters.activation)
  const count = parameters.matrix === 'glorot' ? parameters.layers : calibration.length
  const layers = Array.from({ length: count }, (_, i) => {
    const matrix = drawn[i] ?? secretMatrix(secret, i + 1, attributes.count, parameters.matrix)
    return layerOf(secret, i + 1, matrix, calibration[i], chosen.reach)
  })
  return {
    attributes,
    order: stream(secret, 'columns').permutation(attributes.count),
    layers,
    activation: chosen,
  }
}

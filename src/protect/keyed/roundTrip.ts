// What a key's inverse loses on a table, measured, and which layer loses it.
// Source: docs/architecture.md#the-keyed-protection (a key whose inverse would lose more than 1e-6 of a column's range is refused).
// The measurement holds for the rows that were seen; rows outside the key's range may lose more.

import { FrostglassError } from '../../errors.ts'
import { blocksTimes } from './blockMatrix.ts'
import { type Blocks, featuresOf } from './calibrate.ts'
import { protectColumns, restoreColumns } from './graphs.ts'
import type { Layer, SecretMatrix, Stack } from './layers.ts'
import { roundTripLimit } from './limits.ts'
import { blockProgram } from './program.ts'

/** Largest |restore(protect(x)) - x| relative to each column's range (1 for a feature of a category). */
export interface RoundTrip {
  readonly columns: Float64Array
  readonly worst: { readonly error: number; readonly column: number /** from 0 */; readonly row: number }
  /** The features of the worst row, for `diagnose`. */
  readonly features: Float64Array
}

/** Goes through a table once. */
export async function measureRoundTrip(
  stack: Stack,
  columnCount: number,
  blocks: Blocks,
): Promise<RoundTrip> {
  const { attributes } = stack
  const k = attributes.count
  const program = blockProgram(k, (x) => restoreColumns(protectColumns(x, stack), stack))
  const columns = new Float64Array(columnCount)
  let worst = { error: -1, column: 0, row: 0 }
  let features = new Float64Array(k)
  try {
    for await (const block of blocks()) {
      const before = featuresOf(stack, block)
      const after = await program.run(before, block.rows)
      for (let i = 0; i < k; i++) {
        const width = attributes.width[i]!
        if (width === 0) continue
        const { error, row } = largestError(before, after, i * block.rows, block.rows)
        const column = attributes.columnOf[i]!
        columns[column] = Math.max(columns[column]!, error / width)
        if (error / width <= worst.error) continue
        worst = { error: error / width, column, row: block.offset + row }
        features = Float64Array.from({ length: k }, (_, j) => before[j * block.rows + row]!)
      }
    }
  } finally {
    await program.close()
  }
  return { columns, worst: { ...worst, error: Math.max(0, worst.error) }, features }
}

/**
 * Refuses what loses too much.
 * @throws FrostglassError `usage` that names column, row, layer, and what to change.
 */
export function requireRoundTrip(found: RoundTrip, stack: Stack, columnName: string): void {
  const { error, row } = found.worst
  if (error <= roundTripLimit) return
  const { activation, layers } = stack
  const losses = lossesOf(found.features, stack)
  const loss = losses.reduce((a, b) => (b.factor > a.factor ? b : a))
  const saturates = 1 / loss.slope > loss.condition
  const why = saturates
    ? `layer ${loss.layer} saturates: it feeds ${loss.largest.toPrecision(3)} to ${activation.name}, whose slope there is ${loss.slope.toExponential(1)}`
    : `the matrix of layer ${loss.layer} has a condition number of about ${loss.condition.toExponential(1)}`
  throw new FrostglassError(
    'usage',
    `this key would lose ${error === Number.POSITIVE_INFINITY ? 'all' : error.toExponential(1)} of the range of column '${columnName}' ` +
      `(row ${row + 1}; at most ${roundTripLimit.toExponential(0)} is allowed): of ${layers.length} layers, ${why}`,
    'Take fewer layers, the bounded matrix, or an activation that does not saturate (asinh, leaky-relu).',
  )
}

/** By how much a layer's inverse can magnify an error, at one row. */
interface Loss {
  readonly layer: number
  /** Largest |z| that the activation gets, and the slope there. */
  readonly largest: number
  readonly slope: number
  /** ‖A‖∞ ‖A⁻¹‖∞ */
  readonly condition: number
  readonly factor: number
}

function lossesOf(features: Float64Array, { attributes, order, layers, activation }: Stack): Loss[] {
  const normal = features.map((x, i) => {
    const width = attributes.width[i]!
    return width === 0 ? 0 : (x - attributes.shift[i]!) / width - attributes.centre[i]!
  })
  let h = Float64Array.from(order, (feature) => normal[feature]!)
  return layers.map((layer, l) => {
    const z = affine(layer, h)
    h = z.map((x) => activation.plain.forward(x))
    let steepest = { largest: 0, slope: Number.POSITIVE_INFINITY }
    for (const x of z) {
      const slope = activation.plain.slope(x)
      if (slope < steepest.slope) steepest = { largest: x, slope }
    }
    const condition = conditionOf(layer.matrix)
    return { layer: l + 1, ...steepest, condition, factor: condition / steepest.slope }
  })
}

/** ‖A‖∞ ‖A⁻¹‖∞, or what it is at most. */
function conditionOf(matrix: SecretMatrix): number {
  const { size } = matrix
  // ‖A‖∞ ≤ √k ‖A‖₂
  if ('scale' in matrix) return size * (Math.max(...matrix.scale) / Math.min(...matrix.scale))
  return infinityNorm(matrix.forward, size) * infinityNorm(matrix.inverse, size)
}

function affine({ matrix, bias }: Layer<SecretMatrix>, h: Float64Array): Float64Array {
  if ('scale' in matrix) return blocksTimes(matrix, h).map((z, i) => z + bias[i]!)
  const { size, forward } = matrix
  return bias.map((b, i) => {
    let z = b
    for (let j = 0; j < size; j++) z += forward[i * size + j]! * h[j]!
    return z
  })
}

function infinityNorm(a: Float64Array, size: number): number {
  let largest = 0
  for (let i = 0; i < size; i++) {
    let total = 0
    for (let j = 0; j < size; j++) total += Math.abs(a[i * size + j]!)
    largest = Math.max(largest, total)
  }
  return largest
}

function largestError(before: Float64Array, after: Float64Array, from: number, rows: number) {
  let error = 0
  let row = 0
  for (let r = 0; r < rows; r++) {
    const difference = Math.abs(after[from + r]! - before[from + r]!)
    // Not a number: the activation had saturated entirely.
    if (difference <= error) continue
    error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
    row = r
  }
  return { error, row }
}

// Fits the layers' scales to a table, one pass of the table a layer.
// Source: our own construction: as much of the activation as its inverse can bear, and no more (SPG leaves it to chance).
// The bound |z| ≤ reach holds for the rows that were seen; a later row outside the key's range may pass it.

import { keyActivation } from './activations.ts'
import type { Columns } from './attributes.ts'
import { protectColumns } from './graphs.ts'
import {
  type Calibration,
  calibrationFor,
  type SecretMatrix,
  type Stack,
  secretMatrix,
  stackOf,
} from './layers.ts'
import { blockProgram } from './program.ts'
import type { KeyRecord } from './schema.ts'

/** A block of a table, columns in the key's order, codes in the key's categories. */
export interface Block {
  readonly columns: Columns
  readonly rows: number
  /** Number of its first row, from 0. */
  readonly offset: number
}

/** Goes through a table from its start, each time it is called. */
export type Blocks = () => AsyncIterable<Block>

type Draft = Pick<KeyRecord, 'columns' | 'parameters' | 'calibration'>

/** Calibrations of all layers, and their matrices; none for the `glorot` variant, which is used as it is drawn. */
export async function calibrate(
  draft: Draft,
  secret: Uint8Array,
  blocks: Blocks,
): Promise<{ readonly calibration: Calibration[]; readonly matrices: readonly SecretMatrix[] }> {
  const { parameters } = draft
  const calibration: Calibration[] = []
  const matrices: SecretMatrix[] = []
  if (parameters.matrix === 'glorot') return { calibration, matrices }
  const { reach } = keyActivation(parameters.activation)
  for (let layer = 1; layer <= parameters.layers; layer++) {
    const before = stackOf({ ...draft, calibration }, secret, matrices)
    const k = before.attributes.count
    const matrix = secretMatrix(secret, layer, k, parameters.matrix)
    matrices.push(matrix)
    const low = new Float64Array(k).fill(Number.POSITIVE_INFINITY)
    const high = new Float64Array(k).fill(Number.NEGATIVE_INFINITY)
    const program = blockProgram(k, (x) => protectColumns(x, before, matrix))
    try {
      for await (const block of blocks()) {
        const z = await program.run(featuresOf(before, block), block.rows)
        widen(low, high, z, block.rows)
      }
    } finally {
      await program.close()
    }
    calibration.push(calibrationFor(low, high, reach))
  }
  return { calibration, matrices }
}

/** A block's features, feature-major. */
export function featuresOf({ attributes }: Stack, { columns, rows, offset }: Block): Float64Array {
  const out = new Float64Array(attributes.count * rows)
  attributes.expand(columns, rows, out, new Float64Array(columns.length), offset)
  return out
}

function widen(low: Float64Array, high: Float64Array, z: Float64Array, rows: number): void {
  for (let i = 0; i < low.length; i++) {
    let least = low[i]!
    let most = high[i]!
    for (let r = i * rows; r < (i + 1) * rows; r++) {
      const value = z[r]!
      if (value < least) least = value
      if (value > most) most = value
    }
    low[i] = least
    high[i] = most
  }
}

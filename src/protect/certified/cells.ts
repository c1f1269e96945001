// Cells: each predicted label is cut into k-means cells of z, as many as are wanted, before they are merged to codes.
// Source: ours: cells of the training rows' noiseless z alone.
// A label that no training row is given has no cell of its own training: its one cell is the origin.

import type { Weights } from '../../learn/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { CodeNetwork } from './codeNetwork.ts'
import type { CodeRows } from './codeRows.ts'
import { type EncodedRows, encodeRows, sampleRows } from './encodeRows.ts'
import { kMeans } from './kMeans.ts'

/** Cells, numbered label after label. */
export interface Cells {
  /** Numbers of z. */
  readonly width: number
  /** Centres, [cells, width], row after row. */
  readonly centres: Float32Array
  /** The label that each cell lies in; ascending, every label at least once. */
  readonly labelOf: Int32Array
}

/**
 * Cuts every label.
 * @param labels how many labels there are @param cells wanted a label (32 by default)
 */
export function cutCells(
  { z, width, predicted }: EncodedRows,
  labels: number,
  options: { readonly cells?: number | undefined; readonly seed?: number | undefined } = {},
): Cells {
  const { cells = 32, seed = 0 } = options
  const centres: number[] = []
  const labelOf: number[] = []
  for (let label = 0; label < labels; label++) {
    const own: number[] = []
    predicted.forEach((value, row) => {
      if (value === label) own.push(...z.subarray(row * width, (row + 1) * width))
    })
    const found = kMeans(Float32Array.from(own), width, cells, seededStream(seed, 'cells', label))
    const placed = found.length > 0 ? found : new Float64Array(width)
    for (const value of placed) centres.push(value)
    for (let i = 0; i < placed.length / width; i++) labelOf.push(label)
  }
  return Object.freeze({
    width,
    centres: Float32Array.from(centres),
    labelOf: Int32Array.from(labelOf),
  })
}

/** Rows that centres of soft codes are placed by. */
const softSample = 4096
/** Where there are fewer cells than wanted, the rest lie where nothing is. */
const nowhere = 1e3

/** Centres for soft codes while training: exactly `cells` a label, [labels · cells, width], of a sample of the rows. */
export async function softCentres(
  network: CodeNetwork,
  weights: Weights,
  rows: CodeRows,
  cells: number,
  seed: number,
): Promise<Float32Array> {
  const order = shuffle(upTo(rows.labels.length), seededStream(seed, 'sample'))
  const encoded = await encodeRows(network, weights, sampleRows(rows, order, softSample))
  const labels = network.head.output[0]!
  const found = cutCells(encoded, labels, { cells, seed })
  const all = new Float32Array(labels * cells * found.width).fill(nowhere)
  const used = new Int32Array(labels)
  found.labelOf.forEach((label, cell) => {
    const at = (label * cells + used[label]!++) * found.width
    all.set(found.centres.subarray(cell * found.width, (cell + 1) * found.width), at)
  })
  return all
}

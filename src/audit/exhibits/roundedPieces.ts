// Rows that float32 rounds the same way: one row more moves all others into other pieces of a sum, and these add up.
// Source: attackers from outside, on the noisy covariance of privateDampening; Mironov 2012 for floats under noise.
// The form of before is its arithmetic without its noise, in one column; ONNX Runtime gave these very digits.

import { throwIfAborted } from '../../errors.ts'
import { gridOfProducts } from '../../private/features/noisyCovariance.ts'
import { sumOfProducts } from '../../private/features/wholeSums.ts'
import { wholeNoise } from '../../private/training/roundedGaussian.ts'
import type { Exhibit } from './exhibit.ts'

const piece = 4000
/** Rows that ONNX Runtime's product of matrices adds up before it adds them to the rest. */
const block = 128
/** The norm is 1; rows were shortened to a little less, and these are no longer. */
const longest = 1 - 2 ** -10
const common = 255 / 256

/** Σ x² as it was: each piece in float32, block by block, and pieces in float64. */
function sumInPieces(rows: Float32Array): number {
  let sum = 0
  for (let start = 0; start < rows.length; start += piece) {
    const end = Math.min(rows.length, start + piece)
    let part = 0
    for (let first = start; first < end; first += block) {
      let squares = 0
      for (let i = first; i < Math.min(end, first + block); i++)
        squares = Math.fround(squares + rows[i]! ** 2)
      part = Math.fround(part + squares)
    }
    sum += part
  }
  return sum
}

/**
 * The row to take away, and `count` more. With it each block begins with the last row of the block before. Two rows of a
 * block are chosen so that its sum lies a little above half a unit of the part's last place with the row, and below without.
 */
function craftedRows(count: number): Float32Array {
  const rows = new Float32Array(count + 1).fill(common)
  const grain = 2 ** -16
  rows[0] = longest
  let before = longest ** 2
  let blocks = 0
  for (let start = 0; start < count; start += piece) {
    const end = Math.min(count, start + piece)
    for (let first = start; first < end; first += block, blocks++) {
      const size = Math.min(block, end - first)
      const unit = 2 ** (Math.floor(Math.log2((first - start + size) * common ** 2)) - 23)
      // Falling from block to block, so that without the row each sum is smaller by two grains.
      const last = 0.996 - (blocks % 8) * 2 * grain
      const missing = unit / 2 + grain - (before + (size - 2) * common ** 2)
      rows[first + 1] = Math.sqrt(missing - Math.floor((missing - 0.99) / unit) * unit)
      rows[first + size] = Math.sqrt(Math.round(last / grain) * grain)
      before = rows[first + size]! ** 2
    }
  }
  return rows
}

const adjacent = (rows: Float32Array) => [rows.with(0, 0), rows.subarray(1)]

/** How far one row moves today's sum, in squares of the norm. */
async function movesToday(rows: Float32Array, signal: AbortSignal | undefined): Promise<number> {
  const grid = gridOfProducts(1, wholeNoise(1))
  const sum = async (data: Float32Array) =>
    (await sumOfProducts({ data, count: data.length, width: 1 }, grid, signal ? { signal } : {})).at(0)
  const all = await sum(rows)
  const others = [await sum(adjacent(rows)[0]!), await sum(adjacent(rows)[1]!)]
  return Math.max(...others.map((other) => Math.abs(Number(all - other)) * 4 ** grid.exponent))
}

export const roundedPieces: Exhibit = {
  name: 'rounded-pieces',
  title: 'Sums of products in pieces of float32',
  claim: 'One row moves the sum of products behind privateDampening by its norm’s square at most.',
  source: 'attackers from outside, who moved it by 1.109 at 60,000 rows and by 16.9 at 8 million',
  mended:
    'Rows are put on a grid one by one, and sums are of whole numbers: exact in any order and in any pieces.',
  async run(form, { quick = false, signal } = {}) {
    throwIfAborted(signal)
    const rows = craftedRows(quick ? 60_000 : 1_000_000)
    return {
      allowed: 1,
      measured:
        form === 'today'
          ? await movesToday(rows, signal)
          : Math.max(...adjacent(rows).map((other) => Math.abs(sumInPieces(rows) - sumInPieces(other)))),
      unit: 'squares of the norm that one row moves the sum by',
    }
  },
}

// Exact sums of rows and of their products: of whole numbers, so that the order and the pieces of a sum change nothing.
// Source: PROOF.md, section 3. Products are ONNX Runtime's, in float64, where all of it stays below 2^53.
// Sums are exact and as secret as the rows: noise comes in noisySums.ts.

import { throwIfAborted } from '../../errors.ts'
import { compile, gemm, graph, input, tensor } from '../../graph/index.ts'
import { type Floats, type RowGrid, wholeRow } from './wholeRows.ts'

/** Whole numbers below 2^53 are doubles. */
const room = 2 ** 53
const rowsAtOnce = 2048
const columnsAtOnce = 1024

/** Sums of whole numbers: doubles while these hold them surely, carried into integers of 64 bits before they might not. */
export interface WholeSums {
  readonly length: number
  /** Where terms are added, after `reserve`. */
  readonly low: Float64Array
  /**
   * Before terms are added.
   * @param bound what their absolute values sum up to in each number, at most; below 2^53
   * @throws RangeError where all together may reach 2^63
   */
  reserve(bound: number): void
  at(i: number): bigint
  /** The i-th sum times a power of two, and a whole number to it: the double next to just that. */
  plus(i: number, times: number, whole: number): number
}

export function wholeSums(length: number): WholeSums {
  const low = new Float64Array(length)
  let high: BigInt64Array | undefined
  let reserved = 0
  let all = 0
  const at = (i: number) => (high?.[i] ?? 0n) + BigInt(low[i]!)
  return {
    length,
    low,
    reserve(bound) {
      all += bound
      if (!(bound <= room && all < 2 ** 62)) throw new RangeError('a sum of more than 64 bits')
      reserved += bound
      if (reserved <= room) return
      high ??= new BigInt64Array(length)
      for (let i = 0; i < length; i++) high[i] = at(i)
      low.fill(0)
      reserved = bound
    },
    at,
    plus: (i, times, whole) =>
      high === undefined ? low[i]! * times + whole : Number(at(i) * BigInt(times) + BigInt(whole)),
  }
}

/** Rows one after another. */
export interface Rows {
  readonly data: Floats
  readonly count: number
  readonly width: number
}

/** Σ x, in steps of the grid. */
export function sumOfRows({ data, count, width }: Rows, grid: RowGrid): WholeSums {
  const sums = wholeSums(width)
  const { low } = sums
  const whole = new Float64Array(width)
  const atOnce = Math.floor(room / grid.longest)
  for (let row = 0; row < count; row++) {
    if (row % atOnce === 0) sums.reserve(Math.min(atOnce, count - row) * grid.longest)
    wholeRow(data.subarray(row * width, (row + 1) * width), grid, whole)
    for (let i = 0; i < width; i++) low[i] = low[i]! + whole[i]!
  }
  return sums
}

/**
 * The upper half of Σ x xᵀ, row by row, in squares of the grid's step.
 * @param grid its `longest` 2^21 at most, so that the products of a piece stay below 2^53
 */
export async function sumOfProducts(
  { data, count, width }: Rows,
  grid: RowGrid,
  {
    threads,
    signal,
  }: { readonly threads?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<WholeSums> {
  const sums = wholeSums((width * (width + 1)) / 2)
  const piece = Math.min(rowsAtOnce, count)
  // Blocks of columns, the last filled up with zeros: what lies below the diagonal is not computed twice.
  const blocks = Math.ceil(width / columnsAtOnce)
  const columns = Math.ceil(width / blocks)
  const parts = Array.from({ length: blocks }, () =>
    tensor(new Float64Array(piece * columns), [piece, columns], 'float64'),
  )
  const [a, b] = ['a', 'b'].map((name) => input(name, [piece, columns], 'float64'))
  const product = graph({ inputs: [a!, b!], outputs: { y: gemm(a!, b!, undefined, { transA: true }) } })
  const program = await compile(product, {
    executor: 'native',
    keepMemory: false,
    threads,
  })
  const whole = new Float64Array(width)
  try {
    for (let start = 0; start < count; start += piece) {
      throwIfAborted(signal)
      for (let row = 0; row < piece; row++) {
        if (start + row < count)
          wholeRow(data.subarray((start + row) * width, (start + row + 1) * width), grid, whole)
        else whole.fill(0)
        for (let block = 0; block < blocks; block++)
          (parts[block]!.data as Float64Array).set(
            whole.subarray(block * columns, (block + 1) * columns),
            row * columns,
          )
      }
      sums.reserve(piece * grid.longest ** 2)
      for (let from = 0; from < blocks; from++)
        for (let to = from; to < blocks; to++) {
          const { y } = await program.run({ a: parts[from]!, b: parts[to]! })
          addBlock(sums.low, y!.data as Float64Array, { width, columns, from, to })
        }
    }
  } finally {
    await program.close()
  }
  return sums
}

/** Adds what lies on the diagonal and above it. */
function addBlock(
  sums: Float64Array,
  block: Float64Array,
  { width, columns, from, to }: { width: number; columns: number; from: number; to: number },
): void {
  const end = Math.min(columns, width - to * columns)
  for (let i = 0; i < columns && from * columns + i < width; i++) {
    const row = from * columns + i
    // Where (row, column 0) would stand: rows above it are shorter by one each.
    const at = row * width - (row * (row + 1)) / 2 + to * columns
    for (let j = from === to ? i : 0; j < end; j++) sums[at + j] = sums[at + j]! + block[i * columns + j]!
  }
}

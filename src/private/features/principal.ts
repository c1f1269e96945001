// The directions in which rows differ most, released once with Gaussian noise: what they are long in tells little of classes.
// Source: Dwork, Talwar, Thakurta and Zhang 2014, Analyze Gauss (noise on the covariance); subspace iteration.
// Directions that noise alone could make are not named. What the release costs is the caller's to add to the training's.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import {
  compile,
  gemm,
  graph,
  input,
  matmul,
  type Program,
  sizeOf,
  sub,
  type Tensor,
  tensor,
} from '../../graph/index.ts'
import { requirePositive } from '../accounting/check.ts'
import { gaussianLoss, type Release } from '../accounting/index.ts'
import { type RandomSource, systemRandom } from '../mechanisms/exactRandom.ts'
import { noisyMean } from '../training/noisyMean.ts'

/** Directions to shorten rows along: x becomes x − Σ sᵢ uᵢ (uᵢ · x). */
export interface Dampening {
  readonly width: number
  /** uᵢ, of length 1, one after another. */
  readonly directions: Float64Array
  /** sᵢ in 0 … 1, such that all these directions keep the variance that noise alone seems to have. */
  readonly shares: Float64Array
}

export interface DampeningOptions {
  /** Rows that are longer are shortened to it. */
  readonly norm: number
  /** Noise on the sum of products over `norm`². */
  readonly noiseMultiplier: number
  readonly threads?: number
  readonly random?: RandomSource
  readonly signal?: AbortSignal
}

// Taken off the norm for rounding in float32: leaving a row out of 4,000 of 3,969 features moved their products by its own
// and 4e-5 of the norm's square. A margin that was measured, not a proof for all inputs.
const margin = 2 ** -10
const rowsAtOnce = 4000
const sought = 48
const rounds = 12

/**
 * Along which directions to shorten rows before private training, from their noisy covariance. Centre them first.
 * The upper half of Σ x xᵀ is released, entries off the diagonal times √2: a vector that one row moves by ‖x‖² at most.
 * @param rows [rows, …] float32
 * @throws FrostglassError `usage` for numbers that are not positive and finite, `input` for no rows of float32, `aborted`
 */
export async function privateDampening(
  rows: Tensor,
  options: DampeningOptions,
): Promise<{ dampening: Dampening; release: Release }> {
  const { norm, noiseMultiplier, random = systemRandom } = options
  requirePositive('the norm', norm)
  requirePositive('the noise multiplier', noiseMultiplier)
  const { data, shape } = rows
  if (!(data instanceof Float32Array) || data.length === 0)
    throw new FrostglassError('input', 'private directions are of rows of float32, at least one', {
      hint: 'convert them to float32',
    })
  const count = shape[0] as number
  const width = sizeOf(shape.slice(1))
  const products = await sumOfProducts(data, count, width, options)
  noisyMean(noiseMultiplier * norm * norm, count).release(products, random)
  const covariance = new Float32Array(width * width)
  for (let i = 0, at = 0; i < width; i++)
    for (let j = i; j < width; j++, at++) {
      const value = (products[at] as number) / (i === j ? 1 : Math.SQRT2)
      covariance[i * width + j] = value
      covariance[j * width + i] = value
    }
  // The largest eigenvalue of symmetric noise of this size, by Wigner's law: what is below it may be noise alone.
  const floor = (Math.SQRT2 * Math.sqrt(width) * noiseMultiplier * norm * norm) / count
  const { values, vectors } = await largestOf(covariance, width, options)
  const taken = values.filter((value) => value > 1.05 * floor).length
  return {
    dampening: {
      width,
      directions: vectors.subarray(0, taken * width),
      shares: values.subarray(0, taken).map((value) => 1 - Math.sqrt(floor / value)),
    },
    release: gaussianLoss(noiseMultiplier),
  }
}

/** Upper half of Σ x xᵀ, row by row, entries off the diagonal times √2; rows are shortened to the norm. */
async function sumOfProducts(
  data: Float32Array,
  count: number,
  width: number,
  { norm, threads, signal }: DampeningOptions,
): Promise<Float64Array> {
  const piece = Math.min(rowsAtOnce, count)
  const x = input('x', [piece, width])
  const program = await open(
    graph({ inputs: [x], outputs: { y: gemm(x, x, undefined, { transA: true }) } }),
    threads,
  )
  const sums = new Float64Array((width * (width + 1)) / 2)
  const part = new Float32Array(piece * width)
  try {
    for (let start = 0; start < count; start += piece) {
      throwIfAborted(signal)
      part.fill(0)
      part.set(data.subarray(start * width, Math.min(count, start + piece) * width))
      for (let at = 0; at < part.length; at += width) shorten(part.subarray(at, at + width), norm)
      const { y } = await program.run({ x: tensor(part, [piece, width]) })
      const all = (y as Tensor).data as Float32Array
      for (let i = 0, at = 0; i < width; i++)
        for (let j = i; j < width; j++, at++)
          sums[at] = (sums[at] as number) + (all[i * width + j] as number) * (i === j ? 1 : Math.SQRT2)
    }
  } finally {
    await program.close()
  }
  return sums
}

function shorten(row: Float32Array, norm: number): void {
  let squares = 0
  for (const v of row) squares += v * v
  // A row that is not finite counts for nothing: it must not make the sum so.
  const factor = Number.isFinite(squares) ? Math.min(1, (norm * (1 - margin)) / Math.sqrt(squares || 1)) : 0
  for (let i = 0; i < row.length; i++) row[i] = factor === 0 ? 0 : (row[i] as number) * factor
}

/** The largest eigenvalues of a symmetric matrix, falling, with their vectors. */
async function largestOf(
  matrix: Float32Array,
  width: number,
  { threads, signal }: DampeningOptions,
): Promise<{ values: Float64Array; vectors: Float64Array }> {
  const block = Math.min(sought, width)
  const [m, q] = [input('m', [width, width]), input('q', [block, width])]
  // Symmetric, so rows of q times m are m times columns.
  const program = await open(graph({ inputs: [m, q], outputs: { y: matmul(q, m) } }), threads)
  const times = async (rows: Float64Array) => {
    const feeds = { m: tensor(matrix, [width, width]), q: tensor(rows, [block, width]) }
    return Float64Array.from(((await program.run(feeds))['y'] as Tensor).data as Float32Array)
  }
  try {
    // Any start will do that is not orthogonal to what is sought.
    let basis = Float64Array.from({ length: block * width }, (_, i) => Math.sin(1 + i * i))
    orthonormalise(basis, width)
    for (let round = 0; round < rounds; round++) {
      throwIfAborted(signal)
      basis = await times(basis)
      orthonormalise(basis, width)
    }
    const rotated = await times(basis)
    const within = new Matrix(block, block)
    for (let i = 0; i < block; i++)
      for (let j = 0; j < block; j++) within.set(i, j, dot(basis, i * width, rotated, j * width, width))
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
      within.clone().add(within.transpose()).div(2),
      { assumeSymmetric: true },
    )
    const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
    const vectors = new Float64Array(block * width)
    order.forEach((from, to) => {
      for (let i = 0; i < block; i++)
        for (let k = 0; k < width; k++)
          vectors[to * width + k] =
            (vectors[to * width + k] as number) +
            eigenvectorMatrix.get(i, from) * (basis[i * width + k] as number)
    })
    return { values: Float64Array.from(order, (i) => realEigenvalues[i]!), vectors }
  } finally {
    await program.close()
  }
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, size: number): number {
  let sum = 0
  for (let k = 0; k < size; k++) sum += (a[i + k] as number) * (b[j + k] as number)
  return sum
}

/** Rows of length 1, each at right angles to those before it. */
function orthonormalise(rows: Float64Array, width: number): void {
  for (let at = 0; at < rows.length; at += width) {
    // Twice, for what rounding leaves the first time.
    for (let pass = 0; pass < 2; pass++)
      for (let other = 0; other < at; other += width) {
        const along = dot(rows, at, rows, other, width)
        for (let k = 0; k < width; k++)
          rows[at + k] = (rows[at + k] as number) - along * (rows[other + k] as number)
      }
    const length = Math.sqrt(dot(rows, at, rows, at, width)) || 1
    for (let k = 0; k < width; k++) rows[at + k] = (rows[at + k] as number) / length
  }
}

/** Shortens every row, in place. @param rows [rows, …] float32 */
export async function dampen(
  rows: Tensor,
  { width, directions, shares }: Dampening,
  options: { threads?: number } = {},
): Promise<void> {
  const data = rows.data as Float32Array
  const count = shares.length
  if (count === 0) return
  const u = tensor(directions, [count, width])
  const scaled = tensor(
    directions.map((v, i) => v * (shares[Math.floor(i / width)] as number)),
    [count, width],
  )
  const [x, a, b] = [input('x', ['N', width]), input('a', [count, width]), input('b', [count, width])]
  const along = gemm(x, a, undefined, { transB: true })
  const program = await open(
    graph({ inputs: [x, a, b], outputs: { y: sub(x, matmul(along, b)) } }),
    options.threads,
  )
  try {
    for (let start = 0; start < data.length; start += rowsAtOnce * width) {
      const part = data.subarray(start, start + rowsAtOnce * width)
      const { y } = await program.run({ x: tensor(part, [part.length / width, width]), a: u, b: scaled })
      part.set((y as Tensor).data as Float32Array)
    }
  } finally {
    await program.close()
  }
}

const open = (g: Parameters<typeof compile>[0], threads: number | undefined): Promise<Program> =>
  compile(g, { executor: 'native', keepMemory: false, ...(threads === undefined ? {} : { threads }) })

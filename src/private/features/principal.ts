// The directions in which rows differ most, released once with Gaussian noise: what they are long in tells little of classes.
// Source: Dwork, Talwar, Thakurta and Zhang 2014, Analyze Gauss (noise on the covariance); PROOF.md; subspace iteration.
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
import { type RandomSource, systemRandom } from '../../random/source.ts'
import { gaussianLoss, type Release } from '../accounting/release.ts'
import { noisyCovariance } from './noisyCovariance.ts'
import { requireScales } from './noisySums.ts'

/** Directions to shorten rows along: x becomes x − Σ sᵢ uᵢ (uᵢ · x). */
export interface Dampening {
  readonly width: number
  /** uᵢ, of length 1, one after another. */
  readonly directions: Float64Array
  /** sᵢ in 0 … 1, such that all these directions keep the variance that noise alone seems to have. */
  readonly shares: Float64Array
}

/** What {@link privateDampening} spends, and on what. */
export interface DampeningOptions {
  /** Rows that are longer are shortened to it. */
  readonly norm: number
  /** Noise on the sum of products over `norm`². */
  readonly noiseMultiplier: number
  readonly threads?: number | undefined
  readonly random?: RandomSource | undefined
  readonly signal?: AbortSignal | undefined
}

const rowsAtOnce = 4000
const sought = 48
const rounds = 12

/**
 * Along which directions to shorten rows before private training, from their noisy covariance. Centre them first.
 * The upper half of Σ x xᵀ is released, noise off the diagonal being smaller by √2: with these entries times √2 it is a vector
 * that one row moves by ‖x‖² at most. Adjacent data sets differ in one row, which one of them has zeros in the place of; the
 * number of rows is public. Sums are exact: a row moves them by its own products on a grid and by nothing else, in any order.
 * @param rows [rows, …] float32
 * @throws FrostglassError `usage` for a norm outside 1e-100 … 1e100 or a multiplier outside 0.25 … 1e6, `input` for no rows of
 * float32, `aborted`
 */
export async function privateDampening(
  rows: Tensor,
  options: DampeningOptions,
): Promise<{ dampening: Dampening; release: Release }> {
  const { noiseMultiplier, random = systemRandom } = options
  requireScales(options.norm, noiseMultiplier)
  const { data, shape } = rows
  if (!(data instanceof Float32Array) || data.length === 0)
    throw new FrostglassError(
      'input',
      'private directions are of rows of float32, at least one',
      'Convert them to float32.',
    )
  const count = shape[0]!
  const width = sizeOf(shape.slice(1))
  const covariance = await noisyCovariance({ data, count, width }, { ...options, random })
  // The largest eigenvalue of symmetric noise of this size, by Wigner's law: what is below it may be noise alone. Of few columns
  // it strays: above 1 + 3.25 width^(-2/3) times as much once in a million draws (Tracy and Widom 1996, at 6.5).
  const floor = (Math.SQRT2 * Math.sqrt(width) * noiseMultiplier) / count
  const { values, vectors } = await largestOf(covariance, width, options)
  const taken = values.filter(
    (value) => value > floor * (1 + Math.max(0.05, 3.25 * width ** (-2 / 3))),
  ).length
  return {
    dampening: {
      width,
      directions: vectors.subarray(0, taken * width),
      shares: values.subarray(0, taken).map((value) => 1 - Math.sqrt(floor / value)),
    },
    release: gaussianLoss(noiseMultiplier),
  }
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
    return Float64Array.from((await program.run(feeds))['y']!.data as Float32Array)
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
            vectors[to * width + k]! + eigenvectorMatrix.get(i, from) * basis[i * width + k]!
    })
    return { values: Float64Array.from(order, (i) => realEigenvalues[i]!), vectors }
  } finally {
    await program.close()
  }
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, size: number): number {
  let sum = 0
  for (let k = 0; k < size; k++) sum += a[i + k]! * b[j + k]!
  return sum
}

/** Rows of length 1, each at right angles to those before it. */
function orthonormalise(rows: Float64Array, width: number): void {
  for (let at = 0; at < rows.length; at += width) {
    // Twice, for what rounding leaves the first time.
    for (let pass = 0; pass < 2; pass++)
      for (let other = 0; other < at; other += width) {
        const along = dot(rows, at, rows, other, width)
        for (let k = 0; k < width; k++) rows[at + k] = rows[at + k]! - along * rows[other + k]!
      }
    const length = Math.sqrt(dot(rows, at, rows, at, width)) || 1
    for (let k = 0; k < width; k++) rows[at + k] = rows[at + k]! / length
  }
}

/** Shortens every row, in place. @param rows [rows, …] float32 */
export async function dampen(
  rows: Tensor,
  { width, directions, shares }: Dampening,
  options: { threads?: number | undefined } = {},
): Promise<void> {
  const data = rows.data as Float32Array
  const count = shares.length
  if (count === 0) return
  const u = tensor(directions, [count, width])
  const scaled = tensor(
    directions.map((v, i) => v * shares[Math.floor(i / width)]!),
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
      part.set(y!.data as Float32Array)
    }
  } finally {
    await program.close()
  }
}

const open = (g: Parameters<typeof compile>[0], threads: number | undefined): Promise<Program> =>
  compile(g, { executor: 'native', keepMemory: false, threads })

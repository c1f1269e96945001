// What correlation alone tells: each attribute of a row guessed by a line from the row's other attributes.
// Source: ridge.ts, for all attributes at once: a regression on all others follows from one inverse of the Gram matrix
// (Duncan 1944, block inverse). It is a baseline: no adversary has the other cells.

import { inverse, Matrix } from 'ml-matrix'
import { expectedError, penalties, singularValues, standardised } from './ridge.ts'

/** Features that are guessed together: those of one attribute. */
export interface Block {
  readonly first: number
  readonly count: number
}

/** Below this share of the largest eigenvalue what is left of 1 - σ² / (σ² + λ) is rounding. */
const smallestPenalty = 1e-10

/**
 * Guesses of every block's features in other rows, from all features outside the block.
 * @param known rows to fit lines to, one array a feature; at least two rows.
 * @param truth rows to guess, one array a feature.
 * @param blocks cover all features, each once.
 */
export function guessFromOthers(
  known: readonly Float64Array[],
  truth: readonly Float64Array[],
  blocks: readonly Block[],
): Float64Array[] {
  const rows = known[0]?.length ?? 0
  const { mean, deviation, matrix } = standardised(known)
  // (G + λI)⁻¹ is 1/λ but in the directions of the rows, which are few in a wide table.
  const { sigma, right } = singularValues(matrix)
  const largest = Math.max(...sigma, 0) ** 2
  const best = blocks.map((): Chosen => ({ expected: Number.POSITIVE_INFINITY, weights: undefined }))
  for (const penalty of penalties) {
    if (penalty < smallestPenalty) continue
    const lambda = penalty * largest || 1
    const shrunk = right.clone()
    sigma.forEach((s, i) => {
      shrunk.mulColumn(i, (s * s) / (s * s + lambda))
    })
    const inverted = Matrix.eye(known.length).sub(shrunk.mmul(right.transpose())).div(lambda)
    const trace = inverted.trace()
    blocks.forEach((block, b) => {
      const { weights, used, squares } = lineOf(matrix, inverted, trace, lambda, block)
      const expected = expectedError(squares / block.count, rows, 1 + used)
      if (!best[b]!.weights || expected < best[b]!.expected) best[b] = { expected, weights }
    })
  }
  const guesses = new Array<Float64Array>(known.length)
  blocks.forEach(({ first, count }, b) => {
    for (let t = 0; t < count; t++) {
      const f = first + t
      const out = new Float64Array(truth[f]!.length).fill(mean[f]!)
      truth.forEach((column, j) => {
        if (j >= first && j < first + count) return
        const slope = (-best[b]!.weights!.get(j, t) * deviation[f]!) / deviation[j]!
        for (let r = 0; r < out.length; r++) out[r] = out[r]! + slope * (column[r]! - mean[j]!)
      })
      guesses[f] = out
    }
  })
  return guesses
}

interface Chosen {
  readonly expected: number
  readonly weights: Matrix | undefined
}

/**
 * The line of a block from all others: with M = (G + λI)⁻¹ its residuals are X W, W = M[·, b] M[b, b]⁻¹, the block's own
 * part of W the identity and the others' minus the slopes.
 */
function lineOf(x: Matrix, inverted: Matrix, trace: number, lambda: number, { first, count }: Block) {
  const size = x.columns
  const columns = inverted.subMatrix(0, size - 1, first, first + count - 1)
  const block = inverse(inverted.subMatrix(first, first + count - 1, first, first + count - 1))
  const weights = columns.mmul(block)
  const squares = x.mmul(weights).pow(2).sum()
  // How many numbers the line uses: (k - λ tr (G_rr + λI)⁻¹) over the k features outside the block.
  const rest = trace - columns.transpose().mmul(columns).mmul(block).trace()
  return { weights, squares, used: size - count - lambda * rest }
}

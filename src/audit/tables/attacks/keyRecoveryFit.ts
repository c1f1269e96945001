// Fits layers of unknown matrices and biases to known rows: damped Gauss-Newton steps, the last layer by least squares.
// Source: Levenberg (1944), Marquardt (1963); variable projection, Golub and Pereyra (1973), Kaufman (1975).
// One start ends in a local minimum or at the key itself: many starts are the caller's part.

import { CholeskyDecomposition, Matrix, QrDecomposition } from 'ml-matrix'
import { throwIfAborted } from '../../../errors.ts'
import { type Architecture, fitPrograms } from './keyRecoveryGraph.ts'

/** Weights that were fitted. */
export interface FittedLayers {
  /** Hidden layers, as the graph takes them. */
  readonly weights: Float64Array
  /** `[outputs, width + 1]`: the last layer, each row with its bias at the end. */
  readonly last: Float64Array
  /** Mean square of what is left of the targets. */
  readonly left: number
}

/** Fits from one start after another. */
export interface LayerFitter {
  /** @param targets `[rows, outputs]`, row-major, best of mean 0 and variance 1 or less */
  fit(
    start: Float64Array,
    targets: Float64Array,
    options: { readonly steps: number; readonly signal?: AbortSignal | undefined },
  ): Promise<FittedLayers>
  close(): Promise<void>
}

/** Below this mean square of targets of variance 1 nothing is left but rounding. */
export const roundingLeft = 1e-24

/** @param x `[rows, features]`, row-major; more rows than `width` + 1 */
export async function layerFitter(
  architecture: Architecture,
  x: Float64Array,
  rows: number,
): Promise<LayerFitter> {
  const { width, outputs } = architecture
  const programs = await fitPrograms(architecture, x, rows)

  const evaluate = async (weights: Float64Array, goal: Matrix) => {
    const top = await programs.outputsOf(weights)
    return top.every(Number.isFinite) ? lastLayer(top, goal) : undefined
  }
  const lastLayer = (top: Float64Array, goal: Matrix) => {
    const wide = new Matrix(rows, width + 1)
    for (let r = 0; r < rows; r++) {
      for (let i = 0; i < width; i++) wide.set(r, i, top[r * width + i]!)
      wide.set(r, width, 1)
    }
    const qr = new QrDecomposition(wide)
    if (!qr.isFullRank()) return undefined
    const basis = qr.orthogonalMatrix
    const last = qr.solve(goal)
    const projected = basis.mmul(basis.transpose().mmul(goal))
    const residual = Float64Array.from(Matrix.sub(goal, projected).to1DArray())
    const left = residual.reduce((sum, v) => sum + v * v, 0) / residual.length
    return { basis, last, residual, left }
  }

  return {
    async fit(start, targets, { steps, signal }) {
      const goal = Matrix.from1DArray(rows, outputs, targets)
      let weights = start
      let now = await evaluate(weights, goal)
      if (!now)
        return { weights, last: new Float64Array(outputs * (width + 1)), left: Number.POSITIVE_INFINITY }
      let damping = 1e-2
      for (let step = 0; step < steps && now.left > roundingLeft; step++) {
        throwIfAborted(signal)
        const { products, slope } = await programs.normalEquations(
          weights,
          Float64Array.from(
            now.last
              .subMatrix(0, width - 1, 0, outputs - 1)
              .transpose()
              .to1DArray(),
          ),
          Float64Array.from(now.basis.to1DArray()),
          now.residual,
        )
        let better = false
        // Twelve times four is a factor of 10⁷: a step so short that does not help is at a minimum.
        for (let attempt = 0; attempt < 12 && !better; attempt++) {
          const move = dampedSolution(products, slope, damping)
          const next = move && weights.map((w, i) => w + move[i]!)
          const there = next && (await evaluate(next, goal))
          if (next && there && there.left < now.left) {
            damping = Math.max(damping * (there.left < now.left / 2 ? 0.1 : 0.3), 1e-15)
            weights = next
            now = there
            better = true
          } else damping *= 4
        }
        if (!better) break
      }
      return { weights, last: Float64Array.from(now.last.transpose().to1DArray()), left: now.left }
    },
    close: programs.close,
  }
}

/** Marquardt's scaling: each weight is held in proportion to its own curvature. */
function dampedSolution(
  products: Float64Array,
  slope: Float64Array,
  damping: number,
): Float64Array | undefined {
  const size = slope.length
  let mean = 0
  for (let i = 0; i < size; i++) mean += products[i * size + i]! / size
  const damped = Matrix.from1DArray(size, size, products)
  for (let i = 0; i < size; i++) {
    const square = products[i * size + i]!
    damped.set(i, i, square + damping * (square + 1e-3 * mean))
    // Products of parallel sums may differ in their last digit; Cholesky's factors want them exactly symmetric.
    for (let j = 0; j < i; j++) damped.set(j, i, damped.get(i, j))
  }
  const factors = new CholeskyDecomposition(damped)
  if (!factors.isPositiveDefinite()) return undefined
  return Float64Array.from(factors.solve(Matrix.columnVector(slope)).to1DArray())
}

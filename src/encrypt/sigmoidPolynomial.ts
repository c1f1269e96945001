// A polynomial in the place of the sigmoid, for schemes that only add and multiply: least squares on a range.
// Source: Kim et al. 2018, Secure logistic regression based on homomorphic encryption, section 3.1.
// Outside the range it runs off; who uses it measures the range first.

import { Matrix, solve } from 'ml-matrix'

/** The sigmoid itself. */
export const exactSigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

/** ½ + Σ coefficient · x^power over odd powers. */
export interface SigmoidPolynomial {
  /** It was fitted on −reach … reach. */
  readonly reach: number
  readonly terms: readonly { readonly power: number; readonly coefficient: number }[]
  /** The largest distance from the sigmoid within the reach. */
  readonly error: number
}

/**
 * The polynomial of odd degree that is nearest to the sigmoid in the mean square over −reach … reach.
 * @param degree odd, 1 to 15
 * @throws RangeError for another degree, or a reach that is not positive
 * @example fitSigmoid(7, 8).terms[0].coefficient // 0.21687 = 1.73496 / 8
 */
export function fitSigmoid(degree: number, reach: number): SigmoidPolynomial {
  if (!Number.isInteger(degree) || degree < 1 || degree > 15 || degree % 2 === 0)
    throw new RangeError(`the degree must be odd, 1 to 15, not ${degree}`)
  if (!(reach > 0 && Number.isFinite(reach))) throw new RangeError(`the reach must be positive, not ${reach}`)
  const powers = Array.from({ length: (degree + 1) / 2 }, (_, i) => 2 * i + 1)
  // On 0 … 1, since both are odd about ½: well conditioned, and half of the points.
  const points = Array.from({ length: 2001 }, (_, i) => i / 2000)
  const above = (x: number) => exactSigmoid(x) - 0.5
  const scaled = solve(
    new Matrix(points.map((t) => powers.map((p) => t ** p))),
    Matrix.columnVector(points.map((t) => above(reach * t))),
    true,
  ).to1DArray()
  const error = Math.max(
    ...points.map((t) =>
      Math.abs(above(reach * t) - powers.reduce((sum, p, i) => sum + scaled[i]! * t ** p, 0)),
    ),
  )
  return {
    reach,
    terms: powers.map((power, i) => ({ power, coefficient: scaled[i]! / reach ** power })),
    error,
  }
}

// Polynomials in the place of the sigmoid, as fractions: what sums and products can compute.
// Source: Sayyad and Kulkarni (Taylor series to x⁷); Kim et al. 2018 (least squares, see encrypt/sigmoidPolynomial.ts).

import { fitSigmoid } from '../../src/encrypt/sigmoidPolynomial.ts'

/** ½ plus odd powers, each times a fraction. */
export interface PolynomialSigmoid {
  readonly title: string
  readonly terms: readonly { readonly power: 1 | 3 | 5 | 7; readonly times: readonly [bigint, bigint] }[]
}

/** ½ + x/4 − x³/48 + x⁵/480 − 17x⁷/80640. Its radius of convergence is π: beyond, it runs off the wrong way. */
export const taylor: PolynomialSigmoid = {
  title: 'Taylor series',
  terms: [
    { power: 1, times: [1n, 4n] },
    { power: 3, times: [-1n, 48n] },
    { power: 5, times: [1n, 480n] },
    { power: 7, times: [-17n, 80_640n] },
  ],
}

// 1e15 keeps all digits of a coefficient that matter, and a ciphertext has room for it.
const parts = 10n ** 15n

/** Least squares of degree 7 on −16 … 16: beyond the answers of a training in the plain, which reach ±11. */
export const leastSquares: PolynomialSigmoid = {
  title: 'least squares on [−16, 16]',
  terms: fitSigmoid(7, 16).terms.map(({ power, coefficient }) => ({
    power: power as 1 | 3 | 5 | 7,
    times: [BigInt(Math.round(coefficient * Number(parts))), parts],
  })),
}

/** The polynomial on plain numbers. */
export const polynomial =
  ({ terms }: PolynomialSigmoid) =>
  (x: number): number =>
    terms.reduce(
      (sum, { power, times: [numerator, denominator] }) =>
        sum + (Number(numerator) / Number(denominator)) * x ** power,
      0.5,
    )

// What a batch gives away of an attribute, as nodes of a training graph: the Bayes attacker of the certificate, in the batch.
// Source: ours; Rényi 1961 for the measure: L = mean_i log Σ_s q_i(s)² / π(s), the Rényi-2 leakage of the
// leave-one-out posterior q_i; 0 if it is the prior. The mean of log q(true s) is never used: it is least when surely wrong.
// A penalty is no bound: what is certified is counted on other units.

import {
  add,
  constant,
  div,
  log,
  matmul,
  mul,
  neg,
  reduceMean,
  reduceSum,
  softmax,
  sub,
  transpose,
  type Value,
} from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'

/** Takes row i itself out of its own neighbours. */
const far = -1e9

/**
 * The leak of noisy outputs z = μ + σε: neighbours are weighed by softmax over j ≠ i of −|z_i − μ_j|² / (2σ²).
 * @param noisy z, [B, d] @param means μ, [B, d] @param attributes one-hot, [B, k] @param deviation σ > 0
 * @param prior π of the attribute, k positive numbers of sum 1
 */
export function kernelLeak(
  noisy: Value,
  means: Value,
  attributes: Value,
  deviation: number,
  prior: readonly number[],
): Value {
  const scaled = mul(squaredDistances(noisy, means), scalarLike(noisy, -1 / (2 * deviation * deviation)))
  const weights = softmax(add(scaled, selfMask(noisy, far)))
  return posteriorLeak(matmul(weights, attributes), prior)
}

/**
 * The leak of soft codes: row i has code c to the share a_ic = softmax over c of −|μ_i − c|² / T, and its neighbours are
 * weighed by Σ_c a_ic a_jc / Σ_l a_lc, j ≠ i. As T falls the codes become those that are released.
 * @param means [B, d] @param centres of the codes, [K, d] @param temperature T > 0, a scalar
 */
export function softCodeLeak(
  means: Value,
  centres: Value,
  temperature: Value,
  attributes: Value,
  prior: readonly number[],
): Value {
  const assigned = softmax(div(squaredDistances(means, centres), neg(temperature)))
  const sizes = add(reduceSum(assigned, [0], true), scalarLike(means, 1e-6))
  const shared = mul(matmul(assigned, transpose(div(assigned, sizes))), selfMask(means, 0, 1))
  // A row alone in its codes tells nothing in the batch: its posterior is the prior, by the small weight of it.
  const known = matmul(shared, attributes)
  const total = reduceSum(shared, [1], true)
  const little = 1e-4
  const posterior = div(
    add(
      known,
      row(
        means,
        prior.map((p) => p * little),
      ),
    ),
    add(total, scalarLike(means, little)),
  )
  return posteriorLeak(posterior, prior)
}

function posteriorLeak(posterior: Value, prior: readonly number[]): Value {
  const ratio = reduceSum(
    mul(
      mul(posterior, posterior),
      row(
        posterior,
        prior.map((p) => 1 / p),
      ),
    ),
    [1],
  )
  return reduceMean(log(ratio))
}

/** |a_i − b_j|², [A, B], of rows [A, d] and [B, d]. */
function squaredDistances(a: Value, b: Value): Value {
  const norms = (x: Value) => reduceSum(mul(x, x), [1], true)
  const products = matmul(a, transpose(b))
  return sub(add(norms(a), transpose(norms(b))), mul(products, scalarLike(a, 2)))
}

/** [B, B]: one number on the diagonal, another off it. */
function selfMask(like: Value, on: number, off = 0): Value {
  const rows = like.shape[0] as number
  const values = new Float64Array(rows * rows).fill(off)
  for (let i = 0; i < rows; i++) values[i * rows + i] = on
  return constant(values, [rows, rows], like.dtype)
}

const row = (like: Value, values: readonly number[]): Value => constant(values, [values.length], like.dtype)

// Squared norms of examples' gradients, in floating point, with a count of the roundings that each may be too small by.
// Source: Higham 2002, section 4.2: a sum of n non-negative numbers, in any order, is off by at most n − 1 roundings of itself.
// What underflows is covered for `product` here and for the others by the range of clipping norms: PROOF.md, lemma 2.

import { add, mul, reduceSum, reshape, sqrt, type Value } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import type { ExampleGradient } from './exampleGradient.ts'

/** [examples]: at least the true square times (1 − 2^-24) for each of `roundings`, but for what underflows. */
export interface SquaredNorm {
  readonly value: Value
  readonly roundings: number
}

/** A gradient's squared norm; of a product also the norms of its factors, which are never 0. */
export interface ExampleNorm extends SquaredNorm {
  /** ‖left‖, [examples], of a product. */
  readonly left?: Value | undefined
}

/** What factors' squares are raised by: more than all that may underflow in them, and small beside any gradient. */
const raised = 2 ** -60

/** The squared norm of what each example gives one weight. */
export function squaredNorm(gradient: ExampleGradient): ExampleNorm {
  if (gradient.kind !== 'product') return squares(gradient.value)
  const [left, right] = [raisedSquares(gradient.left), raisedSquares(gradient.right)]
  return {
    value: mul(left.value, right.value),
    roundings: left.roundings + right.roundings + 1,
    left: sqrt(left.value),
  }
}

function raisedSquares(v: Value): SquaredNorm {
  const { value, roundings } = squares(v)
  return { value: add(value, scalarLike(value, raised)), roundings: roundings + 1 }
}

/** Σ v², over runs of numbers and then over runs: fewer roundings than over all at once. */
function squares(v: Value): SquaredNorm {
  const [examples, ...rest] = v.shape as number[] as [number, ...number[]]
  const size = rest.reduce((a, b) => a * b, 1)
  const run = runOf(size)
  const square = mul(v, v)
  if (run === size) return { value: reduceSum(reshape(square, [examples, size]), [1]), roundings: size }
  const runs = reduceSum(reshape(square, [examples, size / run, run]), [2])
  return { value: reduceSum(runs, [1]), roundings: run + size / run }
}

/** The divisor of a size that is nearest to its root from above; of small sizes the whole of it. */
function runOf(size: number): number {
  if (size <= 64) return size
  for (let run = Math.ceil(Math.sqrt(size)); run < size; run++) if (size % run === 0) return run
  return size
}

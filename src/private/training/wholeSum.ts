// The sum over examples of their clipped gradients, as whole numbers on a grid: exact, in any order and at any place.
// Source: PROOF.md, lemmas 3 and 4: scaled, cut off towards zero (which makes no vector longer), and added up in integers.
// It bounds nothing by itself: factors come from clipping.ts, and what is no number is left out by `counted`.

import { cast, div, gemm, matmul, mul, reshape, sizeOf, type Value } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import { exponentOf } from '../mechanisms/exponent.ts'
import type { ExampleGradient } from './exampleGradient.ts'
import type { ExampleNorm } from './exampleNorm.ts'

/** Bits of the clipping norm in a product's grid, unless the noise's is coarser; half of them for each factor. */
const productBits = 32

/** A weight's sum and the grid that it stands on. */
export interface WholeSum {
  /** In the weight's shape; float32 or float64, of whole numbers. */
  readonly value: Value
  /** What 1 means: a power of two times `grid`. */
  readonly step: number
  /** What cutting off takes of one example's vector, at most. */
  readonly cut: number
}

/** A power of two above `least`, and at most twice of it. */
const powerAbove = (least: number): number => 2 ** (exponentOf(least) + 1)

/**
 * Sums one weight's gradients.
 * @param factor [examples]: how much of each is taken
 * @param counted [examples]: 1 for an example that counts, else 0, whatever its gradient
 * @param options.grid a power of two, of which steps are multiples; `clip` the most that an example adds, in the L2 norm
 */
export function wholeSum(
  gradient: ExampleGradient,
  norm: ExampleNorm,
  factor: Value,
  counted: Value,
  { weight, clip, grid }: { weight: Value; clip: number; grid: number },
): WholeSum {
  const examples = factor.shape[0] as number
  const shape = weight.shape as number[]
  const inColumn = (v: Value) => reshape(v, [examples, 1])
  if (gradient.kind === 'product') {
    const { left, right, turned, inOrder } = gradient
    const step = Math.max(grid, powerAbove(clip / 2 ** productBits))
    const half = 2 ** Math.max(0, Math.floor(exponentOf(clip / step) / 2))
    const length = norm.left!
    const a = whole(mul(left, inColumn(div(scalarLike(length, half), length))))
    const scale = mul(mul(factor, length), scalarLike(factor, 1 / (half * step)))
    const d = mul(whole(mul(right, inColumn(scale))), inColumn(counted))
    const [a64, d64] = [cast(a, 'float64'), cast(d, 'float64')]
    const sum = turned
      ? gemm(a64, d64, undefined, { transA: true })
      : gemm(d64, a64, undefined, { transA: true })
    const sizes = [left, right].map((v) => Math.sqrt(v.shape[1] as number)) as [number, number]
    const cut = (clip * sizes[0]) / half + sizes[1] * half * step
    return { value: reshape(inOrder(reshape(sum, [1, -1])), shape), step, cut }
  }
  // Sums of `examples` whole numbers of at most clip / step each stay below 2^24, so float32 has all of them exactly.
  const step = Math.max(grid, powerAbove((clip * examples) / 2 ** 24))
  const cut = step * Math.sqrt(sizeOf(gradient.value.shape as number[]) / examples)
  const scale = mul(factor, scalarLike(factor, 1 / step))
  if (gradient.kind === 'whole') {
    const all = whole(mul(gradient.value, inColumn(scale)))
    const sum = matmul(reshape(counted, [1, examples]), all)
    return { value: reshape(gradient.inOrder(sum), shape), step, cut }
  }
  const each = (v: Value) => reshape(v, [examples, 1, 1])
  const { value, node } = gradient
  const all = mul(whole(mul(value, each(scale))), each(counted))
  return { value: tableOf(node, all), step, cut }
}

/** Cut off towards zero. What is no number becomes some integer or other, which `counted` multiplies by 0. */
const whole = (v: Value): Value => cast(cast(v, 'int32'), v.dtype)

/** A table of zeros with rows added where they were looked up: the gradient rule of Gather, on whole numbers. */
function tableOf(node: Extract<ExampleGradient, { kind: 'rows' }>['node'], rows: Value): Value {
  const rule = node.operator.gradient
  if (typeof rule !== 'function') throw new TypeError(`${node.operator.name} has no gradient rule`)
  const [output] = node.outputs as [Value]
  const { inputs, outputs, attributes } = node
  const grads = [reshape(rows, output.shape as number[])]
  return rule({ inputs, outputs, attributes, grads, needs: [true, false], captured: [] })[0]!
}

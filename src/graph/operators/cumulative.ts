// Running sums and products along an axis: CumSum, CumProd.
// Source: ONNX CumSum (opset 11), CumProd (opset 26). The gradient of a running product is exact where elements are 0 too.
// That takes memory of the square of the axis' length, which must be known.

import type { Attributes, KernelContext, Operator, Value, ValueInfo } from '../contract.ts'
import { exact, isInteger, multiplier } from '../integers.ts'
import { flag, info } from '../operator.ts'
import { normaliseAxis, staticShape } from '../shape.ts'
import { apply, constant, integers, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { mul } from './arithmetic.ts'
import { where } from './compare.ts'
import { transpose } from './matmul.ts'
import { lanesOf } from './ranking.ts'
import { reduceSum } from './reduce.ts'
import { numbersOf, unsqueeze } from './view.ts'

const inferRunning: Operator['infer'] = (inputs, _, what) => {
  const [x, axis] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
  const at = axis.content?.[0]
  if (typeof at === 'number') normaliseAxis(at, x.shape.length, what)
  return [info(x.dtype, x.shape)]
}

const attributes = { exclusive: 'int', reverse: 'int' } as const

/** A kernel that joins elements one after another, from `start`. */
function running(
  { inputs: [x, axis], outputs: [y], attributes: given }: KernelContext,
  start: number,
  join: (a: number, b: number) => number,
): () => void {
  const from = x!.data
  const to = y!.data
  const backwards = flag(given, 'reverse')
  const before = flag(given, 'exclusive')
  const walks = x!.shape.map((_, i) => lanesOf(x!, i))
  return () => {
    // The axis may be computed: it is read in each run.
    const { length, inner, lanes, startOf } =
      walks[normaliseAxis(axis!.data[0]!, walks.length, 'cumulation')]!
    for (let lane = 0; lane < lanes; lane++) {
      const first = startOf(lane)
      let value = start
      for (let j = 0; j < length; j++) {
        const at = first + (backwards ? length - 1 - j : j) * inner
        const next = join(value, from[at]!)
        to[at] = before ? value : next
        value = next
      }
    }
  }
}

const reversed = (given: Attributes): Attributes => ({ ...given, reverse: flag(given, 'reverse') ? 0 : 1 })

export const cumSumOperator: Operator = {
  name: 'CumSum',
  attributes,
  infer: inferRunning,
  gradient: ({ inputs, attributes: given, grads }) => [
    apply(cumSumOperator, [grads[0]!, inputs[1]], reversed(given)),
  ],
  kernel: (k) => running(k, 0, isInteger(k.outputs[0]!.dtype) ? (a, b) => exact(a + b) : (a, b) => a + b),
}

export const cumProdOperator: Operator = {
  name: 'CumProd',
  attributes,
  infer: inferRunning,
  // What comes before an element, times Σ over all places j from it on of dy[j] · what lies between it and j.
  gradient({ inputs, attributes: given, grads }) {
    const [x, where_] = inputs as [Value, Value]
    const rank = x.shape.length
    const axis = normaliseAxis(numbersOf(where_, 'the gradient of CumProd', 'axis')[0]!, rank, 'CumProd')
    const [size] = staticShape([x.shape[axis]!], 'the gradient of CumProd') as [number]
    const [reverse, exclusive] = [flag(given, 'reverse'), flag(given, 'exclusive')]
    const order = [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis), axis]
    const back = order.map((_, i) => order.indexOf(i))
    const last = (v: Value) => unsqueeze(transpose(v, order), [rank - 1])
    const along = integers([rank])
    // Row k, place i: whether i lies behind k.
    const behind = Array.from({ length: size * size }, (_, at) => {
      const [k, i] = [Math.floor(at / size), at % size]
      return (reverse ? i < k : i > k) ? 1 : 0
    })
    const seen = behind.map((b, at) => (!exclusive && at % (size + 1) === 0 ? 1 : b))
    const isBehind = constant(behind, [size, size], 'bool')
    const factors = where(isBehind, last(x), scalarLike(x, 1))
    const between = apply(cumProdOperator, [factors, along], given)
    const reached = mul(between, constant(seen, [size, size], x.dtype))
    const sums = reduceSum(mul(reached, last(grads[0]!)), [rank])
    const before = apply(cumProdOperator, [x, where_], { ...given, exclusive: 1 })
    return [mul(transpose(sums, back), before)]
  },
  kernel: (k) => running(k, 1, multiplier(k.outputs[0]!.dtype)),
}

/** Sums of all elements up to each one along an axis. */
export const cumSum = (x: Value, axis: number): Value =>
  apply(cumSumOperator, [x, constant(axis, [], 'int64')])

export const cumulativeOperators: readonly Operator[] = [cumSumOperator, cumProdOperator]

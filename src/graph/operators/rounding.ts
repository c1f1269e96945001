// Whole numbers near a number, and numbers that are none: Floor, Ceil, Round; IsNaN, IsInf.
// Source: ONNX operators of these names. Round takes halves to the even neighbour.
// None of them has a gradient: they are constant almost everywhere.

import type { Operator, ValueInfo } from '../contract.ts'
import { flag, info } from '../operator.ts'
import { requireInputs } from './_check.ts'
import { inferSame, loopOf } from './_pointwise.ts'

/** The nearest whole number, of two the even one. */
export function roundEven(x: number): number {
  const down = Math.floor(x)
  const rest = x - down
  if (rest === 0.5) return down % 2 === 0 ? down : down + 1
  return rest < 0.5 ? down : down + 1
}

const stepOf = (name: string, f: (x: number) => number): Operator => ({
  name,
  infer: inferSame,
  gradient: 'none',
  kernel: loopOf(f),
})

const inferBool: Operator['infer'] = (inputs, _, what) => {
  const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
  return [info('bool', x.shape)]
}

export const floorOperator = stepOf('Floor', Math.floor)
export const ceilOperator = stepOf('Ceil', Math.ceil)
export const roundOperator = stepOf('Round', (x) => (Number.isFinite(x) ? roundEven(x) : x))

export const isNanOperator: Operator = {
  name: 'IsNaN',
  infer: inferBool,
  gradient: 'none',
  kernel: loopOf((x) => (Number.isNaN(x) ? 1 : 0)),
}

export const isInfOperator: Operator = {
  name: 'IsInf',
  attributes: { detect_negative: 'int', detect_positive: 'int' },
  infer: inferBool,
  gradient: 'none',
  kernel(k) {
    const low = flag(k.attributes, 'detect_negative', true)
    const high = flag(k.attributes, 'detect_positive', true)
    return loopOf((x) => ((low && x === -Infinity) || (high && x === Infinity) ? 1 : 0))(k)
  },
}

export const roundingOperators: readonly Operator[] = [
  floorOperator,
  ceilOperator,
  roundOperator,
  isNanOperator,
  isInfOperator,
]

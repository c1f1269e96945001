// Trigonometric and hyperbolic functions and their inverses: Sin to Atanh.
// Source: ONNX operators of these names (opset 7 and 9; 22 for more dtypes).
// Gradients at the ends of a domain (Asin at 1, Acosh at 1 …) are infinite, as the functions' own are.

import type { Operator, Value } from '../contract.ts'
import { apply, scalarLike } from '../value.ts'
import { inferSame, loopOf, partsOf } from './_pointwise.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { neg, sqrt } from './elementwise.ts'

/** `gradient` answers the gradient by x of x, y and dy. */
const functionOf = (
  name: string,
  f: (x: number) => number,
  gradient: (x: Value, y: Value, dy: Value) => Value,
): Operator => ({
  name,
  infer: inferSame,
  gradient(g) {
    const { x, y, dy } = partsOf(g)
    return [gradient(x, y, dy)]
  },
  kernel: loopOf(f),
})

const one = (x: Value): Value => scalarLike(x, 1)
const square = (x: Value): Value => mul(x, x)

export const sinOperator = functionOf('Sin', Math.sin, (x, _, dy) => mul(dy, cos(x)))
export const cosOperator = functionOf('Cos', Math.cos, (x, _, dy) => neg(mul(dy, sin(x))))
export const tanOperator = functionOf('Tan', Math.tan, (x, y, dy) => mul(dy, add(one(x), square(y))))
const asinOperator = functionOf('Asin', Math.asin, (x, _, dy) => div(dy, sqrt(sub(one(x), square(x)))))
const acosOperator = functionOf('Acos', Math.acos, (x, _, dy) => neg(div(dy, sqrt(sub(one(x), square(x))))))
const atanOperator = functionOf('Atan', Math.atan, (x, _, dy) => div(dy, add(one(x), square(x))))
const sinhOperator = functionOf('Sinh', Math.sinh, (x, _, dy) => mul(dy, apply(coshOperator, [x])))
const coshOperator = functionOf('Cosh', Math.cosh, (x, _, dy) => mul(dy, apply(sinhOperator, [x])))
const asinhOperator = functionOf('Asinh', Math.asinh, (x, _, dy) => div(dy, sqrt(add(square(x), one(x)))))
const acoshOperator = functionOf('Acosh', Math.acosh, (x, _, dy) => div(dy, sqrt(sub(square(x), one(x)))))
const atanhOperator = functionOf('Atanh', Math.atanh, (x, _, dy) => div(dy, sub(one(x), square(x))))

/** Sine of radians. */
export const sin = (x: Value): Value => apply(sinOperator, [x])
/** Cosine of radians. */
export const cos = (x: Value): Value => apply(cosOperator, [x])

export const trigonometryOperators: readonly Operator[] = [
  sinOperator,
  cosOperator,
  tanOperator,
  asinOperator,
  acosOperator,
  atanOperator,
  sinhOperator,
  coshOperator,
  asinhOperator,
  acoshOperator,
  atanhOperator,
]

// Cast, CastLike and Identity.
// Source: ONNX Cast (opset 25), CastLike, Identity.
// The plain executor computes float32 in float64: there a cast to float32 rounds, and nothing after it does.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, GradientContext, KernelContext, Operator, Value, ValueInfo } from '../contract.ts'
import { isHalf } from '../halves.ts'
import { isWideInteger } from '../integers.ts'
import { isNarrow, isNarrowFloat, roundNarrow } from '../narrow.ts'
import { flag, info } from '../operator.ts'
import { type DType, isFloat } from '../tensor.ts'
import { apply } from '../value.ts'
import { requireInputs } from './_check.ts'
import { narrowed } from './_narrowed.ts'

/** TensorProto.DataType numbers (onnx.proto). */
export const onnxTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  bfloat16: 16,
  float64: 11,
  uint32: 12,
  uint64: 13,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  uint2: 25,
  int2: 26,
}

/** Element types that we do not have, as onnx.proto calls them. */
const unsupportedTypes: Readonly<Record<number, string>> = {
  14: 'complex64',
  15: 'complex128',
  24: 'float8e8m0',
  27: 'float6e2m3',
  28: 'float6e3m2',
}

const dtypes = new Map(Object.entries(onnxTypes).map(([dtype, number]) => [number, dtype as DType]))

/** The dtype of a TensorProto.DataType number. @throws FrostglassError `unsupported`, by the type's name. */
export function dtypeOfOnnx(type: number, what: string): DType {
  const dtype = dtypes.get(type)
  if (dtype) return dtype
  const name = unsupportedTypes[type]
  throw new FrostglassError(
    'unsupported',
    `${what}: ONNX element type ${type}${name ? ` (${name})` : ''} is not supported`,
    name && 'Export the model with weights of float32, float16, bfloat16 or int8.',
  )
}

/** Whether a cast does nothing: saturating one brings even the infinities of the dtype itself to its largest. */
const isView = (from: DType, to: DType, attributes: Attributes): boolean =>
  keeps(from, to) && !(to === 'float8e5m2' && flag(attributes, 'saturate', true))

const targetOf = (attributes: Attributes, what: string): DType =>
  dtypeOfOnnx((attributes['to'] as number | undefined) ?? 0, what)

/** Whether all numbers of one dtype are numbers of another, or are not told from them on the plain executor. */
function keeps(from: DType, to: DType): boolean {
  if (from === to || (from === 'bool' && to !== 'string') || to === 'float64') return true
  if (to === 'float32') return isHalf(from) || isNarrow(from) || /^u?int(8|16)$/.test(from)
  return false
}

export const castOperator: Operator = {
  name: 'Cast',
  attributes: { to: 'int', saturate: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info(targetOf(attributes, what), x.shape)]
  },
  gradient: castGradient,
  narrow: narrowCast,
  view: (inputs, attributes) => isView(inputs[0]!.dtype, targetOf(attributes, 'Cast'), attributes),
  kernel: castKernel,
}

export const castLikeOperator: Operator = {
  name: 'CastLike',
  attributes: { saturate: 'int' },
  infer(inputs, _, what) {
    const [x, like] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    return [info(like.dtype, x.shape)]
  },
  gradient: castGradient,
  narrow: narrowCast,
  lower: ([x, like]) => [cast(x!, like!.dtype)],
  view: ([x, like], attributes) => isView(x!.dtype, like!.dtype, attributes),
  kernel: castKernel,
}

/** @throws FrostglassError `unsupported` for a narrow float, in which no gradient is computed. */
function castGradient({ inputs, grads }: GradientContext): readonly (Value | undefined)[] {
  const x = inputs[0]!
  if (!isNarrowFloat(x.dtype)) return [isFloat(x.dtype) ? cast(grads[0]!, x.dtype) : undefined]
  throw new FrostglassError(
    'unsupported',
    `what is trained lies behind a cast from ${x.dtype}, and no gradient is computed in it`,
    'Train without that cast.',
  )
}

function narrowCast(
  [x]: readonly (Value | undefined)[],
  attributes: Attributes,
  to: DType,
): readonly Value[] {
  return [isNarrow(to) ? narrowed(x!, to, flag(attributes, 'saturate', true)) : cast(x!, to)]
}

function castKernel({ inputs: [x], outputs: [y], attributes }: KernelContext): () => void {
  const from = x!.data
  const to = y!.data
  const convert = conversion(x!.dtype, y!.dtype, flag(attributes, 'saturate', true))
  return () => {
    for (let i = 0; i < to.length; i++) to[i] = convert(from[i]!)
  }
}

const lowest32 = -(2 ** 31)

/**
 * What a cast does to a number before the executor brings it to the dtype (halves, and integers modulo 2^bits, are the
 * executor's). ONNX leaves open what becomes of a float that no int32 is: it is here, as in ONNX Runtime on x86, the
 * lowest int32, or the lowest bits of that, and for wider integers a refusal by the executor.
 */
function conversion(from: DType, to: DType, saturate: boolean): (v: number) => number {
  if (to === 'bool') return (v) => (v === 0 ? 0 : 1)
  if (to === 'float32') return Math.fround
  if (isNarrowFloat(to)) {
    // A float32 is rounded to its own numbers first, which the executor does not.
    const own = from === 'float32' ? Math.fround : (v: number) => v
    return (v) => roundNarrow(own(v), to, saturate)
  }
  if (!(isFloat(from) || isNarrowFloat(from)) || isHalf(to)) return (v) => v
  if (isWideInteger(to)) return Math.trunc
  if (to === 'uint32') return (v) => (v < 2 ** 32 && v > lowest32 - 1 ? Math.trunc(v) : Number.NaN)
  return (v) => (v < 2 ** 31 && v > lowest32 - 1 ? Math.trunc(v) : lowest32)
}

export const identityOperator: Operator = {
  name: 'Identity',
  narrow: 'moves',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info(x.dtype, x.shape, x.content)]
  },
  gradient: ({ grads }) => [grads[0]],
  view: true,
}

/** `x` in another dtype; itself when it has that dtype already. */
export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype ? x : apply(castOperator, [x], { to: onnxTypes[dtype] })
/** `x` under a new identity. */
export const identity = (x: Value): Value => apply(identityOperator, [x])

export const castOperators: readonly Operator[] = [castOperator, castLikeOperator, identityOperator]

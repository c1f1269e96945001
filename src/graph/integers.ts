// Integers in float64 buffers: which are exact there, how they wrap, and products that keep their lowest bits.
// Source: two's complement, as ONNX Runtime's CPU kernels compute; ECMA-262, ToInt32 (the modulo of exact numbers).
// Beyond 2^53 − 1 nothing is exact in float64: what would be wrong there is refused, not rounded.

import { FrostglassError } from '../errors.ts'
import { isNarrowInteger, wrapNarrow } from './narrow.ts'
import type { DType } from './tensor.ts'

const bits: Partial<Readonly<Record<DType, number>>> = {
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
  int64: 64,
  uint64: 64,
  int4: 4,
  uint4: 4,
  int2: 2,
  uint2: 2,
}

/** Whether a dtype holds integers; `bool` does not. */
export const isInteger = (dtype: DType): boolean => bits[dtype] !== undefined

/** Whether a dtype holds integers that float64 cannot all hold. */
export const isWideInteger = (dtype: DType): boolean => bits[dtype] === 64

let refusing = true

/** Does what it is given without refusals: integers beyond 2^53 are rounded, and what is no number stays none. */
export function roundingIntegers<T>(work: () => T): T {
  const before = refusing
  refusing = false
  try {
    return work()
  } finally {
    refusing = before
  }
}

/** Whether inexact integers are refused, and not rounded, as within {@link roundingIntegers}. */
export const isRefusing = (): boolean => refusing

/** Whether float64 holds this integer and its neighbours: up to 2^53 − 1. Within {@link roundingIntegers} all pass. */
export const isExact = (v: number): boolean =>
  (v <= Number.MAX_SAFE_INTEGER && v >= -Number.MAX_SAFE_INTEGER) || !refusing

/**
 * An integer that a kernel has on the way: itself while float64 holds it exactly.
 * @throws FrostglassError `unsupported` beyond 2^53 − 1, and for what is no number.
 */
export function exact(v: number): number {
  if (isExact(v)) return v
  throw inexact('an integer on the way')
}

/** The refusal of an integer that float64 does not hold. */
export function inexact(what: string): FrostglassError {
  return new FrostglassError(
    'unsupported',
    `${what} is beyond 2^53 or no number: the plain executor would round it`,
    "Compile with executor: 'native'.",
  )
}

/** What brings an exact integer into a dtype of at most 32 bits: truncated, then modulo 2^bits. Undefined for others. */
export function wrapper(dtype: DType): ((v: number) => number) | undefined {
  switch (dtype) {
    case 'int8':
      return (v) => (v << 24) >> 24
    case 'uint8':
      return (v) => v & 0xff
    case 'int16':
      return (v) => (v << 16) >> 16
    case 'uint16':
      return (v) => v & 0xffff
    case 'int32':
      return (v) => v | 0
    case 'uint32':
      return (v) => v >>> 0
    default:
      return isNarrowInteger(dtype) ? (v) => wrapNarrow(v, dtype) : undefined
  }
}

/** The product of two numbers of a dtype: of integers modulo 2^bits up to 32 bits, exact or refused ({@link exact}) for 64. */
export function multiplier(dtype: DType): (a: number, b: number) => number {
  if (isWideInteger(dtype)) return (a, b) => exact(a * b)
  const wrap = wrapper(dtype)
  // The lowest 32 bits of the product, whatever the signs; the narrower ones are among them.
  return wrap ? (a, b) => wrap(Math.imul(a, b)) : (a, b) => a * b
}

// Element types of 8 bits and fewer that no JavaScript array has: float8, float4, and integers of 4 and 2 bits.
// Source: ONNX, "Float stored in 8 bits" (E4M3FN, E4M3FNUZ, E5M2, E5M2FNUZ), "Float stored in 4 bits" (E2M1) and "4 bit
// integer types" (packing); Micikevicius et al., FP8 Formats for Deep Learning (2022), table 1.
// A float is kept as its code, a byte each; an integer as itself. float8e8m0 and float6 are not here: of what the first
// makes of zeros and of what is too large, ONNX's table and its reference say different things.

import { decodeHalf, encodeHalves, type HalfDType, isHalf, roundHalves } from './halves.ts'

/** Floats of 8 and 4 bits. `fn`: finite numbers and NaN alone; `uz`: one zero, without a sign. */
export type NarrowFloat = 'float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2' | 'float8e5m2fnuz' | 'float4e2m1'
/** Integers of 4 and 2 bits. */
export type NarrowInteger = 'uint4' | 'int4' | 'uint2' | 'int2'

interface Format {
  readonly bits: number
  /** Bits of the fraction. */
  readonly fraction: number
  /** The exponent of the smallest normal number. */
  readonly low: number
  /** The code of the largest finite number. */
  readonly largest: number
  /** The codes of what is no number, and of what is too large where that does not saturate. */
  readonly nan: number
  readonly overflow: number
  /** One zero alone. */
  readonly unsigned: boolean
}

const formats: Readonly<Record<NarrowFloat, Format>> = {
  float8e4m3fn: {
    bits: 8,
    fraction: 3,
    low: -6,
    largest: 0x7e,
    nan: 0x7f,
    overflow: 0x7f,
    unsigned: false,
  },
  float8e4m3fnuz: {
    bits: 8,
    fraction: 3,
    low: -7,
    largest: 0x7f,
    nan: 0x80,
    overflow: 0x80,
    unsigned: true,
  },
  float8e5m2: { bits: 8, fraction: 2, low: -14, largest: 0x7b, nan: 0x7e, overflow: 0x7c, unsigned: false },
  float8e5m2fnuz: {
    bits: 8,
    fraction: 2,
    low: -15,
    largest: 0x7f,
    nan: 0x80,
    overflow: 0x80,
    unsigned: true,
  },
  // It has neither NaN nor infinity: the first becomes −0, as in ml_dtypes (ONNX leaves it open), the second saturates.
  float4e2m1: { bits: 4, fraction: 1, low: 0, largest: 0x7, nan: 0x8, overflow: 0x7, unsigned: false },
}

const integers: Readonly<Record<NarrowInteger, { readonly bits: number; readonly signed: boolean }>> = {
  uint4: { bits: 4, signed: false },
  int4: { bits: 4, signed: true },
  uint2: { bits: 2, signed: false },
  int2: { bits: 2, signed: true },
}

export const isNarrowFloat = (dtype: string): dtype is NarrowFloat => Object.hasOwn(formats, dtype)
export const isNarrowInteger = (dtype: string): dtype is NarrowInteger => Object.hasOwn(integers, dtype)
export const isNarrow = (dtype: string): dtype is NarrowFloat | NarrowInteger =>
  isNarrowFloat(dtype) || isNarrowInteger(dtype)

/** Whether a dtype's elements are kept as codes: what lies in the array is not the number. */
export const isCoded = (dtype: string): dtype is HalfDType | NarrowFloat =>
  isHalf(dtype) || isNarrowFloat(dtype)

/** How many elements a byte of a file holds; 1 for every other dtype. */
export function elementsPerByte(dtype: string): number {
  if (isNarrowFloat(dtype)) return 8 / formats[dtype].bits
  return isNarrowInteger(dtype) ? 8 / integers[dtype].bits : 1
}

/** What rounding to a format goes by: bits of the fraction, exponents of its normal numbers, the largest number. */
export function formatOf(dtype: NarrowFloat) {
  const { fraction, low, largest, overflow, nan, unsigned } = formats[dtype]
  const most = decode(formats[dtype], largest)
  return {
    fraction,
    low,
    high: Math.floor(Math.log2(most)),
    largest: most,
    overflow: decode(formats[dtype], overflow),
    nan: decode(formats[dtype], nan),
    unsigned,
  }
}

function decode(f: Format, code: number): number {
  const top = 2 ** (f.bits - 1)
  if (f.unsigned && code === top) return Number.NaN
  const size = code % top
  const sign = code >= top ? -1 : 1
  if (size > f.largest) return size === f.overflow && f.overflow !== f.nan ? sign * Infinity : Number.NaN
  const exponent = size >> f.fraction
  const rest = size % 2 ** f.fraction
  if (exponent === 0) return sign * rest * 2 ** (f.low - f.fraction)
  return sign * (rest + 2 ** f.fraction) * 2 ** (f.low + exponent - 1 - f.fraction)
}

const tables = new Map<NarrowFloat, Float64Array>()

/** The numbers of all codes. */
function tableOf(dtype: NarrowFloat): Float64Array {
  let table = tables.get(dtype)
  if (!table) {
    const f = formats[dtype]
    table = Float64Array.from({ length: 2 ** f.bits }, (_, code) => decode(f, code))
    tables.set(dtype, table)
  }
  return table
}

/** The code of the nearest number, ties to even; of what is beyond the largest by half a step, one more than its code. */
function nearest(table: Float64Array, { largest }: Format, size: number): number {
  if (size === Infinity) return largest + 1
  let [below, above] = [0, largest + 1]
  // table[below] ≤ size < table[above], the number after the largest being one step on.
  while (above - below > 1) {
    const middle = (below + above) >> 1
    if (table[middle]! <= size) below = middle
    else above = middle
  }
  const step = below < largest ? table[above]! - table[below]! : table[largest]! - table[largest - 1]!
  const over = size - table[below]! - step / 2
  return over > 0 || (over === 0 && below % 2 === 1) ? below + 1 : below
}

function encode(dtype: NarrowFloat, v: number, saturate: boolean): number {
  const f = formats[dtype]
  if (Number.isNaN(v)) return f.nan
  const negative = v < 0 || Object.is(v, -0) ? 2 ** (f.bits - 1) : 0
  const code = nearest(tableOf(dtype), f, Math.abs(v))
  if (code > f.largest) return saturate ? f.largest + negative : f.overflow | negative
  return f.unsigned && code === 0 ? 0 : code + negative
}

/**
 * The nearest number of a format, ties to even. What is too large becomes the largest where it saturates, else infinity, or
 * NaN where the format has none (ONNX Cast, the tables of `saturate`).
 */
export const roundNarrow = (v: number, dtype: NarrowFloat, saturate: boolean): number =>
  tableOf(dtype)[encode(dtype, v, saturate)]!

/** Brings every element in place to its dtype: halves to the nearest, narrow floats too without saturation. */
export function roundCoded(data: Float64Array, dtype: HalfDType | NarrowFloat): void {
  if (isHalf(dtype)) roundHalves(data, dtype)
  else for (let i = 0; i < data.length; i++) data[i] = roundNarrow(data[i]!, dtype, false)
}

/** The codes of numbers, rounded as {@link roundCoded} does. */
export function encodeCoded(
  values: ArrayLike<number | bigint>,
  dtype: HalfDType | NarrowFloat,
): Uint16Array | Uint8Array {
  if (isHalf(dtype)) return encodeHalves(values, dtype)
  return Uint8Array.from(values as ArrayLike<number>, (v) => encode(dtype, Number(v), false))
}

/** The number that a code stands for. */
export const decodeCode = (code: number, dtype: HalfDType | NarrowFloat): number =>
  isHalf(dtype) ? decodeHalf(code, dtype) : tableOf(dtype)[code % tableOf(dtype).length]!

/** An integer modulo 2^bits, as its dtype has it. */
export function wrapNarrow(v: number, dtype: NarrowInteger): number {
  const { bits, signed } = integers[dtype]
  return signed ? (v << (32 - bits)) >> (32 - bits) : v & (2 ** bits - 1)
}

/** The least and the largest of a dtype. */
export function rangeOfNarrow(dtype: NarrowInteger): readonly [number, number] {
  const { bits, signed } = integers[dtype]
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
}

/** Elements as a file packs them: the first in the lowest bits of a byte. */
export function packed(elements: ArrayLike<number>, dtype: NarrowFloat | NarrowInteger): Uint8Array {
  const per = elementsPerByte(dtype)
  const bits = 8 / per
  const bytes = new Uint8Array(Math.ceil(elements.length / per))
  for (let i = 0; i < elements.length; i++)
    bytes[Math.floor(i / per)]! |= (elements[i]! & (2 ** bits - 1)) << (bits * (i % per))
  return bytes
}

/** `count` elements out of the bytes of a file. */
export function unpacked(
  bytes: ArrayLike<number>,
  count: number,
  dtype: NarrowFloat | NarrowInteger,
): Uint8Array | Int8Array {
  const per = elementsPerByte(dtype)
  const bits = 8 / per
  const codes = Uint8Array.from(
    { length: count },
    (_, i) => (bytes[Math.floor(i / per)]! >> (bits * (i % per))) & (2 ** bits - 1),
  )
  if (!isNarrowInteger(dtype) || !integers[dtype].signed) return codes
  return Int8Array.from(codes, (code) => wrapNarrow(code, dtype))
}

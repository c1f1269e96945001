// The two 16-bit floats: numbers rounded to them, to their bits, and from their bits.
// Source: IEEE 754-2019, 3.4 (binary16) and 4.3.1 (ties to even); bfloat16 is the upper half of a binary32.
// Bits lie in the machine's own order (little-endian wherever this runs); a NaN's payload is lost.

/** The dtypes that are kept as 16 bits. */
export type HalfDType = 'float16' | 'bfloat16'

/** Whether a dtype is one of the two that are kept as 16 bits. */
export const isHalf = (dtype: string): dtype is HalfDType => dtype === 'float16' || dtype === 'bfloat16'

/** A binary format: bits of the fraction, exponents of its normal numbers, and its largest number. */
interface Format {
  readonly fraction: number
  readonly low: number
  readonly high: number
  readonly largest: number
  /** The distance of neighbours at each exponent, from `low` on. */
  readonly steps: Float64Array
}

function format(fraction: number, low: number, high: number): Format {
  return {
    fraction,
    low,
    high,
    largest: (2 - 2 ** -fraction) * 2 ** high,
    steps: Float64Array.from({ length: high - low + 2 }, (_, i) => 2 ** (low + i - fraction)),
  }
}

const formats: Readonly<Record<HalfDType, Format>> = {
  float16: format(10, -14, 15),
  bfloat16: format(7, -126, 127),
}

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)

/** The exponent of a finite number, that of a subnormal one being −1023. */
function exponentOf(v: number): number {
  double[0] = v
  return ((words[1]! >>> 20) & 0x7ff) - 1023
}

// Adding it to a number below 2^51 rounds that number to an integer, ties to even, as the sum has no bit for more.
const rounding = 1.5 * 2 ** 52

function round(f: Format, v: number): number {
  if (!(v <= Number.MAX_VALUE && v >= -Number.MAX_VALUE)) return v
  const exponent = exponentOf(v)
  if (exponent > f.high) return v * Number.POSITIVE_INFINITY
  const step = f.steps[Math.max(exponent - f.low, 0)]!
  const rounded = (v / step + rounding - rounding) * step
  if (rounded === 0) return v < 0 || Object.is(v, -0) ? -0 : 0
  return rounded > f.largest || rounded < -f.largest ? v * Number.POSITIVE_INFINITY : rounded
}

/** The nearest number of the format: ties to even, infinity beyond the largest. */
export const roundHalf = (value: number, dtype: HalfDType): number => round(formats[dtype], value)

/** Rounds every element in place to the nearest number of the format: ties to even, infinity beyond the largest. */
export function roundHalves(data: Float64Array, dtype: HalfDType): void {
  const f = formats[dtype]
  for (let i = 0; i < data.length; i++) data[i] = round(f, data[i]!)
}

function encode(f: Format, v: number): number {
  const sign = v < 0 || Object.is(v, -0) ? 0x8000 : 0
  const size = Math.abs(round(f, v))
  const infinity = (f.high + f.high + 1) << f.fraction
  if (Number.isNaN(size)) return infinity | (1 << (f.fraction - 1))
  if (size > f.largest) return sign | infinity
  const exponent = exponentOf(size)
  // A subnormal number's bits are how many of the smallest it is.
  if (exponent < f.low) return sign | (size / f.steps[0]!)
  return sign | (((exponent - f.low) << f.fraction) + size / f.steps[exponent - f.low]!)
}

/** The bits of one number, rounded to the nearest of the format; a NaN becomes the quiet one. */
export const encodeHalf = (value: number, dtype: HalfDType): number => encode(formats[dtype], value)

/** The bits of numbers, rounded to the nearest of the format. */
export function encodeHalves(values: ArrayLike<number | bigint>, dtype: HalfDType): Uint16Array {
  const f = formats[dtype]
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) bits[i] = encode(f, Number(values[i]))
  return bits
}

function decode(f: Format, bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits & 0x7fff) >>> f.fraction
  const rest = bits & ((1 << f.fraction) - 1)
  if (exponent === f.high + f.high + 1) return rest === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * rest * f.steps[0]!
  return sign * (rest + (1 << f.fraction)) * f.steps[exponent - 1]!
}

/** The number that bits stand for. */
export const decodeHalf = (bits: number, dtype: HalfDType): number => decode(formats[dtype], bits)

/** The numbers that bits stand for. */
export function decodeHalves(bits: ArrayLike<number>, dtype: HalfDType): Float64Array {
  const out = new Float64Array(bits.length)
  decodeInto(out, bits, dtype)
  return out
}

const tables = new Map<HalfDType, Float32Array>()

/** Writes the numbers that bits stand for into `out`, by a table of all 65,536. */
export function decodeInto(out: Float64Array, bits: ArrayLike<number>, dtype: HalfDType): void {
  let table = tables.get(dtype)
  if (!table) {
    const f = formats[dtype]
    table = Float32Array.from({ length: 65_536 }, (_, i) => decode(f, i))
    tables.set(dtype, table)
  }
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]!]!
}

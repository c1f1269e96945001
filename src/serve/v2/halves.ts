// Half precision as its 16 bits, from numbers and to them.
// Source: IEEE 754-2019, binary16, rounding to nearest, ties to even. (Node 22 has no Float16Array.)
// One element at a time: bodies of JSON alone come here, which cost more to read than to round.

const view = new DataView(new ArrayBuffer(8))

/** The bits of the half that is nearest to a number; a NaN becomes the quiet one. */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  view.setFloat64(0, value)
  const sign = (view.getUint16(0) & 0x8000) >>> 0
  const size = Math.abs(value)
  // From the middle between the largest half and what would follow it.
  if (size >= 65_520) return sign | 0x7c00
  if (size < 2 ** -14) return sign | nearestEven(size * 2 ** 24)
  const exponent = ((view.getUint16(0) >>> 4) & 0x7ff) - 1023
  // The fraction may round up to the next power of two: the sum carries.
  return sign | (((exponent + 14) << 10) + nearestEven(size * 2 ** (10 - exponent)))
}

/** The number that bits of a half stand for. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

function nearestEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below + (below % 2)
}

// The power of two that a number begins with, read off its bits: a logarithm rounds, and is one too large beside powers of two.
// Source: IEEE 754, binary64.
// It does not know subnormal numbers.

const words = new DataView(new ArrayBuffer(8))

/** ⌊log₂ x⌋, exactly. @param x positive and normal */
export function exponentOf(x: number): number {
  words.setFloat64(0, x)
  return (words.getUint16(0) >> 4) - 1023
}

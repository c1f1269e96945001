// The whole numbers of Java's java.util.Random, by which ARX's tests draw the rows of a part.
// Source: the documentation of java.util.Random: a linear congruential generator of 48 bits. Nothing here is secret.

/**
 * Draws below a bound as `nextInt(bound)` does.
 * @param seed a whole number
 */
export function javaDraws(seed: number): (bound: number) => number {
  const mask = (1n << 48n) - 1n
  let state = (BigInt(seed) ^ 0x5deece66dn) & mask
  const next31 = (): number => {
    state = (state * 0x5deece66dn + 0xbn) & mask
    return Number(state >> 17n)
  }
  return (bound) => {
    if ((bound & -bound) === bound) return Number((BigInt(bound) * BigInt(next31())) >> 31n)
    for (;;) {
      const bits = next31()
      const value = bits % bound
      // Java's int overflows where this is no whole block of numbers.
      if (bits - value + (bound - 1) < 2 ** 31) return value
    }
  }
}

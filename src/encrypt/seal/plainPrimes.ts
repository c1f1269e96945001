// Plain moduli that have a slot for every coefficient: primes of which 1 is the residue modulo 2N, counted exactly.
// Source: Smart and Vercauteren 2014 (packing needs t ≡ 1 mod 2N); SEAL 4.1 takes the largest of a size first, as here.
// Small sizes have none or few: of 14 to 16 and of 19 bits at degree 8192 there is not one.

/** Sizes of a plain modulus, in bits. */
export const leastPlainBits = 14
export const mostPlainBits = 40

/**
 * The largest primes of a size that are 1 modulo 2N, falling.
 * @param bits 2 to 40
 * @param most at most so many
 * @param degree N
 */
export function plainPrimes(bits: number, most: number, degree = 8192): number[] {
  const found: number[] = []
  const step = 2 * degree
  for (let value = 2 ** bits - step + 1; value > 2 ** (bits - 1) && found.length < most; value -= step)
    if (isPrime(value)) found.push(value)
  return found
}

/** By trial division: a number below 2⁴⁰ has a divisor below 2²⁰, or none. */
function isPrime(value: number): boolean {
  if (value % 2 === 0) return value === 2
  for (let divisor = 3; divisor * divisor <= value; divisor += 2) if (value % divisor === 0) return false
  return value > 1
}

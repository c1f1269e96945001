// Exact arithmetic on integers of any size: rounding division, residues nearest to zero, powers of residues.
// Source: Zhou and Wornell 2014 (⌈ ⌋ is the nearest integer).

/** a / b to the nearest integer, halves upwards; b > 0. */
export function roundedQuotient(a: bigint, b: bigint): bigint {
  const twice = 2n * a + b
  const quotient = twice / (2n * b)
  // BigInt's division goes towards zero; what is wanted goes downwards.
  return twice < 0n && quotient * 2n * b !== twice ? quotient - 1n : quotient
}

/** The residue of `a` nearest to zero, in −q/2 … q/2; `a` itself without a modulus. */
export function centred(a: bigint, modulus: bigint | null): bigint {
  if (modulus === null) return a
  const residue = ((a % modulus) + modulus) % modulus
  return 2n * residue > modulus ? residue - modulus : residue
}

/** The number of binary places of |a|. */
export const bitLength = (a: bigint): number => (a === 0n ? 0 : (a < 0n ? -a : a).toString(2).length)

/** base^exponent modulo `modulus`; base, exponent ≥ 0. Its time tells the exponent: for public ones. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

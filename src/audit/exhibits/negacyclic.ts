// Products of polynomials modulo X^N + 1 and a prime, one of them given at the places of SEAL's number-theoretic transform.
// Source: Longa and Naehrig 2016 (bit-reversed order, the smallest primitive 2N-th root). For attacks: BigInt, and slow.

import { power } from '../../encrypt/integers.ts'

/** The smallest ψ with ψ^N = −1 modulo a prime. */
function smallestRoot(degree: number, prime: bigint): bigint {
  const order = BigInt(2 * degree)
  let root = 0n
  for (let base = 2n; ; base++) {
    root = power(base, (prime - 1n) / order, prime)
    if (power(root, order / 2n, prime) === prime - 1n) break
  }
  const square = (root * root) % prime
  let smallest = root
  // All primitive roots are odd powers of one.
  for (let i = 1, candidate = root; i < degree; i++) {
    candidate = (candidate * square) % prime
    if (candidate < smallest) smallest = candidate
  }
  return smallest
}

/** Values at ω⁰, ω¹ …, of a power of two of coefficients. */
function transformed(values: readonly bigint[], root: bigint, prime: bigint): bigint[] {
  if (values.length === 1) return [...values]
  const square = (root * root) % prime
  const even = transformed(
    values.filter((_, i) => i % 2 === 0),
    square,
    prime,
  )
  const odd = transformed(
    values.filter((_, i) => i % 2 === 1),
    square,
    prime,
  )
  const half = even.length
  const result = new Array<bigint>(values.length)
  for (let i = 0, twist = 1n; i < half; i++, twist = (twist * root) % prime) {
    const turned = (twist * odd[i]!) % prime
    result[i] = (even[i]! + turned) % prime
    result[i + half] = (even[i]! - turned + prime) % prime
  }
  return result
}

/**
 * The first coefficients of a · b.
 * @param a [N], transformed as SEAL does it
 * @param b [N] small coefficients
 */
export function productAt(a: BigUint64Array, b: readonly number[], count: number, prime: bigint): bigint[] {
  const degree = a.length
  const bits = Math.log2(degree)
  const root = smallestRoot(degree, prime)
  let twist = 1n
  const twisted = b.map((coefficient) => {
    const value = (((BigInt(coefficient) * twist) % prime) + prime) % prime
    twist = (twist * root) % prime
    return value
  })
  const square = (root * root) % prime
  const places = transformed(twisted, square, prime)
  const product = new Array<bigint>(degree)
  a.forEach((place, k) => {
    const at = Number.parseInt(k.toString(2).padStart(bits, '0').split('').reverse().join(''), 2)
    product[at] = (place * places[at]!) % prime
  })
  const back = transformed(product, power(square, prime - 2n, prime), prime)
  const unroot = power(root, prime - 2n, prime)
  const over = power(BigInt(degree), prime - 2n, prime)
  return Array.from({ length: count }, (_, i) => {
    const scaled = (back[i]! * over) % prime
    return (scaled * power(unroot, BigInt(i), prime)) % prime
  })
}

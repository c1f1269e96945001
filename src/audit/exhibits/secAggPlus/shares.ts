// Shamir's shares of a secret of bytes, as Flower cuts and writes them.
// Source: flwr 1.42, common/secure_aggregation/crypto/shamir.py; PyCryptodome's Shamir (`ssss=False`); Shamir 1979.
// BigInt, and not in constant time: for this exhibit alone.

import { randomBytes } from 'node:crypto'

/** GF(2^128) by x^128 + x^7 + x^2 + x + 1. */
const polynomial = (1n << 128n) | 0x87n
const block = 16

function product(a: bigint, b: bigint): bigint {
  let sum = 0n
  for (let left = a, right = b; right > 0n; right >>= 1n) {
    if (right & 1n) sum ^= left
    left <<= 1n
    if (left >> 128n) left ^= polynomial
  }
  return sum
}

/** a^(2^128 − 2), by squares. */
function inverse(a: bigint): bigint {
  let [result, power] = [1n, product(a, a)]
  for (let i = 1; i < 128; i++) {
    result = product(result, power)
    power = product(power, power)
  }
  return result
}

const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
const bytesOf = (number: bigint) => Buffer.from(number.toString(16).padStart(2 * block, '0'), 'hex')

/** Whole blocks: filled up by bytes that say how many they are (PKCS #7). */
function blocksOf(secret: Uint8Array): Buffer[] {
  const fill = block - (secret.length % block)
  const padded = Buffer.concat([secret, Buffer.alloc(fill, fill)])
  return Array.from({ length: padded.length / block }, (_, i) => padded.subarray(i * block, (i + 1) * block))
}

/**
 * Shares of a secret: the place from 1 (four bytes, little end first), and a point of each block's polynomial.
 * @param threshold shares that tell the secret
 * @returns [count]
 */
export function createShares(secret: Uint8Array, threshold: number, count: number): Uint8Array[] {
  const polynomials = blocksOf(secret).map((constant) => [
    ...Array.from({ length: threshold - 1 }, () => numberOf(randomBytes(block))),
    numberOf(constant),
  ])
  return Array.from({ length: count }, (_, i) => {
    const place = Buffer.alloc(4)
    place.writeUInt32LE(i + 1)
    const points = polynomials.map((coefficients) =>
      bytesOf(coefficients.reduce((value, coefficient) => product(value, BigInt(i + 1)) ^ coefficient, 0n)),
    )
    return Buffer.concat([place, ...points])
  })
}

/** The secret of as many shares as its threshold, or more. @throws RangeError when they tell none */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array {
  const places = shares.map((share) => BigInt(Buffer.from(share).readUInt32LE(0)))
  const weights = places.map((place, i) =>
    places.reduce(
      (weight, other, j) => (i === j ? weight : product(weight, product(other, inverse(other ^ place)))),
      1n,
    ),
  )
  const count = (shares[0]!.length - 4) / block
  const padded = Buffer.concat(
    Array.from({ length: count }, (_, b) => {
      const from = 4 + b * block
      return bytesOf(
        shares.reduce(
          (sum, share, i) => sum ^ product(weights[i]!, numberOf(share.subarray(from, from + block))),
          0n,
        ),
      )
    }),
  )
  const fill = padded.at(-1)!
  if (fill < 1 || fill > block || padded.subarray(-fill).some((byte) => byte !== fill))
    throw new RangeError('these shares tell no secret')
  return padded.subarray(0, -fill)
}

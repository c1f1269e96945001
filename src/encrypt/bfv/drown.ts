// Noise that drowns a computation's: added to the first polynomial of an answer, as large as decryption can bear.
// Source: Gentry 2009, section 4 (circuit privacy by flooding); PROOF.md, lemma 3. SEAL has no such verb: the residues in the
// bytes of a ciphertext are changed, and it is loaded again. It hides what is small beside it, and no more than PROOF.md says.

import type { Ciphertext } from 'node-seal'
import type { Stream } from '../../secret/derive.ts'
import { bitLength } from '../integers.ts'
import type { HeContext } from '../seal/context.ts'

/** How many uniform numbers a coefficient's noise is the sum of: its distribution is smooth, bounded, and exact. */
const pieces = 4

/**
 * log₂ of B: a piece is uniform on the B whole numbers from −B/2, so that four of them are within Δ/4 of zero, where
 * decryption bears Δ/2 less a rounding.
 * @param modulus Q, without the prime of key switching
 * @param plain t; Δ = Q / t
 */
export const pieceBits = (modulus: bigint, plain: bigint): number => bitLength(modulus / plain) - 1 - 3

/** Bits by which the standard deviation of the noise, √(4/12) B, is below Δ: at most 4.8. */
export const bitsBelowDelta = 4 + 0.5 * Math.log2(12 / pieces)

/**
 * Makes what adds fresh noise to a ciphertext of two polynomials at the first level, in place.
 * @param source secret: whoever knows it takes the noise off
 */
export function drowner(context: HeContext, source: Stream): (a: Ciphertext) => void {
  const { seal, parameters, plainModulus } = context
  const { degree } = parameters
  const primes = context.primes.map(BigInt)
  const bits = pieceBits(
    primes.reduce((product, prime) => product * prime, 1n),
    plainModulus as bigint,
  )
  const words = Math.ceil(bits / 32)
  const top = 2 ** (bits - 32 * (words - 1)) - 1
  // Four pieces of −B/2 … B/2 − 1.
  const offset = BigInt(pieces) << BigInt(bits - 1)
  const hexadecimal = (word: number) => word.toString(16).padStart(8, '0')
  const piece = () => {
    let digits = '0x'
    for (let i = 0; i < words; i++) {
      const word = source.uint32()
      digits += hexadecimal(i === 0 ? (word & top) >>> 0 : word)
    }
    return BigInt(digits)
  }
  return (a) => {
    const bytes = a.saveToArray(seal.ComprModeType.none) as Uint8Array
    // The first polynomial, residues by primes; the second comes last.
    const start = bytes.length - 2 * 8 * degree * primes.length
    if (a.size() !== 2 || start < 0) throw new RangeError('noise is for ciphertexts of two polynomials')
    const view = new DataView(bytes.buffer, bytes.byteOffset + start)
    for (let i = 0; i < degree; i++) {
      let noise = -offset
      for (let p = 0; p < pieces; p++) noise += piece()
      primes.forEach((prime, m) => {
        const at = 8 * (m * degree + i)
        const sum = (view.getBigUint64(at, true) + noise) % prime
        view.setBigUint64(at, sum < 0n ? sum + prime : sum, true)
      })
    }
    a.loadFromArray(context.context, bytes)
  }
}

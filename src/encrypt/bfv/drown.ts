// Noise that drowns a computation's, and leaves no room for other messages: added to the first polynomial of an answer, over
// nearly all that decrypts to the same, with soft ends. Source: Gentry 2009, section 4 (circuit privacy by flooding); PROOF.md,
// lemmas 2 and 3. SEAL has no such verb: residues in a ciphertext's bytes are changed, and it is loaded again.

import type { Ciphertext } from 'node-seal'
import type { Stream } from '../../secret/derive.ts'
import { bitLength } from '../integers.ts'
import type { HeContext } from '../seal/context.ts'

/** A coefficient's noise is one wide uniform number, and so many narrow ones that make its ends soft. */
const softeners = 3

/** Bits by which a softener is narrower than Δ, to the power of two below. */
const softBits = 9

/** The noise stays so far from where decryption would err: Δ / 2^edgeBits are the computation's own. */
export const edgeBits = 21

/** How noise is drawn, in whole numbers. */
export interface DrownWidths {
  /** The wide one is uniform on so many numbers about 0. */
  readonly wide: bigint
  /** log₂ of how many numbers a softener is uniform on, from −half to half − 1. */
  readonly soft: number
}

/**
 * |noise| ≤ (wide + 3 · 2^soft) / 2 ≤ Δ / 2 − Δ / 2^edgeBits.
 * @param modulus Q, without the prime of key switching
 * @param plain t; Δ = ⌊Q / t⌋
 */
export function drownWidths(modulus: bigint, plain: bigint): DrownWidths {
  const room = modulus / plain
  const soft = bitLength(room) - 1 - softBits
  return { wide: room - (BigInt(softeners) << BigInt(soft)) - 2n * (room >> BigInt(edgeBits)), soft }
}

/**
 * log₂ of Δ over 1 / √(Fisher information), by which a shift is measured: at most so much (PROOF.md, lemma 3). The
 * information is 3.744 / (wide · 2^soft), and 2^soft > Δ / 1024.
 */
export const bitsBelowDelta = 5.96

/** Makes what draws a coefficient's noise. @param source secret: whoever knows it takes the noise off */
export function drawNoise({ wide, soft }: DrownWidths, source: Stream): () => bigint {
  const words = Math.ceil(soft / 32)
  const top = 2 ** (soft - 32 * (words - 1)) - 1
  const offset = (BigInt(softeners) << BigInt(soft - 1)) + wide / 2n
  const softener = () => {
    let digits = '0x'
    for (let i = 0; i < words; i++) {
      const word = source.uint32()
      digits += (i === 0 ? (word & top) >>> 0 : word).toString(16).padStart(8, '0')
    }
    return BigInt(digits)
  }
  return () => {
    let noise = source.bigBelow(wide) - offset
    for (let i = 0; i < softeners; i++) noise += softener()
    return noise
  }
}

/** Makes what adds fresh noise to a ciphertext of two polynomials at the first level, in place. */
export function drowner(context: HeContext, source: Stream): (a: Ciphertext) => void {
  const { seal, parameters, plainModulus } = context
  const { degree } = parameters
  const primes = context.primes.map(BigInt)
  const draw = drawNoise(
    drownWidths(
      primes.reduce((product, prime) => product * prime, 1n),
      plainModulus as bigint,
    ),
    source,
  )
  return (a) => {
    const bytes = a.saveToArray(seal.ComprModeType.none) as Uint8Array
    // The first polynomial, residues by primes; the second comes last.
    const start = bytes.length - 2 * 8 * degree * primes.length
    if (a.size() !== 2 || start < 0) throw new RangeError('noise is for ciphertexts of two polynomials')
    const view = new DataView(bytes.buffer, bytes.byteOffset + start)
    for (let i = 0; i < degree; i++) {
      const noise = draw()
      primes.forEach((prime, m) => {
        const at = 8 * (m * degree + i)
        const sum = (view.getBigUint64(at, true) + noise) % prime
        view.setBigUint64(at, sum < 0n ? sum + prime : sum, true)
      })
    }
    a.loadFromArray(context.context, bytes)
  }
}

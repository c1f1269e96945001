// Encryptions of zero of CKKS: random multiples of them make an answer's second polynomial uniform, whatever the asker's keys are.
// Source: seal/zeros.ts; ../inference/PROOF.md, section 4. CKKS of SEAL transforms no small polynomials, so a
// context of BFV over the same primes does: residues in the transformed domain are the same in both.

import type { Ciphertext } from 'node-seal'
import type { Stream } from '../../secret/derive.ts'
import { madeCiphertext } from '../seal/ciphertexts.ts'
import { type HeContext, openContext } from '../seal/context.ts'
import { loadServiceSeal } from '../seal/library.ts'
import { headBytes, multiplesOf } from '../seal/zeros.ts'
import { factorForm, zeroForm } from './zeroForm.ts'

/** Bits of the other context's plain modulus: more than a factor has, and fewer than any prime of an answer. */
const plainBits = 20

// In a ciphertext's head: which parameters, and the scale.
const [parametersAt, scaleAt] = [16, 73]

/**
 * Makes what adds Σ zeroᵢ · uᵢ to a ciphertext at the last level, in place. Close it.
 * @param context of a service
 * @param zeros as read; they are freed
 */
export async function openZeroAdder(
  context: HeContext,
  zeros: readonly Ciphertext[],
): Promise<{ add(a: Ciphertext, words: Stream): void; close(): void }> {
  const { seal, arena, parameters } = context
  const evaluator = arena.own(new seal.Evaluator(context.context))
  const other = await openContext({ ...parameters, scheme: 'bfv', precision: plainBits }, loadServiceSeal)
  try {
    let head = new Uint8Array()
    const id = BigUint64Array.from(other.levels[zeroForm.level]!.values() as BigUint64Array)
    const moved = zeros.map((zero) => {
      const bytes = zero.saveToArray(seal.ComprModeType.none) as Uint8Array
      head = bytes.slice(0, headBytes)
      bytes.set(new Uint8Array(id.buffer), parametersAt)
      new DataView(bytes.buffer, bytes.byteOffset).setFloat64(scaleAt, 1, true)
      arena.free(zero)
      return madeCiphertext(other, (into) => into.loadFromArray(other.context, bytes))
    })
    const drawn = multiplesOf(other, moved, { level: zeroForm.level, ...factorForm })
    return {
      add(a, words) {
        const sum = drawn(words)
        try {
          const bytes = sum.saveToArray(seal.ComprModeType.none) as Uint8Array
          bytes.set(head)
          sum.loadFromArray(context.context, bytes)
          evaluator.rescaleToNextInplace(sum)
          sum.setScale(a.scale())
          evaluator.addInplace(a, sum)
        } finally {
          sum.delete()
        }
      },
      close: () => other.arena.close(),
    }
  } catch (error) {
    other.arena.close()
    throw error
  }
}

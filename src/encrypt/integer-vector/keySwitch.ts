// Key switching: a public matrix that turns ciphertexts under one key into ciphertexts under another.
// Source: Zhou and Wornell 2014, section III-B: bits c*, S*, M = [S* − T A + E; A].
// BROKEN: M gives the key T away; see BREAK.md. It shows why a scheme is measured before it is believed.

import { FrostglassError } from '../../errors.ts'
import type { Stream } from '../../secret/index.ts'
import { bitLength, centred } from '../integers.ts'
import { type Ciphertext, type IntegerVectorKey, requireSize } from './key.ts'
import type { IntegerVectorParameters } from './parameters.ts'

/** M, public: for each number and each of its bits, what that bit adds under the new key. */
export interface KeySwitch {
  readonly parameters: IntegerVectorParameters
  /** Numbers of a ciphertext under the old key. */
  readonly inputs: number
  /** Numbers of a ciphertext under the new key: its size and one. */
  readonly outputs: number
  /** Column `number · bits + bit` of M: [S* − T A + E; A]. */
  readonly columns: readonly (readonly bigint[])[]
}

/**
 * Makes the matrix that switches from the key with these rows (`to.size` × inputs) to `to`.
 * @throws RangeError for other than `to.size` rows
 */
export function switchTo(
  rows: readonly (readonly bigint[])[],
  to: IntegerVectorKey,
  source: Stream,
): KeySwitch {
  if (rows.length !== to.size) throw new RangeError(`${to.size} rows were expected, but ${rows.length} came`)
  const { parameters, column } = to
  const { bits, noise, modulus, maskBound } = parameters
  const inputs = rows[0]!.length
  const columns: bigint[][] = []
  for (let number = 0; number < inputs; number++) {
    for (let bit = 0; bit < bits; bit++) {
      const mask = source.bigBelow(modulus ?? maskBound)
      const shown = rows.map((row, i) => {
        const error = noise === 0n ? 0n : source.bigBelow(2n * noise + 1n) - noise
        return centred((row[number]! << BigInt(bit)) - column[i]! * mask + error, modulus)
      })
      columns.push([...shown, centred(mask, modulus)])
    }
  }
  return Object.freeze({ parameters, inputs, outputs: to.size + 1, columns })
}

/**
 * M c*: the ciphertext under the new key.
 * @throws FrostglassError `input` when a number has more bits than the matrix takes apart: values have grown too large
 */
export function switchKey(matrix: KeySwitch, ciphertext: Ciphertext): bigint[] {
  requireSize(ciphertext, matrix.inputs)
  const { parameters, outputs, columns } = matrix
  const { bits, modulus } = parameters
  const sum = new Array<bigint>(outputs).fill(0n)
  for (let number = 0; number < ciphertext.length; number++) {
    const value = centred(ciphertext[number]!, modulus)
    if (value === 0n) continue
    const negative = value < 0n
    let rest = negative ? -value : value
    if (rest >> BigInt(bits)) {
      throw new FrostglassError(
        'input',
        `a ciphertext's number has ${bitLength(rest)} bits, and key switching takes ${bits}`,
        'Take larger parameters: values have grown too large for these.',
      )
    }
    for (let from = number * bits; rest > 0n; from += 32, rest >>= 32n) {
      let word = Number(rest & 0xffff_ffffn)
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word)
        word = (word & (word - 1)) >>> 0
        const column = columns[from + bit]!
        if (negative) for (let i = 0; i < outputs; i++) sum[i] = sum[i]! - column[i]!
        else for (let i = 0; i < outputs; i++) sum[i] = sum[i]! + column[i]!
      }
    }
  }
  return modulus === null ? sum : sum.map((v) => centred(v, modulus))
}

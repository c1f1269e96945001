// The secret key S = [I, T], and reading with it.
// Source: Zhou and Wornell 2014, section III: S c = q k + w x + e, and x = ⌈S c / w⌋.
// BROKEN: see BREAK.md.

import type { Stream } from '../../secret/index.ts'
import { centred, roundedQuotient } from '../integers.ts'
import { type IntegerVectorParameters, requireParameters } from './parameters.ts'

/** Numbers that stand for `size` plaintext numbers, and one more. */
export type Ciphertext = readonly bigint[]

/** S = [I, T] for vectors of `size` numbers: T is one column. */
export interface IntegerVectorKey {
  readonly parameters: IntegerVectorParameters
  readonly size: number
  readonly column: readonly bigint[]
}

/**
 * Draws a key for vectors of `size` numbers.
 * @throws FrostglassError `usage` for parameters that fit no scheme; RangeError for a size below 1
 * @example createKey(8, published, stream(drawSecret(), 'integer-vector key'))
 */
export function createKey(
  size: number,
  parameters: IntegerVectorParameters,
  source: Stream,
): IntegerVectorKey {
  requireParameters(parameters)
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`a vector has 1 or more numbers, not ${size}`)
  const column = Array.from({ length: size }, () => source.bigBelow(parameters.keyBound))
  return Object.freeze({ parameters, size, column: Object.freeze(column) })
}

/** S as rows: `size` × (`size` + 1). */
export const keyRows = ({ size, column }: IntegerVectorKey): bigint[][] =>
  column.map((t, row) => [...Array.from({ length: size }, (_, i) => (i === row ? 1n : 0n)), t])

/** S c, reduced to the residue nearest to zero: w x + e. */
export function weighted(key: IntegerVectorKey, ciphertext: Ciphertext): bigint[] {
  requireSize(ciphertext, key.size + 1)
  const last = ciphertext[key.size]!
  return key.column.map((t, i) => centred(ciphertext[i]! + t * last, key.parameters.modulus))
}

/** x = ⌈S c / w⌋. It cannot know whether noise has grown beyond w / 2: then x is wrong. */
export const decrypt = (key: IntegerVectorKey, ciphertext: Ciphertext): bigint[] =>
  weighted(key, ciphertext).map((v) => roundedQuotient(v, key.parameters.weight))

/** e = S c − w x: what must stay below w / 2. */
export const noiseOf = (
  key: IntegerVectorKey,
  ciphertext: Ciphertext,
  plaintext: readonly bigint[],
): bigint[] =>
  weighted(key, ciphertext).map((v, i) =>
    centred(v - key.parameters.weight * plaintext[i]!, key.parameters.modulus),
  )

/** @throws RangeError */
export function requireSize(numbers: readonly bigint[], size: number): void {
  if (numbers.length !== size)
    throw new RangeError(`${size} numbers were expected, but ${numbers.length} came`)
}

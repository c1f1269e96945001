// The break of integer-vector encryption: the message from a ciphertext, the secret key from the public one.
// Source: Bogos, Gaspoz and Vaudenay, Cryptanalysis of a homomorphic encryption scheme over integer vectors,
// DOI 10.1007/s12095-017-0243-8; encrypt/integer-vector/BREAK.md. Exact arithmetic throughout.

import {
  type Ciphertext,
  centred,
  type KeySwitch,
  roundedQuotient,
} from '../../encrypt/integer-vector/index.ts'

/**
 * What a ciphertext shows to whoever divides by w, without any key: right where there is no modulus.
 * @returns the guessed message: one number less than the ciphertext has
 */
export const readWithoutKey = (ciphertext: Ciphertext, weight: bigint): bigint[] =>
  ciphertext.slice(0, -1).map((v) => roundedQuotient(v, weight))

/** How a key was found. */
export type KeyBreak = 'one division' | 'least squares' | 'trying all'

/** The column T of a secret key S = [I, T], found from public numbers alone. */
export interface BrokenKey {
  readonly column: readonly bigint[]
  readonly how: KeyBreak
  /** The largest |M − S* + T A|: the noise that the key's maker added. */
  readonly residual: bigint
}

/**
 * Finds the secret key behind a public encryption key, whose old key w I everybody knows: by one division where there is
 * no noise, by least squares where there is, by trying all columns below `keyBound` where there is a modulus.
 * @throws RangeError for a matrix that is no encryption key (its inputs are not its outputs less one)
 */
export function breakEncryptionKey(publicKey: KeySwitch): BrokenKey {
  const { parameters, inputs, outputs, columns } = publicKey
  const { bits, modulus } = parameters
  if (inputs !== outputs - 1) throw new RangeError('this matrix switches from another key than w I')
  // T A − E, a row of the key: what is left of S* when M is taken off.
  const left = Array.from({ length: inputs }, (_, row) =>
    columns.map((column, at) => {
      const number = Math.floor(at / bits)
      const power = number === row ? 1n << BigInt(at % bits) : 0n
      return centred(power - column[row]!, modulus)
    }),
  )
  const masks = columns.map((column) => column[inputs]!)
  const residualOf = (row: number, t: bigint) =>
    masks.reduce((most, mask, at) => {
      const off = centred(left[row]![at]! - t * mask, modulus)
      const size = off < 0n ? -off : off
      return size > most ? size : most
    }, 0n)
  const solved = (how: KeyBreak, solve: (row: number) => bigint): BrokenKey => {
    const column = left.map((_, row) => solve(row))
    const residual = column
      .map((t, row) => residualOf(row, t))
      .reduce((most, off) => (off > most ? off : most))
    return { column, how, residual }
  }
  /** The one of some columns' entries that leaves the least noise: what bounds noise tells more than its mean. */
  const best = (row: number, candidates: readonly bigint[]) => {
    const off = candidates.map((t) => residualOf(row, t))
    return candidates[off.reduce((least, r, i) => (r < off[least]! ? i : least), 0)]!
  }
  if (modulus !== null) {
    const all = Array.from({ length: Number(parameters.keyBound) }, (_, t) => BigInt(t))
    return solved('trying all', (row) => best(row, all))
  }
  const at = masks.findIndex((mask) => mask !== 0n)
  const divided = solved('one division', (row) => left[row]![at]! / masks[at]!)
  if (divided.residual === 0n) return divided
  // The slope of T A − E over A; the mean of E falls out, so that noise need not be symmetric.
  const count = BigInt(masks.length)
  const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n)
  const total = sum(masks)
  const spread = count * sum(masks.map((a) => a * a)) - total * total
  return solved('least squares', (row) => {
    const numbers = left[row]!
    const slope = roundedQuotient(
      count * sum(numbers.map((v, i) => v * masks[i]!)) - total * sum(numbers),
      spread,
    )
    // For a single number the slope's standard error is .2, and one key in fifty would be rounded to its neighbour.
    return best(
      row,
      [-2n, -1n, 0n, 1n, 2n].map((step) => slope + step),
    )
  })
}

// Vectors modulo 2^32 or 2^64 as words of 32 bits, and the streams that mask them.
// Source: Bonawitz et al. 2017, figure 4, round 2: y = x + PRG(b) ± PRG(s). ChaCha20 under a full 256-bit key is the PRG.
// Memory is little-endian, as on everything that runs Node; a vector's bytes are its numbers in order.

import { endianness } from 'node:os'
import { concatBytes } from '@noble/hashes/utils.js'
import { FrostglassError } from '../../errors.ts'
import type { SecureSetup, Vector } from './contract.ts'
import { derive, keystream } from './crypto.ts'
import { vectorBytes } from './messages.ts'
import { writer } from './wire.ts'

if (endianness() !== 'LE')
  throw new FrostglassError('unsupported', 'secure aggregation wants a little-endian machine')

/**
 * A node's numbers as words. Where the setup has noise it is on them already, and they may lie anywhere modulo 2^bits.
 * @throws RangeError unless they are of the setup's type and length, and within its range
 */
export function wordsOfInput(
  setup: Pick<SecureSetup, 'bits' | 'length' | 'range' | 'noise'>,
  input: Vector,
): Uint32Array<ArrayBuffer> {
  const { bits, length, range, noise } = setup
  const fits = bits === 32 ? input instanceof Int32Array : input instanceof BigInt64Array
  if (!fits || input.length !== length)
    throw new RangeError(
      `expected ${length} numbers of ${bits} bits, but ${input.length} came in another array`,
    )
  const beyond = noise ? -1 : input.findIndex((value: number | bigint) => value > range || value < -range)
  // Which, and not what: errors are written down.
  if (beyond >= 0) throw new RangeError(`number ${beyond} lies beyond the range of ±${range}`)
  return new Uint32Array(
    Uint8Array.from(new Uint8Array(input.buffer, input.byteOffset, input.byteLength)).buffer,
  )
}

/** Adds words, or takes them away, number by number modulo 2^bits. */
export function addWords(to: Uint32Array, words: Uint32Array, sign: 1 | -1, bits: 32 | 64): void {
  if (bits === 32) {
    if (sign > 0) for (let i = 0; i < to.length; i++) to[i] = to[i]! + words[i]!
    else for (let i = 0; i < to.length; i++) to[i] = to[i]! - words[i]!
    return
  }
  // Low words first; what they carry, −1, 0 or 1, goes into the high ones.
  for (let i = 0; i < to.length; i += 2) {
    const low = to[i]! + sign * words[i]!
    to[i] = low
    to[i + 1] = to[i + 1]! + sign * words[i + 1]! + Math.floor(low / 2 ** 32)
  }
}

/** Adds a key's mask, or takes it away. */
export function addMask(to: Uint32Array, key: Uint8Array, sign: 1 | -1, bits: 32 | 64): void {
  addWords(to, wordsOfBytes(keystream(key, to.byteLength)), sign, bits)
}

/** Bytes as words, copied only where they lie askew. */
export const wordsOfBytes = (bytes: Uint8Array): Uint32Array =>
  bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : new Uint32Array(Uint8Array.from(bytes).buffer)

/** Words as a vector of signed numbers, over the same memory. */
export const vectorOfWords = (
  { bits }: Pick<SecureSetup, 'bits'>,
  words: Uint32Array<ArrayBuffer>,
): Vector => (bits === 32 ? new Int32Array(words.buffer) : new BigInt64Array(words.buffer))

/** Zeros. */
export const zeroWords = (setup: SecureSetup): Uint32Array<ArrayBuffer> =>
  new Uint32Array(vectorBytes(setup) / 4)

const short = (value: number) => writer().short(value).finish()

/** The key of a node's own mask. */
export const selfMaskKey = (seed: Uint8Array, list: Uint8Array, node: number): Uint8Array =>
  derive(seed, list, 'self mask', short(node))

/** The key of the mask that two nodes have in common; the lower number adds it, the higher takes it away. */
export const pairMaskKey = (agreed: Uint8Array, list: Uint8Array, a: number, b: number): Uint8Array =>
  derive(agreed, list, 'pair mask', concatBytes(short(Math.min(a, b)), short(Math.max(a, b))))

/** The sign with which a node's vector has the mask that it shares with another. */
export const maskSign = (node: number, other: number): 1 | -1 => (node < other ? 1 : -1)

// Everything keyed, from one 256-bit master secret: HKDF-SHA256 by purpose, then a ChaCha20 keystream read as numbers.
// Source: RFC 5869, RFC 8439; uniform integers by rejection; Gaussians by Marsaglia's polar method (1964).
// It does not promise bit-equal Gaussians between JavaScript engines (Math.log may differ in the last bit).

import { chacha20 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { drawBelow, drawBigBelow } from '../random/integers.ts'
import { shuffle, upTo } from '../random/order.ts'
import { drawUniform, type RandomSource, uniform53 } from '../random/source.ts'

/** What a secret is drawn for. Adding one is safe; renaming one makes existing keys unreadable. */
export type Purpose =
  | 'matrix'
  | 'bias'
  | 'columns'
  | 'rows'
  | 'classes'
  | 'target'
  | 'categories'
  | 'fingerprint'
  | 'manifest'
  | 'integer-vector key'
  | 'integer-vector switch'
  | 'question order'
  | 'question mask'
  | 'answer noise'
  | 'references'
  | 'release names'
  | 'release draws'

/** Bytes of a master secret. */
export const secretBytes = 32

/** A fresh master secret from the system's random generator (Web Crypto: Node and browsers). */
export function drawSecret(): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(secretBytes))
}

/**
 * The 32-byte subkey of a purpose: HKDF-SHA256 without salt, info `frostglass/v1/<purpose>/<index>`.
 * @param index the layer's number, the column's, or 0.
 * @throws RangeError when the secret is not 32 bytes.
 */
export function subkey(secret: Uint8Array, purpose: Purpose, index = 0): Uint8Array {
  if (secret.length !== secretBytes) {
    throw new RangeError(`a master secret has ${secretBytes} bytes, but ${secret.length} came`)
  }
  const info = new TextEncoder().encode(`frostglass/v1/${purpose}/${index}`)
  return hkdf(sha256, secret, undefined, info, 32)
}

/** Numbers read off one keystream, in order. Every call moves on. */
export interface Stream extends RandomSource {
  /** Uniform on 0 … n - 1, without bias. @throws RangeError unless n is an integer from 1 to 2^53. */
  below(n: number): number
  /** Uniform on the integers 0 … n − 1 of any size, without bias. @throws RangeError unless n is positive. */
  bigBelow(n: bigint): bigint
  /** Uniform on [0, 1) with 53 bits. */
  uniform(): number
  /** Standard normal. */
  gaussian(): number
  /** A uniform permutation of 0 … n - 1 (Fisher-Yates): entry i says which element comes i-th. */
  permutation(n: number): Int32Array
}

const nonce = new Uint8Array(12)
const blockBytes = 64
const bufferBlocks = 64

/**
 * The number stream of a purpose: ChaCha20 under its subkey, zero nonce, block counter from 0, little-endian words.
 * @example const bias = stream(secret, 'bias', 2).uniform()
 */
export function stream(secret: Uint8Array, purpose: Purpose, index = 0): Stream {
  const key = subkey(secret, purpose, index)
  let words = new Uint32Array(0)
  let next = 0
  let block = 0
  let spare: number | undefined

  function uint32(): number {
    if (next === words.length) {
      words = new Uint32Array(keystream(key, block, bufferBlocks).buffer)
      block += bufferBlocks
      next = 0
    }
    return words[next++]!
  }

  const source = { uint32 }
  const below = (n: number): number => drawBelow(n, source)
  const bigBelow = (n: bigint): bigint => drawBigBelow(n, source)
  const uniform = (): number => drawUniform(source)

  function gaussian(): number {
    if (spare !== undefined) {
      const kept = spare
      spare = undefined
      return kept
    }
    for (;;) {
      const u = 2 * uniform() - 1
      const v = 2 * uniform() - 1
      const s = u * u + v * v
      if (s >= 1 || s === 0) continue
      const scale = Math.sqrt((-2 * Math.log(s)) / s)
      spare = v * scale
      return u * scale
    }
  }

  const permutation = (n: number): Int32Array => shuffle(upTo(n), { below })

  return { uint32, below, bigBelow, uniform, gaussian, permutation }
}

/**
 * A keyed function of a text: the same 32 bytes for the same text and secret, and nothing to be told of it without the secret.
 * HMAC-SHA256 under the purpose's subkey (RFC 2104).
 */
export function keyedHash(secret: Uint8Array, purpose: Purpose, text: string): Uint8Array {
  return hmac(sha256, subkey(secret, purpose), new TextEncoder().encode(text))
}

/** {@link keyedHash} as a number: uniform in [0, 1), 53 bits, to whoever has not the secret. */
export function keyedUniform(secret: Uint8Array, purpose: Purpose, text: string): number {
  const { buffer, byteOffset } = keyedHash(secret, purpose, text)
  const view = new DataView(buffer, byteOffset)
  return uniform53(view.getUint32(0), view.getUint32(4))
}

/** 64-bit sort keys of rows `first` … `first + rows - 1`. */
export type RowKeys = (first: number, rows: number) => BigUint64Array

/**
 * Random access to the secret order of samples: row i's sort key is the i-th 64-bit word of the `rows` keystream.
 * Sorting by it permutes the rows uniformly, but for ties (among 10 million rows one in 370,000 keys has any).
 * A keystream ends after 2^35 rows.
 */
export function rowKeys(secret: Uint8Array): RowKeys {
  const key = subkey(secret, 'rows')
  const perBlock = blockBytes / 8
  return (first, rows) => {
    const block = Math.floor(first / perBlock)
    const skipped = first - block * perBlock
    const bytes = keystream(key, block, Math.ceil((skipped + rows) / perBlock))
    return new BigUint64Array(bytes.buffer, skipped * 8, rows)
  }
}

function keystream(key: Uint8Array, block: number, blocks: number): Uint8Array<ArrayBuffer> {
  if (block + blocks > 2 ** 32) throw new RangeError('the keystream of this purpose is used up (256 GiB)')
  const bytes = new Uint8Array(blocks * blockBytes)
  chacha20(key, nonce, bytes, bytes, block)
  return bytes
}

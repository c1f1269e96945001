// What SEAL is given to load: uncompressed, and of the sizes that its parameters say, so that a small file cannot fill memory.
// Source: SEAL 4.1, serialization.h: a head of 16 bytes (magic, its size, version, compression, 0, the size of all) around
// every object and around what is in it. SEAL unpacks before it looks, whatever it comes to, and WebAssembly's memory never shrinks.
// Browsers have no zstd of their own: there what comes packed is left to SEAL.

import { FrostglassError } from '../../errors.ts'
import type { HeParameters } from './parameters.ts'

const headBytes = 16
const [plain, zstd] = [0, 2] as const

// Of a ciphertext: its head, the name of its parameters, its form and its sizes; then, behind a head and a count, its residues.
const aroundResidues = 89
const beforeResidues = aroundResidues + headBytes + 8
/** A seed in the place of a polynomial: a head, the kind of generator, 64 bytes. */
const seededBytes = 81

/** Bytes of a key as SEAL saves it without compression: a ciphertext over all primes with a seed. */
export const savedKeyBytes = ({ degree, primes }: HeParameters): number =>
  beforeResidues + 8 * degree * primes.length + seededBytes

/** Where the residues of a saved key are, and its seed behind them: all else in it is the same in every key. */
export const ownOfSavedKey = (parameters: HeParameters) => {
  const size = savedKeyBytes(parameters)
  return { residues: [beforeResidues, size - seededBytes], seed: [size - 64, size] } as const
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** Whether there is a head at a place, of an object of so many bytes, itself included. */
function hasHead(bytes: Uint8Array, at: number, mode: number, size: number): boolean {
  if (at < 0 || at + headBytes > bytes.length) return false
  const view = viewOf(bytes)
  return (
    view.getUint16(at, true) === 0xa15e &&
    bytes[at + 2] === headBytes &&
    bytes[at + 5] === mode &&
    view.getUint16(at + 6, true) === 0 &&
    view.getBigUint64(at + 8, true) === BigInt(size)
  )
}

interface Zlib {
  zstdDecompressSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array
}

/** Node's, where there is one: no import, since this is for browsers, too. */
const zlib = (): Zlib | undefined =>
  (
    globalThis as { process?: { getBuiltinModule?(name: string): Zlib | undefined } | undefined }
  ).process?.getBuiltinModule?.('node:zlib')

/** A saved object without compression; null where it is none, or larger. */
function unpacked(payload: Uint8Array, most: number): Uint8Array | null {
  const size = payload.length
  if (hasHead(payload, 0, plain, size)) return size <= most ? payload : null
  if (!hasHead(payload, 0, zstd, size)) return null
  let content: Uint8Array
  try {
    content = zlib()!.zstdDecompressSync(payload.subarray(headBytes), { maxOutputLength: most - headBytes })
  } catch {
    return null
  }
  const bytes = new Uint8Array(headBytes + content.length)
  bytes.set(payload.subarray(0, headBytes))
  bytes[5] = plain
  viewOf(bytes).setBigUint64(8, BigInt(bytes.length), true)
  bytes.set(content, headBytes)
  return bytes
}

/** Whether a ciphertext fills the bytes from a place to another, with nothing packed inside. */
function isPlainCiphertext(bytes: Uint8Array, from: number, end: number): boolean {
  const around = from + aroundResidues
  if (around + headBytes > end) return false
  const size = Number(viewOf(bytes).getBigUint64(around + 8, true))
  const left = end - around - size
  return (
    hasHead(bytes, from, plain, end - from) &&
    hasHead(bytes, around, plain, size) &&
    (left === 0 || (left === seededBytes && hasHead(bytes, end - left, plain, left)))
  )
}

const refused = (name: string) =>
  new FrostglassError('input', `${name} cannot be read`, 'Send or write it again: it may be damaged.')

/**
 * A ciphertext, or a public key, for SEAL to load: of three polynomials at most.
 * @throws FrostglassError `input` for what is none, or is larger than these parameters have
 */
export function loadableCiphertext(
  payload: Uint8Array,
  { degree, primes }: HeParameters,
  name: string,
): Uint8Array {
  if (!zlib()) return payload
  const bytes = unpacked(payload, beforeResidues + 3 * 8 * degree * primes.length)
  if (!bytes || !isPlainCiphertext(bytes, 0, bytes.length)) throw refused(name)
  return bytes
}

/**
 * Keys to rotate or relinearise for SEAL to load.
 * @param places for relinearisation 1, for rotations one a power of a root: the degree
 * @param most keys, each of one ciphertext a prime but the last
 * @throws FrostglassError `input` for what are none, and for more
 */
export function loadableKeys(
  payload: Uint8Array,
  parameters: HeParameters,
  { places, most, name }: { readonly places: number; readonly most: number; readonly name: string },
): Uint8Array {
  const each = savedKeyBytes(parameters)
  const digits = parameters.primes.length - 1
  // The name of the parameters and the number of places; then for each place how many there are, and they.
  const start = headBytes + 32
  const bytes = unpacked(payload, start + 8 + 8 * places + most * digits * each)
  if (!bytes || bytes.length < start + 8) throw refused(name)
  const view = viewOf(bytes)
  if (view.getBigUint64(start, true) !== BigInt(places)) throw refused(name)
  let at = start + 8
  for (let place = 0; place < places; place++) {
    if (at + 8 > bytes.length) throw refused(name)
    const count = view.getBigUint64(at, true)
    at += 8
    if (count === 0n) continue
    if (count !== BigInt(digits)) throw refused(name)
    for (let digit = 0; digit < digits; digit++, at += each)
      if (at + each > bytes.length || !isPlainCiphertext(bytes, at, at + each)) throw refused(name)
  }
  if (at !== bytes.length) throw refused(name)
  return bytes
}

// Bytes of messages and states: fixed fields one after another, little-endian, read to the last byte.
// Source: ours. What may be long has its length fixed by what both sides know, so that nothing is sized by a stranger.
// A reader judges the form alone: what the fields mean is for whoever reads them.

import { concatBytes } from '@noble/hashes/utils.js'
import { FrostglassError } from '../../errors.ts'

/** Puts fields one after another. */
export interface Writer {
  byte(value: number): Writer
  /** 16 bits. */
  short(value: number): Writer
  /** 32 bits. */
  word(value: number): Writer
  /** 64 bits. */
  long(value: bigint): Writer
  bytes(value: Uint8Array): Writer
  /** A byte that says how long it is, then UTF-8. */
  text(value: string): Writer
  /** Four bytes that say how long it is, then the bytes. */
  sized(value: Uint8Array): Writer
  finish(): Uint8Array
}

/** An empty writer. Numbers that do not fit their field are a programmer's error. */
export function writer(): Writer {
  const parts: Uint8Array[] = []
  const number = (bytes: number, value: bigint): Writer => {
    if (value < 0n || value >= 1n << BigInt(8 * bytes)) throw new RangeError(`${value} is not ${bytes} bytes`)
    const part = new Uint8Array(bytes)
    for (let i = 0; i < bytes; i++) part[i] = Number((value >> BigInt(8 * i)) & 0xffn)
    parts.push(part)
    return self
  }
  const self: Writer = {
    byte: (value) => number(1, BigInt(value)),
    short: (value) => number(2, BigInt(value)),
    word: (value) => number(4, BigInt(value)),
    long: (value) => number(8, value),
    bytes(value) {
      parts.push(value)
      return self
    },
    text(value) {
      const encoded = new TextEncoder().encode(value)
      return self.byte(encoded.length).bytes(encoded)
    },
    sized: (value) => self.word(value.length).bytes(value),
    finish: () => concatBytes(...parts),
  }
  return self
}

/** Takes fields in order. Each throws FrostglassError `input` where the bytes end early. */
export interface Reader {
  byte(): number
  short(): number
  word(): number
  long(): bigint
  /** A copy of the next bytes. */
  bytes(count: number): Uint8Array<ArrayBuffer>
  text(): string
  /** @param most the longest that is taken */
  sized(most: number): Uint8Array<ArrayBuffer>
  /** How many bytes there are left. */
  left(): number
  /** @throws FrostglassError `input` unless everything is read */
  end(): void
}

/** @param what whose bytes they are, for messages: “the list of the server” */
export function reader(source: Uint8Array, what: string): Reader {
  let at = 0
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  const move = (count: number): number => {
    if (at + count > source.length) throw malformed(what, `it ends after ${source.length} bytes`)
    at += count
    return at - count
  }
  const self: Reader = {
    byte: () => view.getUint8(move(1)),
    short: () => view.getUint16(move(2), true),
    word: () => view.getUint32(move(4), true),
    long: () => view.getBigUint64(move(8), true),
    bytes(count) {
      const from = move(count)
      return Uint8Array.from(source.subarray(from, from + count))
    },
    text() {
      const bytes = self.bytes(self.byte())
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      } catch {
        throw malformed(what, 'a text in it is not UTF-8')
      }
    },
    sized(most) {
      const count = self.word()
      if (count > most) throw malformed(what, `a part of it has ${count} bytes, of at most ${most}`)
      return self.bytes(count)
    },
    left: () => source.length - at,
    end() {
      if (at !== source.length) throw malformed(what, `${source.length - at} bytes follow its end`)
    },
  }
  return self
}

/** The error of bytes that cannot be what they should. */
export const malformed = (what: string, why: string): FrostglassError =>
  new FrostglassError(
    'input',
    `${what} is malformed: ${why}`,
    'Ask for it again; it is of another version, or was damaged.',
  )

/** Whether two arrays have the same bytes. What is compared is public: it takes the time that it takes. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

/** One bit for each flag, the first in the lowest bit of the first byte. */
export function bitsOf(flags: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(flags.length / 8))
  flags.forEach((flag, i) => {
    if (flag) bytes[i >> 3] = bytes[i >> 3]! | (1 << (i & 7))
  })
  return bytes
}

/** The flags of {@link bitsOf}. @throws FrostglassError `input` where bits behind the last flag are set */
export function readBits(from: Reader, count: number, what: string): boolean[] {
  const bytes = from.bytes(Math.ceil(count / 8))
  const flags = Array.from({ length: count }, (_, i) => ((bytes[i >> 3]! >> (i & 7)) & 1) === 1)
  if (!sameBytes(bytes, bitsOf(flags))) throw malformed(what, 'it names nodes that are not on the list')
  return flags
}

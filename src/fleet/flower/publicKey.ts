// The forms in which a server takes a node's public key and signatures: PEM, OpenSSH's line, base64, DER.
// Source: RFC 7468 (PEM), RFC 4251 and 5656 (OpenSSH), RFC 3279, 2.2.3 (ECDSA signatures in DER).
// Public parts alone: no secret comes here, on no platform.

import { concatBytes } from '@noble/hashes/utils.js'

/** Curves as SSH names them. */
export type Curve = 'nistp256' | 'nistp384' | 'nistp521'

/** Bytes as text, for headers. */
export const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

/** A public key (SPKI) as PEM: lines of 64, the last one ended, as the server's admin stores it. */
export function publicPemOf(spki: Uint8Array): Uint8Array {
  const lines = base64(spki).match(/.{1,64}/g)!
  return new TextEncoder().encode(
    `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`,
  )
}

/** The line that `flwr supernode register` takes. @param point 4, then both coordinates */
export function openSshOf(name: Curve, point: Uint8Array): string {
  const type = `ecdsa-sha2-${name}`
  const ascii = (text: string) => new TextEncoder().encode(text)
  return `${type} ${base64(concatBytes(...[ascii(type), ascii(name), point].flatMap(sized)))}`
}

/** Bytes after their number, as SSH has them. */
function sized(bytes: Uint8Array): readonly Uint8Array[] {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bytes.length)
  return [length, bytes]
}

/**
 * A signature of two numbers side by side, as WebCrypto gives it, in DER.
 * @throws RangeError for one of more than 96 bytes (P-384), whose lengths take two bytes
 */
export function derOf(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  if (!Number.isInteger(half) || half > 48)
    throw new RangeError(`expected two numbers of 48 bytes at most, got ${signature.length} bytes`)
  const numbers = [signature.subarray(0, half), signature.subarray(half)].map((number) => {
    const begin = number.findIndex((byte) => byte !== 0)
    const short = begin < 0 ? number.subarray(half - 1) : number.subarray(begin)
    // A first bit of 1 would be a sign.
    const bytes = short[0]! < 128 ? short : concatBytes(Uint8Array.of(0), short)
    return concatBytes(Uint8Array.of(2, bytes.length), bytes)
  })
  const body = concatBytes(...numbers)
  return concatBytes(Uint8Array.of(0x30, body.length), body)
}

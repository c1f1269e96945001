// Keys and signatures in the forms that a server takes, held against Node's own, on both platforms.

import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawNodeKey, readNodeKey } from './nodeKey.ts'
import { derOf } from './publicKey.ts'
import { drawWebKey, webNodeKey } from './webKey.ts'

const keys = {
  'P-256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'secp521r1' }),
}
const pem = (key: (typeof keys)['P-256']) => key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

/** The parts of an OpenSSH line. */
function partsOf(line: string): Buffer[] {
  const blob = Buffer.from(line.split(' ')[1]!, 'base64')
  const parts: Buffer[] = []
  for (let at = 0; at < blob.length; ) {
    const length = blob.readUInt32BE(at)
    parts.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return parts
}

describe('a public key', () => {
  it.each(Object.entries(keys))('of %s is Node’s PEM, and its point in OpenSSH’s line', (curve, pair) => {
    const { publicPem, openSsh } = readNodeKey(pem(pair))
    expect(Buffer.from(publicPem).toString()).toBe(pair.publicKey.export({ type: 'spki', format: 'pem' }))
    const name = `nistp${curve.slice(2)}`
    expect(openSsh.split(' ')[0]).toBe(`ecdsa-sha2-${name}`)
    const [type, curveName, point, ...rest] = partsOf(openSsh)
    expect([String(type), String(curveName), rest]).toEqual([`ecdsa-sha2-${name}`, name, []])
    const { x, y } = pair.publicKey.export({ format: 'jwk' })
    const coordinate = (text: string | undefined) => {
      const bytes = Buffer.from(text!, 'base64url')
      return Buffer.concat([Buffer.alloc((point!.length - 1) / 2 - bytes.length), bytes])
    }
    expect(point).toEqual(Buffer.concat([Uint8Array.of(4), coordinate(x), coordinate(y)]))
  })

  it.each([
    ['no key', /no private key/],
    [pem(generateKeyPairSync('ed25519') as never), /ed25519/],
    [pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })), /secp256k1/],
  ])('is refused where its secret is none that a fleet takes', (text, why) => {
    expect(() => readNodeKey(text)).toThrow(why)
  })
})

describe('a signature', () => {
  it('of WebCrypto in DER is one to Node, whatever its numbers begin with', async () => {
    const pair = await drawWebKey()
    const key = await webNodeKey(pair)
    const known = createPublicKey(Buffer.from(key.publicPem))
    const lengths = new Set<number>()
    for (let i = 0; i < 300; i++) {
      const headers = await key.headers(new Date(1e12 + i))
      const { 'flwr-timestamp': time, 'flwr-signature': signature } = headers
      const der = Buffer.from(signature!, 'base64')
      lengths.add(der.length)
      expect(verify('sha256', Buffer.from(time!), known, der)).toBe(true)
    }
    // 70 to 72 bytes: with and without the byte that keeps a number from being negative.
    expect(lengths.size).toBeGreaterThan(2)
    expect(Buffer.from((await key.headers(new Date()))['flwr-public-key']!, 'base64')).toEqual(
      Buffer.from(key.publicPem),
    )
    await expect(crypto.subtle.exportKey('pkcs8', pair.privateKey)).rejects.toThrow()
  })

  it('of Node is one', async () => {
    const key = readNodeKey(drawNodeKey())
    const { 'flwr-timestamp': time, 'flwr-signature': signature } = await key.headers(new Date())
    const known = createPublicKey(Buffer.from(key.publicPem))
    expect(verify('sha256', Buffer.from(time!), known, Buffer.from(signature!, 'base64'))).toBe(true)
    expect(verify('sha256', Buffer.from(`${time} `), known, Buffer.from(signature!, 'base64'))).toBe(false)
  })

  it('in DER has its two numbers, in as few bytes as hold them', () => {
    const numbers = fc.uint8Array({ minLength: 1, maxLength: 48 })
    fc.assert(
      fc.property(numbers, fc.nat({ max: 47 }), (number, zeros) => {
        const half = number.slice()
        half.fill(0, 0, zeros)
        const der = derOf(Uint8Array.from([...half, ...number]))
        expect([der[0], der[1]]).toEqual([0x30, der.length - 2])
        let at = 2
        for (const given of [half, number]) {
          const length = der[at + 1]!
          const bytes = der.subarray(at + 2, at + 2 + length)
          expect([der[at], bytes[0]! < 128]).toEqual([2, true])
          expect(bytes[0] === 0 && length > 1 && bytes[1]! < 128).toBe(false)
          const value = (from: Uint8Array) => BigInt(`0x${Buffer.from(from).toString('hex')}`)
          expect(value(bytes)).toBe(value(given))
          at += 2 + length
        }
        expect(at).toBe(der.length)
      }),
    )
    for (const length of [3, 132]) expect(() => derOf(new Uint8Array(length))).toThrow(RangeError)
  })
})

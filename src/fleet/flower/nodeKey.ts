// A node's key: what a server knows it by, and how its calls are signed.
// Source: Flower 1.42, supercore/primitives/asymmetric.py; RFC 5656 (OpenSSH's form of the public key).
// Only the time is signed, as Flower has it: whoever sees a call can send others for five minutes, so calls go over TLS.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { FrostglassError } from '../../errors.ts'
import type { NodeKey } from './contract.ts'

/** Curves that a Flower server's admin may register, with their names in OpenSSH and the bytes of a coordinate. */
const curves: Readonly<Record<string, { readonly name: string; readonly bytes: number }>> = {
  prime256v1: { name: 'nistp256', bytes: 32 },
  secp384r1: { name: 'nistp384', bytes: 48 },
  secp521r1: { name: 'nistp521', bytes: 66 },
}

/** A new private key as PKCS#8 in PEM. P-384, as Flower's own nodes have. */
export const drawNodeKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string

/** Reads a private key. @throws FrostglassError 'key' for what is none, or is of another curve */
export function readNodeKey(pem: string): NodeKey {
  let secret: KeyObject
  try {
    secret = createPrivateKey(pem)
  } catch {
    // The cause would quote what was given.
    throw wrongKey('it is no private key in PEM without a passphrase')
  }
  const curve = secret.asymmetricKeyDetails?.namedCurve
  const known = curve === undefined ? undefined : curves[curve]
  if (!known) throw wrongKey(`it is of ${curve ?? secret.asymmetricKeyType}, not of P-256, P-384 or P-521`)
  const open = createPublicKey(secret)
  const publicPem = new Uint8Array(Buffer.from(open.export({ type: 'spki', format: 'pem' }) as string))
  const encodedPem = Buffer.from(publicPem).toString('base64')
  const { x, y } = open.export({ format: 'jwk' })
  const coordinate = (text: string | undefined) => {
    const bytes = Buffer.from(text!, 'base64url')
    return Buffer.concat([Buffer.alloc(known.bytes - bytes.length), bytes])
  }
  const type = `ecdsa-sha2-${known.name}`
  const blob = Buffer.concat([
    sized(Buffer.from(type)),
    sized(Buffer.from(known.name)),
    sized(Buffer.concat([Uint8Array.of(4), coordinate(x), coordinate(y)])),
  ])
  return {
    publicPem,
    openSsh: `${type} ${blob.toString('base64')}`,
    async headers(now) {
      const timestamp = now.toISOString()
      return {
        'flwr-public-key': encodedPem,
        'flwr-timestamp': timestamp,
        'flwr-signature': sign('sha256', Buffer.from(timestamp), secret).toString('base64'),
      }
    },
  }
}

/** Bytes after their number, as SSH has them (RFC 4251). */
function sized(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const wrongKey = (why: string): FrostglassError =>
  new FrostglassError('key', `the node's key: ${why}`, 'Make one with `frostglass fleet key`.')

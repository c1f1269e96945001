// The keys of Flower's SecAgg+: what two nodes agree on, as a text, and how one seals shares for the other under it.
// Source: flwr 1.42, common/secure_aggregation/crypto/symmetric_encryption.py; the Fernet specification (fernet/spec).
// The agreement is sound; what BREAK.md breaks is what is made of its text. For this exhibit alone.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { FrostglassError } from '../../../errors.ts'

/** Two keys on P-384, as PEM: PKCS#8 and SubjectPublicKeyInfo. */
export interface KeyPair {
  readonly secret: string
  readonly open: string
}

/** A new pair. */
export function drawKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-384',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { secret: privateKey, open: publicKey }
}

/**
 * What the owners of two keys agree on: 32 bytes as base64url, 44 characters with the sign at their end. Flower seeds its masks
 * with these characters, not with what they stand for: none has its highest bit set.
 */
export function agreedKey(secret: string, open: string): string {
  const shared = diffieHellman({ privateKey: createPrivateKey(secret), publicKey: createPublicKey(open) })
  return `${Buffer.from(hkdfSync('sha256', shared, '', '', 32)).toString('base64url')}=`
}

/** Half of an agreed key signs, half encrypts. */
function halves(key: string): readonly [Buffer, Buffer] {
  const bytes = Buffer.from(key, 'base64url')
  return [bytes.subarray(0, 16), bytes.subarray(16)]
}

const signature = (key: Buffer, body: Buffer) => createHmac('sha256', key).update(body).digest()

/** A Fernet token: version, seconds, vector, AES-128-CBC, HMAC-SHA-256. */
export function seal(key: string, plain: Uint8Array): string {
  const [signing, encrypting] = halves(key)
  const head = Buffer.alloc(9)
  head[0] = 0x80
  head.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000)), 1)
  const vector = randomBytes(16)
  const cipher = createCipheriv('aes-128-cbc', encrypting, vector)
  const body = Buffer.concat([head, vector, cipher.update(plain), cipher.final()])
  // Padded, as Fernet has it and Node's base64url has not.
  return Buffer.concat([body, signature(signing, body)])
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

/** What a token holds. @throws FrostglassError `input` unless it was sealed under this key */
export function unseal(key: string, token: string): Uint8Array {
  const [signing, encrypting] = halves(key)
  const bytes = Buffer.from(token, 'base64url')
  const body = bytes.subarray(0, -32)
  if (
    bytes.length < 73 ||
    bytes[0] !== 0x80 ||
    !timingSafeEqual(signature(signing, body), bytes.subarray(-32))
  )
    throw new FrostglassError('input', 'a share was not sealed under the key that these two nodes agreed on')
  const decipher = createDecipheriv('aes-128-cbc', encrypting, body.subarray(9, 25))
  return Buffer.concat([decipher.update(body.subarray(25)), decipher.final()])
}

// A node's key: what a server knows it by, and how its calls are signed.
// Source: Flower 1.42, supercore/primitives/asymmetric.py; publicKey.ts has the forms.
// Only the time is signed, as Flower has it: whoever sees a call can send others for five minutes, so calls go over TLS.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { FrostglassError } from '../../errors.ts'
import type { NodeKey } from './contract.ts'
import { base64, type Curve, openSshOf, publicPemOf } from './publicKey.ts'

/** Curves that a Flower server's admin may register, by Node's names, and the bytes of a coordinate. */
const curves: Readonly<Record<string, { readonly name: Curve; readonly bytes: number }>> = {
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
  const spki = open.export({ type: 'spki', format: 'der' })
  const publicPem = publicPemOf(spki)
  const encodedPem = base64(publicPem)
  return {
    publicPem,
    // SPKI ends with the point.
    openSsh: openSshOf(known.name, spki.subarray(-1 - 2 * known.bytes)),
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

const wrongKey = (why: string): FrostglassError =>
  new FrostglassError('key', `the node's key: ${why}`, 'Make one with `frostglass fleet key FILE --flower`.')

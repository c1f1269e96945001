// A node's key where there is WebCrypto: drawn so that no program can read it, kept as what it is.
// Source: Web Cryptography API (ECDSA with P-256 and SHA-256); publicKey.ts has the forms that Flower takes.
// A page that is attacked cannot copy the key, but can have it sign as long as it runs.

import type { NodeKey } from './contract.ts'
import { base64, derOf, openSshOf, publicPemOf } from './publicKey.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** A new pair. The private half cannot be exported; IndexedDB keeps it as it is. */
export const drawWebKey = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(algorithm, false, ['sign'])

/** A pair of {@link drawWebKey} as a node has it. */
export async function webNodeKey({ privateKey, publicKey }: CryptoKeyPair): Promise<NodeKey> {
  const exported = async (form: 'spki' | 'raw') =>
    new Uint8Array(await crypto.subtle.exportKey(form, publicKey))
  const publicPem = publicPemOf(await exported('spki'))
  const encodedPem = base64(publicPem)
  return {
    publicPem,
    openSsh: openSshOf('nistp256', await exported('raw')),
    async headers(now) {
      const timestamp = now.toISOString()
      const signature = await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        privateKey,
        new TextEncoder().encode(timestamp),
      )
      return {
        'flwr-public-key': encodedPem,
        'flwr-timestamp': timestamp,
        'flwr-signature': base64(derOf(new Uint8Array(signature))),
      }
    },
  }
}

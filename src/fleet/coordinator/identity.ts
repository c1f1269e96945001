// Who a node is: an Ed25519 key of its own, and the list of those that a coordinator lets in.
// Source: RFC 8032; keys as PKCS#8 in PEM (RFC 8410), public keys as their 32 bytes in base64url.
// A name is the operator's own word for a key: whoever has the private key is the node.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { FrostglassError } from '../../errors.ts'

/** A node's key, private half included. */
export interface NodeIdentity {
  /** The public key: 43 characters of base64url. */
  readonly publicKey: string
  /** 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array
  /** The private key, for protocols that sign by themselves. */
  readonly secret: KeyObject
}

/** A node that is let in. */
export interface EnrolledNode {
  readonly name: string
  readonly publicKey: string
}

/** Nodes of one list. */
export const mostNodes = 10_000

const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,99}$/u
const keyPattern = /^ed25519:([A-Za-z0-9_-]{43})$/

/** A new private key as PKCS#8 in PEM. */
export const drawIdentity = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

/** Reads a private key. @throws FrostglassError 'key' for what is none, or is of another kind */
export function readIdentity(pem: string): NodeIdentity {
  let secret: KeyObject
  try {
    secret = createPrivateKey(pem)
  } catch {
    // The cause would quote what was given.
    throw wrongKey('it is no private key in PEM without a passphrase')
  }
  if (secret.asymmetricKeyType !== 'ed25519')
    throw wrongKey(`it is of ${secret.asymmetricKeyType}, not Ed25519`)
  return Object.freeze({
    publicKey: createPublicKey(secret).export({ format: 'jwk' }).x!,
    sign: (bytes: Uint8Array) => new Uint8Array(sign(null, bytes, secret)),
    secret,
  })
}

const wrongKey = (why: string): FrostglassError =>
  new FrostglassError('key', `the node's key: ${why}`, 'Make one with `frostglass fleet key`.')

/** The key's line in a list of nodes. @throws FrostglassError 'usage' for a name that no list takes */
export function lineOfNode({ name, publicKey }: EnrolledNode): string {
  if (!namePattern.test(name))
    throw new FrostglassError(
      'usage',
      `'${name}' is no name of a node`,
      'Take letters, digits, dots, dashes, @ and _, 100 at most, and begin with a letter or a digit.',
    )
  return `${name} ed25519:${publicKey}`
}

/**
 * Reads a list: one node a line, its name and its key; empty lines and such as begin with # are passed over.
 * @param from names the list in messages
 * @throws FrostglassError 'input' with the line's number
 */
export function readNodes(text: string, from: string): EnrolledNode[] {
  const nodes: EnrolledNode[] = []
  const wrong = (line: number, why: string) =>
    new FrostglassError(
      'input',
      `${from}, line ${line}: ${why}`,
      'Write the line that `frostglass fleet key` printed: a name, a space, and the key.',
    )
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '' || words[0]!.startsWith('#')) continue
    const [name, key, ...rest] = words
    const publicKey = keyPattern.exec(key ?? '')?.[1]
    if (publicKey === undefined || rest.length > 0 || !namePattern.test(name!))
      throw wrong(i + 1, 'it is not a name and a key')
    if (publicKeyOf(publicKey) === undefined) throw wrong(i + 1, 'its key is no key of Ed25519')
    const twin = nodes.find((node) => node.name === name || node.publicKey === publicKey)
    if (twin) throw wrong(i + 1, `its name or its key is that of '${twin.name}', too`)
    nodes.push({ name: name!, publicKey })
    if (nodes.length > mostNodes) throw wrong(i + 1, `a list has ${mostNodes} nodes at most`)
  }
  if (nodes.length === 0) throw wrong(1, 'there is no node in the list')
  return nodes
}

/** A public key; undefined where the text is none, or another text of the same bytes. */
export function publicKeyOf(publicKey: string): KeyObject | undefined {
  if (Buffer.from(publicKey, 'base64url').toString('base64url') !== publicKey) return undefined
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  } catch {
    return undefined
  }
}

// Flower's objects: what travels between a server and its nodes, named by the hash of its own bytes.
// Source: Flower 1.42, "inflatable objects": type, child ids and body length, a NUL, the body; the id is SHA-256 of all of it.
// Whoever gives an object is not believed: bytes that do not hash to the id that was asked for are refused.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { FrostglassError } from '../../errors.ts'

/** The kinds of objects that there are. */
export const objectTypes = [
  'Message',
  'RecordDict',
  'ArrayRecord',
  'Array',
  'ArrayChunk',
  'MetricRecord',
  'ConfigRecord',
] as const
export type ObjectType = (typeof objectTypes)[number]

/** One object. */
export interface FlowerObject {
  /** SHA-256 of `bytes`, in hex. */
  readonly id: string
  readonly type: ObjectType
  /** Ids of its children, each once, in the order of their first use. */
  readonly children: readonly string[]
  readonly body: Uint8Array
  /** Header and body, as they travel. */
  readonly bytes: Uint8Array
}

/** Makes an object. @param children ids; repeated ones are named once */
export function flowerObject(type: ObjectType, children: readonly string[], body: Uint8Array): FlowerObject {
  const once = [...new Set(children)]
  const head = new TextEncoder().encode(`${type} ${once.join(',')} ${body.length}\0`)
  const bytes = new Uint8Array(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  return { id: idOf(bytes), type, children: once, body: bytes.subarray(head.length), bytes }
}

/** Bytes of a header: of all children that a message may have. */
const mostHeadBytes = 2 ** 21

/** The id of an object's bytes. */
export const idOf = (bytes: Uint8Array): string => bytesToHex(sha256(bytes))

/**
 * Reads an object that was asked for by its id.
 * @throws FrostglassError 'input' for bytes of another id, and for a header that is none
 */
export function parseObject(bytes: Uint8Array, id: string): FlowerObject {
  if (idOf(bytes) !== id) throw wrong(id, 'its bytes have another hash')
  const end = bytes.indexOf(0)
  if (end > mostHeadBytes) throw wrong(id, `its header is of more than ${mostHeadBytes} bytes`)
  const head = end < 0 ? '' : new TextDecoder().decode(bytes.subarray(0, end))
  const [, type, listed, length] = /^(\w+) ([0-9a-f,]*) (\d{1,15})$/.exec(head) ?? []
  if (!isObjectType(type)) throw wrong(id, 'its header is none of an object')
  const body = bytes.subarray(end + 1)
  const children = listed === '' ? [] : listed!.split(',')
  if (Number(length) !== body.length)
    throw wrong(id, `its header says ${length} bytes, it has ${body.length}`)
  if (!children.every(isObjectId) || new Set(children).size !== children.length)
    throw wrong(id, 'its children are no ids, or one is named twice')
  return { id, type, children, body, bytes }
}

/** Whether a text is the id of an object. */
export const isObjectId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

const isObjectType = (text: string | undefined): text is ObjectType =>
  objectTypes.includes(text as ObjectType)

/** The error of an object that is not as it should be. */
export const wrong = (id: string, why: string): FrostglassError =>
  new FrostglassError(
    'input',
    `object ${id.slice(0, 12)}… of the server: ${why}`,
    'The server sent what no Flower server sends; look at its version (1.41 and 1.42 were tested).',
  )

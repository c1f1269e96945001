// What a node keeps where there is IndexedDB: its key, and the message that it works on, so that a closed tab goes on where it was.
// Source: Indexed Database API 3.0; node.ts says what is kept when. One database for all nodes of a page's origin, a name each.
// Who uses the browser can read it, but for the key's secret, which can be used and not read. A browser may clear it when space is short.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import { MetadataSchema } from './flower_pb.js'
import type { Reply } from './message.ts'
import type { NodeMemory } from './node.ts'
import { idOf, parseObject } from './objects.ts'
import { drawWebKey } from './webKey.ts'

/** All that a node keeps in a browser. */
export interface WebMemory extends NodeMemory {
  /** The node's key: drawn once, and the same from then on. */
  key(): Promise<CryptoKeyPair>
  close(): void
}

/** A reply as it is stored: bytes alone, which are its identity. */
interface StoredReply {
  readonly metadata: Uint8Array
  readonly refused: string | undefined
  /** The message last. */
  readonly objects: readonly Uint8Array[]
}

type Part = 'key' | 'node' | 'message' | 'reply'

/** Opens what a node of this name keeps. @throws FrostglassError 'io' where the browser keeps nothing */
export async function openWebMemory(name: string): Promise<WebMemory> {
  const database = await open()
  const at = (part: Part) => [name, part]
  /** What `ask` asks for, once all of it is on the disk. */
  const store = <T>(mode: IDBTransactionMode, ask: (nodes: IDBObjectStore) => IDBRequest<T> | undefined) =>
    new Promise<T | undefined>((resolve, reject) => {
      const transaction = database.transaction('nodes', mode, { durability: 'strict' })
      const asked = ask(transaction.objectStore('nodes'))
      transaction.oncomplete = () => resolve(asked?.result)
      transaction.onabort = () => reject(refused(transaction.error))
    })
  const get = <T>(part: Part) => store<T | undefined>('readonly', (nodes) => nodes.get(at(part)))
  const put = async (part: Part, value: unknown): Promise<void> => {
    await store('readwrite', (nodes) => nodes.put(value, at(part)))
  }
  const remove = async (...parts: readonly Part[]): Promise<void> => {
    await store('readwrite', (nodes) => {
      for (const part of parts) nodes.delete(at(part))
      return undefined
    })
  }
  return {
    async key() {
      const kept = await get<CryptoKeyPair>('key')
      if (kept) return kept
      const drawn = await drawWebKey()
      // Another tab may have drawn one meanwhile: the first that is kept is the node's.
      await store('readwrite', (nodes) => {
        const asked = nodes.get(at('key'))
        asked.onsuccess = () => {
          if (asked.result === undefined) nodes.put(drawn, at('key'))
        }
        return asked
      })
      return (await get<CryptoKeyPair>('key'))!
    },
    async left() {
      const [nodeId, message, reply] = [
        await get<bigint>('node'),
        await get<Uint8Array>('message'),
        await get<StoredReply>('reply'),
      ]
      return {
        nodeId,
        message: message && {
          metadata: fromBinary(MetadataSchema, message),
          reply: reply && replyOf(reply),
        },
      }
    },
    joined: (nodeId) => put('node', nodeId),
    taken: (metadata) => put('message', toBinary(MetadataSchema, metadata)),
    answered: ({ metadata, refused, objects }) =>
      put('reply', {
        metadata: toBinary(MetadataSchema, metadata),
        refused,
        objects: objects.map(({ bytes }) => bytes),
      } satisfies StoredReply),
    done: () => remove('message', 'reply'),
    close: () => database.close(),
  }
}

/** A stored reply, its objects held against their ids' form again. */
function replyOf({ metadata, refused, objects }: StoredReply): Reply {
  const read = objects.map((bytes) => parseObject(bytes, idOf(bytes)))
  return { metadata: fromBinary(MetadataSchema, metadata), refused, objects: read, root: read.at(-1)! }
}

const open = (): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open('frostglass-fleet', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('nodes')
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(refused(opening.error))
  })

const refused = (cause: DOMException | null): FrostglassError =>
  new FrostglassError(
    'io',
    `the browser does not keep what a node needs (${cause?.message ?? 'it does not say why'})`,
    'Leave private browsing, or free some space.',
    cause,
  )

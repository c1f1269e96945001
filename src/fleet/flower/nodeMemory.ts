// What a node keeps on disk of the message that it works on, so that one that was killed neither loses it nor answers twice.
// Source: ours. Files are written whole (atomically), with their hash, before anything of them is sent; one process has the folder.
// Replies hold updates: where these are private (noise added) the file tells no more than what is sent anyway.

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { sha256 } from '@noble/hashes/sha2.js'
import { fileError, writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { holdState } from '../stateFolder.ts'
import type { NodeKey } from './contract.ts'
import { type Metadata, MetadataSchema } from './flower_pb.js'
import type { Reply } from './message.ts'
import type { Left, NodeMemory } from './node.ts'
import { type FlowerObject, idOf, parseObject } from './objects.ts'

const files = { node: 'node.bin', message: 'message.bin', reply: 'reply.bin' } as const
type Name = keyof typeof files

/** A memory that one process has for itself, until it closes it or ends. */
export interface FolderMemory extends NodeMemory {
  close(): void
}

/**
 * A memory in a folder, which is made.
 * @throws FrostglassError 'io' for a folder that cannot be used, or that another process uses now; 'key' for one of another
 * key's node; 'input' for damaged files
 */
export async function nodeMemory(folder: string, key: NodeKey): Promise<FolderMemory> {
  const close = await holdState(folder)
  const at = (name: Name) => join(folder, files[name])
  const put = (name: Name, ...blocks: Uint8Array[]) =>
    writeFileAtomic(at(name), sealed(blocks), { mode: 0o600, force: true })
  const get = async (name: Name): Promise<readonly Uint8Array[] | undefined> => {
    const bytes = await readFile(at(name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw fileError(error, at(name), 'reading')
    })
    return bytes && opened(new Uint8Array(bytes), at(name))
  }
  const owner = new TextEncoder().encode(idOf(key.publicPem))
  try {
    const node = await get('node')
    if (node && !Buffer.from(node[0] ?? []).equals(owner))
      throw new FrostglassError(
        'key',
        `${folder} is of a node with another key`,
        'Give each key a folder of its own.',
      )
    if (!node) {
      // A message without its node, too, is of nobody knows whom.
      for (const name of ['message', 'reply'] as const)
        if (await get(name)) throw damaged(at('node'), 'it is missing')
      await put('node', owner)
    }
  } catch (error) {
    close()
    throw error
  }
  return {
    close,
    async left(): Promise<Left> {
      const [node, message, reply] = [await get('node'), await get('message'), await get('reply')]
      const id = node?.[1] && new TextDecoder().decode(node[1])
      return {
        nodeId: id === undefined ? undefined : BigInt(id),
        message: message && {
          metadata: metadataOf(message, at('message')),
          reply: reply && replyOf(reply, metadataOf(message, at('message')), at('reply')),
        },
      }
    },
    joined: (nodeId) => put('node', owner, new TextEncoder().encode(String(nodeId))),
    async taken(metadata) {
      // Of a process that died while it forgot.
      await rm(at('reply'), { force: true })
      await put('message', toBinary(MetadataSchema, metadata))
    },
    answered: (reply) => put('reply', ...blocksOf(reply)),
    async done() {
      // The message goes first: a reply without a message is none's, a message without its reply would be refused.
      await rm(at('message'), { force: true })
      await rm(at('reply'), { force: true })
    },
  }
}

/** Blocks as a file: SHA-256 of all that follows, then each block after its length. */
function sealed(blocks: readonly Uint8Array[]): Uint8Array {
  const out = Buffer.alloc(blocks.reduce((sum, { length }) => sum + 8 + length, 32))
  let at = 32
  for (const block of blocks) {
    out.writeBigUInt64LE(BigInt(block.length), at)
    out.set(block, at + 8)
    at += 8 + block.length
  }
  out.set(sha256(out.subarray(32)))
  return out
}

/** @throws FrostglassError 'input' for bytes that are not as they were written */
function opened(bytes: Uint8Array, path: string): readonly Uint8Array[] {
  if (bytes.length < 32 || Buffer.compare(sha256(bytes.subarray(32)), bytes.subarray(0, 32)) !== 0)
    throw damaged(path, 'its bytes are not those that were written')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks: Uint8Array[] = []
  for (let at = 32; at < bytes.length; ) {
    const length = at + 8 <= bytes.length ? Number(view.getBigUint64(at, true)) : Number.POSITIVE_INFINITY
    if (at + 8 + length > bytes.length) throw damaged(path, 'it is cut short')
    blocks.push(bytes.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return blocks
}

function metadataOf([bytes]: readonly Uint8Array[], path: string): Metadata {
  try {
    const read = fromBinary(MetadataSchema, bytes!)
    if (read.messageId === '') throw new TypeError('it is no message')
    return read
  } catch (cause) {
    throw damaged(path, (cause as Error).message, cause)
  }
}

/** A reply as blocks: metadata, the refusal's words, then every object, the message last. */
const blocksOf = ({ metadata, refused, objects }: Reply): Uint8Array[] => [
  toBinary(MetadataSchema, metadata),
  new TextEncoder().encode(JSON.stringify(refused ?? null)),
  ...objects.map(({ bytes }) => bytes),
]

function replyOf([own, refused, ...parts]: readonly Uint8Array[], message: Metadata, path: string): Reply {
  try {
    const metadata = fromBinary(MetadataSchema, own!)
    const objects = parts.map((part): FlowerObject => parseObject(part, idOf(part)))
    const root = objects.at(-1)
    if (root === undefined || metadata.messageId !== root.id) throw new TypeError('its message is another')
    if (metadata.replyToMessageId !== message.messageId || metadata.runId !== message.runId)
      throw new TypeError('it answers another message')
    const ids = new Set(objects.map(({ id }) => id))
    if (!objects.every(({ children }) => children.every((child) => ids.has(child))))
      throw new TypeError('objects are missing')
    const words = JSON.parse(new TextDecoder().decode(refused)) as string | null
    return { metadata, root, objects, refused: words ?? undefined }
  } catch (cause) {
    throw damaged(path, (cause as Error).message, cause)
  }
}

const damaged = (path: string, why: string, cause?: unknown): FrostglassError =>
  new FrostglassError(
    'input',
    `${path} is damaged (${why})`,
    'Remove the folder: the server’s round goes on without this reply.',
    cause,
  )

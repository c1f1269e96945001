// What a node keeps on disk of the message that it works on, so that one that was killed neither loses it nor answers twice.
// Source: ours. One file a reply, written whole (atomically) before anything of it is sent; the reply's bytes are its identity.
// Replies hold updates: where these are private (noise added) the file tells no more than what is sent anyway.

import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { fileError, writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { type Metadata, MetadataSchema } from './flower_pb.js'
import type { Reply } from './message.ts'
import type { NodeMemory } from './node.ts'
import { type FlowerObject, idOf, parseObject } from './objects.ts'

const files = { message: 'message.bin', reply: 'reply.bin' } as const

/** A memory in a folder, which is made. @throws FrostglassError 'io' */
export async function nodeMemory(folder: string): Promise<NodeMemory> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error) => {
    throw fileError(error, folder, 'writing')
  })
  const at = (name: keyof typeof files) => join(folder, files[name])
  const put = (name: keyof typeof files, bytes: Uint8Array) =>
    writeFileAtomic(at(name), bytes, { mode: 0o600, force: true })
  const get = (name: keyof typeof files): Promise<Uint8Array | undefined> =>
    readFile(at(name)).then(
      (bytes) => new Uint8Array(bytes),
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw fileError(error, at(name), 'reading')
      },
    )
  return {
    async left() {
      const message = await get('message')
      if (!message) return undefined
      const reply = await get('reply')
      return { metadata: metadataOf(message, at('message')), reply: reply && replyOf(reply, at('reply')) }
    },
    taken: (metadata) => put('message', toBinary(MetadataSchema, metadata)),
    answered: (reply) => put('reply', bytesOf(reply)),
    async done() {
      // The message goes last: a reply without a message is none's.
      await rm(at('reply'), { force: true })
      await rm(at('message'), { force: true })
    },
  }
}

function metadataOf(bytes: Uint8Array, path: string): Metadata {
  try {
    return fromBinary(MetadataSchema, bytes)
  } catch (cause) {
    throw damaged(path, cause)
  }
}

/** A reply as blocks: metadata, the refusal's words, then every object, the message last; before each its length. */
function bytesOf({ metadata, refused, objects }: Reply): Uint8Array {
  const blocks = [
    toBinary(MetadataSchema, metadata),
    new TextEncoder().encode(JSON.stringify(refused ?? null)),
    ...objects.map(({ bytes }) => bytes),
  ]
  const out = Buffer.alloc(blocks.reduce((sum, { length }) => sum + 8 + length, 0))
  let at = 0
  for (const block of blocks) {
    out.writeBigUInt64LE(BigInt(block.length), at)
    out.set(block, at + 8)
    at += 8 + block.length
  }
  return out
}

function replyOf(bytes: Uint8Array, path: string): Reply {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks: Uint8Array[] = []
  try {
    for (let at = 0; at < view.length; ) {
      const length = Number(view.readBigUInt64LE(at))
      blocks.push(bytes.subarray(at + 8, at + 8 + length))
      at += 8 + length
    }
    const [metadata, refused, ...parts] = blocks
    const objects = parts.map((part): FlowerObject => parseObject(part, idOf(part)))
    const root = objects.at(-1)!
    const read = fromBinary(MetadataSchema, metadata!)
    if (read.messageId !== root.id) throw new TypeError('its message is another')
    const words = JSON.parse(new TextDecoder().decode(refused)) as string | null
    return { metadata: read, root, objects, refused: words ?? undefined }
  } catch (cause) {
    throw damaged(path, cause)
  }
}

const damaged = (path: string, cause: unknown): FrostglassError =>
  new FrostglassError(
    'input',
    `${path} is damaged (${(cause as Error).message})`,
    'Remove the folder: the server’s round goes on without this reply.',
    cause,
  )

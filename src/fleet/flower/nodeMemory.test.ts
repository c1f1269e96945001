// A node's folder: what was kept comes back to the byte, and what is torn, another's, or in use is refused by name.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterAll, describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { MetadataSchema } from './flower_pb.js'
import { replyTo } from './message.ts'
import { drawNodeKey, readNodeKey } from './nodeKey.ts'
import { nodeMemory } from './nodeMemory.ts'

const root = mkdtempSync(join(tmpdir(), 'frostglass-memory-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0
const newFolder = () => join(root, String(++count))
const key = readNodeKey(drawNodeKey())
const nodeId = 2n ** 63n + 11n
const message = (id: string) =>
  create(MetadataSchema, {
    messageId: id,
    runId: 2n ** 63n + 7n,
    dstNodeId: nodeId,
    messageType: 'train',
    createdAt: 5.25,
    ttl: 60,
  })
const content = new Map([['arrays', { arrays: new Map([['w', tensor([1, 2, 3], [3])]]) }]])
const reply = replyTo(message('m'), { content }, 7.5)

/** A folder in which a node was at work. */
async function workedIn(folder: string) {
  const memory = await nodeMemory(folder, key)
  await memory.joined(nodeId)
  await memory.taken(message('m'))
  await memory.answered(reply)
  memory.close()
  return folder
}

describe('a node’s folder', () => {
  it('gives back what was kept, and nothing of what is done', async () => {
    const folder = newFolder()
    const memory = await nodeMemory(folder, key)
    expect(await memory.left()).toEqual({ nodeId: undefined, message: undefined })
    await memory.joined(nodeId)
    await memory.taken(message('m'))
    expect(await memory.left()).toEqual({ nodeId, message: { metadata: message('m'), reply: undefined } })
    await memory.answered(reply)
    memory.close()
    const again = await nodeMemory(folder, key)
    const left = await again.left()
    expect(left.message!.reply!.objects.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
      reply.objects.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
    )
    expect(left.message!.reply!.metadata).toEqual(create(MetadataSchema, reply.metadata))
    await again.done()
    expect(await again.left()).toEqual({ nodeId, message: undefined })
    const refused = replyTo(message('n'), { refused: 'no' }, 8)
    await again.taken(message('n'))
    await again.answered(refused)
    expect((await again.left()).message!.reply).toMatchObject({
      refused: 'no',
      root: { id: refused.root.id },
    })
    again.close()
  })

  it('forgets a reply whose message a dying process had forgotten: it is never sent for the next one', async () => {
    const folder = await workedIn(newFolder())
    rmSync(join(folder, 'message.bin'))
    const memory = await nodeMemory(folder, key)
    expect((await memory.left()).message).toBeUndefined()
    await memory.taken(message('next'))
    expect((await memory.left()).message).toEqual({ metadata: message('next'), reply: undefined })
    memory.close()
  })

  it.each(['node.bin', 'message.bin', 'reply.bin'])(
    'refuses a torn %s, at every length, and any byte of it changed',
    async (name) => {
      const folder = await workedIn(newFolder())
      const path = join(folder, name)
      const whole = readFileSync(path)
      const read = async () => {
        const memory = await nodeMemory(folder, key)
        try {
          return await memory.left()
        } finally {
          memory.close()
        }
      }
      const lengths = [0, 1, 31, 32, 39, 40, whole.length >> 1, whole.length - 1]
      for (const length of lengths) {
        writeFileSync(path, whole.subarray(0, length))
        await expect(read()).rejects.toThrow(`${path} is damaged`)
      }
      for (const at of [0, 32, 41, whole.length - 1]) {
        const edited = Buffer.from(whole)
        edited[at]! ^= 1
        writeFileSync(path, edited)
        await expect(read()).rejects.toThrow(`${path} is damaged`)
      }
      writeFileSync(path, whole)
      expect((await read()).message!.reply!.root.id).toBe(reply.root.id)
    },
  )

  it('refuses files of another folder, and a folder whose node is missing', async () => {
    const folder = await workedIn(newFolder())
    const other = newFolder()
    const memory = await nodeMemory(other, key)
    await memory.taken(message('other'))
    await memory.answered(replyTo(message('other'), { content }, 7.5))
    writeFileSync(join(other, 'message.bin'), readFileSync(join(folder, 'message.bin')))
    await expect(memory.left()).rejects.toThrow(/reply\.bin is damaged \(it answers another message\)/)
    writeFileSync(join(other, 'message.bin'), readFileSync(join(folder, 'reply.bin')))
    writeFileSync(join(other, 'reply.bin'), readFileSync(join(folder, 'node.bin')))
    await expect(memory.left()).rejects.toThrow(/is damaged/)
    memory.close()
    rmSync(join(folder, 'node.bin'))
    await expect(nodeMemory(folder, key)).rejects.toThrow(/node\.bin is damaged \(it is missing\)/)
  })

  it('refuses another key’s folder, and leaves it as it was', async () => {
    const folder = await workedIn(newFolder())
    await expect(nodeMemory(folder, readNodeKey(drawNodeKey()))).rejects.toMatchObject({
      code: 'key',
      message: `${folder} is of a node with another key`,
    })
    const memory = await nodeMemory(folder, key)
    expect((await memory.left()).message!.reply!.root.id).toBe(reply.root.id)
    memory.close()
  })

  it('is one process’s at a time, and its files are the owner’s alone', async () => {
    const folder = newFolder()
    const memory = await nodeMemory(folder, key)
    await expect(nodeMemory(folder, key)).rejects.toMatchObject({
      code: 'io',
      message: `another process works as a node in ${folder}`,
    })
    await memory.taken(message('m'))
    expect(readdirSync(folder).toSorted()).toEqual(['lock', 'message.bin', 'node.bin'])
    memory.close()
    const next = await nodeMemory(folder, key)
    next.close()
  })

  it('that cannot be one is refused', async () => {
    const folder = newFolder()
    writeFileSync(folder, '')
    await expect(nodeMemory(folder, key)).rejects.toMatchObject({ code: 'io' })
    const odd = await workedIn(newFolder())
    writeFileSync(
      join(odd, 'lock'),
      'this is no database of SQLite, and long enough to be read as its header is',
    )
    await expect(nodeMemory(odd, key)).rejects.toMatchObject({ code: 'io' })
  })
})

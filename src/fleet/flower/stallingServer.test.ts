// A node whose server stalls, or says what is no message: it leaves when it is told to, and not before.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { settle } from './exchange.ts'
import type { Call } from './fleetCalls.ts'
import { MetadataSchema, ObjectTreeSchema } from './flower_pb.js'
import { replyTo } from './message.ts'
import { type NodeNews, runNode } from './node.ts'
import { drawNodeKey, readNodeKey } from './nodeKey.ts'
import { nodeMemory } from './nodeMemory.ts'
import { laterThan } from './pause.ts'

const root = mkdtempSync(join(tmpdir(), 'frostglass-stalling-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
afterEach(() => vi.useRealTimers())

const metadata = create(MetadataSchema, { messageId: 'a'.repeat(64), runId: 1n, dstNodeId: 5n, ttl: 60 })

/** Runs a node against these answers until it leaves: at the news of which the name is given. */
async function ran(answers: Readonly<Record<string, () => object>>, until: NodeNews['what']) {
  const key = readNodeKey(drawNodeKey())
  const memory = await nodeMemory(mkdtempSync(join(root, 'node-')), key)
  const leave = new AbortController()
  const [news, calls]: [NodeNews[], string[]] = [[], []]
  const call = (async (name: string) => {
    calls.push(name)
    return answers[name]?.() ?? { nodeId: 5n }
  }) as unknown as Call
  try {
    await runNode(call, async () => ({ refused: 'no' }), {
      key,
      memory,
      leave: leave.signal,
      onNews(one) {
        news.push(one)
        if (one.what === until) leave.abort()
      },
    })
  } finally {
    memory.close()
  }
  return { news, calls }
}

it('a node that waits for an object leaves when it is told to, and the server hears why there is no answer', async () => {
  const { news, calls } = await ran(
    {
      'pull-messages': () => ({
        messagesList: [{ metadata }],
        messageObjectTrees: [create(ObjectTreeSchema, { objectId: metadata.messageId })],
      }),
      'pull-object': () => ({ objectFound: true, objectAvailable: false }),
      'push-messages': () => ({ objectsToPush: [] }),
    },
    'message',
  )
  expect(calls).toContain('push-messages')
  expect(calls.at(-1)).toBe('deactivate-node')
  expect(news.at(-1)).toEqual({ what: 'left' })
})

it.each([
  [
    'no message',
    () => {
      throw new FrostglassError('input', 'the answer is no message of Flower')
    },
  ],
  ['a message without an id', () => ({ messagesList: [{ metadata: {} }], messageObjectTrees: [] })],
])('a node that is sent %s says so, and stays until it is told to leave', async (_, answer) => {
  const { news } = await ran({ 'pull-messages': answer }, 'waiting')
  expect(news.map(({ what }) => what)).toEqual(['joined', 'waiting', 'left'])
})

it('a node has one heartbeat on its way: what comes of answers that never end is not held many times', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  const key = readNodeKey(drawNodeKey())
  const memory = await nodeMemory(mkdtempSync(join(root, 'beats-')), key)
  const leave = new AbortController()
  const beats: PromiseWithResolvers<object>[] = []
  const call = (async (name: string) => {
    if (name !== 'send-node-heartbeat') return { nodeId: 5n, messagesList: [], messageObjectTrees: [] }
    const beat = Promise.withResolvers<object>()
    beats.push(beat)
    return beat.promise
  }) as unknown as Call
  const ran = runNode(call, async () => ({ refused: 'no' }), { key, memory, leave: leave.signal })
  // Until it has joined, which real files take their time for.
  while (vi.getTimerCount() < 2) await new Promise((done) => setImmediate(done))
  await vi.advanceTimersByTimeAsync(90_000)
  expect(beats).toHaveLength(1)
  beats[0]!.resolve({})
  await vi.advanceTimersByTimeAsync(20_000)
  expect(beats).toHaveLength(2)
  beats[1]!.reject(new Error('nobody'))
  await vi.advanceTimersByTimeAsync(20_000)
  expect(beats).toHaveLength(3)
  leave.abort()
  await vi.advanceTimersByTimeAsync(1000)
  await ran
  memory.close()
})

it('a reply that nobody takes is waited for ten seconds after the leave, and before it without an end', async () => {
  vi.useFakeTimers()
  const leave = new AbortController()
  const call = (async () => ({ objectFound: true })) as unknown as Call
  let isOver = false
  const settled = settle(call, 5n, replyTo(metadata, { refused: 'no' }, 0), leave.signal).then(() => {
    isOver = true
  })
  await vi.advanceTimersByTimeAsync(60_000)
  leave.abort()
  await vi.advanceTimersByTimeAsync(9_900)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  expect(isOver).toBe(true)
  await settled
})

it('a later signal fires so long after the first, also where that has fired, and never once it is released', () => {
  vi.useFakeTimers()
  const leave = new AbortController()
  const [one, released] = [laterThan(leave.signal, 100), laterThan(leave.signal, 100)]
  vi.advanceTimersByTime(1000)
  expect(one.signal.aborted).toBe(false)
  leave.abort()
  const late = laterThan(leave.signal, 100)
  released.release()
  vi.advanceTimersByTime(99)
  expect([one, late].map(({ signal }) => signal.aborted)).toEqual([false, false])
  vi.advanceTimersByTime(1)
  expect([one, late, released].map(({ signal }) => signal.aborted)).toEqual([true, true, false])
})

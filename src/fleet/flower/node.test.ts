// A node against a small server of Flower's kind, in one process: what it answers, what it does not send, and when it goes on.
// Kills are in test/fleet/killed.slow.test.ts, Flower's own server in test/clients.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { create } from '@bufbuild/protobuf'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { type Tensor, tensor } from '../../graph/index.ts'
import { type Content, type FlowerRecord, oneRecord } from './content.ts'
import { fleetCalls } from './fleetCalls.ts'
import { MetadataSchema } from './flower_pb.js'
import { replyTo } from './message.ts'
import { type AnswerTo, type NodeNews, type NodeOptions, runNode } from './node.ts'
import { drawNodeKey, readNodeKey } from './nodeKey.ts'
import { nodeMemory } from './nodeMemory.ts'
import { type FakeServer, fakeServer } from './testing.ts'
import { connectTo } from './transport.ts'

const root = mkdtempSync(join(tmpdir(), 'frostglass-node-'))
let server: FakeServer
let leave: AbortController
beforeEach(async () => {
  server = await fakeServer()
  leave = new AbortController()
})
afterEach(() => server.close())
afterAll(() => rmSync(root, { recursive: true, force: true }))

const model: Content = new Map([
  [
    'arrays',
    {
      arrays: new Map([
        ['w', tensor([1, 2, 3], [3])],
        ['b', tensor([4], [])],
      ]),
    },
  ],
])
/** The model with every number one more. */
const onward: AnswerTo = async ({ metadata, content }) => {
  const arrays = [...oneRecord(content, 'arrays')].map(
    ([name, { data, shape }]) =>
      [
        name,
        tensor(
          Array.from(data as Float32Array, (v) => v + 1),
          shape,
        ),
      ] as const,
  )
  const answer = new Map<string, FlowerRecord>([
    ['metrics', { metrics: new Map([['num-examples', { integer: 3n }]]) }],
  ])
  return {
    content: metadata.messageType === 'train' ? answer.set('arrays', { arrays: new Map(arrays) }) : answer,
  }
}

/** A node that runs by itself until it leaves. */
async function started(answer: AnswerTo, options: Partial<NodeOptions> = {}) {
  const key = readNodeKey(drawNodeKey())
  const folder = mkdtempSync(join(root, 'node-'))
  const memory = await nodeMemory(folder, key)
  const news: NodeNews[] = []
  const { call, close } = connectTo(server.url)
  const ended = runNode(fleetCalls(call, key), answer, {
    key,
    memory,
    leave: leave.signal,
    onNews: (one) => news.push(one),
    ...options,
  }).finally(() => {
    close()
    memory.close()
  })
  // Whoever waits for it is told later.
  ended.catch(() => undefined)
  const nodeId = () => server.nodeIdOf(key.publicPem) ?? 0n
  while (!options.registered && !server.isOnline(nodeId())) await pause(10)
  return { ended, news, folder, key, nodeId: nodeId() }
}
const whats = (news: readonly NodeNews[]) => news.map(({ what }) => what)

describe('a node', () => {
  it('answers what it is asked, in training and in evaluation, and leaves when its replies are taken', async () => {
    const { ended, news, nodeId } = await started(onward, { most: 2 })
    const trained = await server.ask(nodeId, 'train', model).outcome
    if (trained.what !== 'content') throw new Error(trained.what)
    const arrays = oneRecord(trained.content, 'arrays')
    expect(
      [...arrays].map(([name, { data }]: [string, Tensor]) => [name, ...(data as Float32Array)]),
    ).toEqual([
      ['w', 2, 3, 4],
      ['b', 5],
    ])
    const { outcome } = server.ask(nodeId, 'evaluate', model)
    // It does not go before the server's program has looked.
    server.collecting = false
    await pause(1000)
    expect(whats(news)).not.toContain('left')
    server.collecting = true
    expect((await outcome).what).toBe('content')
    await ended
    expect(whats(news)).toEqual(['joined', 'message', 'replied', 'message', 'replied', 'left'])
    expect(server.calls.at(-1)).toBe('deactivate-node')
  })

  it('does not send an odd reply: the operator is told why, and it goes on', async () => {
    let odd = true
    const { ended, nodeId } = await started(
      async (message, signal) => {
        const made = await onward(message, signal)
        if (odd && 'content' in made) oneRecord(made.content, 'arrays').get('w')!.data[1] = Number.NaN
        return made
      },
      { most: 2 },
    )
    const first = await server.ask(nodeId, 'train', model).outcome
    expect(first).toMatchObject({
      what: 'error',
      reason: expect.stringContaining("entry 1 of array 'w' is not finite"),
    })
    odd = false
    expect((await server.ask(nodeId, 'train', model).outcome).what).toBe('content')
    await ended
  })

  it('tells the operator what its user could cure, and ends at a bug without a reply', async () => {
    let error: Error = new FrostglassError('input', 'the table has no rows')
    const { ended, news, nodeId } = await started(async () => {
      throw error
    })
    expect(await server.ask(nodeId, 'train', model).outcome).toMatchObject({
      what: 'error',
      reason: 'the table has no rows',
    })
    error = new TypeError('a bug')
    const { outcome } = server.ask(nodeId, 'train', model)
    await expect(ended).rejects.toThrow('a bug')
    // It has said that it is gone: the round does not wait for it.
    expect((await outcome).what).toBe('unavailable')
    expect(whats(news).at(-1)).toBe('left')
  })

  it('goes on where a run is over while it works: it has nothing left of it', async () => {
    const { ended, news, nodeId, folder, key } = await started(async (message, signal) => {
      server.over = true
      return onward(message, signal)
    })
    void server.ask(nodeId, 'train', model)
    while (!whats(news).includes('dropped')) await pause(10)
    leave.abort()
    await ended
    const memory = await nodeMemory(folder, key)
    expect((await memory.left()).message).toBeUndefined()
    memory.close()
  })

  it('goes on where a run is over before its message is fetched', async () => {
    server.over = true
    const { ended, news, nodeId } = await started(onward)
    void server.ask(nodeId, 'train', model)
    while (!whats(news).includes('dropped')) await pause(10)
    leave.abort()
    await ended
    expect(whats(news)).toEqual(['joined', 'message', 'dropped', 'left'])
  })

  it('forgets what was for a node that the server knows no more', async () => {
    const key = readNodeKey(drawNodeKey())
    const folder = mkdtempSync(join(root, 'node-'))
    const memory = await nodeMemory(folder, key)
    const message = create(MetadataSchema, { messageId: 'm', runId: 1n, dstNodeId: 9n, messageType: 'train' })
    await memory.joined(9n)
    await memory.taken(message)
    await memory.answered(replyTo(message, { content: model }, 1))
    const { call, close } = connectTo(server.url)
    const news: NodeNews[] = []
    await runNode(fleetCalls(call, key), onward, {
      key,
      memory,
      leave: leave.signal,
      most: 0,
      onNews: (one) => news.push(one),
    })
    close()
    expect(whats(news)).toEqual(['joined', 'dropped', 'left'])
    expect(server.announced.size).toBe(0)
    expect((await memory.left()).message).toBeUndefined()
    memory.close()
  })

  it('uses a registered key over TLS alone, and asks nothing before', async () => {
    const { ended } = await started(onward, { registered: true })
    await expect(ended).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('over TLS alone'),
    })
    expect(server.calls).toEqual([])
  })
})

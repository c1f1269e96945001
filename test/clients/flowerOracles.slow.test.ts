// What a node of a Flower fleet learns of another node's reply from an untouched server (docs/results/flower/oracles.md).

import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Content, oneRecord, packContent } from '../../src/fleet/flower/content.ts'
import { pullContent, pullMessage, pushReply, type Received } from '../../src/fleet/flower/exchange.ts'
import { type Call, fleetCalls } from '../../src/fleet/flower/fleetCalls.ts'
import { replyTo } from '../../src/fleet/flower/message.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import type { FlowerObject } from '../../src/fleet/flower/objects.ts'
import { connectTo } from '../../src/fleet/flower/transport.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import { existing, pulled } from './flower/oracles.ts'
import { hasFlower, lineApp, type SuperLink, startSuperLink } from './flowerFleet.ts'

/** How many examples node A has: what node B looks for, among a thousand. */
const examples = 321

describe.skipIf(!hasFlower)('a node of a Flower fleet beside another', () => {
  let link: SuperLink
  beforeAll(async () => {
    link = await startSuperLink()
  })
  afterAll(() => link?.stop())

  async function joined(): Promise<{ readonly call: Call; readonly nodeId: bigint }> {
    const key = readNodeKey(drawNodeKey())
    const call = fleetCalls(connectTo(link.url).call, key)
    const publicKey = key.publicPem
    await call('register-node', { publicKey })
    const { nodeId } = await call('activate-node', { publicKey, heartbeatInterval: 600 })
    return { call, nodeId }
  }
  async function message({ call, nodeId }: Awaited<ReturnType<typeof joined>>): Promise<Received> {
    for (;;) {
      const next = await pullMessage(call, nodeId)
      if (next) return pullContent(call, nodeId, next)
      await pause(100)
    }
  }
  /** An update as a node without privacy makes it, or with noise on every number. */
  const update = (content: Content, noise: () => number): ReadonlyMap<string, Tensor> =>
    new Map(
      [...oneRecord(content, 'arrays')].map(([name, { data, shape }]) => [
        name,
        tensor(
          Array.from(data as Float32Array, (v) => v - 0.125 + noise()),
          shape,
        ),
      ]),
    )
  const objectsOf = (content: Content, type: string): readonly FlowerObject[] =>
    packContent(content).objects.filter((object) => object.type === type)
  const countOf = (n: number): Content =>
    new Map([['metrics', { metrics: new Map([['num-examples', { integer: BigInt(n) }]]) }]])
  const arraysOf = (arrays: ReadonlyMap<string, Tensor>): Content => new Map([['arrays', { arrays }]])
  const normal = () => randomBytes(4).readInt32LE() / 2 ** 31

  it.each([
    ['without noise', () => 0],
    ['with noise on every number', normal],
  ])('gets its reply by its ids, and learns by guesses what is in it (%s)', async (how, noise) => {
    const [a, b, stranger] = [await joined(), await joined(), await joined()]
    // The stranger is in no message of the run.
    await stranger.call('deactivate-node', { nodeId: stranger.nodeId })
    const run = link.run(lineApp, { rounds: 1 })
    const [ofA, ofB] = await Promise.all([message(a), message(b)])
    const { runId } = ofA.metadata
    const arrays = update(ofA.content, noise)
    const reply = replyTo(
      ofA.metadata,
      { content: new Map([...arraysOf(arrays), ...countOf(examples)]) },
      Date.now() / 1000,
    )
    expect(await pushReply(a.call, a.nodeId, reply, 0)).toBe(true)

    // First: whoever has an id has the object, in the run or not.
    const ids = reply.objects.map(({ id }) => id)
    for (const { call, nodeId } of [b, stranger]) {
      const got = await pulled(call, nodeId, runId, [...ids, randomBytes(32).toString('hex')])
      const same = got.filter((bytes, i) => bytes && Buffer.from(bytes).equals(reply.objects[i]!.bytes))
      expect(same).toHaveLength(ids.length)
      expect(got.at(-1)).toBeUndefined()
    }

    // Second: which of a thousand counts, and which arrays, by one announcement.
    const counts = Array.from({ length: 1000 }, (_, i) => objectsOf(countOf(i + 1), 'MetricRecord')[0]!)
    const guessed = objectsOf(arraysOf(update(ofB.content, () => 0)), 'ArrayChunk')
    const wrong = objectsOf(arraysOf(update(ofB.content, () => 1)), 'ArrayChunk')
    const there = await existing(b.call, b.nodeId, ofB.metadata, [...counts, ...guessed, ...wrong])
    const numbers = there.slice(0, 1000).flatMap((is, i) => (is ? [i + 1] : []))
    const [right, other] = [there.slice(1000, 1000 + guessed.length), there.slice(1000 + guessed.length)]
    console.log(
      `${how}: ${ids.length} objects pulled; counts found ${numbers}; arrays ${right}; wrong arrays ${other}`,
    )
    // Noise hides the arrays. What is sent beside them, and is no secret by itself, it does not hide.
    expect(numbers).toEqual([examples])
    expect(right).toEqual(guessed.map(() => how === 'without noise'))
    expect(other).toEqual(wrong.map(() => false))
    for (const { call, nodeId } of [a, b]) await call('deactivate-node', { nodeId })
    link.flwr('stop', run, 'here')
  })
})

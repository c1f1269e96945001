// Odd replies against the operator's file of the guide (docs/how-to/flower-server.py), on Flower's own server: whatever other
// nodes send, the run goes on and the model has the bytes that it has without them. Plain FedAvg is the control: it dies.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Content, type FlowerRecord, oneRecord, packContent } from '../../src/fleet/flower/content.ts'
import { pullContent, pullMessage, pushReply, type Received } from '../../src/fleet/flower/exchange.ts'
import { type Call, fleetCalls } from '../../src/fleet/flower/fleetCalls.ts'
import { type Reply, replyTo } from '../../src/fleet/flower/message.ts'
import { type AnswerTo, runNode } from '../../src/fleet/flower/node.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { nodeMemory } from '../../src/fleet/flower/nodeMemory.ts'
import { type FlowerObject, flowerObject } from '../../src/fleet/flower/objects.ts'
import type { MetricValue } from '../../src/fleet/flower/records.ts'
import { connectTo } from '../../src/fleet/flower/transport.ts'
import { type DType, type Tensor, tensor } from '../../src/graph/index.ts'
import { checkedApp, hasFlower, lineApp, type SuperLink, startSuperLink } from './flowerFleet.ts'

const text = (words: string) => new TextEncoder().encode(words)

/** A sound reply to a message, of which parts are put in place of others. */
function content(
  trains: boolean,
  {
    metrics = {},
    without = [],
    arrays = {},
    more = [],
  }: {
    readonly metrics?: Readonly<Record<string, MetricValue>>
    readonly without?: readonly string[]
    readonly arrays?: Readonly<Record<string, Tensor>>
    readonly more?: readonly (readonly [string, FlowerRecord])[]
  },
): Content {
  const all = { loss: { double: 0.5 }, 'num-examples': { integer: 10n }, ...metrics }
  const model = { w: tensor([9, 9, 9, 9], [4]), b: tensor([9], []), ...arrays }
  const kept = <T>(record: Readonly<Record<string, T>>) =>
    new Map(Object.entries(record).filter(([name]) => !without.includes(name)))
  const records: [string, FlowerRecord][] = [['metrics', { metrics: kept<MetricValue>(all) }]]
  if (trains) records.unshift(['arrays', { arrays: kept<Tensor>(model) }])
  return new Map([...records.filter(([name]) => !without.includes(name)), ...more])
}

/** A reply whose objects are edited after they were made: what `edit` leaves of one stands in its place, and ids above follow. */
function forged(reply: Reply, edit: (object: FlowerObject) => Uint8Array | undefined): Reply {
  const ids = new Map<string, string>()
  const objects = reply.objects.map((object) => {
    const bytes = edit(object) ?? object.body
    // Bodies name ids of children, too.
    const named = [...ids].reduce((body, [from, to]) => {
      const inside = Buffer.from(body).toString('latin1')
      return inside.includes(from) ? new Uint8Array(Buffer.from(inside.replaceAll(from, to), 'latin1')) : body
    }, bytes)
    const made = flowerObject(
      object.type,
      object.children.map((id) => ids.get(id) ?? id),
      named,
    )
    ids.set(object.id, made.id)
    return made
  })
  const root = objects.at(-1)!
  return { ...reply, objects, root, metadata: { ...reply.metadata, messageId: root.id } }
}

/** NumPy's bytes with a text of the header put in another's place, of the same length. */
const header = (from: string, to: string) => (object: FlowerObject) => {
  if (object.type !== 'ArrayChunk') return undefined
  const inside = Buffer.from(object.body).toString('latin1')
  return new Uint8Array(Buffer.from(inside.replace(from, to), 'latin1'))
}

type Odd = (received: Received) => Reply
const reply =
  (parts: Parameters<typeof content>[1]): Odd =>
  ({ metadata }) =>
    replyTo(metadata, { content: content(metadata.messageType === 'train', parts) }, Date.now() / 1000)
const edited =
  (edit: (object: FlowerObject) => Uint8Array | undefined): Odd =>
  (received) =>
    forged(reply({})(received), edit)
const of = (values: readonly number[], shape: readonly number[], dtype?: DType) =>
  tensor([...values], shape, dtype)
const count = (value: MetricValue): Odd => reply({ metrics: { 'num-examples': value } })

/** What other nodes send. */
const kinds: Readonly<Record<string, Odd>> = {
  'another metric name': reply({ without: ['loss'], metrics: { cost: { double: 1 } } }),
  'a metric more': reply({ metrics: { cost: { double: 1 } } }),
  'no num-examples': reply({ without: ['num-examples'] }),
  'num-examples as a list': count({ integers: [10n] }),
  'num-examples -10': count({ integer: -10n }),
  'num-examples -9': count({ integer: -9n }),
  'num-examples 0': count({ integer: 0n }),
  'num-examples 1e18': count({ integer: 10n ** 18n }),
  'num-examples NaN': count({ double: Number.NaN }),
  'num-examples infinite': count({ double: Number.POSITIVE_INFINITY }),
  'a loss of NaN': reply({ metrics: { loss: { double: Number.NaN } } }),
  'no metrics': reply({ without: ['metrics'] }),
  'metrics twice': reply({ more: [['again', { metrics: new Map([['num-examples', { integer: 1n }]]) }]] }),
  'arrays twice': reply({ more: [['again', { arrays: new Map([['w', of([1], [1])]]) }]] }),
  'another array name': reply({ without: ['w'], arrays: { v: of([1, 2, 3, 4], [4]) } }),
  'arrays in another order': ({ metadata }) => {
    const arrays = new Map([
      ['b', of([9], [])],
      ['w', of([9, 9, 9, 9], [4])],
    ])
    const made = new Map(content(metadata.messageType === 'train', {}))
    return replyTo(metadata, { content: made.set('arrays', { arrays }) }, Date.now() / 1000)
  },
  'another shape': reply({ arrays: { w: of([1, 2, 3], [3]) } }),
  'a shape that broadcasts': reply({ arrays: { b: of([1], [1]) } }),
  'float64 arrays': reply({ arrays: { w: of([1, 2, 3, 4], [4], 'float64') } }),
  NaN: reply({ arrays: { w: of([1, Number.NaN, 3, 4], [4]) } }),
  infinity: reply({ arrays: { b: of([Number.NEGATIVE_INFINITY], []) } }),
  'bytes that are not npy': edited(({ type }) =>
    type === 'ArrayChunk' ? text('no array at all') : undefined,
  ),
  'big-endian numbers': edited(header("'<f4'", "'>f4'")),
  'a header of 4 TB': edited(header("'shape': (4,), }              ", "'shape': (1000000000000,), }  ")),
  'pickled objects': edited(header("'<f4'", "'|O8'")),
  // What flwr itself cannot read.
  'an array whose text is none': edited(({ type }) => (type === 'Array' ? text('{') : undefined)),
  'metrics whose bytes are none': edited(({ type }) =>
    type === 'MetricRecord' ? Uint8Array.of(255, 255) : undefined,
  ),
  'a record that names a strange child': edited(({ type }) =>
    type === 'RecordDict' ? text(`{"arrays": "${'0'.repeat(64)}"}`) : undefined,
  ),
  'a message whose bytes are none': edited(({ type }) =>
    type === 'Message' ? Uint8Array.of(255) : undefined,
  ),
}
const names = Object.keys(kinds)

describe.skipIf(!hasFlower)('odd replies', () => {
  const leave = new AbortController()
  let link: SuperLink
  beforeAll(async () => {
    link = await startSuperLink()
  })
  afterAll(() => {
    leave.abort()
    link?.stop()
  })

  /** Steps that no float32 rounds: a disturbed round would stay in the model for ever. */
  const step = (round: number) => round * 0.125
  async function honest(most: number): Promise<void> {
    const key = readNodeKey(drawNodeKey())
    const { call, close } = connectTo(link.url)
    const memory = await nodeMemory(mkdtempSync(join(link.folder, 'node-')), key)
    const answer: AnswerTo = async ({ metadata, content: came }) => {
      const moved = ({ data, shape }: Tensor) =>
        tensor(
          Array.from(data as Float32Array, (v) => v + step(roundOf(came))),
          shape,
        )
      const arrays = [...oneRecord(came, 'arrays')].map(([name, array]) => [name, moved(array)] as const)
      return { content: content(metadata.messageType === 'train', { arrays: Object.fromEntries(arrays) }) }
    }
    await runNode(fleetCalls(call, key), answer, { key, memory, leave: leave.signal, most })
    memory.close()
    close()
  }
  const roundOf = (came: Content) =>
    Number((oneRecord(came, 'config').get('server-round') as { integer: bigint }).integer)

  /** The id that Flower gives the model after so many rounds of the honest node alone. */
  function modelAfter(rounds: number): string {
    const sum = Array.from({ length: rounds }, (_, i) => step(i + 1)).reduce((all, one) => all + one, 0)
    const arrays = new Map([
      ['w', tensor(new Array<number>(4).fill(sum), [4])],
      ['b', tensor([sum], [])],
    ])
    const { objects } = packContent(new Map([['arrays', { arrays }]]))
    return objects.find(({ type }) => type === 'ArrayRecord')!.id
  }
  const modelOf = (log: string) => /FINAL ([0-9a-f]{64})/.exec(log)![1]!

  /** A node that sends what it likes, until the run is over. @returns its id, and what it sent */
  async function other(odd: Odd, until: { over: boolean }) {
    const key = readNodeKey(drawNodeKey())
    const { call: transport, close } = connectTo(link.url)
    const call: Call = fleetCalls(transport, key)
    const publicKey = key.publicPem
    await call('register-node', { publicKey })
    const { nodeId } = await call('activate-node', { publicKey, heartbeatInterval: 600 })
    const sent: string[] = []
    while (!until.over) {
      const message = await pullMessage(call, nodeId)
      if (!message) {
        await pause(1000)
        continue
      }
      const received = await pullContent(call, nodeId, message)
      const isThere = await pushReply(call, nodeId, odd(received), 0)
      sent.push(`${received.metadata.messageType} ${roundOf(received.content)} ${isThere}`)
    }
    await call('deactivate-node', { nodeId })
    close()
    return { nodeId, sent }
  }

  it('end a run of plain FedAvg', async () => {
    const until = { over: false }
    const nodes = [honest(1), other(kinds['another array name']!, until)]
    const { status } = await link.finished(link.run(lineApp, { rounds: 1 }))
    expect(status).toBe('finished:failed')
    until.over = true
    await Promise.all(nodes)
  })

  it('neither end a run of the operator’s file nor change its model by a bit', async () => {
    const app = checkedApp(link.folder)
    const [weights, out] = [join(link.folder, 'first.json'), join(link.folder, 'learned.json')]
    writeFileSync(
      weights,
      JSON.stringify({ w: { shape: [4], data: [0, 0, 0, 0] }, b: { shape: [], data: [0] } }),
    )
    const alone = honest(2)
    const before = await link.finished(link.run(app, { rounds: 1, nodes: 1, weights, out }))
    await alone
    expect(before.status).toBe('finished:completed')
    expect(modelOf(before.log)).toBe(modelAfter(1))

    // One odd node of each kind, beside one honest.
    const until = { over: false }
    const beside = honest(4)
    const sending = Promise.all(names.map((name) => other(kinds[name]!, until)))
    const after = await link.finished(link.run(app, { rounds: 2, nodes: names.length + 1, weights, out }))
    until.over = true
    const others = await sending
    await beside
    expect(after.status).toBe('finished:completed')
    expect(modelOf(after.log)).toBe(modelAfter(2))
    const received = [...after.log.matchAll(/aggregate_train: Received (\d+) results/g)]
    expect(received.map(([, results]) => results)).toEqual(['1', '1'])
    for (const [i, { nodeId, sent }] of others.entries()) {
      // The server took it, and the log says whose it was, and why it was dropped.
      expect([names[i], sent]).toEqual([
        names[i],
        ['train 1 true', 'evaluate 1 true', 'train 2 true', 'evaluate 2 true'],
      ])
      const why = after.log
        .split('\n')
        .filter((line) => line.includes(`DROPPED the reply of node ${nodeId}: `))
      expect([names[i], why.length >= 2]).toEqual([names[i], true])
    }
  })
})

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
const [examples, most] = [321, 1000]

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

  /** What a node and a stranger pull of a reply, and what the node learns of it by one announcement. */
  async function measured(noise: () => number) {
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
    const same: number[] = []
    for (const { call, nodeId } of [b, stranger]) {
      const got = await pulled(call, nodeId, runId, [...ids, randomBytes(32).toString('hex')])
      same.push(got.filter((bytes, i) => bytes && Buffer.from(bytes).equals(reply.objects[i]!.bytes)).length)
      expect(got.at(-1)).toBeUndefined()
    }

    // Second: which of a thousand counts, and which arrays, by one announcement.
    const counts = Array.from({ length: most }, (_, i) => objectsOf(countOf(i + 1), 'MetricRecord')[0]!)
    const guessed = objectsOf(arraysOf(update(ofB.content, () => 0)), 'ArrayChunk')
    const wrong = objectsOf(arraysOf(update(ofB.content, () => 1)), 'ArrayChunk')
    const there = await existing(b.call, b.nodeId, ofB.metadata, [...counts, ...guessed, ...wrong])
    for (const { call, nodeId } of [a, b]) await call('deactivate-node', { nodeId })
    link.flwr('stop', run, 'here')
    return {
      objects: ids.length,
      same,
      numbers: there.slice(0, most).flatMap((is, i) => (is ? [i + 1] : [])),
      right: there.slice(most, most + guessed.length),
      wrong: there.slice(most + guessed.length),
    }
  }

  it('gets its reply by its ids, and learns by guesses what is in it', async () => {
    const plain = await measured(() => 0)
    expect(plain).toEqual({
      objects: 8,
      same: [8, 8],
      numbers: [examples],
      right: [true, true],
      wrong: [false, false],
    })
    // Noise hides the arrays. What is sent beside them as it is, it does not hide.
    const noisy = await measured(normal)
    expect(noisy).toEqual({ ...plain, right: [false, false] })
    await expect(pageOf(link.version, plain, noisy)).toMatchFileSnapshot(
      '../../docs/results/flower/oracles.md',
    )
  })
})

type Measured = Readonly<Record<'objects', number>> & {
  readonly same: readonly number[]
  readonly numbers: readonly number[]
  readonly right: readonly boolean[]
  readonly wrong: readonly boolean[]
}

/** What was measured, as a page. */
function pageOf(version: string, plain: Measured, noisy: Measured): string {
  const found = (guesses: readonly boolean[]) => `${guesses.filter(Boolean).length} of ${guesses.length}`
  const row = (what: string, of: (measured: Measured) => string) =>
    `| ${what} | ${of(plain)} | ${of(noisy)} |`
  return `# Two oracles of a Flower server

What a node of a fleet learns of another node's reply from an untouched \`flower-superlink\` (flwr ${version}, FedAvg, one run, HTTP on
loopback; keys register themselves). Node A has sent its reply to a training message, and the server's program has not taken it
yet: at most three seconds, or as long as the upload takes (its session ends 180 seconds after the last object). Node B was sent the
same message. A stranger has registered itself at the server, is offline, and was sent no message.

| | A's numbers as they are | with noise on every number of the arrays |
|---|---|---|
${row('objects of A’s reply that B pulls by their ids, byte for byte', (m) => `${m.same[0]} of ${m.objects}`)}
${row('objects that the stranger pulls', (m) => `${m.same[1]} of ${m.objects}`)}
${row(`A’s number of examples (${examples}), looked for among 1 to ${most} by B, by one announcement`, (m) => `found: ${m.numbers.join(', ')}`)}
${row('A’s arrays, guessed by B to the bit, in the same announcement: said to be there', (m) => found(m.right))}
${row('wrong guesses of them: said to be there (control)', (m) => found(m.wrong))}

- **No look at whose an object is.** \`pull-object\` gives any registered node any object of the run by its id. An id is the SHA-256 of the
  object, so B must know or guess the bytes, or have seen the id.
- **A membership oracle.** \`push-messages\` takes a tree of objects and answers with those that the server lacks. One announcement asks about
  as many guesses as its tree holds; nothing has to be sent after it. B gives its own turn in the round away by it.
- **What helps.** Noise on the numbers before they are encoded (differential privacy on the node) makes the arrays' bytes
  unpredictable, and both questions fail for them. It does not help a metric beside them that is sent as it is: each object has
  its own id. TLS does not help: both are the server's own answers. Nodes whose keys an admin registers keep strangers out, and not
  other nodes.

\`FROSTGLASS_FLOWER=… npm run test:slow -- test/clients/flowerOracles.slow.test.ts -u\` writes this page; the questions are
in [test/clients/flower/oracles.ts](../../../test/clients/flower/oracles.ts).
`
}

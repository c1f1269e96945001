// A fleet over real HTTP: rounds to the end, drops, late and repeated replies, forgeries, replays, odd vectors, limits.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import {
  answerOf,
  apart,
  joined,
  layout,
  memoryOf,
  startTestFleet,
  type TestFleetOptions,
  testNodes,
  updateOf,
  weightsAfter,
} from '../../../test/fleets.ts'
import { cert, key } from '../../../test/selfSigned.ts'
import { packContribution } from '../../fleet/coordinator/exchange.ts'
import { drawIdentity, readIdentity } from '../../fleet/coordinator/identity.ts'
import { packParcel } from '../../fleet/coordinator/parcel.ts'
import { signRequest } from '../../fleet/coordinator/signature.ts'
import { packReply, packTask, paths, readTask, type Work } from '../../fleet/coordinator/wire.ts'

type Fleet = Awaited<ReturnType<typeof startTestFleet>>
const open: Fleet[] = []
const start = async (options: TestFleetOptions): Promise<Fleet> => {
  const fleet = await startTestFleet(options)
  open.push(fleet)
  return fleet
}
afterEach(async () => {
  for (const fleet of open.splice(0)) {
    await fleet.close()
    expect(fleet.faults).toEqual([])
  }
})

/** One signed request. */
async function send(
  url: string,
  { identity }: Pick<ReturnType<typeof testNodes>[number], 'identity'>,
  path: string,
  body: Uint8Array = new Uint8Array(),
  change: {
    readonly headers?: Readonly<Record<string, string>>
    readonly now?: number
    readonly signedBody?: Uint8Array
  } = {},
) {
  const signed = signRequest(
    identity,
    { method: 'POST', path },
    change.signedBody ?? body,
    change.now ?? Date.now(),
  )
  const headers = { ...signed, ...change.headers }
  const answer = await fetch(url + path, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  return { status: answer.status, bytes, headers, error: answer.ok ? '' : String(JSON.parse(text).error) }
}

const replyOf = (index: number, round: number, update = updateOf(index, round)): Uint8Array =>
  packReply({
    message: packContribution({ vectors: { update }, examples: index + 1, metrics: {} }, 'float32'),
  })

/** Asks for work until there is some. */
async function workFor(url: string, node: ReturnType<typeof testNodes>[number]): Promise<Work> {
  for (;;) {
    const task = readTask((await send(url, node, paths.task)).bytes)
    if (task.what === 'work') return task
    await sleep(10)
  }
}

describe('a fleet of ten nodes', () => {
  it('comes to the mean of all updates, round by round', async () => {
    const nodes = testNodes(10)
    const { url, coordinator, news } = await start({ nodes, plan: { rounds: 3 } })
    const told = await Promise.all(nodes.map((node, i) => joined(url, node, answerOf(i))))
    const all = nodes.map((_, i) => i)
    expect(apart(coordinator.weights(), weightsAfter([all, all, all]))).toBeLessThan(1e-12)
    expect(coordinator.status()).toMatchObject({ state: 'over', done: 3, open: undefined })
    expect(news.filter(({ what }) => what === 'replied')).toHaveLength(30)
    for (const one of told)
      expect(one.map(({ what }) => what)).toEqual([
        'joined',
        ...['work', 'replied', 'work', 'replied', 'work', 'replied'],
        'left',
      ])
  })

  it('goes on without those that say no, or nothing', async () => {
    const nodes = testNodes(10)
    const { url, coordinator, news } = await start({
      nodes,
      plan: { rounds: 1, workSeconds: 1.5, least: 5 },
    })
    const leave = new AbortController()
    const told = await Promise.all(
      nodes
        .map((node, i) => {
          if (i === 0) return joined(url, node, async () => ({ refused: 'the budget is spent' }))
          if (i > 2) return joined(url, node, answerOf(i))
          const silent = async () => {
            await new Promise((done) => leave.signal.addEventListener('abort', done))
            return answerOf(i)({ round: 1 } as never, undefined)
          }
          return joined(url, node, silent, { signal: leave.signal })
        })
        .map((node, i) => (i > 0 && i < 3 ? node : node.finally(() => leave.abort()))),
    )
    expect(apart(coordinator.weights(), weightsAfter([[3, 4, 5, 6, 7, 8, 9]]))).toBeLessThan(1e-12)
    expect(news).toContainEqual({
      what: 'replied',
      round: 1,
      stage: 0,
      node: 'node-0',
      refused: 'the budget is spent',
    })
    // They came with their replies when the round was over.
    expect(told[1]).toContainEqual(expect.objectContaining({ what: 'left' }))
  })

  it('asks a part of them where the plan says so', async () => {
    const nodes = testNodes(10)
    const { url, news } = await start({ nodes, plan: { rounds: 5, sample: { share: 0.4 } } })
    await Promise.all(nodes.map((node, i) => joined(url, node, answerOf(i))))
    const rounds = news.filter((one) => one.what === 'began')
    expect(rounds.map((one) => new Set(one.nodes).size)).toEqual([4, 4, 4, 4, 4])
    expect(new Set(rounds.map((one) => [...one.nodes].sort().join())).size).toBeGreaterThan(1)
  })
})

describe('replies', () => {
  it('count once, however often they come; another one does not', async () => {
    const nodes = testNodes(2)
    const { url, coordinator } = await start({ nodes, plan: { rounds: 2 } })
    const [a, b] = nodes as [(typeof nodes)[number], (typeof nodes)[number]]
    await send(url, b, paths.task)
    const { round, stage } = await workFor(url, a)
    const path = paths.reply(round, stage)
    for (let i = 0; i < 3; i++) expect((await send(url, a, path, replyOf(0, 1))).status).toBe(200)
    const other = await send(url, a, path, replyOf(0, 1, new Float64Array(5)))
    expect([other.status, other.error]).toEqual([409, 'the node has replied something else in round 1'])
    expect((await send(url, b, path, replyOf(1, 1))).status).toBe(200)
    expect(apart(coordinator.weights(), weightsAfter([[0, 1]]))).toBeLessThan(1e-12)
    // After the round, too.
    expect((await send(url, a, path, replyOf(0, 1))).status).toBe(200)
    expect((await send(url, a, path, replyOf(0, 1, new Float64Array(5)))).status).toBe(409)
    expect(apart(coordinator.weights(), weightsAfter([[0, 1]]))).toBeLessThan(1e-12)
  })

  it('are refused where they are late, of another round, or of nobody who was asked', async () => {
    const nodes = testNodes(3)
    const { url, coordinator } = await start({
      nodes,
      plan: { rounds: 2, sample: { count: 2 }, available: 3 },
    })
    for (const node of nodes) await send(url, node, paths.task)
    const asked = nodes.filter((_, i) => coordinator.task(nodes[i]!.publicKey).what === 'work')
    const left = nodes.find((node) => !asked.includes(node))!
    expect(asked).toHaveLength(2)
    const uninvited = await send(url, left, paths.reply(1, 0), replyOf(1, 1))
    expect([uninvited.status, uninvited.error]).toEqual([403, 'the node is not asked in round 1'])
    for (const [round, stage] of [
      [2, 0],
      [1, 1],
      [7, 0],
    ] as const)
      expect((await send(url, asked[0]!, paths.reply(round, stage), replyOf(0, 2))).status).toBe(404)
    for (const node of asked) await send(url, node, paths.reply(1, 0), replyOf(nodes.indexOf(node), 1))
    const late = await send(url, left, paths.reply(1, 0), replyOf(1, 1))
    expect([late.status, late.error]).toEqual([410, 'stage 0 of round 1 is over'])
    expect(coordinator.status().done).toBe(1)
  })

  const vector = (change: (values: Float64Array) => unknown) => {
    const values = updateOf(0, 1)
    change(values)
    return replyOf(0, 1, values)
  }
  const contribution = (about: object, arrays: Parameters<typeof packParcel>[0]['arrays']) =>
    packReply({ message: packParcel({ about: about as never, arrays }) })
  const update = { name: 'update', shape: [layout.size], data: new Float32Array(layout.size) }
  const said = { examples: 1, metrics: {} }
  const odd: Readonly<Record<string, [Uint8Array, RegExp]>> = {
    'with NaN': [vector((v) => v.set([Number.NaN], 3)), /'update' of the contribution has NaN at 3/],
    'with infinity': [vector((v) => v.set([-Infinity], 0)), /has -Infinity at 0/],
    'that is huge': [vector((v) => v.set([3e38], 2)), /numbers within ±1000000 are taken/],
    'that is short': [replyOf(0, 1, new Float64Array(4)), /float32 \[4\], and float32 \[5\] is asked for/],
    'that is long': [replyOf(0, 1, new Float64Array(6)), /float32 \[6\]/],
    'of another shape': [contribution(said, [{ ...update, shape: [5, 1] }]), /float32 \[5,1\]/],
    'of another dtype': [contribution(said, [{ ...update, data: new Float64Array(5) }]), /float64 \[5\]/],
    'of another name': [
      contribution(said, [{ ...update, name: 'gradient' }]),
      /has the vectors \[gradient\]/,
    ],
    twice: [contribution(said, [update, { ...update, name: 'more' }]), /has the vectors \[update, more\]/],
    'of no vector': [contribution(said, []), /has the vectors \[\]/],
    'of no examples': [contribution({ examples: 0, metrics: {} }, [update]), /'examples'/],
    'of negative examples': [contribution({ examples: -7, metrics: {} }, [update]), /'examples'/],
    'of a list of examples': [contribution({ examples: [1, 2], metrics: {} }, [update]), /'examples'/],
    'without metrics': [contribution({ examples: 1 }, [update]), /'metrics'/],
    'with more than is known': [contribution({ ...said, more: 1 }, [update]), /Unrecognized key/],
    'that is no parcel': [packReply({ message: new Uint8Array(64) }), /its first bytes are others/],
    'cut short': [
      packReply({ message: packParcel({ about: said, arrays: [update] }).slice(0, -8) }),
      /tells of/,
    ],
    'with a tail': [
      packReply({ message: new Uint8Array([...packParcel({ about: said, arrays: [update] }), 0]) }),
      /tells of/,
    ],
    'that is nothing': [new Uint8Array(), /its first bytes are others/],
    'of two blocks': [
      packParcel({ about: { refused: null }, blocks: [new Uint8Array(8), new Uint8Array(8)] }),
      /parts that a reply has not/,
    ],
  }
  it.each(Object.entries(odd))('%s neither end a round nor change the model', async (_, [body, why]) => {
    const nodes = testNodes(3)
    const { url, coordinator, news } = await start({ nodes, plan: { rounds: 1, least: 2 } })
    for (const node of nodes) await send(url, node, paths.task)
    await send(url, nodes[1]!, paths.reply(1, 0), replyOf(1, 1))
    const refused = await send(url, nodes[0]!, paths.reply(1, 0), body)
    expect(refused.status).toBe(422)
    expect(refused.error).toMatch(why)
    expect(news).toContainEqual(expect.objectContaining({ what: 'odd', node: 'node-0', why: refused.error }))
    await send(url, nodes[2]!, paths.reply(1, 0), replyOf(2, 1))
    expect(apart(coordinator.weights(), weightsAfter([[1, 2]]))).toBeLessThan(1e-12)
  })

  it('may be right after one that was odd', async () => {
    const nodes = testNodes(2)
    const { url, coordinator } = await start({ nodes, plan: { rounds: 1 } })
    for (const node of nodes) await send(url, node, paths.task)
    expect((await send(url, nodes[0]!, paths.reply(1, 0), new Uint8Array(9))).status).toBe(422)
    expect((await send(url, nodes[0]!, paths.reply(1, 0), replyOf(0, 1))).status).toBe(200)
    await send(url, nodes[1]!, paths.reply(1, 0), replyOf(1, 1))
    expect(apart(coordinator.weights(), weightsAfter([[0, 1]]))).toBeLessThan(1e-12)
  })

  it('count for no more examples than the cap', async () => {
    const nodes = testNodes(2)
    const { url, coordinator } = await start({ nodes, plan: { rounds: 1 }, clear: { mostExamples: 2 } })
    await Promise.all(
      nodes.map((node, i) =>
        joined(url, node, async () => ({
          vectors: { update: updateOf(i, 1) },
          examples: i === 0 ? 1e300 : 2,
          metrics: {},
        })),
      ),
    )
    const mean = updateOf(0, 1).map((value, j) => (value + updateOf(1, 1)[j]!) / 2)
    expect(
      apart(
        coordinator.weights(),
        weightsAfter([]).map((w, j) => w + mean[j]!),
      ),
    ).toBeLessThan(1e-12)
  })

  it('that are too few end a round that changes nothing, and a fleet that never has enough', async () => {
    const nodes = testNodes(3)
    const { url, coordinator, news } = await start({ nodes, plan: { least: 2, failures: 3 } })
    const no = async () => ({ refused: 'no data' })
    await Promise.all(nodes.map((node, i) => joined(url, node, i === 0 ? answerOf(0) : no)))
    expect(coordinator.status()).toMatchObject({ state: 'given up', done: 0 })
    expect(news.filter(({ what }) => what === 'failed')).toEqual(
      [1, 2, 3].map((round) => ({
        what: 'failed',
        round,
        why: '1 of 2 replies came that a round needs',
      })),
    )
    expect(coordinator.weights()).toEqual(weightsAfter([]))
  })
})

describe('requests', () => {
  it('are answered to enrolled keys alone, and to signatures that are theirs', async () => {
    const nodes = testNodes(2)
    const { url } = await start({ nodes })
    const [a, b] = nodes as [(typeof nodes)[number], (typeof nodes)[number]]
    const stranger = { identity: readIdentity(drawIdentity()) }
    const refusals: [Awaited<ReturnType<typeof send>>, RegExp][] = [
      [await send(url, stranger, paths.task), /the key ed25519:[\w-]{43} is not enrolled here/],
      // Signed by one, said to be of another.
      [
        await send(url, a, paths.task, undefined, { headers: { 'frostglass-key': b.publicKey } }),
        /the signature is wrong/,
      ],
      [
        await send(url, a, paths.task, undefined, { headers: { 'frostglass-signature': 'A'.repeat(86) } }),
        /the signature is wrong/,
      ],
      [
        await send(url, a, paths.task, undefined, { headers: { 'frostglass-nonce': 'A'.repeat(22) } }),
        /the signature is wrong/,
      ],
      [
        await send(url, a, paths.task, undefined, { headers: { 'frostglass-time': String(Date.now() + 5) } }),
        /the signature is wrong/,
      ],
      [
        await send(url, a, paths.task, undefined, { headers: { 'frostglass-signature': '' } }),
        /is not signed by a node/,
      ],
    ]
    for (const [{ status, error }, why] of refusals) {
      expect(status).toBe(401)
      expect(error).toMatch(why)
    }
    const bare = await fetch(url + paths.task, { method: 'POST' })
    expect(bare.status).toBe(401)
  })

  it('count for the path and the body that were signed', async () => {
    const [a, ...others] = testNodes(1)
    const { url } = await start({ nodes: [a!, ...others] })
    const { headers } = await send(url, a!, paths.program)
    const moved = await fetch(url + paths.task, { method: 'POST', headers })
    expect(moved.status).toBe(401)
    await send(url, a!, paths.task)
    const body = replyOf(0, 1)
    const swapped = await send(url, a!, paths.reply(1, 0), body, { signedBody: replyOf(0, 2) })
    expect([swapped.status, swapped.error]).toEqual([400, 'the body is not the one that was signed'])
    expect((await send(url, a!, paths.reply(1, 0), body)).status).toBe(200)
  })

  it('are refused when they come again', async () => {
    const [a] = testNodes(1)
    const { url } = await start({ nodes: [a!] })
    const first = await send(url, a!, paths.task)
    expect(first.status).toBe(200)
    const again = await fetch(url + paths.task, { method: 'POST', headers: first.headers })
    expect(again.status).toBe(401)
    expect(await again.json()).toEqual({ error: 'the request came before: each is signed anew' })
  })

  it('tell of a clock that is off by too much, and how', async () => {
    const [a] = testNodes(1)
    const { url } = await start({ nodes: [a!] })
    for (const [seconds, words] of [
      [90, "the node's clock is 90 s ahead of the coordinator's, and 60 s are allowed"],
      [-3600, "the node's clock is 3600 s behind the coordinator's, and 60 s are allowed"],
    ] as const) {
      const { status, error } = await send(url, a!, paths.task, undefined, {
        now: Date.now() + 1000 * seconds,
      })
      expect([status, error]).toEqual([401, words])
    }
    expect((await send(url, a!, paths.task, undefined, { now: Date.now() - 50_000 })).status).toBe(200)
    const leave = new AbortController()
    const waits: string[] = []
    await joined(url, a!, answerOf(0), {
      now: () => Date.now() + 120_000,
      signal: leave.signal,
      onWait(why) {
        waits.push(why)
        leave.abort()
      },
    })
    expect(waits).toEqual([expect.stringMatching(/120 s ahead/)])
  })

  it('are refused where they are too large, before their bodies are read', async () => {
    const nodes = testNodes(2)
    const { url, coordinator } = await start({ nodes, plan: { rounds: 1 }, limits: { maxBody: 4000 } })
    for (const node of nodes) await send(url, node, paths.task)
    expect((await send(url, nodes[0]!, paths.reply(1, 0), new Uint8Array(4001))).status).toBe(413)
    for (const [i, node] of nodes.entries()) await send(url, node, paths.reply(1, 0), replyOf(i, 1))
    expect(apart(coordinator.weights(), weightsAfter([[0, 1]]))).toBeLessThan(1e-12)
  })

  it('to other paths and by other methods are told so', async () => {
    const { url } = await start({ nodes: testNodes(1) })
    expect((await fetch(url + paths.task)).status).toBe(405)
    expect((await fetch(`${url}/v1/fleet/rounds/x/0`, { method: 'POST' })).status).toBe(404)
  })

  it('for the status are answered to everybody, without names', async () => {
    const nodes = testNodes(2)
    const { url } = await start({ nodes })
    await send(url, nodes[0]!, paths.task)
    const text = await (await fetch(url + paths.status)).text()
    expect(JSON.parse(text)).toMatchObject({
      state: 'waiting',
      done: 0,
      rounds: 2,
      aggregation: 'clear',
      nodes: { enrolled: 2, present: 1 },
    })
    for (const node of nodes) {
      expect(text).not.toContain(node.name)
      expect(text).not.toContain(node.publicKey)
    }
  })
})

describe('a node', () => {
  it('speaks over TLS to a coordinator whose certificate its own authority signed, and to no other', async () => {
    const [a] = testNodes(1)
    const { url, coordinator } = await start({ nodes: [a!], plan: { rounds: 1 }, tls: { cert, key } })
    expect(url).toMatch(/^https:/)
    await expect(joined(url, a!, answerOf(0))).rejects.toThrow(/certificate/)
    expect(coordinator.status().nodes.present).toBe(0)
    await joined(url, a!, answerOf(0), { ca: cert })
    expect(coordinator.status()).toMatchObject({ state: 'over', done: 1 })
  })

  it('gets the program that its task names', async () => {
    const [a] = testNodes(1)
    const program = new TextEncoder().encode('what a node runs')
    const { url } = await start({ nodes: [a!], program, plan: { rounds: 1, settings: { rate: 0.5 } } })
    let got: unknown
    await joined(url, a!, async (task, signal) => {
      got = [await task.program(), task.settings, task.layout, task.instruction.settings]
      return answerOf(0)(task, signal)
    })
    expect(got).toEqual([program, { rate: 0.5 }, layout, { epochs: 1, batch: 0, rate: 0.1 }])
  })

  it('sends what it has kept, and nothing else, to a server that asks again', async () => {
    const [a] = testNodes(1)
    const memory = memoryOf()
    const first = await start({ nodes: [a!], plan: { rounds: 1 } })
    await joined(first.url, a!, answerOf(0), { memory })
    const { fleet } = first.coordinator.status()
    const kept = memory.kept!
    expect(kept).toMatchObject({ fleet, round: 1, stage: 0 })
    // Past that round: the server was put back to an older copy.
    memory.kept = { ...kept, round: 9 }
    const second = await start({ nodes: [a!], plan: { rounds: 1, failures: 1 } })
    memory.kept = { ...kept, round: 9, fleet: second.coordinator.status().fleet }
    const answer = async () => {
      throw new Error('it is not asked')
    }
    await joined(second.url, a!, answer, { memory })
    expect(second.news).toContainEqual(
      expect.objectContaining({ what: 'replied', refused: 'the node is past stage 0 of round 1' }),
    )
    expect(second.coordinator.status()).toMatchObject({ state: 'given up', done: 0 })
  })

  it('stays with the fleet that its memory is of: another one’s rounds take nothing’s place', async () => {
    const [a] = testNodes(1)
    const memory = memoryOf()
    const first = await start({ nodes: [a!], plan: { rounds: 1 } })
    await joined(first.url, a!, answerOf(0), { memory })
    const { kept } = memory
    const second = await start({ nodes: [a!], plan: { rounds: 1, failures: 1 } })
    const told = await joined(second.url, a!, answerOf(0), { memory })
    expect(told).toContainEqual(
      expect.objectContaining({ refused: expect.stringMatching(/^what this node keeps is of fleet /) }),
    )
    expect(memory.kept).toBe(kept)
    expect(second.coordinator.status()).toMatchObject({ state: 'given up', done: 0 })
  })

  it('waits while the coordinator’s clock is off, and ends where its key is not enrolled', async () => {
    const [a, stranger] = testNodes(2)
    let skew = 100_000
    const { url, coordinator } = await start({
      nodes: [a!],
      plan: { rounds: 1 },
      now: () => Date.now() + skew,
    })
    const waits: string[] = []
    await joined(url, a!, answerOf(0), {
      onWait(why) {
        waits.push(why)
        skew = 0
      },
    })
    expect(waits).toEqual([expect.stringMatching(/^the node's clock is 100 s behind/)])
    expect(coordinator.status()).toMatchObject({ state: 'over', done: 1 })
    await expect(joined(url, stranger!, answerOf(0))).rejects.toMatchObject({
      code: 'key',
      message: expect.stringMatching(/is not enrolled here/),
    })
  })

  it('rests between the same question and itself, however often a server asks it', async () => {
    const [a] = testNodes(1)
    const { coordinator } = await start({ nodes: [a!], plan: { rounds: 1 } })
    const task = coordinator.task(a!.publicKey)
    let asked = 0
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.url !== paths.task) return response.end('{}')
        asked += 1
        return response.end(packTask(asked < 4 ? task : { what: 'over' }))
      })
    })
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
    const begun = performance.now()
    const { port } = server.address() as AddressInfo
    try {
      const told = await joined(`http://127.0.0.1:${port}`, a!, answerOf(0))
      expect(told.filter(({ what }) => what === 'replied')).toHaveLength(3)
      // Two of the three answers were there before: a second for each.
      expect(performance.now() - begun).toBeGreaterThan(1900)
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})

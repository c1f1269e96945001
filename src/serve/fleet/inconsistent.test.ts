// A server that asks nodes different things, so that one update is left in the sum (Pasquini, Francati and Ateniese 2022): it gets nothing.
// All these attacks ran to the end on rounds whose setup did not say what they are for, or said it in a text that other tasks had, too.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { answerOf, firstWeights, joined, layout, startTestFleet, testNodes } from '../../../test/fleets.ts'
import { fedAvg } from '../../fleet/algorithms/fedAvg.ts'
import type { Aggregation, Gathering, Told } from '../../fleet/coordinator/aggregation.ts'
import { packInstruction, readInstruction } from '../../fleet/coordinator/exchange.ts'
import type { AnswerRound } from '../../fleet/coordinator/node.ts'
import { takeOffer } from '../../fleet/coordinator/secureHalf.ts'
import { secureSum } from '../../fleet/coordinator/secureSum.ts'
import { packOffer, purposeOf, readOffer, type SecureOffer } from '../../fleet/coordinator/secureTerms.ts'

const nodes = testNodes(7)
const keys = nodes.map(({ publicKey }) => publicKey)
const victim = keys[3]!
const honest = () =>
  secureSum(fedAvg({ rate: 0.1 }), layout, { nodes, corrupted: 1, dropouts: 1, fewest: 6, limit: 64 })
const told: Told = { settings: {}, program: null, seconds: 600 }

type Change = (offer: SecureOffer) => SecureOffer

/** Everybody's numbers are 2^-200 of what they were on the grid: nothing. */
const hugeLimit: Change = (offer) => ({
  ...offer,
  terms: { ...offer.terms, limit: offer.terms.limit * 2 ** 200 },
})

/** Everybody trains with a rate of nothing. */
const tinyRate: Change = (offer) => {
  const { instruction, ...rest } = readInstruction(offer.instruction)
  const settings = { ...instruction.settings, rate: 1e-12 }
  return { ...offer, instruction: packInstruction({ ...rest, instruction: { ...instruction, settings } }) }
}

/** Everybody starts from other weights. */
const otherWeights: Change = (offer) => {
  const { instruction, ...rest } = readInstruction(offer.instruction)
  const vectors = { ...instruction.vectors, weights: new Float64Array(layout.size) }
  return { ...offer, instruction: packInstruction({ ...rest, instruction: { ...instruction, vectors } }) }
}

/** The purpose that goes with what this node is told. */
const withPurpose =
  (change: Change): Change =>
  (offer) => {
    const { terms, setup, instruction } = change(offer)
    return { terms, setup: { ...setup, purpose: purposeOf(terms, instruction, told) }, instruction }
  }

/** A server that offers all nodes but one something else. */
function lying(change: Change): Aggregation {
  const aggregation = honest()
  return {
    ...aggregation,
    begin(round): Gathering {
      const gathering = aggregation.begin(round)
      let stage = 0
      const asked = () =>
        stage > 0
          ? gathering.asked()
          : new Map(
              [...gathering.asked()].map(([key, message]) => [
                key,
                key === victim ? message : packOffer(change(readOffer(message))),
              ]),
            )
      return {
        ...gathering,
        asked,
        close() {
          const outcome = gathering.close()
          if (outcome.what === 'stage') stage++
          return outcome
        },
      }
    },
  }
}

const open: Awaited<ReturnType<typeof startTestFleet>>[] = []
afterEach(async () => {
  for (const fleet of open.splice(0)) await fleet.close()
})

describe('a server that asks one node something else than the others', () => {
  it.each<[string, Change]>([
    ['limit', hugeLimit],
    ['rate', tinyRate],
    ['weights', otherWeights],
    ['limit, and the purpose that goes with it', withPurpose(hugeLimit)],
    ['rate, and the purpose that goes with it', withPurpose(tinyRate)],
    ['weights, and the purpose that goes with them', withPurpose(otherWeights)],
  ])('gets no sum: another %s', async (_, change) => {
    const fleet = await startTestFleet({
      nodes,
      plan: { rounds: 1, failures: 1 },
      aggregation: lying(change),
    })
    open.push(fleet)
    await Promise.all(
      nodes.map((node, i) =>
        joined(fleet.url, node, answerOf(i), { secure: { fewest: 5, corrupted: 1, nodes: keys } }),
      ),
    )
    expect(fleet.news.map(({ what }) => what)).toContain('failed')
    expect(fleet.coordinator.weights()).toEqual(firstWeights)
  })

  it.each<[string, Told]>([
    ['setting', { ...told, settings: { epochs: 0 } }],
    ['program', { ...told, program: 'A'.repeat(43) }],
    ['time', { ...told, seconds: 0.01 }],
  ])('is refused where the task says another %s than the setup', (_, other) => {
    const aggregation = honest()
    const at = { fleet: 'A'.repeat(22), round: 1, lastRound: -1 }
    const offer = aggregation
      .begin({ number: 1, fleet: at.fleet, state: aggregation.start(firstWeights), members: keys, told })
      .asked()
      .get(victim)!
    const take = (said: Told) => takeOffer(offer, { ...at, told: said }, nodes[3]!.identity, { fewest: 5 })
    expect(() => take(other)).toThrow(/do not fit together/)
    expect(take(told).offer.setup.round).toBe(1)
  })
})

/** What the coordinator answers, with the header of tasks written otherwise for whoever asks. */
async function rewriting(url: string, change: (key: string, header: string) => string) {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const { host: _, ...headers } = request.headers as Record<string, string>
    const answer = await fetch(url + request.url, {
      method: 'POST',
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('frostglass-'))),
      body: Buffer.concat(parts),
    })
    const body = Buffer.from(await answer.arrayBuffer())
    response.statusCode = answer.status
    if (!body.includes('"work"')) return response.end(body)
    const length = body.readUInt32LE(8)
    const header = Buffer.from(change(headers['frostglass-key']!, body.toString('utf8', 12, 12 + length)))
    const eights = (bytes: number) => Math.ceil(bytes / 8) * 8
    const begin = Buffer.alloc(eights(12 + header.length))
    body.copy(begin, 0, 0, 8)
    begin.writeUInt32LE(header.length, 8)
    header.copy(begin, 12)
    return response.end(Buffer.concat([begin, body.subarray(eights(12 + length))]))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

describe('a server whose tasks say one node something else than the others', () => {
  it.each<[string, (isVictim: boolean, header: string) => string]>([
    ['a number that JSON has no text for', (is, header) => (is ? header.replace('null', '1e999') : header)],
    ['another zero', (is, header) => (is ? header.replace(':0}', ':-0}') : header)],
    ['more time', (is, header) => (is ? header : header.replace('"seconds":3', '"seconds":0.01'))],
  ])('gets no sum: %s', async (_, change) => {
    const fleet = await startTestFleet({
      nodes,
      plan: { rounds: 1, failures: 1, workSeconds: 3, settings: { rate: null, from: 0 } },
      aggregation: honest(),
    })
    open.push(fleet)
    let changed = 0
    const between = await rewriting(fleet.url, (key, header) => {
      const said = change(key === victim, header)
      if (said !== header) changed++
      return said
    })
    // A node that does as it is told: the others' updates are nothing, if they are told so.
    const obeying =
      (i: number): AnswerRound =>
      async (task, signal) => {
        const { rate = 0.1 } = task.settings as { readonly rate?: number }
        const given = await answerOf(i)(task, signal)
        if (!('vectors' in given)) return given
        const share = task.seconds > 1 ? Math.min(0.1, rate) : 0
        return { ...given, vectors: { update: given.vectors['update']!.map((value) => value * share) } }
      }
    await Promise.allSettled(
      nodes.map((node, i) =>
        joined(between.url, node, obeying(i), { secure: { fewest: 5, corrupted: 1, nodes: keys } }),
      ),
    )
    expect(changed).toBeGreaterThan(0)
    between.server.closeAllConnections()
    between.server.close()
    // Nothing of the one whose update is not nothing.
    expect(fleet.coordinator.weights()).toEqual(firstWeights)
  })
})

it('a setup whose graph may hide nothing more often than once in 2^40 is refused', () => {
  const aggregation = honest()
  const at = { fleet: 'A'.repeat(22), round: 1, lastRound: -1, told }
  const offer = aggregation
    .begin({ number: 1, fleet: at.fleet, state: aggregation.start(firstWeights), members: keys, told })
    .asked()
    .get(victim)!
  const { setup, ...rest } = readOffer(offer)
  const weak = packOffer({ ...rest, setup: { ...setup, privacy: 39 } })
  expect(() => takeOffer(weak, at, nodes[3]!.identity, { fewest: 5 })).toThrow(/chance of 2\^-39/)
})

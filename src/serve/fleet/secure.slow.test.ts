// Secure rounds over real HTTP: exact sums, dropouts at every stage, lies on either side, terms that a node refuses.

import { afterEach, describe, expect, it } from 'vitest'
import {
  answerOf,
  apart,
  firstWeights,
  joined,
  layout,
  memoryOf,
  startTestFleet,
  type TestFleetOptions,
  type TestNode,
  testNodes,
  weightsAfter,
  weightsAfterMeans,
} from '../../../test/fleets.ts'
import { fedAvg } from '../../fleet/algorithms/fedAvg.ts'
import type { Aggregation, Gathering } from '../../fleet/coordinator/aggregation.ts'
import type { KeptStage } from '../../fleet/coordinator/roundMemory.ts'
import { type SecureSumOptions, secureSum } from '../../fleet/coordinator/secureSum.ts'
import { packOffer, readOffer } from '../../fleet/coordinator/secureTerms.ts'

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

const secure = (nodes: readonly TestNode[], options: Partial<SecureSumOptions> = {}): Aggregation =>
  secureSum(fedAvg({ rate: 0.1 }), layout, {
    nodes,
    corrupted: 1,
    dropouts: 2,
    fewest: nodes.length - 1,
    limit: 64,
    ...options,
  })

/** A memory of a node that leaves before a stage, for good. */
function leavingAt(stage: number, leave: AbortController) {
  const memory = memoryOf()
  return {
    ...memory,
    async write(kept: KeptStage) {
      if (kept.stage === stage && (stage > 0 || kept.reply)) {
        leave.abort()
        // What was not kept is not sent.
        await new Promise(() => {})
      }
      this.kept = kept
    },
  }
}

describe('a secure fleet of ten nodes', () => {
  const nodes = testNodes(10)
  const all = nodes.map((_, i) => i)

  it('comes to the exact mean of all updates', async () => {
    const { url, coordinator, news } = await start({ nodes, plan: { rounds: 2 }, aggregation: secure(nodes) })
    await Promise.all(nodes.map((node, i) => joined(url, node, answerOf(i), { secure: { fewest: 7 } })))
    expect(coordinator.weights()).toEqual(weightsAfterMeans([all, all]))
    expect(coordinator.status()).toMatchObject({ state: 'over', aggregation: 'secure', done: 2 })
    expect(news.filter(({ what }) => what === 'stage')).toHaveLength(8)
  })

  it('counts examples where it says so, within what rounding to its grid does', async () => {
    const { url, coordinator } = await start({
      nodes,
      plan: { rounds: 1 },
      aggregation: secure(nodes, { mostExamples: 16 }),
    })
    await Promise.all(nodes.map((node, i) => joined(url, node, answerOf(i))))
    expect(apart(coordinator.weights(), weightsAfter([all]))).toBeLessThan(64 * 10 * 2 ** -27)
    expect(apart(coordinator.weights(), weightsAfter([all]))).toBeGreaterThan(0)
  })

  // Whoever is gone before its numbers are masked is not in the sum, whoever is gone afterwards is.
  it.each([
    ['advertised', 0, false],
    ['shared', 1, false],
    ['masked', 2, false],
    ['agreed', 3, true],
    ['unmasked', 4, true],
  ] as const)('is exact where one drops out before it has %s', async (_, stage, counts) => {
    const { url, coordinator, news } = await start({
      nodes,
      plan: { rounds: 1, workSeconds: 3, stepSeconds: 3 },
      aggregation: secure(nodes),
    })
    const leave = new AbortController()
    const answers = nodes.map((node, i) => {
      if (i === 4)
        void joined(url, node, answerOf(i), { signal: leave.signal, memory: leavingAt(stage, leave) })
      return i === 4 ? Promise.resolve([]) : joined(url, node, answerOf(i))
    })
    await Promise.all(answers)
    const members = counts ? all : all.filter((i) => i !== 4)
    expect(coordinator.weights()).toEqual(weightsAfterMeans([members]))
    expect(leave.signal.aborted).toBe(true)
    expect(news.filter(({ what }) => what === 'failed')).toEqual([])
  })

  it('fails, and changes nothing, where more drop out than it allows for', async () => {
    const { url, coordinator, news } = await start({
      nodes,
      plan: { rounds: 1, failures: 1, stepSeconds: 2 },
      aggregation: secure(nodes),
    })
    const leave = new AbortController()
    const told = nodes.map((node, i) =>
      joined(url, node, answerOf(i), i < 3 ? { signal: leave.signal, memory: leavingAt(2, leave) } : {}),
    )
    await Promise.all(told.slice(3))
    expect(coordinator.status().state).toBe('given up')
    expect(coordinator.weights()).toEqual(firstWeights)
    expect(news).toContainEqual({
      what: 'failed',
      round: 1,
      why: '7 answered in stage mask, and 8 are needed',
    })
  })
})

describe('a lie', () => {
  const nodes = testNodes(6)
  const options = { corrupted: 1, dropouts: 1, fewest: 5 }

  /** The server's half as it would be, with messages that it sends changed. */
  const lying = (change: (stage: number, key: string, message: Uint8Array) => Uint8Array): Aggregation => {
    const honest = secure(nodes, options)
    return {
      ...honest,
      begin(round): Gathering {
        const gathering = honest.begin(round)
        let stage = 0
        return {
          ...gathering,
          asked: () =>
            new Map([...gathering.asked()].map(([key, message]) => [key, change(stage, key, message)])),
          close() {
            const outcome = gathering.close()
            if (outcome.what === 'stage') stage++
            return outcome
          },
        }
      },
    }
  }

  const refusalsOf = async (aggregation: Aggregation, required = { fewest: 4 }): Promise<string[]> => {
    const { url, coordinator } = await start({
      nodes,
      plan: { rounds: 1, failures: 1, stepSeconds: 2 },
      aggregation,
    })
    const told = await Promise.all(
      nodes.map((node, i) => joined(url, node, answerOf(i), { secure: required })),
    )
    expect(coordinator.weights()).toEqual(firstWeights)
    return told.flat().flatMap((one) => (one.what === 'replied' && one.refused ? [one.refused] : []))
  }

  it('of the server about who may take part is refused by nodes that know better', async () => {
    const stranger = testNodes(7)
    const { url } = await start({
      nodes: stranger,
      plan: { rounds: 1, failures: 1 },
      aggregation: secure(stranger, options),
    })
    const known = stranger.slice(0, 6).map(({ publicKey }) => publicKey)
    const told = await Promise.all(
      stranger.map((node, i) => joined(url, node, answerOf(i), { secure: { fewest: 4, nodes: known } })),
    )
    for (const one of told)
      expect(one).toContainEqual(
        expect.objectContaining({
          refused:
            "the coordinator's terms are less than this node requires: its nodes are not those of the list",
        }),
      )
  })

  it('of the server that belittles what it is capable of, or asks for less, is refused', async () => {
    const weak = secure(nodes, { ...options, server: 'semi-honest' })
    expect(await refusalsOf(weak)).toEqual(
      nodes.map(
        () => "the coordinator's terms are less than this node requires: it wants the server to be believed",
      ),
    )
    expect(await refusalsOf(secure(nodes, options), { fewest: 5 })).toHaveLength(6)
  })

  it('of the server that puts another key into the list is refused by every node', async () => {
    const swap = lying((stage, _, message) => {
      if (stage !== 1) return message
      const bad = message.slice()
      // Inside the first advertisement.
      bad[40] = bad[40]! ^ 1
      return bad
    })
    expect(await refusalsOf(swap)).toHaveLength(6)
  })

  it('of the server that shows one node another list of survivors is refused by that one', async () => {
    const keys = nodes.map(({ publicKey }) => publicKey).sort()
    const overlap = lying((stage, key, message) => {
      if (stage !== 3 || key !== keys[0]) return message
      const bad = message.slice()
      bad[bad.length - 1] = bad[bad.length - 1]! ^ 1
      return bad
    })
    const { url, coordinator, news } = await start({
      nodes,
      plan: { rounds: 1, failures: 1, stepSeconds: 2 },
      aggregation: overlap,
    })
    const told = await Promise.all(nodes.map((node, i) => joined(url, node, answerOf(i))))
    const refusals = told
      .flat()
      .filter((one) => one.what === 'replied' && one.stage === 3 && one.refused !== undefined)
    // The one that was lied to says so; all others agree without it, and its numbers are in the sum.
    expect(refusals).toHaveLength(1)
    expect(news.filter(({ what }) => what === 'failed')).toEqual([])
    expect(coordinator.weights()).toEqual(weightsAfterMeans([[0, 1, 2, 3, 4, 5]]))
  })

  it('of the server that offers other terms than in the first round is refused', async () => {
    const { url, coordinator } = await start({
      nodes,
      plan: { rounds: 2, failures: 1 },
      aggregation: {
        ...secure(nodes, options),
        begin(round) {
          const gathering = secure(nodes, options).begin(round)
          if (round.number === 1) return gathering
          const offers = [...gathering.asked()].map(([key, message]) => {
            const { setup, ...offer } = readOffer(message)
            return [key, packOffer({ ...offer, setup: { ...setup, corrupted: 0 } })] as const
          })
          return { ...gathering, asked: () => new Map(offers) }
        },
      },
    })
    const told = await Promise.all(
      nodes.map((node, i) => joined(url, node, answerOf(i), { memory: memoryOf() })),
    )
    expect(coordinator.status()).toMatchObject({ done: 1, state: 'given up' })
    expect(
      told
        .flat()
        .filter(
          (one) =>
            one.what === 'replied' &&
            one.refused === 'the terms of this fleet are others than those of its first round',
        ),
    ).toHaveLength(6)
  })

  it('of a fleet in the clear is refused by a node that takes part in secure sums alone', async () => {
    const { url, coordinator } = await start({ nodes, plan: { rounds: 1, failures: 1 } })
    const told = await Promise.all(
      nodes.map((node, i) => joined(url, node, answerOf(i), { secure: { fewest: 2 } })),
    )
    expect(told.flat().filter((one) => one.what === 'replied' && one.refused)).toHaveLength(6)
    expect(coordinator.weights()).toEqual(firstWeights)
  })

  it('of a node about its numbers is refused before they leave it', async () => {
    const { url, coordinator, news } = await start({
      nodes,
      plan: { rounds: 1 },
      aggregation: secure(nodes, options),
    })
    const odd = async () => ({
      vectors: { update: new Float64Array(5).fill(Number.NaN) },
      examples: 1,
      metrics: {},
    })
    await Promise.all(nodes.map((node, i) => joined(url, node, i === 2 ? odd : answerOf(i))))
    expect(news).toContainEqual(
      expect.objectContaining({
        what: 'replied',
        node: 'node-2',
        refused: 'number 0 is NaN: it has no place on a grid',
      }),
    )
    expect(coordinator.weights()).toEqual(weightsAfterMeans([[0, 1, 3, 4, 5]]))
  })
})

// A server that asks nodes different things, so that one update is left in the sum (Pasquini, Francati and Ateniese 2022): it gets nothing.
// Both attacks ran to the end on rounds whose setup did not say what they are for.

import { afterEach, describe, expect, it } from 'vitest'
import { answerOf, firstWeights, joined, layout, startTestFleet, testNodes } from '../../../test/fleets.ts'
import { fedAvg } from '../../fleet/algorithms/fedAvg.ts'
import type { Aggregation, Gathering, Told } from '../../fleet/coordinator/aggregation.ts'
import { packInstruction, readInstruction } from '../../fleet/coordinator/exchange.ts'
import { takeOffer } from '../../fleet/coordinator/secureHalf.ts'
import { secureSum } from '../../fleet/coordinator/secureSum.ts'
import { packOffer, purposeOf, readOffer, type SecureOffer } from '../../fleet/coordinator/secureTerms.ts'

const nodes = testNodes(7)
const keys = nodes.map(({ publicKey }) => publicKey)
const victim = keys[3]!
const honest = () =>
  secureSum(fedAvg({ rate: 0.1 }), layout, { nodes, corrupted: 1, dropouts: 1, fewest: 6, limit: 64 })
const told: Told = { settings: {}, program: null }

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
    ['setting', { settings: { epochs: 0 }, program: null }],
    ['program', { settings: {}, program: 'A'.repeat(43) }],
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

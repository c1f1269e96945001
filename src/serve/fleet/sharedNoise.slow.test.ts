// Rounds over real HTTP whose sum is private: a coordinator that lies, a round that fails, and two tables side by side.

import { afterEach, describe, expect, it } from 'vitest'
import { startTestFleet, type TestFleetOptions } from '../../../test/fleets.ts'
import {
  budget,
  type SharingNodes,
  shared,
  sharedSum,
  sharingNodes,
  size,
  tables,
} from '../../../test/sharingFleets.ts'
import type { Aggregation } from '../../fleet/coordinator/aggregation.ts'
import { packOffer, purposeOf, readOffer, type SecureOffer } from '../../fleet/coordinator/secureTerms.ts'
import { sharedTerms } from '../../fleet/coordinator/sharingNode.ts'
import { openLedger } from '../../private/index.ts'
import { rational } from '../../private/mechanisms/rational.ts'

const z = sharedTerms(0.5, { ...budget, rounds: 1, composition: 'renyi' }).noiseMultiplier
const first = new Float64Array(size)
const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const fleetOf = (count: number): SharingNodes => {
  const fleet = sharingNodes(count)
  open.push(fleet.remove)
  return fleet
}
async function start(fleet: SharingNodes, options: Omit<TestFleetOptions, 'nodes'>) {
  const started = await startTestFleet({ nodes: fleet.nodes, first, ...options })
  open.unshift(started.close)
  return started
}

const entriesOf = (path: string) => {
  const ledger = openLedger(path)
  const entries = ledger.entries()
  ledger.close()
  return entries
}

/** What a coordinator offers, changed, with the purpose that goes with it. */
const lying = (honest: Aggregation, change: (offer: SecureOffer) => SecureOffer): Aggregation => ({
  ...honest,
  begin(round) {
    const gathering = honest.begin(round)
    const offers = [...gathering.asked()].map(([key, message]) => {
      const { terms, setup, instruction } = change(readOffer(message))
      const purpose = purposeOf(terms, instruction, round.told)
      return [key, packOffer({ terms, setup: { ...setup, purpose }, instruction })] as const
    })
    return { ...gathering, asked: () => new Map(offers) }
  },
})

const lies: Readonly<Record<string, readonly [(offer: SecureOffer) => SecureOffer, RegExp]>> = {
  'of fewer honest nodes': [
    ({ setup, ...offer }) => ({ ...offer, setup: { ...setup, corrupted: 2 } }),
    /4 honest nodes are sure to be in a sum, and 5 are counted on/,
  ],
  'of fewer nodes': [
    ({ setup, ...offer }) => ({ ...offer, setup: { ...setup, fewest: 6 } }),
    /a sum may be of 5 nodes, and is to be of 6 at least/,
  ],
  'that nobody colludes': [
    ({ setup, ...offer }) => ({ ...offer, setup: { ...setup, corrupted: 0 } }),
    /it allows for 0 colluding nodes, of 1 at least/,
  ],
  'of a longer update': [
    ({ terms, setup, ...offer }) => ({
      ...offer,
      terms: { ...terms, noised: { clip: 1, exponent: terms.noised!.exponent + 1 } },
      setup,
    }),
    /an update may be as long as 1, and 0\.5 is accepted/,
  ],
  'of less noise': [
    ({ setup, ...offer }) => ({
      ...offer,
      setup: { ...setup, noise: rational(setup.noise!.numerator * 9n, setup.noise!.denominator * 10n) },
    }),
    /its noise is too little: 1 rounds come to ε = 3\.\d+/,
  ],
  'of no noise': [
    ({ terms, setup, ...offer }) => ({
      ...offer,
      terms: { ...terms, noised: null },
      setup: { ...setup, noise: undefined },
    }),
    /do not fit together/,
  ],
  'of another grid for the same noise': [
    ({ terms, setup, ...offer }) => ({
      ...offer,
      terms: { ...terms, noised: { clip: 0.5, exponent: terms.noised!.exponent - 1 } },
      setup: { ...setup, range: 2n * setup.range },
    }),
    /its noise is too little: 1 rounds come to ε = /,
  ],
  'of a grid that is not the range’s': [
    ({ terms, setup, ...offer }) => ({
      ...offer,
      terms: { ...terms, noised: { clip: 0.5, exponent: terms.noised!.exponent + 1 } },
      setup,
    }),
    /do not fit together/,
  ],
  'of weights by examples': [
    ({ terms, setup, ...offer }) => ({
      ...offer,
      terms: { ...terms, mostExamples: 9 },
      setup: { ...setup, length: setup.length + 1 },
    }),
    /counts nodes by their examples, and its noise is for nodes that count alike/,
  ],
  'of a graph that hides little': [
    ({ setup, ...offer }) => ({ ...offer, setup: { ...setup, privacy: 39 } }),
    /its graph may hide nothing with a chance of 2\^-39, of 2\^-40 at most/,
  ],
}

describe('a coordinator that lies', () => {
  it.each(Object.entries(lies))('%s is refused, and nothing is paid', async (_, [change, words]) => {
    const fleet = fleetOf(8)
    const { url, coordinator } = await start(fleet, {
      plan: { rounds: 1, failures: 1 },
      aggregation: lying(sharedSum(fleet.nodes, z), change),
    })
    const made = await Promise.all(fleet.nodes.map((node) => shared(fleet, url, node)))
    for (const { news, ledger } of made) {
      const refusals = news.flatMap((one) => (one.what === 'replied' ? [one.refused] : []))
      expect(refusals).toEqual([expect.stringMatching(words)])
      expect(entriesOf(ledger)).toEqual([])
    }
    expect(coordinator.weights()).toEqual(first)
  })

  it('in that it asks in the clear, or for a plain sum, is refused, and nothing is paid', async () => {
    for (const [noise, words] of [
      [undefined, /its nodes add no noise, so that the sum is not private/],
      ['clear', /the node takes part in secure sums alone/],
    ] as const) {
      const fleet = fleetOf(8)
      const aggregation = noise === 'clear' ? undefined : sharedSum(fleet.nodes, z, { noise })
      const { url } = await start(fleet, { plan: { rounds: 1, failures: 1, least: 8 }, aggregation })
      const made = await Promise.all(fleet.nodes.map((node) => shared(fleet, url, node)))
      for (const { news, ledger } of made) {
        expect(news).toContainEqual(expect.objectContaining({ refused: expect.stringMatching(words) }))
        expect(entriesOf(ledger)).toEqual([])
      }
    }
  })
})

it('a round that more leave than it allows for fails, tells nothing, and is paid for by all who began it', async () => {
  const fleet = fleetOf(8)
  let [skipped, masked] = [0, 0]
  const onReply = (stage: number) => {
    if (stage === 2 && ++masked === 6) skipped += 31_000
  }
  const { url, coordinator, news } = await start(fleet, {
    plan: { rounds: 1, failures: 1, stepSeconds: 30 },
    aggregation: sharedSum(fleet.nodes, z),
    now: () => Date.now() + skipped,
  })
  const made = await Promise.all(
    fleet.nodes.map((node, i) => shared(fleet, url, node, { onReply, leaves: i < 2 ? 1 : undefined })),
  )
  expect(news).toContainEqual({
    what: 'failed',
    round: 1,
    why: '6 answered in stage mask, and 7 are needed',
  })
  expect(coordinator.weights()).toEqual(first)
  for (const { ledger } of made) expect(entriesOf(ledger)).toHaveLength(1)
})

it('a node tells by what leaves it no more of one table than of another, but for what noise and masks are on', async () => {
  const told = []
  for (const name of Object.keys(tables)) {
    const fleet = fleetOf(8)
    const { url, news } = await start(fleet, { plan: { rounds: 1 }, aggregation: sharedSum(fleet.nodes, z) })
    const [one] = await Promise.all(
      fleet.nodes.map((node, i) => shared(fleet, url, node, i === 0 ? { task: tables[name]!() } : {})),
    )
    expect(news.at(-1)).toMatchObject({ what: 'done' })
    const [entry] = entriesOf(one!.ledger)
    told.push({
      name,
      leaves: JSON.stringify([
        one!.news.map(({ what, ...more }) => [what, 'stage' in more && more.stage, 'refused' in more]),
        [...one!.replies],
        entry!.losses,
        entry!.epsilon,
      ]),
    })
  }
  const [usual] = told
  for (const { name, leaves } of told) expect([name, leaves]).toEqual([name, usual!.leaves])
})

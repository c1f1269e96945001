// One round over real HTTP whose sum is private: what its noise is, and what it cost. Lies and failures are in sharedNoise.slow.test.ts.

import { expect, it } from 'vitest'
import { startTestFleet } from '../../../test/fleets.ts'
import { budget, shared, sharedSum, sharingNodes, size, tables } from '../../../test/sharingFleets.ts'
import { readOffer } from '../../fleet/coordinator/secureTerms.ts'
import { sharedTerms } from '../../fleet/coordinator/sharingNode.ts'
import { openLedger, renyiToEpsilon } from '../../private/index.ts'

it('has the noise that is stated in its sum, and each node has paid for it', async () => {
  const fleet = sharingNodes(8)
  const { nodes } = fleet
  const z = sharedTerms(0.5, { ...budget, rounds: 1, composition: 'renyi' }).noiseMultiplier
  const aggregation = sharedSum(nodes, z)
  // An update of zeros: what the states have, and what is summed, is noise alone.
  const task = tables['of zeros']!()
  // Who is gone is waited for until the stage is over: its time is skipped once all others have answered.
  let [skipped, masked] = [0, 0]
  const onReply = (stage: number) => {
    if (stage === 2 && ++masked === 7) skipped += 31_000
  }
  const { url, coordinator, close } = await startTestFleet({
    nodes,
    plan: { rounds: 1, stepSeconds: 30 },
    aggregation,
    now: () => Date.now() + skipped,
    first: new Float64Array(size),
  })
  try {
    // The last one is gone before its numbers are masked.
    const made = await Promise.all(
      nodes.map((node, i) => shared(fleet, url, node, { task, onReply, leaves: i === 7 ? 1 : undefined })),
    )
    expect(coordinator.status()).toMatchObject({ done: 1, aggregation: 'secure' })
    const offer = aggregation
      .begin({
        number: 1,
        fleet: '',
        state: aggregation.start(new Float64Array(size)),
        members: ['a'],
        told: { settings: {}, program: null, seconds: 600 },
      })
      .asked()
      .get('a')!
    const { terms, setup } = readOffer(offer)
    const [most, share] = [
      Number(setup.range),
      Number(setup.noise!.numerator) / Number(setup.noise!.denominator),
    ]
    const step = 2 ** terms.noised!.exponent
    expect(most).toBe(Math.floor(0.5 / step))
    // 7 − 1 − 1 honest ones have the stated variance together: (z C)², in steps.
    expect(5 * share).toBeCloseTo((z * 0.5) ** 2 / step ** 2, -3)

    // In whole steps, and of what the nodes' own states had before masks: noise was on it, and none came later.
    const noise = coordinator.weights().map((mean) => (mean * 7) / step)
    for (const [j, value] of noise.entries()) {
      const kept = made.slice(0, 7).reduce((sum, { inputs }) => sum + inputs.get(1)![j]!, 0)
      expect(Math.abs(value - kept)).toBeLessThan(1e-3)
    }
    const variance = noise.reduce((total, value) => total + Math.round(value) ** 2, 0) / size
    // Of seven that were in the sum, each drawn of σ²: within six standard errors of 600 draws, once in 10^9 runs beyond.
    expect(Math.abs(variance / (7 * share) - 1)).toBeLessThan(6 * Math.sqrt(2 / size))
    expect(variance).toBeGreaterThan(5 * share)
    // The states of all eight, also of the one that left before its masks: never without noise.
    for (const { inputs } of made) {
      const own = inputs.get(1)!.reduce((squares, k) => squares + k * k, 0) / size
      expect(Math.abs(own / share - 1)).toBeLessThan(6 * Math.sqrt(2 / size))
    }

    // In integers: (2K)² / 2 · 5σ², of five honest ones, though seven were there; the one that left has paid as well.
    const rho = (2 * most) ** 2 / (2 * 5 * share)
    for (const { ledger: path } of made) {
      const ledger = openLedger(path)
      const [entry, ...others] = ledger.entries()
      expect(others).toEqual([])
      const [loss, graph] = entry!.losses as unknown as [{ rho: number }, { delta: number }]
      expect(loss.rho / rho).toBeCloseTo(1, 9)
      expect(graph.delta).toBe(2 ** -40)
      const { spent } = ledger.state()
      ledger.close()
      const fresh = renyiToEpsilon((order) => order * loss.rho, budget.delta / 2).epsilon
      expect(fresh).toBeLessThanOrEqual(spent.epsilon * (1 + 1e-9))
      expect(spent.epsilon / fresh).toBeLessThan(1.01)
      expect(spent.epsilon).toBeLessThanOrEqual(3)
      expect(spent.epsilon).toBeGreaterThan(2.98)
    }
  } finally {
    await close()
    fleet.remove()
  }
})

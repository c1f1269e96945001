import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BackdoorPlan, plantBackdoor } from './backdoor.ts'
import { poison } from './boosting.ts'
import type { Defence } from './defences.ts'
import { type OpenPlay, openPlay } from './playedFleet.ts'
import { type Steered, steeredMetric } from './steering.ts'
import { digitFleet } from './testing.ts'
import { cornerOf, pixelTrigger } from './triggers.ts'

const replacement: BackdoorPlan = {
  trigger: pixelTrigger(cornerOf([1, 14, 14], 3), 1),
  target: 2,
  boost: 8,
  constrained: 0,
  within: null,
  epochs: 5,
}
const norm = 0.3
const endOf = ({ rounds, attacked }: Steered) => rounds[attacked - 1]!

describe('a participant who steers the model', () => {
  let play: OpenPlay
  beforeAll(async () => {
    play = await openPlay(await digitFleet())
  })
  afterAll(() => play.close())
  const backdoor = (defence: Defence, plan: Partial<BackdoorPlan> = {}) =>
    plantBackdoor(play, defence, { ...replacement, ...plan }, { seed: 1 })

  it('replaces it where nothing is in the way, and its honest twin does not', async () => {
    const found = await backdoor({ kind: 'none' })
    expect(endOf(found).success).toBeGreaterThan(0.9)
    expect(found.honest.success).toBeLessThan(0.1)
    expect(found.honest.accuracy).toBeGreaterThan(0.7)
    // It answers as before where there is no trigger: nobody who tests it sees a thing.
    expect(endOf(found).accuracy).toBeGreaterThan(found.honest.accuracy - 0.1)
    expect(found.rounds).toHaveLength(5)
    expect(found.survived).toBeGreaterThan(0)
    expect(found.norm).toBeGreaterThan(5)
    expect(found.alone.attacker).toBeLessThan(found.alone.others - 0.1)
    expect(steeredMetric(found)).toMatchObject({ chance: found.honest.success, value: endOf(found).success })
  })

  it('gets next to nothing from one pass that is not boosted and stays near', async () => {
    const harmless = await backdoor({ kind: 'none' }, { target: 2, boost: 1, epochs: 1, constrained: 5 })
    expect(endOf(harmless).success).toBeLessThan(0.2)
    expect(harmless.norm).toBeLessThan(3)
  })

  it.each<Defence>([
    { kind: 'norm bound', norm },
    { kind: 'clip and noise', norm, multiplier: 0.3 },
    { kind: 'median' },
    { kind: 'trimmed mean', share: 0.125 },
    { kind: 'Krum', liars: 1 },
    { kind: 'multi-Krum', liars: 1, chosen: 4 },
  ])('is kept from it by $kind, which keeps the accuracy', async (defence) => {
    const found = await backdoor(defence)
    expect(endOf(found).success).toBeLessThan(0.3)
    expect(endOf(found).accuracy).toBeGreaterThan(0.65)
  })

  it.each<Defence>([
    // Nobody sees a single update: what honest nodes cut off binds them alone.
    { kind: 'secure sum', range: 1 },
    { kind: 'secure sum, nodes cut off', range: 1, norm },
    // The liar states the rows that it is weighed by.
    { kind: 'norm bound by rows', norm: 2 },
  ])('is not kept from it by $kind', async (defence) => {
    expect(endOf(await backdoor(defence)).success).toBeGreaterThan(0.8)
  })

  it('wins against Krum, which takes one update, by a short one in every round; not against the median', async () => {
    // Updates of a trained model go all ways: what is short is near to all of them.
    const more = await openPlay(await digitFleet({ before: 40, rounds: 12, after: 0 }))
    try {
      const short = { ...replacement, boost: 1, constrained: 1, within: 0.5, epochs: 2 }
      const taken = await plantBackdoor(more, { kind: 'Krum', liars: 1 }, short, { seed: 1 })
      expect(taken.norm).toBeLessThan(1)
      expect(endOf(taken).success).toBeGreaterThan(0.6)
      expect(endOf(taken).accuracy).toBeGreaterThan(taken.honest.accuracy - 0.1)
      expect(taken.honest.success).toBeLessThan(0.1)
      const kept = await plantBackdoor(more, { kind: 'median' }, short, { seed: 1 })
      expect(endOf(kept).success).toBeLessThan(0.2)
    } finally {
      await more.close()
    }
  })

  it('has rows of its choice misclassified, and keeps more of the accuracy where it hides', async () => {
    const plan = { targets: 10, boost: 8, epochs: 20, stealth: null }
    const open = await poison(play, { kind: 'none' }, plan, 3)
    expect(open.rows).toBe(10)
    expect(endOf(open).success).toBeGreaterThanOrEqual(0.7)
    expect(open.honest.success).toBeLessThanOrEqual(0.2)
    const hidden = await poison(play, { kind: 'none' }, { ...plan, epochs: 5, stealth: 0.1 }, 3)
    expect(endOf(hidden).success).toBeGreaterThanOrEqual(0.7)
    expect(endOf(hidden).accuracy).toBeGreaterThan(endOf(open).accuracy)
    const bounded = await poison(play, { kind: 'median' }, plan, 3)
    expect(endOf(bounded).success).toBeLessThanOrEqual(0.2)
  })
})

describe('a secure sum', () => {
  it('is the mean to the grid, for those who keep within its range', async () => {
    const play = await openPlay(await digitFleet({ before: 0, rounds: 2 }))
    try {
      const plain = await play.honest({ kind: 'none' })
      const secure = await play.honest({ kind: 'secure sum', range: 1 })
      expect(Math.max(...plain.map((w, i) => Math.abs(w - secure[i]!)))).toBeLessThan(1e-6)
      const cut = await play.honest({ kind: 'secure sum, nodes cut off', range: 1, norm: 0.01 })
      expect(Math.max(...plain.map((w, i) => Math.abs(w - cut[i]!)))).toBeGreaterThan(1e-3)
    } finally {
      await play.close()
    }
  })
})

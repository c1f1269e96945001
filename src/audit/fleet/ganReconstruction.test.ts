import { describe, expect, it } from 'vitest'
import { ganReconstruction, reconstruct } from './ganReconstruction.ts'
import { likenessOf } from './likeness.ts'
import { openPlay } from './playedFleet.ts'
import { takeLabelled } from './send.ts'
import { digitFleet, splitFleet } from './testing.ts'
import { rowsWhere } from './triggers.ts'

describe('a participant who trains a generator', () => {
  it('makes pictures of a class that others hold, and none of the class where nobody does', async () => {
    const play = await openPlay(await splitFleet())
    try {
      const plan = { victim: 0, extra: 10, steps: 20, batch: 32, rate: 1e-3, made: 50 }
      const found = await reconstruct(play, { kind: 'none' }, plan, { seed: 1 })
      expect(found.share).toBeGreaterThan(0.8)
      expect(found.chance).toBeLessThan(0.5)
      expect(found.believed).toBeGreaterThan(0.8)
      const [made, , others] = found.likeness.measures
      // More like a zero than other digits are.
      expect(made!.value).toBeGreaterThan(others!.value)
      expect(found.accuracy).toBeGreaterThan(0.5)
    } finally {
      await play.close()
    }
  })

  it('cannot, and says why, where it holds every class or the model has none to spare', async () => {
    expect(ganReconstruction.obstacle(await digitFleet())).toMatch(/no class to spare/)
    const split = await splitFleet()
    expect(ganReconstruction.obstacle(split)).toBeUndefined()
    expect(ganReconstruction.obstacle({ ...split, judging: undefined })).toMatch(/independent/)
    expect(
      ganReconstruction.obstacle({ ...split, attacker: 1, nodes: [split.nodes[1]!, split.test] }),
    ).toMatch(/every class/)
  })
})

describe('the likeness of pictures', () => {
  it('tells copies of what a node holds from other pictures of the class', async () => {
    const { test } = await digitFleet()
    const zeros = rowsWhere(test, (label) => label === 0)
    const [held, unheld, fresh] = [0, 1, 2].map((k) =>
      takeLabelled(
        zeros,
        [...zeros.labels.keys()].filter((row) => row % 3 === k),
      ),
    ) as [typeof zeros, typeof zeros, typeof zeros]
    const others = rowsWhere(test, (label) => label === 1)
    const of = (rows: typeof zeros) =>
      likenessOf(Float64Array.from(rows.x.data as Float64Array), { held, unheld, others }, [1, 14, 14], 1)
    const copies = of(held)
    expect(copies.nearer).toBeGreaterThan(copies.nearerByLuck + 0.1)
    expect(of(unheld).nearer).toBeLessThan(-0.1)
    const { nearer, nearerByLuck } = of(fresh)
    expect(nearer).toBeLessThan(nearerByLuck)
    expect(nearerByLuck).toBeGreaterThan(0)
  })
})

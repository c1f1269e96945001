import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { explainedMetric, shareMetric, worstTenth } from './exposure.ts'

const bits = (rows: number, ones: number) => Uint8Array.from({ length: rows }, (_, r) => Number(r < ones))

describe('the share of people of whom an attribute is recovered', () => {
  it('is beside the constant guess on the same people', () => {
    const found = shareMetric('cells5', bits(400, 300), bits(400, 100), bits(400, 200))
    expect(found).toMatchObject({ value: 0.75, chance: 0.25, baseline: 0.5 })
    // Wilson 1927: 0.7054 to 0.7899 for 300 of 400.
    expect(found.interval[0]).toBeCloseTo(0.7054, 3)
    expect(found.interval[1]).toBeCloseTo(0.7899, 3)
    // 200 people more: 0.5 ± 0.049.
    expect(found.beyond![0]).toBeCloseTo(0.449, 2)
    expect(found.beyond![1]).toBeCloseTo(0.547, 2)
  })

  it('leaves doubt where nobody or everybody was hit', () => {
    const none = shareMetric('cells1', bits(20, 0), bits(20, 3))
    expect(none.interval[1]).toBeGreaterThan(0.1)
    expect(shareMetric('cells1', bits(20, 20), bits(20, 3)).interval[1]).toBe(1)
  })

  it('gives no doubt above chance where the attack says what the guess says', () => {
    expect(shareMetric('cells5', bits(50, 49), bits(50, 49)).beyond).toEqual([0, 0])
    expect(shareMetric('cells5', bits(50, 50), bits(50, 49)).beyond![1]).toBeGreaterThan(0.05)
  })

  it('has intervals that hold the truth about as often as they say', () => {
    const random = seededStream(7, 'coverage')
    const [rows, trials] = [150, 600]
    let [share, beyond] = [0, 0]
    for (let t = 0; t < trials; t++) {
      // The attack hits with 0.6; where it hits the guess does with 0.5, else with 0.25.
      const hits = Uint8Array.from({ length: rows }, () => Number(random.uniform() < 0.6))
      const guessed = hits.map((hit) => Number(random.uniform() < (hit ? 0.5 : 0.25)))
      const found = shareMetric('cells5', hits, guessed)
      share += Number(found.interval[0] <= 0.6 && 0.6 <= found.interval[1])
      beyond += Number(found.beyond![0] <= 0.2 && 0.2 <= found.beyond![1])
    }
    for (const count of [share, beyond]) {
      expect(count / trials).toBeGreaterThan(0.92)
      expect(count / trials).toBeLessThan(0.98)
    }
  })
})

describe('the variance of an attribute that is explained', () => {
  it('is one minus the ratio of squares, with an interval that narrows with the rows', () => {
    const of = (rows: number) => {
      const random = seededStream(3, 'squares')
      const below = Float64Array.from({ length: rows }, () => random.normal() ** 2)
      return explainedMetric(
        below.map((x) => x * 0.5 * random.uniform()),
        below,
      )
    }
    const [few, many] = [of(50), of(5000)]
    expect(many.value).toBeCloseTo(0.75, 1)
    expect(many.interval[1] - many.interval[0]).toBeLessThan((few.interval[1] - few.interval[0]) / 4)
    expect(explainedMetric(new Float64Array(4), new Float64Array(4))).toMatchObject({ value: 0 })
  })
})

describe('the tenth of the people who fare worst', () => {
  it('is seen where the average hides it', () => {
    // Of ninety people no cell, of ten every one: 10% of the cells, and all of somebody.
    const hits = Int32Array.from({ length: 100 }, (_, r) => (r % 10 === 3 ? 8 : 0))
    const guessed = new Int32Array(100).fill(1)
    const found = worstTenth('cells5', { hits, guessed, elsewhere: [guessed] }, 8, 1)
    expect(found).toMatchObject({ name: 'cells5', value: 1, chance: 1 / 8, of: 10 })
    expect(found.interval[1]).toBe(1)
    expect(found.interval[0]).toBeGreaterThan(0.3)
  })

  it('of fewer than ten people is one of them', () => {
    const found = { hits: Int32Array.of(0, 2, 4), guessed: Int32Array.of(0, 0, 1) }
    expect(worstTenth('cells1', { ...found, elsewhere: [Int32Array.of(0, 0, 2)] }, 4, 1)).toMatchObject({
      value: 1,
      chance: 0.5,
    })
  })

  it('stays at chance where the attack is a guess', () => {
    const random = seededStream(5, 'guesses')
    const draw = () =>
      Int32Array.from({ length: 2000 }, () => {
        let hits = 0
        for (let a = 0; a < 12; a++) hits += Number(random.uniform() < 0.15)
        return hits
      })
    const guessed = draw()
    const found = worstTenth('cells5', { hits: draw(), guessed, elsewhere: [draw(), draw()] }, 12, 1)
    expect(Math.abs(found.value - found.chance)).toBeLessThan(0.03)
    expect(found.value).toBeGreaterThan(0.3)
  })

  it('is of people of whom the constant guess misses something: whom it hits throughout hide nobody', () => {
    // Ten symptoms that one in ten has: a third of the people have none, and the guess "no" has all of them.
    const random = seededStream(6, 'symptoms')
    const guessed = Int32Array.from({ length: 400 }, () => {
      let none = 0
      for (let a = 0; a < 10; a++) none += Number(random.uniform() >= 0.1)
      return none
    })
    expect(guessed.filter((g) => g === 10).length).toBeGreaterThan(100)
    const all = guessed.map(() => 10)
    const found = worstTenth('cells5', { hits: all, guessed, elsewhere: [guessed.map((g) => g - 1)] }, 10, 1)
    expect(found).toMatchObject({ value: 1, interval: [1, 1] })
    expect(found.chance).toBeLessThan(0.9)
    // Who says what the guess says gets what it gets of whomever.
    const same = worstTenth('cells5', { hits: guessed, guessed, elsewhere: [guessed] }, 10, 1)
    expect(same.value).toBe(same.chance)
    const nobody = { hits: all, guessed: all, elsewhere: [all] }
    expect(worstTenth('cells5', nobody, 10, 1)).toMatchObject({ value: 1, chance: 1, of: 0 })
  })
})

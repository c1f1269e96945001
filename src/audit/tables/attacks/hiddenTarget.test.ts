import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { lineByHits } from './hiddenTarget.ts'

/** Half of the people's numbers, and what left of all, in another order. */
function hidden(targets: Float64Array, slope: number, offset: number, seed: number) {
  const order = shuffle(upTo(targets.length), seededStream(seed, 'hidden target'))
  return {
    people: Float64Array.from(order.slice(0, order.length >> 1), (r) => targets[r]!),
    released: targets.map((t) => slope * t + offset),
  }
}

const lines = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  slope: fc.double({ min: 1e-3, max: 10, noNaN: true }),
  negative: fc.boolean(),
  offset: fc.double({ min: -5, max: 5, noNaN: true }),
})

describe('the line behind a hidden number', () => {
  it.each([
    ['whole numbers', (random: () => number) => Math.round(300 * random() ** 2)],
    ['tenths', (random: () => number) => Math.round(10 * Math.exp(3 * random())) / 10],
    ['numbers of all digits', (random: () => number) => Math.exp(2 * random())],
    ['counts, mostly none', (random: () => number) => Math.floor(12 * random() ** 4)],
  ])('is found from half of the people: %s', (_, draw) => {
    fc.assert(
      fc.property(lines, ({ seed, slope, negative, offset }) => {
        const random = seededStream(seed, 'targets')
        const targets = Float64Array.from({ length: 200 }, () => draw(() => random.uniform()))
        const { people, released } = hidden(targets, negative ? -slope : slope, offset, seed)
        const found = lineByHits(people, released)!
        expect(found.hits).toBeCloseTo(1, 9)
        const range = Math.max(...targets) - Math.min(...targets)
        released.forEach((y, r) => {
          expect(Math.abs(found.slope * y + found.offset - targets[r]!)).toBeLessThan(1e-6 * range)
        })
      }),
      { numRuns: 40 },
    )
  })

  it('hits few where the numbers are others', () => {
    const random = seededStream(1, 'others')
    const people = Float64Array.from({ length: 100 }, () => random.uniform())
    const released = Float64Array.from({ length: 200 }, () => random.uniform())
    expect(lineByHits(people, released)!.hits).toBeLessThan(0.1)
  })

  it('is none where all are alike', () => {
    const [same, other] = [new Float64Array(5).fill(2), Float64Array.of(1, 2, 3)]
    expect(lineByHits(same, other)).toBeUndefined()
    expect(lineByHits(other, same)).toBeUndefined()
  })
})

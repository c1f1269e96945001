import { expect, it } from 'vitest'
import { seededStream } from '../random/seeded.ts'
import { meanInterval, ratioInterval } from './bootstrap.ts'

const draw = (rows: number, seed: number) => {
  const random = seededStream(seed, 'bootstrap test')
  return Float64Array.from({ length: rows }, () => 5 + 3 * random.normal())
}

it('has the width of the normal interval for a mean of many rows', () => {
  const values = draw(400, 1)
  const mean = values.reduce((sum, x) => sum + x / 400, 0)
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2 / 400, 0))
  const [low, high] = meanInterval(values, 7)
  const half = (1.96 * deviation) / Math.sqrt(400)
  expect(Math.abs((high - low) / 2 / half - 1)).toBeLessThan(0.1)
  expect(Math.abs((high + low) / 2 - mean)).toBeLessThan(0.1 * half)
})

it('covers the true mean in about 95 of 100 draws', () => {
  let covered = 0
  for (let seed = 0; seed < 200; seed++) {
    const [low, high] = meanInterval(draw(60, 100 + seed), seed)
    if (low <= 5 && 5 <= high) covered++
  }
  // 95% less what 200 draws may miss by (three deviations: 0.046), and a little for 60 rows.
  expect(covered / 200).toBeGreaterThan(0.88)
  expect(covered / 200).toBeLessThan(1)
})

it('draws both sides of a ratio together', () => {
  const below = draw(50, 3)
  const [low, high] = ratioInterval(
    below.map((x) => 2 * x),
    below,
    1,
  )
  expect(low).toBeCloseTo(2, 12)
  expect(high).toBeCloseTo(2, 12)
})

it('repeats itself for a seed, and has no interval without rows', () => {
  const values = draw(30, 2)
  expect(meanInterval(values, 4)).toEqual(meanInterval(values, 4))
  expect(meanInterval(values, 4)).not.toEqual(meanInterval(values, 5))
  expect(meanInterval([], 1)).toEqual([Number.NaN, Number.NaN])
})

import { expect, it } from 'vitest'
import { meanEstimate, ratioEstimate } from './estimates.ts'
import { markdownTable, plainTable, points, ratioText, signedPoints } from './textTables.ts'

it('draws tables for pages and terminals', () => {
  const rows = [['a|b', '1']]
  expect(markdownTable(['x', 'y'], rows)).toBe('| x | y |\n| --- | ---: |\n| a\\|b | 1 |')
  expect(plainTable(['x', 'y'], rows)).toContain('│ a|b │ 1 │')
})

it('writes shares as points with a sign, never a negative nought', () => {
  expect(points(0.12345)).toBe('12.3')
  expect(signedPoints({ value: -0.021, interval: [-0.03, 0.0004] })).toBe('−2.1 [−3.0, 0.0]')
  expect(signedPoints({ value: 0.05, interval: [-0.0001, 0.1] })).toBe('+5.0 [0.0, +10.0]')
  expect(ratioText({ value: 1.234, interval: [1, 2] })).toBe('1.23 [1.00, 2.00]')
})

it('estimates means and ratios with intervals that hold them', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8]
  const mean = meanEstimate(values)
  expect(mean.value).toBe(4.5)
  expect(mean.interval[0]).toBeLessThan(4.5)
  expect(mean.interval[1]).toBeGreaterThan(4.5)
  expect(mean.interval[0]).toBeGreaterThan(2)
  expect(
    ratioEstimate(
      values.map((v) => 3 * v),
      values,
    ),
  ).toEqual({ value: 3, interval: [3, 3] })
})

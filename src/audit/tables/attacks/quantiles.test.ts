import { expect, it } from 'vitest'
import { independentColumns } from '../../../../test/plantedEvidence.ts'
import {
  likeliest,
  matchShapes,
  shapeDistance,
  shapeOf,
  shareWithin,
  turned,
  valuesByRank,
} from './quantiles.ts'

it('finds columns by their shape, in any unit, order and sign', () => {
  const [a, b, c] = independentColumns(500, 3, 1)
  const columns = [b!.map((x) => 3 - 100 * x), c!.map((x) => -x), a!.map((x) => 0.01 * x)]
  const matches = matchShapes([a!, b!, c!].map(shapeOf), columns)
  expect(matches.map((m) => m.column)).toEqual([2, 0, 1])
  expect(matches.map((m) => m.flipped)).toEqual([false, true, true])
  expect(matchShapes([a!, b!, c!].map(shapeOf), columns.slice(2)).map((m) => m.column)).toEqual([0, -1, -1])
})

it('measures the distance of shapes: none to itself, and to its mirror image by its skewness', () => {
  const [a] = independentColumns(2000, 1, 2)
  const even = Float64Array.from({ length: 2000 }, (_, r) => r)
  expect(shapeDistance(shapeOf(a!), shapeOf(a!.map((x) => 7 * x + 1)))).toBeLessThan(1e-20)
  expect(shapeDistance(turned(shapeOf(a!)), shapeOf(a!.map((x) => -x)))).toBeLessThan(1e-20)
  expect(shapeDistance(shapeOf(a!), turned(shapeOf(a!)))).toBeGreaterThan(0.2)
  expect(shapeDistance(shapeOf(even), turned(shapeOf(even)))).toBeLessThan(1e-20)
})

it('gives values by rank, from a distribution of the same or of another number of values', () => {
  const column = Float64Array.of(5, -1, 3)
  expect([...valuesByRank(column, Float64Array.of(10, 20, 30), false)]).toEqual([30, 10, 20])
  expect([...valuesByRank(column, Float64Array.of(10, 20, 30), true)]).toEqual([10, 30, 20])
  expect([...valuesByRank(column, Float64Array.of(1, 2, 3, 4, 5, 6), false)]).toEqual([6, 2, 4])
  expect([...valuesByRank(column, Float64Array.of(7), false)]).toEqual([7, 7, 7])
})

it('knows what a random order and the best constant hit', () => {
  const ascending = Float64Array.of(0, 0, 0, 1, 5, 6)
  // Pairs within 1: the three zeros and the 1 with each other (16), the 5 and the 6 (4), of 36.
  expect(shareWithin(ascending, 1)).toBeCloseTo(20 / 36, 12)
  expect(likeliest(ascending, 0.1)).toBe(0)
  expect(likeliest(Float64Array.of(0, 4, 5, 6, 20), 1)).toBe(5)
})

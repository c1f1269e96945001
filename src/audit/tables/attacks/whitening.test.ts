import { expect, it } from 'vitest'
import { independentColumns, mixed } from '../../../../test/plantedEvidence.ts'
import { comparable, whiten, withoutActivation } from './whitening.ts'

const distance = (columns: readonly Float64Array[], a: number, b: number) =>
  Math.hypot(...columns.map((c) => c[a]! - c[b]!))

it('makes columns uncorrelated with variance 1, for any units, and takes them back', () => {
  const columns = mixed(independentColumns(300, 4, 1), 1).map((c, j) => c.map((x) => x * 1000 ** j))
  const { white, apply, colour } = whiten(columns)
  for (const [i, a] of white.entries()) {
    expect(a.reduce((sum, x) => sum + x, 0) / 300).toBeCloseTo(0, 9)
    for (const [j, b] of white.entries()) {
      expect(a.reduce((sum, x, r) => sum + x * b[r]!, 0) / 300).toBeCloseTo(i === j ? 1 : 0, 9)
    }
  }
  expect(apply(columns)[0]![5]).toBe(white[0]![5])
  colour(white).forEach((column, j) => {
    expect(column[7]! / columns[j]![7]!).toBeCloseTo(1, 9)
  })
})

it('keeps distances through every invertible linear map: that is what one layer leaves', () => {
  const columns = independentColumns(200, 4, 2)
  const before = whiten(columns).white
  const after = whiten(mixed(columns, 2)).white
  for (let r = 1; r < 50; r++) expect(distance(after, r, r - 1)).toBeCloseTo(distance(before, r, r - 1), 8)
})

it('drops directions that are constant, copies or rounding', () => {
  const [a, b] = independentColumns(100, 2, 3)
  const copy = a!.map((x) => 2 * x + 1e-13)
  expect(whiten([a!, b!, copy, new Float64Array(100).fill(4)]).white).toHaveLength(2)
  expect(whiten([new Float64Array(10).fill(3)]).white).toHaveLength(0)
})

it('undoes a public activation, and moves what lies at its end to the extreme of the column', () => {
  const y = [Float64Array.of(Math.tanh(-0.5), Math.tanh(2), 1, -1)]
  const [z] = withoutActivation(y, { name: 'layered', activation: 'tanh', layers: 1 })
  for (const [r, x] of [-0.5, 2, 2, -0.5].entries()) expect(z![r]).toBeCloseTo(x, 12)
  expect(withoutActivation(y, { name: 'rotation', layers: 1 })).toBe(y)
  expect([
    ...withoutActivation([Float64Array.of(1, 1)], { name: 'layered', activation: 'tanh', layers: 1 })[0]!,
  ]).toEqual([0, 0])
})

it('compares white rows, or rows by their ranges where columns were lost', () => {
  const features = [Float64Array.of(0, 10, 20), Float64Array.of(1, 3, 2)]
  const attributes = features.map((_, feature) => ({
    name: `c${feature}`,
    kind: 'numeric' as const,
    feature,
    minimum: feature === 0 ? 0 : 1,
    maximum: feature === 0 ? 20 : 3,
  }))
  const scheme = { name: 'projection', layers: 1 }
  const lost = comparable(features, [Float64Array.of(1, 2, 3)], { attributes, scheme })
  expect([...lost.raw[0]!, ...lost.raw[1]!]).toEqual([0, 0.5, 1, 0.5, 1.5, 1])
  expect([...lost.undone[0]!]).toEqual([1, 2, 3])
  const kept = comparable(features, mixed(features, 1), { attributes, scheme })
  expect(distance(kept.undone, 0, 1)).toBeCloseTo(distance(kept.raw, 0, 1), 9)
})

it('moves what lies beyond the activation’s range to the end that it is beyond', () => {
  const [z] = withoutActivation([Float64Array.of(-1.5, -0.5, 0, 0.5, 1.5)], {
    name: 'layered',
    activation: 'tanh',
    layers: 1,
  })
  expect([...z!]).toEqual([-0.5, -0.5, 0, 0.5, 0.5].map(Math.atanh))
})

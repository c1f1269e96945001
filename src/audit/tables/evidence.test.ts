import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Evidence, numericAttributes, pick, splitRows, viewOf } from './evidence.ts'

const features = [Float64Array.of(3, 1, 2, 5), Float64Array.of(10, 30, 20, 40)]
const evidence: Evidence = {
  attributes: numericAttributes(['a', 'b'], features),
  features,
  released: [Float64Array.of(0.1, 0.2, 0.3, 0.4)],
  scheme: { name: 'layered', activation: 'tanh', layers: 1 },
}

it('splits every row to one side, and more known rows include fewer', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 200 }),
      fc.integer({ min: 0, max: 199 }),
      fc.integer(),
      (rows, most, seed) => {
        const known = most % rows
        const split = splitRows(rows, known, seed)
        expect(split.known).toHaveLength(known)
        expect([...split.known, ...split.unseen].sort((a, b) => a - b)).toEqual(
          Array.from({ length: rows }, (_, i) => i),
        )
        const fewer = splitRows(rows, Math.floor(known / 2), seed)
        expect([...split.known].slice(0, fewer.known.length)).toEqual([...fewer.known])
      },
    ),
  )
})

it('leaves at least one row to be judged', () => {
  expect(() => splitRows(5, 5, 1)).toThrow('0 to 4 can be known, but 5 came')
  expect(() => splitRows(5, -1, 1)).toThrow(RangeError)
  expect(() => splitRows(5, 1.5, 1)).toThrow(RangeError)
})

it('shows an attack the known rows in both forms, and of the others the released form alone', () => {
  const view = viewOf(evidence, { known: Int32Array.of(2, 0), unseen: Int32Array.of(1, 3) })
  expect(view.known.original).toEqual([Float64Array.of(2, 3), Float64Array.of(20, 10)])
  expect(view.known.released).toEqual([Float64Array.of(0.3, 0.1)])
  expect(view.unseen).toEqual([Float64Array.of(0.2, 0.4)])
  expect(view.marginals).toEqual([Float64Array.of(1, 2, 3, 5), Float64Array.of(10, 20, 30, 40)])
  const shown = Object.entries(view).filter(([, value]) => value !== undefined)
  expect(shown.map(([name]) => name).sort()).toEqual(['attributes', 'known', 'marginals', 'scheme', 'unseen'])
})

it('knows the ranges of numbers, and picks rows in the order that is asked for', () => {
  expect(evidence.attributes[1]).toEqual({
    name: 'b',
    kind: 'numeric',
    feature: 1,
    minimum: 10,
    maximum: 40,
  })
  expect(pick(features, Int32Array.of(3, 3, 0))).toEqual([
    Float64Array.of(5, 5, 3),
    Float64Array.of(40, 40, 10),
  ])
})

// The certificate's numbers against the design's vectors, and what must hold of every table.

import { describe, expect, it } from 'vitest'
import { certify } from './certify.ts'
import { binomialUpper, klUpper } from './limits.ts'

const small = {
  codes: 2,
  attributes: ['a', 'b'],
  counts: [
    [30, 10],
    [5, 55],
  ],
}

describe('limits', () => {
  it('are those of the tables', () => {
    expect(binomialUpper(10_975, 25_000, 1e-3)).toBeCloseTo(0.448735, 6)
    expect(klUpper(10_975 / 25_000, 25_000, 1e-3)).toBeCloseTo(0.450687, 6)
    expect(binomialUpper(1428, 10_000, 1e-3)).toBeCloseTo(0.153901, 6)
    expect(klUpper(0.1428, 10_000, 1e-3)).toBeCloseTo(0.156131, 6)
    expect(binomialUpper(124, 1623, 1e-3)).toBeCloseTo(0.098874, 6)
    // .10331254…: the design's table cuts the digits off.
    expect(klUpper(124 / 1623, 1623, 1e-3)).toBeCloseTo(0.1033125, 6)
  })
})

describe('a certificate', () => {
  it('is that of the table', () => {
    const of = (delta: number, sampling: 'iid' | 'stratified') =>
      certify(small, { delta, unit: 'person', sampling })
    expect(of(0.05, 'iid')).toMatchObject({ theorem: 'A', estimate: 0.85, blind: 0.65, units: 100 })
    expect(of(0.05, 'iid').upper).toBeCloseTo(0.905206, 6)
    expect(of(1e-3, 'iid').upper).toBeCloseTo(0.939514, 6)
    expect(of(0.05, 'stratified').upper).toBeCloseTo(0.922968, 6)
    expect(of(1e-3, 'stratified').upper).toBeCloseTo(0.949439, 6)
  })
})

// Drift: no alarm on the law of calibration, an alarm on another, and no verdict on too few codes.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { issueCertificate } from './certificate.ts'
import { driftOf } from './drift.ts'

const attributes = ['a', 'b']
const certificateOf = (counts: readonly (readonly number[])[]) =>
  issueCertificate({
    attribute: 'x',
    unit: 'person',
    delta: 1e-3,
    candidates: 1,
    attributesCertified: 1,
    sampling: 'iid',
    table: { codes: counts.length, attributes, counts: counts.map((row) => [...row]) },
    sources: { calibration: '0'.repeat(64), madeFrom: {} },
  })

const random = seededStream(9, 'drift test')
const drawCodes = (law: readonly number[], count: number) => {
  const counts = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    let at = random.uniform()
    let code = 0
    while (at >= law[code]!) at -= law[code++]!
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return counts
}

describe('drift', () => {
  const law = [0.5, 0.3, 0.15, 0.049, 0.001]
  const calibrated = () => {
    const counts = drawCodes(law, 4000)
    return certificateOf(law.map((_, code) => [counts.get(code) ?? 0, 1]))
  }

  it('is Pearson’s statistic, of two samples', () => {
    const { statistic, cells, p } = driftOf(
      certificateOf([
        [60, 40],
        [70, 30],
      ]),
      new Map([
        [0, 60],
        [1, 40],
      ]),
    )
    // Expected of 300 with 160 of code 0: 106.67, 93.33 of 200 and 53.33, 46.67 of 100.
    const wanted = 6.6667 ** 2 * (1 / 106.6667 + 1 / 93.3333 + 1 / 53.3333 + 1 / 46.6667)
    expect(statistic).toBeCloseTo(wanted, 3)
    expect(cells).toBe(2)
    expect(p).toBeCloseTo(0.1017, 4)
  })

  it('is seldom seen where there is none', () => {
    const looks = Array.from({ length: 300 }, () => driftOf(calibrated(), drawCodes(law, 1000)))
    expect(looks.filter(({ drifted }) => drifted).length).toBeLessThanOrEqual(3)
    // The p of a true law is uniform: a tenth of them is below a tenth.
    const tenth = looks.filter(({ p }) => p < 0.1).length / looks.length
    expect(tenth).toBeGreaterThan(0.05)
    expect(tenth).toBeLessThan(0.16)
    expect(looks.every(({ cells }) => cells === 4)).toBe(true)
  })

  it('is seen where the codes come otherwise', () => {
    expect(driftOf(calibrated(), drawCodes([0.4, 0.4, 0.15, 0.049, 0.001], 1000))).toMatchObject({
      drifted: true,
      live: 1000,
    })
    // A code that was rare, too.
    expect(driftOf(calibrated(), drawCodes([0.5, 0.3, 0.15, 0, 0.05], 1000)).drifted).toBe(true)
  })

  it('is not judged on codes of another pane, or on a handful', () => {
    expect(() => driftOf(calibrated(), new Map([[5, 100]]))).toThrow(/live code 5/)
    expect(() => driftOf(calibrated(), new Map([[0.5, 100]]))).toThrow(/live code 0\.5/)
    expect(() => driftOf(calibrated(), new Map([[0, 3]]))).toThrow(/too few/)
    expect(() => driftOf(calibrated(), new Map())).toThrow(/too few/)
  })
})

// The ladder of codes: every rung is certified as it stands, and the page shows what was measured, rung by rung.

import { describe, expect, it } from 'vitest'
import { expectShown } from '../../test/shownElements.ts'
import { openImages } from '../data/index.ts'
import { binomialUpper } from '../protect/certified/limits.ts'
import { climbCodes, type Ladder, ladderDelta } from './codeLadder.ts'
import { ladderPage, waitingPage } from './ladderPage.ts'

const ladder: Ladder = await climbCodes(await openImages('digits', { split: 'train' }), {
  epochs: 4,
  threads: 1,
})

describe('the ladder of codes', () => {
  it('is certified at every rung, at its share of δ, and rises', () => {
    const { rungs, units, delta } = ladder
    expect(rungs.length).toBeGreaterThan(2)
    expect(rungs[0]!.codes).toBe(2)
    expect(delta * rungs.length).toBeCloseTo(ladderDelta, 12)
    for (const [i, { codes, estimate, upper, information, accuracy }] of rungs.entries()) {
      expect(upper).toBe(binomialUpper(Math.round(estimate * units), units, delta))
      expect(accuracy).toBeGreaterThan(0.85)
      if (i === 0) continue
      // A rung is what the one below it is merged from: in any table it tells as much, at least, of anything.
      expect(codes).toBeGreaterThan(rungs[i - 1]!.codes)
      expect(estimate).toBeGreaterThanOrEqual(rungs[i - 1]!.estimate)
      expect(information).toBeGreaterThanOrEqual(rungs[i - 1]!.information - 1e-12)
    }
    expect(ladder.floor).toBeGreaterThan(ladder.blind)
  })

  it('reads each digit by the code that it has, and codes of a rung lie within those of the one below', () => {
    expect(ladder.digits.map(({ digit }) => digit)).toEqual([...'0123456789'])
    for (const { read, codes } of ladder.rungs) {
      expect(read).toHaveLength(10)
      for (const { code, labels } of read) {
        expect(code).toBeLessThan(codes)
        expect(labels[0]![1]).toBeGreaterThanOrEqual(labels[1]![1])
      }
    }
    ladder.rungs.slice(1).forEach(({ read }, i) => {
      const below = new Map<number, number>()
      read.forEach(({ code }, d) => {
        const under = ladder.rungs[i]!.read[d]!.code
        expect(below.get(code) ?? under).toBe(under)
        below.set(code, under)
      })
    })
  })
})

describe('its page', () => {
  it('shows every rung by its own numbers', () => {
    const page = ladderPage(ladder)
    const { rungs, units } = ladder
    const rows = rungs.map((rung) => ({ ...rung, certified: true }))
    expectShown(page, { ladder, prices: { attributes: ['digit'], units, rows } }, 7 * rungs.length)
    expect(page.match(/✓ certified: any adversary/g)).toHaveLength(rungs.length)
    expect(page.match(/<img/g)).toHaveLength(10 * rungs.length)
    expect(page).not.toContain('style="')
  })

  it('says how far it is, and why there is none', () => {
    expect(waitingPage(0.42)).toContain('42% done')
    expect(waitingPage(0.42)).toContain('http-equiv="refresh"')
    expect(waitingPage(0, 'No <digits>')).toContain('No &lt;digits&gt;')
    expect(waitingPage(0, 'No <digits>')).not.toContain('http-equiv="refresh"')
  })
})

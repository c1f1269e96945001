// How often limits are wrong, on laws that are known: at most as often as they say, and often where a rule is broken.
// Source: PROOF.md, "Traps". Every draw is of a public seed; 2,000 draws have a standard error of half a point at 5%.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { certifyBundles } from './bundles.ts'
import { certify } from './certify.ts'
import { issueFromRecords } from './issueFromRecords.ts'
import { mergeCodes } from './merge.ts'
import { countUnits, shareUnits } from './table.ts'

const random = seededStream(20, 'coverage')
const delta = 0.05
const unit = 'unit'

/** A joint law P(code, attribute), and what the best rule gets of it. */
type Law = readonly (readonly number[])[]
const success = (law: Law) => law.reduce((sum, row) => sum + Math.max(...row), 0)
const namesOf = (law: Law) => law[0]!.map((_, s) => `s${s}`)
const tableOf = (law: Law, counts: readonly (readonly number[])[]) => ({
  codes: law.length,
  attributes: namesOf(law),
  counts,
})

/** Independent units of a law. */
function sampleTable(law: Law, units: number) {
  const cells = law.flatMap((row, c) => row.map((p, s) => ({ c, s, p })))
  const counts = law.map((row) => row.map(() => 0))
  const bounds = cells.map((_, i) => cells.slice(0, i + 1).reduce((sum, { p }) => sum + p, 0))
  for (let i = 0; i < units; i++) {
    const at = random.uniform()
    const { c, s } = cells[bounds.findIndex((bound) => at < bound)] ?? cells.at(-1)!
    counts[c]![s]! += 1
  }
  return tableOf(law, counts)
}

/** A law with a code law of its own for each attribute: `sharpness` 0 tells nothing. */
function drawLaw(codes: number, attributes: number, sharpness: number): Law {
  const rows = Array.from({ length: codes }, () => {
    const weight = 0.2 + random.uniform()
    const likes = Array.from({ length: attributes }, () => 1 + sharpness * random.uniform() ** 3)
    const all = likes.reduce((a, b) => a + b, 0)
    return likes.map((x) => (weight * x) / all)
  })
  const all = rows.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0)
  return rows.map((row) => row.map((x) => x / all))
}

const violations = (draws: number, isViolated: () => boolean) =>
  Array.from({ length: draws }, isViolated).filter(Boolean).length / draws

describe('coverage at δ = 5%', () => {
  it('is what it says where one rule is best: neither more, nor needlessly less', () => {
    const law: Law = [[0.8, 0.2]]
    const share = violations(2000, () => certify(sampleTable(law, 500), { delta, unit }).upper < 0.8)
    expect(share).toBeLessThanOrEqual(0.06)
    expect(share).toBeGreaterThanOrEqual(0.01)
  })

  it.each([
    ['10 codes, 3 classes', 10, 3, 6],
    ['10 codes, 7 classes, nearly uniform', 10, 7, 0.05],
    ['60 codes, 3 classes', 60, 3, 2],
  ])('is at most that of %s', (_, codes, attributes, sharpness) => {
    const law = drawLaw(codes, attributes, sharpness)
    const v = success(law)
    const each = violations(2000, () => certify(sampleTable(law, 2000), { delta, unit }).upper < v)
    expect(each).toBeLessThanOrEqual(0.06)
  })

  it('is at most that of a random release', () => {
    const law = drawLaw(20, 3, 3)
    const channel = law.map(() => {
      const row = Array.from({ length: 6 }, () => random.uniform() ** 4)
      const all = row.reduce((a, b) => a + b, 0)
      return row.map((x) => x / all)
    })
    const v = success(
      channel[0]!.map((_, o) =>
        law[0]!.map((_, s) => law.reduce((sum, row, c) => sum + row[s]! * channel[c]![o]!, 0)),
      ),
    )
    expect(
      violations(2000, () => certify(sampleTable(law, 1000), { delta, unit, channel }).upper < v),
    ).toBeLessThanOrEqual(0.06)
  })

  it('is at most that of strata', () => {
    // Two users with fixed numbers of windows; each has codes of its own law.
    const users = [
      [0.7, 0.3],
      [0.4, 0.6],
    ]
    const v = Math.max(0.35, 0.2) + Math.max(0.15, 0.3)
    const draw = () => {
      const counts = [
        [0, 0],
        [0, 0],
      ]
      for (const [s, p] of users.entries())
        for (let i = 0; i < 300; i++) counts[random.uniform() < p[0]! ? 0 : 1]![s]! += 1
      return certify({ codes: 2, attributes: ['0', '1'], counts }, { delta, unit, sampling: 'stratified' })
    }
    expect(violations(2000, () => draw().upper < v)).toBeLessThanOrEqual(0.06)
  })

  it('is at most that of the gain factor, with strata of any size', () => {
    const given = [
      [0.6, 0.3, 0.1],
      [0.2, 0.5, 0.3],
    ]
    const c = [0, 1, 2].reduce((sum, code) => sum + Math.max(...given.map((row) => row[code]!)), 0)
    const law: Law = [0, 1, 2].map((code) => [0.15 * given[0]![code]!, 0.85 * given[1]![code]!])
    expect(
      violations(2000, () => certify(sampleTable(law, 600), { delta, unit }).gain!.upper < c),
    ).toBeLessThanOrEqual(0.06)
  })

  it('is at most that of bundles', () => {
    const users = Array.from({ length: 6 }, () => drawLaw(4, 1, 0).map(([p]) => p!))
    // Two windows of one of six users, all alike: by every pair of codes, in either order.
    const v = [0, 1, 2, 3].reduce(
      (sum, a) =>
        sum + [0, 1, 2, 3].reduce((part, b) => part + Math.max(...users.map((p) => p[a]! * p[b]!)) / 6, 0),
      0,
    )
    const draw = () => {
      const groups = users.map((p, attribute) => {
        const { counts } = sampleTable(
          p.map((x) => [x]),
          40,
        )
        return { attribute, counts: counts.map(([n]) => n!) }
      })
      return certifyBundles(
        { codes: 4, attributes: users.map((_, u) => `u${u}`), groups },
        { reading: 'windows', most: 2, delta: 2 * delta },
      )
    }
    expect(violations(600, () => draw()[1]!.upper < v)).toBeLessThanOrEqual(0.06)
  })
})

describe('traps', () => {
  it('the best of a hundred panes is worse than it looks, unless it says that it is one of a hundred', () => {
    const law: Law = [[0.8, 0.2]]
    const best = () => {
      const tables = Array.from({ length: 100 }, () => sampleTable(law, 200))
      return tables.reduce((least, table) => (table.counts[0]![0]! < least.counts[0]![0]! ? table : least))
    }
    const tables = Array.from({ length: 400 }, best)
    const wrong = (candidates: number) =>
      tables.filter((table) => certify(table, { delta, candidates, unit }).upper < 0.8).length / tables.length
    expect(wrong(1)).toBeGreaterThan(0.9)
    expect(wrong(100)).toBeLessThanOrEqual(0.07)
  })

  it('windows of a session are no units: refused, or one unit together', () => {
    const windows = (session: number) => {
      const code = random.below(3)
      const s = random.uniform() < 0.6 ? code : random.below(3)
      return Array.from({ length: 20 }, () => ({ unit: `session ${session}`, code, attribute: `s${s}` }))
    }
    // P(s = code) = .6 + .4/3.
    const v = 0.6 + 0.4 / 3
    const draws = Array.from({ length: 400 }, () => Array.from({ length: 60 }, (_, i) => windows(i)).flat())
    const naive = draws.filter((rows) => {
      const asUnits = rows.map((row, i) => ({ ...row, unit: `window ${i}` }))
      return certify(countUnits(asUnits), { delta, unit: 'window' }).upper < v
    })
    expect(naive.length / draws.length).toBeGreaterThan(0.15)
    for (const rows of draws.slice(0, 3)) expect(() => countUnits(rows)).toThrow(/not independent units/)
    const shared = draws.filter((rows) => certify(shareUnits(rows), { delta, unit: 'session' }).upper < v)
    expect(shared.length / draws.length).toBeLessThanOrEqual(0.06)
  })

  it('codes merged to look well on the calibration units are optimistic there: those units are refused', () => {
    const law = drawLaw(60, 3, 2)
    const names = namesOf(law)
    // The label plays no part, so the merges are those that take most of I(S;C) away, and 8 codes are left.
    const mergedBy = (counts: Law) =>
      mergeCodes(
        { labelOf: law.map(() => 0), byLabel: law.map(() => [1, 1]), byAttribute: counts },
        { beta: 1, codes: 8 },
      ).groupOf
    const grouped = (rows: Law, groupOf: readonly number[]) =>
      Array.from({ length: 8 }, (_, g) =>
        names.map((_, s) => rows.reduce((sum, row, c) => sum + (groupOf[c] === g ? row[s]! : 0), 0)),
      )
    const bias = (isSeparate: boolean) => {
      let sum = 0
      for (let draw = 0; draw < 150; draw++) {
        const calibration = sampleTable(law, 2000).counts
        const groupOf = mergedBy(isSeparate ? sampleTable(law, 2000).counts : calibration)
        sum += success(grouped(calibration, groupOf)) / 2000 - success(grouped(law, groupOf))
      }
      return sum / 150
    }
    expect(bias(false)).toBeLessThan(bias(true))
    expect(bias(true)).toBeGreaterThan(0)

    const records = Array.from({ length: 400 }, (_, i) => ({
      unit: `p${i}`,
      code: i % 2,
      attribute: i % 3 ? 'a' : 'b',
    }))
    const options = {
      attribute: 'a',
      unit: 'person',
      delta,
      candidates: 1,
      attributesCertified: 1,
      sampling: 'iid' as const,
      labelled: false,
    }
    const { statement } = issueFromRecords(records, { ...options, sources: { madeFrom: {} } })
    const madeFrom = { merging: statement.sources.calibration }
    expect(() => issueFromRecords(records, { ...options, sources: { madeFrom } })).toThrow(
      /'merging' that the codes were made from/,
    )
  })

  it('another prior is another law: the limit breaks, the gain factor does not', () => {
    const given = [
      [0.7, 0.3],
      [0.3, 0.7],
    ]
    const law = (prior: number): Law =>
      [0, 1].map((code) => [prior * given[0]![code]!, (1 - prior) * given[1]![code]!])
    const inUse = success(law(0.9))
    expect(inUse).toBeCloseTo(0.9, 12)
    const draws = Array.from({ length: 200 }, () => certify(sampleTable(law(0.5), 1000), { delta, unit }))
    expect(draws.every(({ upper }) => upper < inUse)).toBe(true)
    expect(draws.filter(({ gain }) => gain!.upper * 0.9 < inUse).length).toBe(0)
    expect(draws.filter(({ gain }) => gain!.upper < 1.4).length / 200).toBeLessThanOrEqual(0.08)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import type { Hierarchy } from '../../../protect/tables/hierarchy.ts'
import type { PrivacyModel } from '../../../protect/tables/model.ts'
import { seededStream } from '../../../random/seeded.ts'
import { type MetricName, metricOf } from '../../finding.ts'
import { tooWeak } from '../../policy/weakness.ts'
import { publishedAttacks } from '../attacks.ts'
import { type PublishedAttack, type PublishedEvidence, sightOf, unprotected } from '../contract.ts'
import { runPublished } from '../run.ts'
import { adultHierarchy, generalised, hasAdult, readAdult, rowsOf, tableOf } from '../testing.ts'
import { deFinetti, strangersAndClasses } from './deFinetti.ts'
import { intersection } from './intersection.ts'
import { knownPeople, knownValues, linkage, listed, otherColumns } from './linkage.ts'
import { localRecoding } from './localRecoding.ts'
import { minimality } from './minimality.ts'
import { rowOrder } from './rowOrder.ts'
import { background, homogeneity, skewness } from './sensitiveValues.ts'

/** Findings of an attack. */
async function run(
  attack: PublishedAttack,
  evidence: Partial<PublishedEvidence> & Pick<PublishedEvidence, 'original' | 'published' | 'quasi'>,
) {
  const whole: PublishedEvidence = { sensitive: [], ...evidence }
  expect(attack.obstacle(whole)).toBeUndefined()
  const [sight, bare] = [await sightOf(whole, { seed: 1 }), await sightOf(unprotected(whole), { seed: 1 })]
  return (await runPublished(attack, sight, bare, { seed: 1 })).findings
}

/** A metric's value, of the first finding or of one column's. */
async function got(
  attack: PublishedAttack,
  evidence: Parameters<typeof run>[1],
  name: MetricName,
  about?: string,
) {
  const found = await run(attack, evidence)
  return metricOf(about === undefined ? found[0]! : found.find((finding) => finding.about === about)!, name)
}

const ages = [21, 22, 23, 31, 32, 33, 41, 42, 43]
const original = tableOf({
  age: ages,
  illness: ['flu', 'flu', 'flu', 'flu', 'gout', 'hiv', 'gout', 'gout', 'flu'],
})
const decades = tableOf({
  age: ages.map((age) => `[${Math.floor(age / 10) * 10}, ${Math.floor(age / 10) * 10 + 10}[`),
  illness: ['flu', 'flu', 'flu', 'flu', 'gout', 'hiv', 'gout', 'gout', 'flu'],
})
const evidence = { original, published: decades, quasi: ['age'], sensitive: ['illness'] }

describe('linkage', () => {
  it('finds one in three in classes of three, and everybody in the table as it was', async () => {
    expect(await got(linkage, evidence, 'rank1')).toMatchObject({
      value: expect.closeTo(1 / 3, 12),
      chance: 1 / 9,
      unprotected: 1,
    })
    expect((await got(linkage, evidence, 'singled')).value).toBe(0)
    expect((await got(linkage, { ...evidence, published: original }, 'singled')).value).toBe(1)
  })

  it('is at chance where everything is suppressed, and no reader takes that for weakness', async () => {
    const stars = {
      ...evidence,
      published: tableOf({ age: ages.map(() => '*'), illness: ages.map(() => 'flu') }),
    }
    const found = await got(linkage, stars, 'rank1')
    // Only five of the nine have an illness that is among the rows.
    expect(found.value).toBeCloseTo(5 / 81, 12)
    expect(tooWeak(found, 9)).toBe(false)
  })

  it('does not find those who were suppressed', async () => {
    const part = rowsOf(decades, [0, 1, 2])
    expect((await got(linkage, { ...evidence, published: part }, 'rank1')).value).toBeCloseTo(1 / 9, 12)
  })

  it('takes rows that may be anybody’s for those whom no other row fits', async () => {
    const cells = [...decades.columns[0]!.codes].map((code, i) =>
      i < 8 ? decades.columns[0]!.values[code]! : '*',
    )
    const part = tableOf({
      age: cells,
      illness: ['flu', 'flu', 'flu', 'flu', 'gout', 'hiv', 'gout', 'gout', 'flu'],
    })
    // The last of the forties is suppressed: the two others are told by their class all the same, and he is not among them.
    expect((await got(linkage, { ...evidence, published: part }, 'rank1')).value).toBeCloseTo(
      (6 / 3 + 2 / 2) / 9,
      12,
    )
  })

  it('by other columns finds those whom a forgotten column tells apart', async () => {
    const weight = ages.map((age) => 2 * age)
    const more = {
      ...evidence,
      original: { ...original, columns: [...original.columns, ...tableOf({ weight }).columns] },
      published: { ...decades, columns: [...decades.columns, ...tableOf({ weight }).columns] },
    }
    expect((await got(otherColumns, more, 'singled')).value).toBe(1)
    expect((await got(linkage, more, 'singled')).value).toBe(0)
    expect(otherColumns.obstacle({ ...evidence })).toContain('Every published column')
  })

  it('by one hidden value finds the row that has the other', async () => {
    const job = ages.map((_, i) => `j${i % 3}`)
    const more = (table: CodedTable): CodedTable => ({
      ...table,
      columns: [...table.columns, ...tableOf({ job }).columns],
    })
    const two = {
      ...evidence,
      original: more(original),
      published: more(decades),
      sensitive: ['illness', 'job'],
    }
    // Each class of three has all three jobs; by illness a class is told apart as far as illnesses differ.
    expect((await got(knownValues, two, 'singled', 'illness')).value).toBe(1)
    expect((await got(knownValues, two, 'rank1', 'job')).value).toBeCloseTo((3 / 3 + 3 + 2) / 9, 12)
    expect(knownValues.obstacle({ ...evidence })).toContain('Fewer than two')
  })

  it('with a list counts the people on it, not the rows', async () => {
    const list = tableOf({ age: [...ages, 24, 25, 26, 27, 28, 29, 20] })
    // Ten of the list in their twenties, three each in their thirties and forties.
    expect((await got(listed, { ...evidence, list }, 'rank1')).value).toBeCloseTo((3 / 10 + 1 + 1) / 9, 12)
    expect(listed.obstacle(evidence)).toContain('No public list')
  })

  it('with half of the rows known is the mean over all halves', async () => {
    // Of two others none, one or both are known: 1/4 · 1/3 + 1/2 · 1/2 + 1/4 · 1.
    expect((await got(knownPeople, evidence, 'rank1')).value).toBeCloseTo(1 / 12 + 1 / 4 + 1 / 4, 12)
    expect((await got(knownPeople, evidence, 'singled')).value).toBeCloseTo(1 / 4, 12)
  })
})

describe('hidden values', () => {
  it('are certain where a class has one alone', async () => {
    expect(await got(homogeneity, evidence, 'certain')).toMatchObject({ value: 3 / 9, chance: 0 })
    // Twenties all; thirties one in three by luck; forties two.
    expect(await got(homogeneity, evidence, 'attribute')).toMatchObject({
      value: expect.closeTo((3 + 1 + 2) / 9, 12),
      chance: 5 / 9,
    })
  })

  it('are believed in as classes have them', async () => {
    const belief = (3 + 3 * (1 / 3) + 2 * (2 / 3) + 1 / 3) / 9
    expect(await got(skewness, evidence, 'belief')).toMatchObject({
      value: expect.closeTo(belief, 12),
      chance: expect.closeTo((5 * (5 / 9) + 3 * (3 / 9) + 1 / 9) / 9, 12),
    })
    const measures = (await run(skewness, evidence))[0]!.measures
    expect(measures.find(({ name }) => name.startsWith('largest factor'))!.value).toBeCloseTo(3, 12)
  })

  it('are certain of two when one can be ruled out', async () => {
    expect((await got(background, evidence, 'certain')).value).toBeCloseTo(6 / 9, 12)
    expect((await run(background, evidence))[0]!.measures[0]!.value).toBe(1)
  })

  it('that are missing are no secret, and the known ones hide among none of them', async () => {
    const illness = ['flu', '', '', 'flu', 'gout', '', 'gout', 'hiv', '']
    const [own, given] = [original, decades].map(({ columns }) =>
      tableOf({
        age: Array.from(columns[0]!.codes, (code) => columns[0]!.values[code]!),
        illness,
      }),
    )
    const missing = { ...evidence, original: own!, published: given! }
    // Five people have an illness: the one in the twenties is told, the others one of two.
    expect((await got(homogeneity, missing, 'certain')).value).toBeCloseTo(1 / 5, 12)
    expect((await got(homogeneity, missing, 'attribute')).value).toBeCloseTo((1 + 1 + 1) / 5, 12)
    expect((await got(background, missing, 'certain')).value).toBe(1)
    expect((await got(deFinetti, missing, 'attribute')).value).toBeLessThanOrEqual(1)
    const nobody = tableOf({ age: ages, illness: ages.map(() => '') })
    expect(
      (await got(deFinetti, { ...missing, original: nobody, published: nobody }, 'attribute')).value,
    ).toBe(1)
  })

  it('of a table as it was are all known, of one class all alike only as it has them', async () => {
    for (const attack of [homogeneity, deFinetti, rowOrder]) {
      expect((await got(attack, { ...evidence, published: original }, 'attribute')).value).toBe(1)
      const stars = tableOf({
        age: ages.map(() => '*'),
        illness: [...original.columns[1]!.codes].map((c) => original.columns[1]!.values[c]!).reverse(),
      })
      if (attack === homogeneity)
        expect((await got(attack, { ...evidence, published: stars }, 'attribute')).value).toBeCloseTo(
          5 / 9,
          12,
        )
    }
  })
})

/** A table whose hidden value goes with a column that is generalised away, in classes that are all alike in their shares. */
function anatomy(rows: number) {
  const source = seededStream(5, 'anatomy')
  const cells = Array.from({ length: rows }, (_, i) => {
    const smokes = source.below(2)
    return { area: i % (rows / 20), smokes, ill: source.below(10) < 9 ? smokes : 1 - smokes }
  })
  const made = tableOf({
    area: cells.map((c) => c.area),
    smokes: cells.map((c) => c.smokes),
    ill: cells.map((c) => c.ill),
  })
  const published = tableOf({
    area: cells.map((c) => c.area),
    smokes: cells.map(() => '*'),
    ill: cells.map((c) => c.ill),
  })
  return { original: made, published, quasi: ['area', 'smokes'], sensitive: ['ill'] }
}

describe('a classifier learned from all classes', () => {
  it('names what a class alone does not', async () => {
    const planted = anatomy(4000)
    const alone = (await got(homogeneity, planted, 'attribute')).value
    const together = await got(deFinetti, planted, 'attribute')
    expect(alone).toBeLessThan(0.65)
    expect(together.value).toBeGreaterThan(0.8)
    // And says that strangers are told as well.
    expect(together.baseline!).toBeGreaterThan(0.8)
  })

  it('learned from strangers decides within a class better than either alone', async () => {
    // Two people a class, one of whom smokes in most: of two who differ it names the smoker.
    const planted = anatomy(4000)
    const pairs = planted.original.columns[0]!
    const two = (table: CodedTable): CodedTable => ({
      ...table,
      columns: [
        tableOf({ area: Array.from({ length: table.rows }, (_, i) => Math.floor(i / 2)) }).columns[0]!,
        ...table.columns.slice(1),
      ],
    })
    expect(pairs.name).toBe('area')
    const found = await got(
      strangersAndClasses,
      { ...planted, original: two(planted.original), published: two(planted.published) },
      'attribute',
    )
    expect(found.value).toBeGreaterThan(found.baseline! + 0.03)
  })

  it('is at chance where nothing goes with anything', async () => {
    const { original: made, ...rest } = anatomy(4000)
    const source = seededStream(6, 'noise')
    const noise = tableOf({ smokes: Array.from({ length: 4000 }, () => source.below(2)) }).columns[0]!
    const found = await got(
      deFinetti,
      { ...rest, original: { rows: 4000, columns: [made.columns[0]!, noise, made.columns[2]!] } },
      'attribute',
    )
    const alone = (await got(homogeneity, { ...rest, original: made }, 'attribute')).value
    expect(found.value).toBeLessThan(alone + 0.03)
  })
})

describe('two releases', () => {
  const people = 64
  const columns = {
    x: Array.from({ length: people }, (_, i) => i % 8),
    y: Array.from({ length: people }, (_, i) => Math.floor(i / 8)),
    ill: Array.from({ length: people }, (_, i) => `v${(3 * (i % 8) + 5 * Math.floor(i / 8)) % 8}`),
  }
  const whole = tableOf(columns)
  const star = columns.x.map(() => '*')
  const byX = tableOf({ ...columns, y: star })
  const byY = tableOf({ ...columns, x: star })

  it('tell together what neither tells alone', async () => {
    const both = { original: whole, published: byX, previous: byY, quasi: ['x', 'y'], sensitive: ['ill'] }
    expect((await got(homogeneity, both, 'certain')).value).toBe(0)
    const alone = (await got(linkage, both, 'rank1')).value
    expect(alone).toBeCloseTo(1 / 8, 12)
    expect((await got(intersection, both, 'rank1')).value).toBeGreaterThanOrEqual(1 / 8)
    // A pair of classes has one person: of the eight values of a row and of a column all eight are common.
    expect((await got(intersection, both, 'certain', 'ill')).value).toBe(0)
  })

  it('single out everybody where each has a value of their own', async () => {
    const ill = Array.from({ length: people }, (_, i) => `v${i}`)
    const with_ = (table: CodedTable): CodedTable => ({
      ...table,
      columns: [...table.columns.slice(0, 2), ...tableOf({ ill }).columns],
    })
    const both = {
      original: with_(whole),
      published: with_(byX),
      previous: with_(byY),
      quasi: ['x', 'y'],
      sensitive: ['ill'],
    }
    expect((await got(intersection, both, 'singled')).value).toBe(1)
    expect((await got(intersection, both, 'certain', 'ill')).value).toBe(1)
    expect((await got(homogeneity, both, 'certain')).value).toBe(0)
  })

  it('are joined by what did not change where another column did', async () => {
    const id = Array.from({ length: people }, (_, i) => `p${i}`)
    const at = (table: CodedTable, wage: (i: number) => number): CodedTable => ({
      ...table,
      columns: [
        ...table.columns,
        ...tableOf({ id, wage: Array.from({ length: people }, (_, i) => wage(i)) }).columns,
      ],
    })
    const both = {
      original: at(whole, (i) => i),
      published: at(byX, (i) => i),
      previous: at(byY, (i) => 1000 + i),
      quasi: ['x', 'y'],
      sensitive: ['ill'],
    }
    expect((await got(intersection, both, 'singled')).value).toBe(1)
  })

  it('are as one where the earlier is the same', async () => {
    const same = { original: whole, published: byX, previous: byX, quasi: ['x', 'y'], sensitive: ['ill'] }
    expect((await got(intersection, same, 'rank1')).value).toBeCloseTo(
      (await got(linkage, same, 'rank1')).value,
      12,
    )
    expect(intersection.obstacle({ ...same, previous: undefined })).toContain('No earlier release')
  })
})

/** At most half of a class may be ill of `hiv`. */
const halfAtMost: PrivacyModel = {
  name: 'confidence',
  says: 'hiv in at most half of a class',
  sensitive: 'ill',
  monotone: true,
  prepare: ({ sensitiveValues }) => ({
    classPasses({ rows, distinct, values, counts }) {
      for (let d = 0; d < distinct; d++)
        if (sensitiveValues[values[d]!] === 'hiv' && counts[d]! > rows / 2) return false
      return true
    },
  }),
}

describe('minimality', () => {
  const job: Hierarchy = {
    leaves: ['a', 'b'],
    levels: [
      { labels: ['a', 'b'], groupOf: Uint32Array.of(0, 1) },
      { labels: ['*'], groupOf: Uint32Array.of(0, 0) },
    ],
  }
  // Two with job a, both ill; four with job b, who are not: had the two been kept apart, the model would have failed.
  const made = tableOf({
    job: ['a', 'a', 'b', 'b', 'b', 'b'],
    ill: ['hiv', 'hiv', 'flu', 'gout', 'flu', 'gout'],
  })
  const published = tableOf({ job: Array(6).fill('*'), ill: ['hiv', 'flu', 'gout', 'hiv', 'flu', 'gout'] })
  const known = {
    original: made,
    published,
    quasi: ['job'],
    sensitive: ['ill'],
    hierarchies: new Map([['job', job]]),
    algorithm: { levels: [1], models: [halfAtMost], suppression: 0 },
  }

  it('tells of those who made the table fail for certain', async () => {
    expect((await got(homogeneity, known, 'certain')).value).toBe(0)
    expect(await got(minimality, known, 'certain')).toMatchObject({
      value: expect.closeTo(2 / 6, 12),
      chance: 0,
    })
  })

  it('tells nothing where sizes alone made it fail', async () => {
    const sizes: PrivacyModel = {
      name: 'k-anonymity',
      says: '3-anonymity',
      monotone: true,
      prepare: () => ({ classPasses: ({ rows }) => rows >= 3 }),
    }
    const found = (
      await run(minimality, {
        ...known,
        algorithm: { ...known.algorithm, models: [sizes, halfAtMost] },
      })
    )[0]!
    expect(metricOf(found, 'certain').value).toBe(0)
    expect(found.notes[0]).toContain('whatever the hidden values are')
  })
})

describe('local recoding', () => {
  const leaves = ['a', 'b', 'c', 'd']
  const hierarchy: Hierarchy = {
    leaves,
    levels: [
      { labels: leaves, groupOf: Uint32Array.of(0, 1, 2, 3) },
      { labels: ['ab', 'cd'], groupOf: Uint32Array.of(0, 0, 1, 1) },
      { labels: ['*'], groupOf: Uint32Array.of(0, 0, 0, 0) },
    ],
  }
  const cells = ['a', 'a', 'b', 'c', 'c', 'c', 'd']
  const made = tableOf({ q: cells })
  const published = tableOf({ q: ['ab', 'ab', 'ab', 'c', 'c', 'c', '*'] })
  const release = {
    hierarchies: [hierarchy],
    rounds: [
      { levels: [0], needed: 3 },
      { levels: [1], needed: 3 },
    ],
    classes: [
      { round: 0, groups: [2], rows: 3 },
      { round: 1, groups: [0], rows: 3 },
    ],
    suppressed: 1,
  }

  it('is read by caps on what failed', async () => {
    // Behind the first round no leaf has three rows or more: of three with label ab neither all are a nor all are b.
    const failed = [{ levels: [0], round: 1, cap: 2 }]
    const evidence_ = { original: made, published, quasi: ['q'], rounds: { release, failed } }
    const found = (await run(localRecoding, evidence_))[0]!
    expect(metricOf(found, 'cells1')).toMatchObject({ value: 2 / 3, chance: 0, unprotected: 1 })
    expect(localRecoding.obstacle({ original: made, published, quasi: ['q'], sensitive: [] })).toContain(
      'not made by',
    )
  })
})

describe('every attack', () => {
  it('stays between 0 and 1, and links no more where a column is left out', async () => {
    const row = fc.record({ a: fc.nat(3), b: fc.nat(2), s: fc.nat(2) })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 4, maxLength: 30 }), async (rows) => {
        const columns = { a: rows.map((r) => r.a), b: rows.map((r) => r.b), s: rows.map((r) => `s${r.s}`) }
        const made = tableOf(columns)
        const less = tableOf({ ...columns, b: rows.map(() => '*') })
        const at = (published: CodedTable) => ({
          original: made,
          published,
          quasi: ['a', 'b'],
          sensitive: ['s'],
          previous: less,
        })
        for (const attack of publishedAttacks) {
          if (attack.obstacle(at(less)) !== undefined) continue
          for (const { metrics } of await run(attack, at(less)))
            for (const { value, interval, chance } of metrics)
              for (const share of [value, ...interval, chance]) {
                expect(share).toBeGreaterThanOrEqual(0)
                expect(share).toBeLessThanOrEqual(1)
              }
        }
        expect((await got(linkage, at(less), 'rank1')).value).toBeLessThanOrEqual(
          (await got(linkage, at(made), 'rank1')).value + 1e-12,
        )
      }),
      { numRuns: 40 },
    )
  })
})

describe.skipIf(!hasAdult)(
  'Adult at the node that ARX chose for k = 5 (skipped without ../shared/data)',
  () => {
    it('is linked as its classes are: 48 of them, the smallest of five', async () => {
      const table = readAdult()
      // sex, age, race, marital, education, country, workclass, occupation, salary: [1,2,1,1,3,2,2,1,1], nothing suppressed.
      const levels = {
        sex: 1,
        age: 2,
        race: 1,
        'marital-status': 1,
        education: 3,
        'native-country': 2,
        workclass: 2,
        occupation: 1,
        'salary-class': 1,
      }
      const hierarchies = new Map(Object.keys(levels).map((name) => [name, adultHierarchy(name)]))
      const published = generalised(table, levels, (name) => hierarchies.get(name)!)
      const found = (
        await run(linkage, { original: table, published, quasi: Object.keys(levels), hierarchies })
      )[0]!
      expect(metricOf(found, 'rank1').value).toBeCloseTo(48 / 30162, 12)
      expect(metricOf(found, 'rank1').unprotected).toBe(1)
      const raw = (await run(linkage, { original: table, published: table, quasi: Object.keys(levels) }))[0]!
      expect(metricOf(raw, 'rank1').value).toBeCloseTo(0.6465751607983555, 12)
      expect(found.measures[0]!.value).toBe(5)
    })
  },
)

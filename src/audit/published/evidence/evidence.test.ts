import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import type { Hierarchy } from '../../../protect/tables/hierarchy.ts'
import { metricOf } from '../../finding.ts'
import { linkage, listed, otherColumns } from '../attacks/linkage.ts'
import { homogeneity } from '../attacks/sensitiveValues.ts'
import { auditPublished } from '../auditPublished.ts'
import { type PublishedAttack, type PublishedEvidence, sightOf } from '../contract.ts'
import { tableOf } from '../testing.ts'
import { underOneSpelling } from './oneSpelling.ts'
import { requireReadable } from './readable.ts'
import { folded, spelled } from './spelling.ts'

type Columns = Readonly<Record<string, readonly (string | number)[]>>

/** Evidence of these columns. */
const evidenceOf = (
  original: Columns,
  published: Columns,
  more: Partial<PublishedEvidence> = {},
): PublishedEvidence => ({
  original: tableOf(original),
  published: tableOf(published),
  quasi: ['age'],
  sensitive: ['ill'],
  ...more,
})

/** What an attack gets of evidence that can be compared. */
async function got(attack: PublishedAttack, given: PublishedEvidence, name: 'rank1' | 'certain' | 'singled') {
  const evidence = underOneSpelling(given)
  await requireReadable(evidence)
  return metricOf(
    {
      attack: attack.name,
      ...(await attack.find(await sightOf(evidence, { seed: 1 }), { seed: 1 }))[0]!,
    } as never,
    name,
  ).value
}

const people = Array.from({ length: 40 }, (_, i) => i)
const age = people.map((i) => 20 + i)
const band = people.map((i) => `[${20 + 5 * Math.floor(i / 5)}, ${24 + 5 * Math.floor(i / 5)}]`)
const ill = people.map((i) => 1 + (Math.floor(i / 5) % 4))
const words = ['Flu', 'Gout', 'HIV', 'none']

describe('one spelling', () => {
  it.each([
    ['1', '1.0'],
    ['-3.5', '-3.50'],
    ['007', '7'],
    ['1200', '1.2e3'],
    ['0.1', '.1'],
    ['flu', ' flu '],
    ['two words', 'two  words'],
    ['caf\u00e9', 'cafe\u0301'],
    ['1980-01-31', '1980-01-31 00:00:00'],
    ['1980-01-31', '31.01.1980'],
  ])('%s is %s', (one, other) => {
    expect(spelled(other)).toBe(spelled(one))
  })

  it('keeps numbers apart that differ', () => {
    expect(spelled('12345678901234567')).not.toBe(spelled('12345678901234568'))
    expect(spelled('0.1')).not.toBe(spelled('0.10000000000000002'))
    expect(folded('1,5')).toBe('1.5')
    expect(folded('1,500')).not.toBe('1.5')
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Number(spelled(String(x)))).toBe(x === 0 ? 0 : x)
      }),
    )
  })

  it.each([
    ['decimal points', (v: number) => `${v}.0`],
    ['spaces', (v: number) => ` ${v} `],
    ['powers', (v: number) => `${v}e0`],
  ])('reads hidden numbers with %s as the numbers they are', async (_, write) => {
    const given = evidenceOf({ age, ill }, { age: band, ill: ill.map(write) })
    expect(await got(homogeneity, given, 'certain')).toBe(1)
    expect(await got(linkage, given, 'rank1')).toBeCloseTo(1 / 5, 12)
  })

  it('reads hidden texts in whatever case, and where the original has two of them', async () => {
    const named = ill.map((v) => words[v - 1]!)
    const small = named.map((text) => text.toLowerCase())
    expect(
      await got(homogeneity, evidenceOf({ age, ill: named }, { age: band, ill: small }), 'certain'),
    ).toBe(1)
    const mixed = named.map((text, i) => (i % 2 === 0 ? text : text.toUpperCase()))
    expect(
      await got(homogeneity, evidenceOf({ age, ill: mixed }, { age: band, ill: small }), 'certain'),
    ).toBe(1)
  })

  it('keeps codes apart that both tables keep apart', async () => {
    const code = people.map((i) => String.fromCharCode((i < 20 ? 65 : 97) + (i % 20)))
    const given = evidenceOf({ age, ill, code }, { age: band, ill, code })
    expect(await got(otherColumns, given, 'singled')).toBe(1)
  })

  it('reads the column that nobody named, the quasi-identifiers, the list and the hierarchy as well', async () => {
    const id = people.map((i) => 1000 + ((i * 7) % 40))
    const written = id.map((v) => `${v}.0`)
    expect(
      await got(otherColumns, evidenceOf({ age, ill, id }, { age: band, ill, id: written }), 'singled'),
    ).toBe(1)
    const years = age.map((v) => `${v}.0`)
    expect(await got(linkage, evidenceOf({ age, ill }, { age: years, ill }), 'singled')).toBe(1)
    const list = tableOf({ age: years })
    expect(await got(listed, evidenceOf({ age, ill }, { age, ill }, { list }), 'singled')).toBe(1)
    const hierarchy: Hierarchy = {
      leaves: years,
      levels: [
        { labels: years, groupOf: Uint32Array.from(people) },
        { labels: ['Young', 'Old'], groupOf: Uint32Array.from(people, (i) => Number(i >= 10)) },
      ],
    }
    const young = people.map((i) => (i >= 10 ? 'old' : 'young'))
    const given = evidenceOf(
      { age, ill },
      { age: young, ill },
      { hierarchies: new Map([['age', hierarchy]]) },
    )
    expect(await got(linkage, given, 'rank1')).toBeCloseTo(2 / 40, 12)
  })

  it('leaves a suppressed cell suppressed, where a value folds to nothing as well', () => {
    const named = ill.map((v) => ['NA', 'flu', 'hiv', 'gout'][v - 1]!)
    const { published } = underOneSpelling(
      evidenceOf({ age, ill: named }, { age: band, ill: named.map((v, i) => (i === 0 ? '' : v)) }),
    )
    expect(published.columns[1]!.values).toContain('')
  })
})

describe('what cannot be read', () => {
  const refused = async (given: PublishedEvidence) => {
    try {
      await requireReadable(underOneSpelling(given))
    } catch (error) {
      return (error as Error).message
    }
    return 'not refused'
  }

  it.each([
    [
      'a hidden value in another language',
      { age: band, ill: ill.map((v) => `Fall ${v}`) },
      "cells of 'ill' fit nobody",
    ],
    ['a quasi-identifier with its unit', { age: age.map((v) => `${v} y`), ill }, "cells of 'age' fit nobody"],
    [
      'a column of another name',
      { age: band, ill, person: people },
      "a column 'person' that the original has not",
    ],
    [
      'hidden values that were swapped',
      { age: band, ill: [...ill].map((_, i) => ill[(i + 7) % 40]!) },
      'swapped or changed',
    ],
    [
      'more rows of a kind than there are people',
      { age: people.map((i) => band[i < 8 ? 5 * i : 0]!), ill },
      'fit nobody',
    ],
  ])('is refused: %s', async (_, published, message) => {
    expect(await refused(evidenceOf({ age, ill }, published as Columns))).toContain(message)
  })

  it('is refused on the side of the original, of a list, of an earlier table and of a hierarchy', async () => {
    const halfWritten = age.map((v, i) => (i % 5 === 0 ? `${v} y` : String(v)))
    expect(await refused(evidenceOf({ age: halfWritten, ill }, { age: band, ill }))).toContain(
      'fits no published label',
    )
    const list = tableOf({ age: age.map((v) => `${v} y`) })
    expect(await refused(evidenceOf({ age, ill }, { age: band, ill }, { list }))).toContain(
      'on the public list',
    )
    const previous = tableOf({ age: band, ill: ill.map((v) => `Fall ${v}`) })
    expect(await refused(evidenceOf({ age, ill }, { age: band, ill }, { previous }))).toContain(
      "earlier cells of 'ill'",
    )
    const hierarchy: Hierarchy = {
      leaves: ['a', 'b'],
      levels: [{ labels: ['a', 'b'], groupOf: Uint32Array.of(0, 1) }],
    }
    expect(
      await refused(
        evidenceOf({ age, ill }, { age: band, ill }, { hierarchies: new Map([['age', hierarchy]]) }),
      ),
    ).toContain("hierarchy of 'age' lacks")
  })

  it('is not what was suppressed, left out, or on a list of more', async () => {
    const stars = people.map((i) => (i % 2 === 0 ? '*' : ill[i]!))
    expect(await refused(evidenceOf({ age, ill }, { age: band, ill: stars }))).toBe('not refused')
    const half = (cells: readonly (string | number)[]) => cells.slice(0, 20)
    expect(await refused(evidenceOf({ age, ill }, { age: half(band), ill: half(ill) }))).toBe('not refused')
    const list = tableOf({ age: Array.from({ length: 110 }, (_, i) => i) })
    expect(await refused(evidenceOf({ age, ill }, { age: band, ill }, { list }))).toBe('not refused')
  })
})

describe('a suppressed cell', () => {
  it('thins out no class: of what is left all are alike', async () => {
    const stars = people.map((i) => (i % 2 === 0 ? '*' : ill[i]!))
    expect(await got(homogeneity, evidenceOf({ age, ill }, { age: band, ill: stars }), 'certain')).toBe(1)
  })

  it('in every row leaves nothing to be named', async () => {
    const all = people.map(() => '*')
    const report = await auditPublished(evidenceOf({ age, ill }, { age: people.map(() => '*'), ill: all }), {
      name: 'stars.csv',
      seed: 1,
    })
    const of = report.findings.find(({ attack }) => attack === 'homogeneity')!
    expect(metricOf(of, 'certain').value).toBe(0)
    expect(metricOf(of, 'attribute').value).toBe(0)
  })
})

describe('an audit', () => {
  it('finds as much whatever a program made of the spelling', async () => {
    const write = (table: CodedTable, form: (text: string) => string): CodedTable => ({
      ...table,
      columns: table.columns.map((column) => ({ ...column, values: column.values.map(form) })),
    })
    const given = evidenceOf({ age, ill }, { age, ill })
    const audit = async (evidence: PublishedEvidence) => {
      const { findings, verdict } = await auditPublished(evidence, { name: 'x.csv', seed: 1 })
      return {
        status: verdict.status,
        findings: findings.map(({ attack, metrics }) => ({ attack, metrics })),
      }
    }
    const plain = await audit(given)
    expect(plain.status).toBe('broken')
    expect(await audit({ ...given, published: write(given.published, (text) => `${text}.0`) })).toEqual(plain)
  })
})

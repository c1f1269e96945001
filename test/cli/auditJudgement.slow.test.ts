// Tables on which an audit once called a rule held that nothing could break or nobody had tried: from outside, all attacks.

import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../src/random/seeded.ts'
import { workplace, works } from './harness.ts'

const place = workplace()

interface Audited {
  readonly code: number | null
  readonly out: string
  /** Of each rule. */
  readonly statuses: readonly string[]
  readonly untested: readonly { readonly attack: string; readonly why: string }[]
}

/** Protects a table and audits what left, under these rules or the default policy. */
async function audited(name: string, lines: readonly string[], key: string, rules?: readonly object[]) {
  writeFileSync(place.at(`${name}.csv`), `${lines.join('\n')}\n`)
  const policy = { format: 'frostglass-policy', version: 2, name, unmeasured: 'fails', rules }
  writeFileSync(place.at(`${name}.policy`), JSON.stringify(policy))
  await works(place, `key create ${name}.csv ${key} --unsealed --audit off --out ${name}.key`)
  await works(place, `protect ${name}.csv --key ${name}.key --out ${name}-p.csv`)
  const { code, out } = await place.run(
    `audit ${name}-p.csv --original ${name}.csv --key ${name}.key --out ${name}.html${rules ? ` --policy ${name}.policy` : ''}`,
  )
  const { judgements, untested } = JSON.parse(place.read(`${name}.json`))
  return {
    code,
    out,
    statuses: judgements.map(({ status }: { status: string }) => status),
    untested,
  } as Audited
}

const labelsStay = [{ name: 'labels', against: 'any', metric: 'labels', mostAboveBaseline: 0.1 }]

describe('an audit does not call held', () => {
  it('a hidden number that is named of everybody, where one entry far out makes all others alike', async () => {
    const random = seededStream(1, 'visits')
    const letters = () => 'aaaaabbbcc'[Math.floor(10 * random.uniform())]!
    const rows = Array.from({ length: 400 }, (_, r) => {
      const visits = Math.floor(11 * random.uniform())
      return [letters(), letters(), letters(), `s${visits}`, r === 300 ? 5000 : visits].join(',')
    })
    const found = await audited(
      'visits',
      ['x0,x1,x2,severity,visits', ...rows],
      '--label visits --task number --layers 8 --encoding ordinal',
      labelsStay,
    )
    expect(found).toMatchObject({ code: 3, statuses: ['broken'] })
    // By the range of all but the extremes: every number from 0 to 10 is one of its own.
    expect(found.out).toMatch(/Hidden number by known rows .* 100\.0% to 100\.0% │ +1?\d\.\d% │/)
  })

  it('a hidden number that is named of everybody, where nearly everybody has none', async () => {
    const random = seededStream(2, 'claims')
    const letters = () => 'aaaaabbbcc'[Math.floor(10 * random.uniform())]!
    const rows = Array.from({ length: 400 }, () => {
      const claim = random.uniform() < 0.05 ? Math.exp(8 + random.normal()).toFixed(2) : 0
      return [letters(), letters(), letters(), claim].join(',')
    })
    const found = await audited(
      'claims',
      ['x0,x1,x2,claim', ...rows],
      '--label claim --task number --layers 8 --encoding ordinal',
      labelsStay,
    )
    expect(found).toMatchObject({ code: 3, statuses: ['broken'] })
  })

  it('the tenth who fare worst, where a tenth has nothing to hide and of all others all is recovered', async () => {
    const random = seededStream(3, 'symptoms')
    const columns = Array.from({ length: 10 }, (_, c) => `sym${c}`)
    const rows = Array.from({ length: 400 }, () =>
      columns.map(() => (random.uniform() < 0.1 ? 'yes' : 'no')).join(','),
    )
    const rule = { name: 'tenth', against: 'any', metric: 'cells5', of: 'worst-decile', mostOfRest: 0.01 }
    const found = await audited('symptoms', [columns.join(','), ...rows], '--layers 1', [rule])
    expect(found).toMatchObject({ code: 3, statuses: ['broken'] })
  })

  it('categories that an attack does not guess from the file alone', async () => {
    const random = seededStream(4, 'mixed')
    const rows = Array.from({ length: 400 }, () => {
      const numbers = [random.normal(), random.normal(), random.normal()].map((x) => x.toFixed(3))
      return [...numbers, random.uniform() < 0.15 ? 'pos' : 'neg', random.uniform() < 0.58 ? 'f' : 'm'].join(
        ',',
      )
    })
    const blind = { against: 'blind', metric: 'cells5' } as const
    const found = await audited('mixed', ['n0,n1,n2,hiv,sex', ...rows], '--layers 2 --encoding ordinal', [
      { ...blind, name: 'hiv', of: { attribute: 'hiv' }, mostOfRest: 0.5 },
      {
        ...blind,
        name: 'hiv from distributions',
        against: 'independent-components',
        of: { attribute: 'hiv' },
        mostAboveBaseline: 0.01,
      },
      { ...blind, name: 'cells', mostAboveBaseline: 0.05 },
    ])
    expect(found.code).toBe(3)
    expect(found.statuses).not.toContain('held')
    expect(found.statuses[1]).toBe('not measured')
    // Attacks that name categories are tried: it is broken by what they find, or too weak where they find nothing.
    expect(['broken', 'too weak']).toContain(found.statuses[0])
    expect(found.untested.map(({ attack }) => attack)).not.toContain('category-components')
  })

  it('a correlation of no number, and lists who guesses numbers alone as not run', async () => {
    const random = seededStream(5, 'plans')
    const letters = () => 'aaaaabbbcc'[Math.floor(10 * random.uniform())]!
    const rows = Array.from({ length: 120 }, () => [letters(), letters(), letters()].join(','))
    const rule = { name: 'ranks', against: 'blind', metric: 'correlation', most: 0.5 }
    const found = await audited('plans', ['x0,x1,x2', ...rows], '--layers 2', [rule])
    expect(found).toMatchObject({ code: 3, statuses: ['not measured'] })
    const why = (name: string) => found.untested.find(({ attack }) => attack === name)?.why
    for (const attack of ['independent-components', 'sorted-marginals', 'ordinal-inversion'])
      expect(why(attack)).toMatch(/guesses numbers alone/)
  })
})

describe('an audit still calls held', () => {
  it('what attacks tried on independent numbers behind many layers, and did not get', async () => {
    const random = seededStream(6, 'independent numbers')
    const columns = Array.from({ length: 12 }, (_, c) => `x${c}`)
    const rows = Array.from({ length: 400 }, () => columns.map(() => random.normal().toFixed(2)).join(','))
    const { statuses } = await audited('numbers', [columns.join(','), ...rows], '--layers 18')
    // Keys are drawn: with some of them one rule or another is left without an attack that tells, or barely broken.
    expect(statuses.filter((status) => status === 'held').length, statuses.join()).toBeGreaterThanOrEqual(2)
  })
})

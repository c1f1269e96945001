import { describe, expect, it } from 'vitest'
import { hasAdult, readAdult, tableOf } from '../testing.ts'
import { findIdentifiers } from './identifiers.ts'
import { suggestRoles } from './roles.ts'
import { wordsOf } from './safeHarbor.ts'

const many = (make: (i: number) => string | number, rows = 100) =>
  Array.from({ length: rows }, (_, i) => make(i))

/** Letters found in one column. */
const lettersIn = (name: string, cells: readonly (string | number)[]) =>
  findIdentifiers(tableOf({ [name]: cells })).map(({ letter, confidence }) => `${letter} ${confidence}`)

describe('identifiers of Safe Harbor', () => {
  it.each([
    ['c1', many((i) => `person${i}@example.org`), ['F certain']],
    ['c1', many((i) => `+49 30 ${1000000 + i * 37}`), ['D certain']],
    ['c1', many((i) => `(555) 123-${1000 + i}`), ['D certain']],
    ['c1', many((i) => `123-45-${1000 + i}`), ['G certain']],
    ['c1', many((i) => `10.0.${i}.${i + 1}`), ['O certain']],
    ['c1', many((i) => `2001:db8::${(i + 1).toString(16)}`), ['O certain']],
    ['c1', many((i) => `https://example.org/${i}`), ['N certain']],
    ['c1', many((i) => `1980-0${1 + (i % 9)}-1${i % 10}`), ['C certain']],
    ['c1', many((i) => `${1 + (i % 28)}.0${1 + (i % 9)}.1980`), ['C certain']],
    ['c1', many((i) => `${1 + (i % 28)} March 19${10 + (i % 80)}`), ['C certain']],
    ['c1', many((i) => `SW1A ${1 + (i % 9)}AA`), ['B certain']],
    ['c1', many(() => '4111 1111 1111 1111'), ['J certain']],
    ['c1', many(() => 'DE89 3704 0044 0532 0130 00'), ['J certain']],
    ['c1', many(() => '1M8GDM9AXKP042788'), ['L certain']],
    ['c1', many((i) => `00:1a:2b:3c:4d:${(16 + i).toString(16)}`), ['M certain']],
    ['zip', many((i) => 10000 + i * 31), ['B certain']],
    ['patient_age', [...many((i) => 20 + (i % 60)), 93], ['C likely']],
    ['FirstName', many((i) => `Anna${'x'.repeat(i % 3)}`), ['A likely']],
    ['c1', many((i) => `Anna B${'abcdefghij'[i % 10]}${'abcdefghij'[Math.floor(i / 10)]}ck`), ['A likely']],
    ['patientId', many((i) => i), ['H likely', 'R likely']],
    ['c1', many((i) => 90000 + i), ['R likely']],
    ['c1', many((i) => 19500101 + (i % 28) + 100 * (i % 12)), ['C certain']],
    ['c1', many((i) => `${i + 1} Elm Street`), ['B certain']],
    ['c1', many((i) => `Lindenstraße ${i + 1}, Köln`), ['B certain']],
    ['geo', many((i) => (40.123456 + i * 0.001).toFixed(6)), ['B likely']],
    ['c1', many((i) => `0171.${5551000 + i}`), ['D certain']],
    [
      'notes',
      many(
        (i) =>
          `Mr Smith of ${i + 1} Elm Street came on 3 May 2025, phone 617-555-${1000 + i}, mail a${i}@x.org`,
      ),
      ['A certain', 'B certain', 'C certain', 'D certain', 'F certain', 'A–R possible'],
    ],
    ['c1', many((i) => (i === 70 ? 'see a@x.org' : 'ok')), ['F likely']],
    ['c1', many((i) => (i % 4 ? 'ok' : 'call 0171 5551234')), ['D likely']],
    [
      'c1',
      many((i) => ['stabil', 'Überweisung an Dr. Klein, Tel. 0171 5551234'][i % 2]!),
      ['A certain', 'D certain'],
    ],
    ['c1', many((i) => `the patient felt better after ${'abcdefghij'[i % 10]}${i} pills`), ['A–R possible']],
    ['Bemerkung', many((i) => ['gut', 'schlecht'][i % 2]!), ['A–R possible']],
    ['email', many((i) => (i % 2 ? `a${i}@x.org` : `a${i}@x.org, b${i}@x.org`)), ['F certain']],
  ] as const)('are found in %s', (name, cells, expected) => {
    expect(lettersIn(name, cells)).toEqual(expected)
  })

  it.each([
    ['birth_year', many((i) => 1940 + (i % 60))],
    ['zip', many((i) => 100 + (i % 30))],
    ['age', many((i) => 20 + (i % 60))],
    ['country name', many((i) => ['New Zealand', 'Costa Rica', 'Sri Lanka'][i % 3]!)],
    ['hours', many((i) => `${i % 9}0-${(i % 9) + 1}0`)],
    ['weight', many((i) => (50.1234 + i * 0.37).toFixed(4))],
    ['product id', many((i) => i % 7)],
    ['c1', many((i) => (40.915945 + (i % 40) * 0.0001).toFixed(6))],
    ['income', many((i) => `${1 + (i % 9)},234,567.89`)],
    ['band', many((i) => `${1 + (i % 8)}0000-${1 + (i % 8)}9999`)],
    ['pressure', many((i) => `${110 + (i % 20)}/80 and 130/85`)],
    ['answer', many((i) => ['not in this universe or child', 'one of the older people'][i % 2]!)],
  ] as const)('are not seen in %s', (name, cells) => {
    expect(lettersIn(name, cells)).toEqual([])
  })

  it('say what speaks for them, and no value', () => {
    const secret = 'eve.smith@example.org'
    const [found] = findIdentifiers(tableOf({ mail: [secret, '', secret, 'none'] }))
    expect(found).toMatchObject({ letter: 'F', confidence: 'certain', share: 2 / 3 })
    expect(JSON.stringify(found)).not.toContain(secret)
  })

  it('are looked for in all of a column, not in what comes first by the alphabet', () => {
    const cells = many((i) => (i < 60_000 ? `a${i} x` : `z${i} then call 617-555-1012`), 61_000)
    expect(lettersIn('c1', cells)).toContain('D likely')
  })

  it('take no longer than a text is long', () => {
    for (const piece of ['a', '1', '1.', '1 ', 'AB ', 'a@', 'Dr. med ', '12 Elm Oak '])
      expect(lettersIn('c1', [piece.repeat(100_000)])).not.toContain('D certain')
  })

  it('read names of columns as words', () => {
    expect(wordsOf('Patient-FirstName_2')).toBe('patient first name 2')
  })
})

describe('roles', () => {
  it('are suggested with a reason each', () => {
    const table = tableOf({
      ssn: many((i) => `123-45-${1000 + i}`),
      age: many((i) => 20 + (i % 60)),
      diagnosis: many((i) => ['flu', 'gout'][i % 2]!),
      constant: many(() => 'x'),
      fnlwgt: many((i) => `${1000 + i}.5`),
      flag: many((i) => i % 2),
    })
    const roles = suggestRoles(table)
    expect(roles.map(({ role }) => role)).toEqual([
      'identifying',
      'quasi',
      'sensitive',
      'insensitive',
      'quasi',
      'insensitive',
    ])
    for (const { reasons } of roles) expect(reasons.length).toBeGreaterThan(0)
  })

  it('leave out or show to somebody what is free text, whatever is found in it', () => {
    const roles = suggestRoles(
      tableOf({
        comment: many((i) => (i % 4 ? 'ok' : 'call 0171 5551234')),
        remark: many((i) => `told of holiday number ${i}`),
        diagnosis: many((i) => `a long story of case ${i}`),
      }),
    )
    expect(roles.map(({ role }) => role)).toEqual(['identifying', 'identifying', 'sensitive'])
    expect(roles[2]!.reasons.join()).toContain('free text')
  })

  it.skipIf(!hasAdult)('of Adult are those that stewards give', () => {
    const roles = Object.fromEntries(suggestRoles(readAdult()).map(({ column, role }) => [column, role]))
    expect(roles).toEqual({
      sex: 'quasi',
      age: 'quasi',
      race: 'quasi',
      'marital-status': 'quasi',
      education: 'quasi',
      'native-country': 'quasi',
      workclass: 'quasi',
      occupation: 'quasi',
      'salary-class': 'sensitive',
    })
  })
})

// Rare and unknown texts share one category of the key's, where the owner says so; else they are refused. From outside.

import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { tableEvidence } from '../../src/audit/tables/tableEvidence.ts'
import { readKeyFile } from '../../src/protect/index.ts'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const rows = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))
const create = 'key create --unsealed --audit off --layers 2 --force'

const towns = rows(60, (i) => (i % 3 ? 'Bern' : i % 2 ? 'Ulm' : `Town${i}`))
const table = (texts: readonly string[]) =>
  csv(['x,town,kind,y', ...texts.map((town, i) => `${i},${town},${i % 2 ? 'u' : 'v'},${i % 4 ? 'a' : 'b'}`)])
const pooled = (texts: readonly string[], known = ['Bern', 'Ulm'], bucket = '(other)') =>
  texts.map((town) => (known.includes(town) ? town : bucket))

/** What is said of cells, not of the key. */
const ofCells = (warnings: readonly string[]) => warnings.filter((one) => /, column \w+: /.test(one))

beforeAll(async () => {
  put('own.csv', table(towns))
  put('later.csv', table(['Bern', 'Paris', 'Ulm', 'Aarau', 'Town0', 'Paris']))
})

describe('without --rare', () => {
  it('all texts are categories, and an unknown one is refused as ever', async () => {
    const made = await json(place, `${create} own.csv --label y --out plain.key`)
    expect(made.warnings.filter((one: string) => one.includes('other'))).toEqual([])
    await refused(place, 'protect later.csv --key plain.key --out x.csv', 2, [
      /"Paris" is none of the 12 known/,
    ])
    await works(place, 'protect own.csv --key plain.key --out plain-p.csv')
    await works(place, 'restore plain-p.csv --key plain.key --out plain-back.csv')
    expect(place.read('plain-back.csv')).toBe(place.read('own.csv'))
  })
})

describe('--rare', () => {
  it.each(['one-hot', 'ordinal'])(
    'gives rare texts one category, and says what does not come back (%s)',
    async (encoding) => {
      const key = `${encoding}.key`
      const made = await json(
        place,
        `${create} own.csv --label y --rare 5 --encoding ${encoding} --out ${key}`,
      )
      expect(made).toMatchObject({ categoricalColumns: 2, classes: 2 })
      expect(ofCells(made.warnings)).toEqual([
        'own.csv, column town: 10 texts of fewer than 5 rows (such as "Town0") become "(other)", in 10 rows; such cells do not come back',
      ])
      const own = await json(place, `protect own.csv --key ${key} --force --out p.csv`)
      expect(own.warnings).toEqual([
        'own.csv, column town: 10 cells hold texts such as "Town0" and "Town6" that the key does not know or has as rare; such cells go as "(other)", and do not come back',
      ])
      const restored = await works(place, `restore p.csv --key ${key} --force --out back.csv`)
      expect(place.read('back.csv')).toBe(table(pooled(towns)))
      expect(restored.err).toContain(
        `column 'town': 10 cells are "(other)", which stands for texts that were rare or new`,
      )
      const later = await json(place, `protect later.csv --key ${key} --force --out p.csv`)
      expect(later.warnings[0]).toMatch(/column town: 4 cells hold texts such as "Aarau" and "Town0" that/)
      await works(place, `restore p.csv --key ${key} --force --out back.csv`)
      expect(place.read('back.csv')).toBe(table(pooled(['Bern', 'Paris', 'Ulm', 'Aarau', 'Town0', 'Paris'])))
      // What came back goes again, and now comes back as it is: no word on it.
      const again = await json(place, `protect back.csv --key ${key} --force --out p.csv`)
      expect(again.warnings).toEqual([])
      await works(place, `encode later.csv --key ${key} --force --out e.csv`)
      await works(place, `restore e.csv --key ${key} --force --out e-back.csv`)
      expect(place.cells('e-back.csv').map((row) => row[1])).toEqual([
        'town',
        ...pooled(['Bern', 'Paris', 'Ulm', 'Aarau', 'Town0', 'Paris']),
      ])
    },
  )

  it('takes new texts in a column without rare ones, too, and --rare 1 is for these alone', async () => {
    const { warnings } = await json(place, `${create} own.csv --label y --rare 1 --out one.key`)
    expect(ofCells(warnings)).toEqual([])
    const { warnings: own } = await json(place, 'protect own.csv --key one.key --force --out p.csv')
    expect(own).toEqual([])
    await works(place, 'restore p.csv --key one.key --force --out back.csv')
    expect(place.read('back.csv')).toBe(place.read('own.csv'))
    put('kinds.csv', csv(['x,town,kind,y', '3,Bern,new,a', '4,Ulm,u,b']))
    const { warnings: kinds } = await json(place, 'protect kinds.csv --key one.key --force --out p.csv')
    expect(kinds).toEqual([
      expect.stringContaining('column kind: 1 cell holds "new", a text that the key does not know'),
    ])
  })

  it('never takes a missing cell or a class, which are refused as ever', async () => {
    await works(place, `${create} own.csv --label y --rare 5 --out k.key`)
    put('numbers.csv', csv(['x,z', ...rows(20, (i) => `${i},${i % 7}`)]))
    const { warnings } = await json(place, `${create} numbers.csv --rare 5 --out n.key`)
    expect(warnings).toContain('numbers.csv: no column has texts that could be rare')
    put('gap.csv', csv(['x,town,kind,y', '3,,u,a']))
    await refused(place, 'protect gap.csv --key k.key --out x.csv', 2, [/column town: the value is missing/])
    put('class.csv', csv(['x,town,kind,y', '3,Bern,u,c']))
    await refused(place, 'protect class.csv --key k.key --out x.csv', 2, [
      /"c" is none of the 2 known classes/,
    ])
    put('rare-class.csv', csv(['x,y', ...rows(30, (i) => `${i},${i === 7 ? 'once' : 'often'}`)]))
    expect(await json(place, `${create} rare-class.csv --label y --rare 9 --out c.key`)).toMatchObject({
      classes: 2,
    })
    const gaps = place.read('own.csv').replace('\n1,Bern', '\n1,')
    put('filled.csv', gaps)
    await works(place, `${create} filled.csv --label y --rare 5 --missing median --out f.key`)
    await works(place, 'protect filled.csv --key f.key --missing median --force --out p.csv')
    await works(place, 'restore p.csv --key f.key --force --out back.csv')
    // The most frequent text, though it is no bucket's.
    expect(place.cells('back.csv')[2]![1]).toBe('Bern')
    await works(place, 'encode filled.csv --key f.key --missing drop --force --out e.csv')
  })

  it('chooses a text that is none of the column’s and none that is missing', async () => {
    const texts = ['(other)', '(other 2)', ...rows(20, () => 'Bern')]
    put('meets.csv', table(texts))
    const { warnings } = await json(place, `${create} meets.csv --label y --rare 3 --out meets.key`)
    expect(warnings[0]).toContain('become "(other 3)"')
    await works(place, 'protect meets.csv --key meets.key --force --out p.csv')
    await works(place, 'restore p.csv --key meets.key --force --out back.csv')
    expect(place.read('back.csv')).toBe(table(pooled(texts, ['Bern'], '(other 3)')))
    put('null.csv', table(towns))
    const told = await json(place, [
      ...create.split(' '),
      'null.csv',
      '--rare',
      '3',
      '--null-text',
      '(other)',
      '--out',
      'null.key',
    ])
    expect(told.warnings[0]).toContain('become "(other 2)"')
  })

  it('makes columns possible that have too many texts', async () => {
    const many = rows(30_000, (i) => (i % 2 ? 'Bern' : `T${i}`))
    put('many.csv', csv(['x,town', ...many.map((town, i) => `${i % 977},${town}`)]))
    await refused(place, `${create.replace(' --force', '')} many.csv --out x.key`, 2, [
      /more than 10000 distinct texts[\s\S]*--rare 10/,
    ])
    const { warnings } = await json(place, `${create} many.csv --rare 10 --out many.key`)
    expect(warnings[0]).toMatch(/15000 texts of fewer than 10 rows .* in 15,000 rows/)
    await works(place, 'protect many.csv --key many.key --force --out p.csv')
    await works(place, 'restore p.csv --key many.key --force --out back.csv')
    expect(
      place
        .cells('back.csv')
        .slice(1)
        .map((row) => row[1]),
    ).toEqual(pooled(many, ['Bern']))
    put('wide-hot.csv', csv(['x,t', ...rows(900, (i) => `${i},${i % 2 ? `T${i % 300}` : 'Bern'}`)]))
    await refused(place, `${create.replace(' --force', '')} wide-hot.csv --out x.key`, 2, [
      /at most 128[\s\S]*--rare/,
    ])
    await works(place, `${create} wide-hot.csv --rare 10 --out hot.key`)
    await refused(place, `${create.replace(' --force', '')} many.csv --rare 1 --out x.key`, 2, [
      /more than 10000 distinct texts/,
    ])
  })

  it('is written to a file to edit, for one column or another', async () => {
    await works(place, 'key preview own.csv --label y --rare 5 --out own.json')
    const file = JSON.parse(place.read('own.json'))
    expect(file.columns).toEqual({
      x: 'numeric',
      town: { kind: 'categorical', rare: 5 },
      kind: { kind: 'categorical', rare: 5 },
    })
    file.columns.kind = 'categorical'
    put('own.json', JSON.stringify(file))
    const schema = '--schema own.json'
    await works(place, `${create} own.csv ${schema} --out file.key`)
    put('kind.csv', csv(['x,town,kind,y', '3,Bern,new,a']))
    await refused(place, 'protect kind.csv --key file.key --out x.csv', 2, [/"new" is none of the 2 known/])
    await works(place, 'protect later.csv --key file.key --force --out p.csv')
    await refused(place, `${create.replace(' --force', '')} own.csv ${schema} --rare 3 --out x.key`, 2, [
      /an option says it again/,
    ])
    put(
      'bad.json',
      JSON.stringify({ ...file, columns: { ...file.columns, kind: { kind: 'numeric', rare: 2 } } }),
    )
    await refused(place, `${create.replace(' --force', '')} own.csv --schema bad.json --out x.key`, 2, [
      /'columns\.kind' is not as a schema/,
    ])
  })

  it('gives types of Parquet up where a bucket is no value of theirs, and says so', async () => {
    const lines = rows(40, (i) => JSON.stringify({ x: i, truth: i === 3, town: i < 2 ? `T${i}` : 'Bern' }))
    put('typed.jsonl', `${lines.join('\n')}\n`)
    await works(place, `${create} typed.jsonl --rare 5 --out typed.key`)
    await works(place, 'protect typed.jsonl --key typed.key --force --out p.csv')
    await works(place, 'restore p.csv --key typed.key --force --out back.parquet')
    await works(place, `${create} back.parquet --categorical x --rare 5 --out zip.key`)
    const { warnings } = await json(place, `${create} back.parquet --categorical x --rare 5 --out zip.key`)
    expect(warnings).toContainEqual(
      expect.stringMatching(/column 'x' comes back to Parquet as VARCHAR and not as (BIGINT|DOUBLE)/),
    )
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /column x: 40 texts .* leaves nothing to learn of this column \(--ignore or --id\)/,
      ),
    )
    await works(place, 'protect back.parquet --key zip.key --force --out p.csv')
    await works(place, 'restore p.csv --key zip.key --force --out zip.parquet')
    await works(place, 'restore p.csv --key zip.key --force --out zip.csv')
    expect(
      new Set(
        place
          .cells('zip.csv')
          .slice(1)
          .map((row) => row[0]),
      ),
    ).toEqual(new Set(['(other)']))
    // A truth value is never rare.
    expect(place.cells('zip.csv').filter((row) => row.includes('true'))).toHaveLength(1)
  })

  it('is what an audit compares with', async () => {
    await works(place, `${create} own.csv --label y --rare 5 --out k.key`)
    await works(place, 'protect own.csv --key k.key --force --out p.csv')
    const key = await readKeyFile(place.at('k.key'))
    const { evidence } = await tableEvidence(place.at('p.csv'), place.at('own.csv'), key, { seed: 1 })
    const town = evidence.attributes.find(({ name }) => name === 'town')!
    expect(town).toMatchObject({ kind: 'categorical', categories: 3 })
    // "(other)" stands before "Bern" and "Ulm".
    expect([...evidence.features[town.feature]!]).toEqual(towns.map((one) => (/^Town/.test(one) ? 1 : 0)))
  })

  it('holds for a table of hundreds of columns', async () => {
    const wide = (last: string) =>
      csv([
        rows(300, (j) => `k${j}`).join(),
        ...rows(30, (i) => rows(300, (j) => (i === 29 ? `${last}${j}` : i % 2 ? 'a' : 'b')).join()),
      ])
    put('wide.csv', wide('rare'))
    put('wide-later.csv', wide('new'))
    const ordinal = '--encoding ordinal --rare 3'
    const { warnings } = await json(place, `${create} wide.csv ${ordinal} --out wide.key`)
    expect(warnings[0]).toMatch(/column k0: 1 text of fewer than 3 rows .* becomes/)
    expect(warnings).toContain('292 more columns have rare texts')
    const told = await json(place, 'protect wide-later.csv --key wide.key --force --out p.csv')
    expect(told.warnings).toContainEqual(expect.stringMatching(/column k0: 1 cell holds "new0", a text/))
    expect(told.warnings).toContain('292 more columns have such cells')
    await works(place, 'restore p.csv --key wide.key --force --out back.csv')
    expect(place.read('back.csv')).toBe(wide('new').replace(/new\d+/g, '(other)'))
  })
})

describe('any table', () => {
  const text = fc.constantFrom(
    'Bern',
    'Ulm',
    '(other)',
    '(other 2)',
    'a, "b"',
    ' x',
    'naïve 😀',
    '(Other)',
    '0',
  )
  let runs = 0

  it('comes back but for its rare and unknown texts, and each column with such cells is told', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text), { minLength: 4, maxLength: 40 }),
        fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('one-hot', 'ordinal'),
        async (own, later, least, encoding) => {
          const name = `any${runs++}`
          const quoted = (cell: string) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
          const lines = (pairs: readonly (readonly [string, string])[]) =>
            csv(['n,s,t', ...pairs.map(([s, t], i) => `${i % 4},${quoted(`s${s}`)},${quoted(t)}`)])
          put(`${name}.csv`, lines(own))
          put(`${name}-l.csv`, lines(later))
          const made = await place.run(
            `${create} ${name}.csv --categorical t --rare ${least} --encoding ${encoding} --out ${name}.key`,
          )
          expect(made.err).not.toMatch(/error|bug/)
          for (const [from, pairs] of [
            [name, own],
            [`${name}-l`, later],
          ] as const) {
            const { err } = await place.run(
              `protect ${from}.csv --key ${name}.key --force --out ${from}-p.csv`,
            )
            expect(err).not.toMatch(/error|bug/)
            await works(place, `restore ${from}-p.csv --key ${name}.key --force --out ${from}-b.csv`)
            const expected = [0, 1].map((j) => {
              const cells = own.map((pair) => (j === 0 ? `s${pair[0]}` : pair[1]))
              const known = cells.filter((cell) => cells.filter((other) => other === cell).length >= least)
              let bucket = '(other)'
              for (let n = 2; cells.includes(bucket); n++) bucket = `(other ${n})`
              const mine = pairs.map((pair) => (j === 0 ? `s${pair[0]}` : pair[1]))
              const back = mine.map((cell) => (known.includes(cell) ? cell : bucket))
              const changed = mine.filter((cell, i) => cell !== back[i]).length
              const told = new RegExp(`column ${'st'[j]}: ${changed} cells? holds? `)
              if (changed > 0) expect(err).toMatch(told)
              else expect(err).not.toMatch(new RegExp(`column ${'st'[j]}: \\d+ cells? hold`))
              return back
            })
            const back = csv([
              'n,s,t',
              ...pairs.map((_, i) => `${i % 4},${quoted(expected[0]![i]!)},${quoted(expected[1]![i]!)}`),
            ])
            expect(place.read(`${from}-b.csv`)).toBe(back)
          }
        },
      ),
      { seed: 7, numRuns: 6 },
    )
  })
})

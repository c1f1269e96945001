// A column that tells whose row it is, named once when the key is made: never learned, never protected, carried by encode.

import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const rows = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))
const ids = ['00017', 'NA', '1e5', 'x', '9007199254740993']
const create = 'key create own.csv --label y --unsealed --audit off'

beforeAll(async () => {
  put(
    'own.csv',
    csv(['patient,x,z,y', ...rows(40, (i) => `P${i},${i / 4},${(i * 7) % 11},${i % 2 ? 'a' : 'b'}`)]),
  )
  put('asked.csv', csv(['z,patient,x', ...ids.map((id, i) => `${i},${id},${i / 2}`)]))
  await works(place, `${create} --id patient --out own.key`)
})

describe('key create --id', () => {
  it('is in no protected table, and is said not to come back', async () => {
    const { warnings } = await json(place, 'protect own.csv --key own.key --out p.csv')
    expect(place.cells('p.csv')[0]).toEqual(['a0', 'a1', 'label'])
    expect(JSON.parse(place.read('p.csv.manifest.json'))).not.toHaveProperty('id')
    expect(warnings).toContain(
      "column 'patient', the key's id, is not in p.csv: restore does not give it back",
    )
    await works(place, 'restore p.csv --key own.key --out back.csv')
    const without = place.read('own.csv').replace(/^[^,]*,/gm, '')
    expect(place.read('back.csv')).toBe(without)
    // A table without it is protected as well as one with it, to the same bytes.
    put('bare.csv', without)
    const bare = await json(place, 'protect bare.csv --key own.key --out bare-p.csv')
    expect(bare.warnings).toEqual([])
    expect(place.read('bare-p.csv')).toBe(place.read('p.csv'))
  })

  it('comes along through encode, predict, decode and restore, unasked', async () => {
    await works(place, 'protect own.csv --key own.key --force --out p.csv')
    await works(place, 'train p.csv --label label --folds 0 --epochs 3 --out m.onnx')
    const { err } = await works(place, 'encode asked.csv --key own.key --out e.csv')
    expect(err).toContain("column 'patient' goes along as it is: whoever gets e.csv reads it")
    await works(place, 'predict m.onnx e.csv --out a.csv')
    await works(place, 'decode a.csv --key own.key --queries e.csv --out l.csv')
    for (const name of ['e.csv', 'a.csv', 'l.csv']) {
      const [head, ...cells] = place.cells(name)
      expect(head![0]).toBe('patient')
      expect(cells.map((row) => row[0])).toEqual(ids)
    }
    await works(place, 'restore e.csv --key own.key --out e-back.csv')
    expect(place.cells('e-back.csv').slice(1)).toEqual(ids.map((id, i) => [id, String(i / 2), String(i)]))
  })

  it('may be left at home, or be another, and its absence is told', async () => {
    await works(place, 'encode asked.csv --key own.key --no-id --out none.csv')
    expect(place.cells('none.csv')[0]).toEqual(['a0', 'a1'])
    put('other.csv', csv(['z,case,x', '1,c-1,2']))
    const lacking = await works(place, 'encode other.csv --key own.key --out lacking.csv')
    expect(lacking.err).toMatch(
      /other\.csv lacks the key's id column 'patient': the order of the rows alone tells/,
    )
    expect(place.cells('lacking.csv')[0]).toEqual(['a0', 'a1'])
    await works(place, 'encode other.csv --key own.key --id case --out case.csv')
    expect(place.cells('case.csv').map((row) => row[0])).toEqual(['case', 'c-1'])
    put('gaps.csv', csv(['z,x', '1,2', ',3', '4,5']))
    await works(place, 'encode gaps.csv --key own.key --missing drop --out gaps-e.csv')
    expect(place.cells('gaps-e.csv').map((row) => row[0])).toEqual(['row', '1', '3'])
  })

  it('is shown by preview, kept in its file, and told of by show without its name', async () => {
    const { columns, warnings } = await json(
      place,
      'key preview own.csv --label y --id patient --out own.json',
    )
    expect(columns).toContainEqual({
      column: 'patient',
      kind: 'id',
      values: '',
      missing: 0,
      becomes: 'nothing; encode brings it along as it is',
    })
    expect(warnings).toEqual([])
    expect(JSON.parse(place.read('own.json')).columns.patient).toBe('id')
    const made = await json(
      place,
      'key create own.csv --schema own.json --unsealed --audit off --out file.key',
    )
    expect(made).toMatchObject({ numericColumns: 2, carriesId: true, warnings: [expect.anything()] })
    const { out } = await works(place, 'key show file.key')
    expect(out).toContain('a column that encode brings along')
    expect(out).not.toContain('patient')
    const columnsOf = JSON.parse(place.read('own.json'))
    columnsOf.columns.x = 'id'
    put('two.json', JSON.stringify(columnsOf))
    await refused(place, 'key create own.csv --schema two.json --unsealed --out x.key', 2, [/are both "id"/])
  })

  it('is what the warning of a column like an id names', async () => {
    const { warnings } = await json(place, `${create} --out plain.key`)
    expect(warnings.find((one: string) => one.includes('looks like an id'))).toContain('(--id patient)')
  })

  it.each([
    ['--id none', /own\.csv has no column none/],
    ['--id y', /the column y is said to be two things/],
    ['--id x --numeric x', /the column x is said to be two things/],
    ['--id x --ignore x', /the column x is said to be two things/],
    ['--schema own.json --id x', /an option says it again/],
  ])('refuses %s', async (options, words) => {
    const made = options.includes('--schema') ? 'key create own.csv --unsealed' : create
    await refused(place, `${made} ${options} --out x.key`, 2, [words])
  })

  it.each(['a0', 'Label', 'C1', 'Y'])('refuses an id that is named %s', async (id) => {
    put('named.csv', csv([`x,z,${id},y`, ...rows(20, (i) => `${i},${i % 3},n${i},${i % 2 ? 'a' : 'b'}`)]))
    const words = [id === 'Y' ? /both named/ : /has the name of another column/]
    await refused(place, `key create named.csv --label y --id ${id} --unsealed --out x.key`, 2, words)
  })

  it('belongs to the key: one whose id was edited is damaged', () => {
    const text = readFileSync(place.at('own.key'), 'utf8')
    expect(text).toContain('"id": "patient"')
    put('edited.key', text.replace('"id": "patient"', '"id": "x"'))
    return refused(place, 'key show edited.key', 4, [/is damaged/])
  })
})

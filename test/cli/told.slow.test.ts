// From outside: what commands say of a table before and after it is protected, where newcomers were misled.

import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { workplace } from './harness.ts'

const place = workplace()
const { at, run } = place

function put(name: string, lines: readonly string[]): void {
  writeFileSync(at(name), `${lines.join('\n')}\n`)
}

const rows = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i))
const make = '--unsealed --audit off --layers 2'

interface Preview {
  readonly columns: readonly {
    column: string
    kind: string
    values: string
    missing: number
    becomes: string
  }[]
  readonly warnings: readonly string[]
}

async function preview(args: string): Promise<Preview> {
  const { code, out, err } = await run(`key preview ${args} --json`)
  expect(code, err).toBe(0)
  return JSON.parse(out)
}

describe('key preview', () => {
  it('says what key create refuses, and sees the numbers of patients as ids', async () => {
    put('ids.csv', [
      'PatNr,age,y',
      ...rows(280, (i) => `${String(i * 7).padStart(6, '0')},${i % 60},${'ab'[i % 2]}`),
    ])
    const { columns, warnings } = await preview('ids.csv --label y')
    expect(columns[0]!.becomes).toMatch(/^refused: more than 128 categories \(--encoding ordinal/)
    expect(warnings.join('\n')).toContain("column 'PatNr' looks like an id")
    expect(warnings.join('\n')).toMatch(
      /key create would refuse this table: column 'PatNr' has 280 categories/,
    )
    const { code, err } = await run(`key create ids.csv --label y ${make} --out ids.key`)
    expect(code).toBe(2)
    expect(err).toMatch(/--encoding ordinal.*--ignore.*--id/s)
  })

  it('says that numbers could not come back under any key', async () => {
    put('fine.csv', ['x,a', '1e-7,1', '2.5,2', '3e20,3', '7,4'])
    const { warnings } = await preview('fine.csv')
    expect(warnings.join('\n')).toMatch(
      /would refuse this table: column 'x' has numbers of very different size/,
    )
    put('good.csv', ['x,a', '1,1', '2.5,2'])
    expect((await preview('good.csv')).warnings).toEqual([])
  })

  it('shows dates and times as such', async () => {
    put('dates.csv', ['d,t,n', '2024-02-29,2024-01-01 12:10:00,1', '2023-12-31,2024-12-23 07:00:30,2'])
    const { columns } = await preview('dates.csv')
    expect(columns.map(({ values }) => values)).toEqual([
      '2023-12-31 … 2024-02-29',
      '2024-01-01 12:10:00 … 2024-12-23 07:00:30',
      '1 … 2, whole',
    ])
  })

  it('counts missing labels and refuses none', async () => {
    put('gap.csv', ['x,y', ...rows(20, (i) => `${i},${i === 3 ? '' : 'ab'[i % 2]}`)])
    const { columns } = await preview('gap.csv --label y')
    expect(columns[1]).toMatchObject({ kind: 'label', missing: 1 })
    expect(columns[1]!.becomes).toMatch(/^refused: a missing label \(--missing drop/)
    put('none.csv', ['x,y', ...rows(5, (i) => `${i},`)])
    const { code, err } = await run('key preview none.csv --label y')
    expect(code).toBe(2)
    expect(err).toContain('every label is missing')
  })

  it('writes a file that says all that was said: columns of any name, and labels that are texts', async () => {
    const text = ['__proto__,constructor,y', ...rows(60, (i) => `${i % 7},${'pq'[i % 2]},${i % 50}`)]
    put('proto.csv', text)
    await preview('proto.csv --label y --categorical y --out proto.json')
    expect(JSON.parse(readFileSync(at('proto.json'), 'utf8')).columns.y).toBe('categorical')
    const made = await run(`key create proto.csv --schema proto.json ${make} --out proto.key`)
    expect(made.code, made.err).toBe(0)
    expect(made.err).not.toContain('left out')
    expect((await run('protect proto.csv --key proto.key --out proto-p.csv')).code).toBe(0)
    expect((await run('restore proto-p.csv --key proto.key --out proto-b.csv')).code).toBe(0)
    expect(readFileSync(at('proto-b.csv'), 'utf8')).toBe(`${text.join('\n')}\n`)
    put('bad.json', ['{"format":"frostglass-columns","version":1,"columns":{"a":"numeric","b":"number"}}'])
    const bad = await run(`key create proto.csv --schema bad.json ${make} --out bad.key`)
    expect(bad.code).toBe(2)
    expect(bad.err).toContain("'columns.b' is not as a schema")
  })
})

it('the error of a number is said in its unit, or that only the key knows it', async () => {
  put('days.csv', ['x,days', ...rows(60, (i) => `${i % 9},${i / 4}`)])
  const learn = '--folds 2 --epochs 2 --out'
  const plain = await run(`train days.csv --label days --task number ${learn} plain.onnx`)
  expect(plain.out, plain.err).toMatch(/root mean squared error .*, in the unit of 'days'/)
  await run(`key create days.csv --label days --task days=number ${make} --out days.key`)
  await run('protect days.csv --key days.key --out days-p.csv')
  const hidden = await run(`train days-p.csv --label label ${learn} hidden.onnx`)
  expect(hidden.out, hidden.err).toContain('in the protected number’s unit, which only the key knows')
})

describe('hints name what helps', () => {
  it('of an option that swallowed the table', async () => {
    const { code, err } = await run(`key create ${make} --out x.key --ignore a days.csv`)
    expect(code).toBe(2)
    expect(err).toMatch(/missing required argument 'table'/)
    expect(err).toContain('Name the table before --ignore, which takes all words up to the next option.')
  })

  it('of a key whose columns have no names', async () => {
    put(
      'bare.csv',
      rows(30, (i) => `${i % 5},${i % 3}`),
    )
    put('named.csv', ['p,q', ...rows(30, (i) => `${i % 5},${i % 3}`)])
    await run(`key create bare.csv --no-header ${make} --out bare.key`)
    const { err } = await run('protect named.csv --key bare.key --out bare-p.csv')
    expect(err).toMatch(/no column column1.*--no-header --skip 1/s)
    const { code } = await run('protect named.csv --key bare.key --no-header --skip 1 --out bare-p.csv')
    expect(code).toBe(0)
  })
})

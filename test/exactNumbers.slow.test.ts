// From outside: numbers of known digits come back as they were, or no key is made; what is only near is floating-point, and told.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenOptions } from '../src/data/index.ts'
import { createKey, openTable, protectTable, restoreTable } from '../src/index.ts'

let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frostglass-exact-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function keyOf(path: string, open: OpenOptions = {}) {
  const source = await openTable(path, open)
  try {
    return await createKey(source, { layers: 3, secret: new Uint8Array(32).fill(5) })
  } finally {
    source.close()
  }
}

async function written(lines: readonly (string | number)[], header = 'x') {
  const path = at('t.csv')
  await writeFile(path, `${[header, ...lines].join('\n')}\n`)
  return path
}

/** The lines of a table that went and came back, and what was said on the way. */
async function there(path: string, open: OpenOptions = {}, back = at('back.csv')) {
  const { key, warnings } = await keyOf(path, open)
  const { missing = 'error' } = open
  const report = await protectTable(path, key, at('p.csv'), { missing })
  await restoreTable(at('p.csv'), key, back)
  return {
    warnings: [...warnings, ...report.warnings],
    text: back.endsWith('csv') ? await readFile(back, 'utf8') : '',
  }
}

const rows = (count: number, cell: (i: number) => string) => Array.from({ length: count }, (_, i) => cell(i))

describe('numbers that the layers would blur are refused with the key', () => {
  it.each<[string, readonly string[], RegExp]>([
    [
      'numbers beside 20 orders of magnitude',
      ['1e-7', '2.5', '3e20', '7'],
      /column 'x' has numbers of very different size/,
    ],
    ['a number of one digit and 300 decimals', ['1e-300', '2.5', '7'], /very different size/],
    ['whole numbers beside 1e300', ['5', '7', '1e+300'], /very different size/],
    ['15 decimals in one writing', rows(9, (i) => ((i + 1) / 7).toFixed(15).slice(0, 16)), /has decimals/],
    ['cents of billions', rows(20, (i) => `${(i * 51_726_395_119).toFixed(0)}.${10 + i}`), /has decimals/],
    ['cents of billions, some whole', ['0.01', '7', '73000000000.5', '12345678901.25'], /has decimals/],
  ])('%s', async (_, cells, message) => {
    await expect(keyOf(await written(cells))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('--ignore'),
    })
  })

  it.each<[string, string, readonly string[], RegExp]>([
    ['FLOAT', 'FLOAT', ['1.7e-7', '2.5', '3e20', '7'], /very different size/],
    ['DOUBLE', 'DOUBLE', ['1.7e-7', '2.5', '3e20', '7'], /very different size/],
  ])('of a %s', async (_, type, cells, message) => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const path = at('t.parquet')
    await connection.run(
      `COPY (SELECT x::${type} AS x FROM (VALUES ${cells.map((c) => `(${c})`).join(', ')}) AS t(x)) TO '${path}' (FORMAT parquet)`,
    )
    connection.closeSync()
    await expect(keyOf(path)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    })
  })

  it.each<[string, readonly string[]]>([
    ['whole', rows(40, (i) => `${i % 7},${1_000_000_000_000_000 + ((i * 123_456_789_012_345) % 7e15)}`)],
    ['decimal', rows(40, (i) => `${i % 7},${i * 71_234_567_890}.${i % 10}`)],
    ['of very different size', rows(40, (i) => `${i % 7},${i % 2 ? `${i}e20` : `${i}e-7`}`)],
  ])('a label of numbers that are %s', async (_, lines) => {
    await expect(keyOf(await written(lines, 'a,y'), { label: 'y', task: 'number' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining("column 'y' has"),
      hint: expect.stringContaining('label'),
    })
  })

  it('a label of whole numbers of 16 digits in Parquet, before it is protected', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const path = at('label.parquet')
    await connection.run(
      `COPY (SELECT i % 7 AS a, (1000000000000000 + (i * 123456789012345) % 7000000000000000)::BIGINT AS y FROM range(40) t(i)) TO '${path}' (FORMAT parquet)`,
    )
    connection.closeSync()
    await expect(keyOf(path, { label: 'y' })).rejects.toMatchObject({
      message: expect.stringContaining("column 'y' has whole numbers"),
      hint: expect.stringContaining('--task class'),
    })
  })
})

describe('ordinary tables are none of these', () => {
  it.each<[string, readonly string[], boolean]>([
    ['amounts in cents', rows(60, (i) => ((i * 7919) / 100).toFixed(2)), true],
    ['JavaScript’s decimals', rows(60, (i) => String((i * 7919) / 1000)), true],
    [
      'single precision about 0',
      rows(60, (i) => String(Number(Math.fround(Math.sin(i) / 1000).toPrecision(8)))),
      true,
    ],
    ['R’s 15 digits', rows(60, (i) => String(Number(Math.cos(i * i).toPrecision(15)))), false],
    ['shares of 15 digits', rows(60, (i) => String(Number((1 / (i + 7)).toPrecision(15)))), false],
    ['Python’s 17 digits', rows(60, (i) => String(Math.sin(i + 1))), false],
    ['zeros that are not quite', ['0.7071067811865476', '1.1102230246251565e-16', '1.0', '-3.2'], false],
  ])('%s', async (_, cells, exact) => {
    const path = await written(cells)
    const { text, warnings } = await there(path)
    const before = cells.map(Number)
    const after = text.trim().split('\n').slice(1).map(Number)
    const range = Math.max(...before) - Math.min(...before)
    after.forEach((x, i) => {
      expect(Math.abs(x - before[i]!)).toBeLessThanOrEqual(exact ? 0 : 1e-9 * range)
    })
    if (exact) expect(warnings).toEqual([])
    else expect(warnings.join('\n')).toContain("column 'x' has numbers with more digits than come back")
  })
})

describe('what fills a column of whole numbers is a whole number', () => {
  it.each(['median', 'mean'] as const)('%s', async (missing) => {
    await mkdir(at('fills'), { recursive: true })
    const path = await written(['5,u', '6,v', ',u', '4,v', '7,u', '2,v'], 'n,t')
    const { text } = await there(path, { missing })
    expect(text.split('\n')[3]).toBe('5,u')
    await there(path, { missing }, at('back.parquet'))
  })

  it('of 5 and 6 as well, and a mean of decimals is no whole number', async () => {
    const path = await written(['5,0.5', '6,0.25', ',', '5,0.75', '6,1.25'], 'n,x')
    const { text } = await there(path, { missing: 'median' })
    expect(text.split('\n')[3]).toBe('6,0.625')
    await there(path, { missing: 'median' }, at('back.parquet'))
  })
})

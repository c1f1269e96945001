import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { FrostglassError } from '../errors.ts'
import { type OpenOptions, openTable, readTable, type TableSchema, toMatrix } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-table-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** The error of reading a file whole. */
async function refusal(path: string, options: OpenOptions = {}): Promise<FrostglassError> {
  const error = await readTable(path, options).then(
    () => undefined,
    (error) => error,
  )
  expect(error?.name).toBe('FrostglassError')
  return error
}

const mixed = 'a,colour,b,y\n1,red,2.5,no\n2,blue,-3,yes\n3,red,0.1,no\n4,green,7,yes\n'
const mixedSchema: TableSchema = {
  columns: [
    { name: 'a', kind: 'numeric', integer: true },
    { name: 'colour', kind: 'categorical', categories: ['blue', 'green', 'red'] },
    { name: 'b', kind: 'numeric', integer: false },
  ],
  label: { name: 'y', task: 'class', classes: ['no', 'yes'], integer: false, position: 3 },
}

describe('learning a schema', () => {
  test('numbers, categories and a class label from CSV', async () => {
    const table = await readTable(put('mixed.csv', mixed), { label: 'y' })
    expect(table.schema).toEqual(mixedSchema)
    expect(table.columns).toEqual([
      Float64Array.of(1, 2, 3, 4),
      Int32Array.of(2, 0, 2, 1),
      Float64Array.of(2.5, -3, 0.1, 7),
    ])
    expect(table.label).toEqual(Int32Array.of(0, 1, 0, 1))
    expect(toMatrix(table)).toEqual(Float64Array.of(1, 2, 2.5, 2, 0, -3, 3, 2, 0.1, 4, 1, 7))
  })

  test.each([
    ['tab.tsv', mixed.replaceAll(',', '\t')],
    ['semicolon.csv', mixed.replaceAll(',', ';')],
    ['crlf.csv', `\ufeff${mixed.replaceAll('\n', '\r\n')}`],
    ['no-final-break.csv', mixed.trimEnd()],
    ['spaces.csv', mixed.replaceAll(',', ', ')],
    ['zipped.csv.gz', gzipSync(mixed)],
    ['lines.jsonl', jsonLines(mixed)],
    ['zipped.ndjson.gz', gzipSync(jsonLines(mixed))],
  ])('%s reads the same', async (name, content) => {
    const table = await readTable(put(name, content), { label: 'y' })
    expect(table.schema).toEqual(mixedSchema)
    expect(table.columns[2]).toEqual(Float64Array.of(2.5, -3, 0.1, 7))
  })

  test('a CSV without a header names its columns', async () => {
    const table = await readTable(put('bare.data', '1,x\n2,y\n'), { label: 'column2' })
    expect(table.schema.columns).toEqual([{ name: 'column1', kind: 'numeric', integer: true }])
  })

  test('quoted names with separators and quotes', async () => {
    const table = await readTable(put('quoted.csv', '"a, ""b""",c\n1,2\n'))
    expect(table.schema.columns.map((column) => column.name)).toEqual(['a, "b"', 'c'])
  })

  test('labels: few whole numbers are classes, many or fractional ones are numbers, and task decides', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 3},${i / 7},${i % 25}`)
    const path = put('labels.csv', `x,few,real,many\n${rows.join('\n')}\n`)
    const labelOf = async (options: OpenOptions) => (await readTable(path, options)).schema.label
    expect(await labelOf({ label: 'few' })).toEqual({
      name: 'few',
      task: 'class',
      classes: ['0', '1', '2'],
      integer: true,
      position: 1,
    })
    expect((await labelOf({ label: 'real' }))?.task).toBe('number')
    expect((await labelOf({ label: 'many' }))?.task).toBe('number')
    expect((await labelOf({ label: 'many', task: 'class' }))?.task).toBe('class')
    expect((await labelOf({ label: 'few', task: 'number' }))?.task).toBe('number')
  })

  test('classes of whole numbers are in order of value', async () => {
    const path = put('order.csv', `x,y\n${[10, 9, -1, 10, 9, -1].map((y, i) => `${i},${y}`).join('\n')}\n`)
    const table = await readTable(path, { label: 'y' })
    expect(table.schema.label).toMatchObject({ classes: ['-1', '9', '10'] })
    expect(table.label).toEqual(Int32Array.of(2, 1, 0, 2, 1, 0))
  })

  test('overrides: ignored, categorical and numeric columns', async () => {
    const path = put('override.csv', 'id,zip,x\na1,100,1\na2,200,2\na3,100,3\n')
    const { schema } = await readTable(path, { columns: { id: 'ignore', zip: 'categorical' } })
    expect(schema.columns).toEqual([
      { name: 'zip', kind: 'categorical', categories: ['100', '200'] },
      { name: 'x', kind: 'numeric', integer: true },
    ])
  })

  test('a single row and a constant column are tables', async () => {
    const table = await readTable(put('single.csv', 'a,b\n5,6\n'))
    expect(table.columns).toEqual([Float64Array.of(5), Float64Array.of(6)])
  })

  test('summary has extremes, mean, median and counts', async () => {
    const source = await openTable(put('summary.csv', mixed), { label: 'y' })
    const { rows, columns } = await source.summary({ median: true })
    source.close()
    expect(rows).toBe(4)
    expect(columns[0]).toMatchObject({ min: 1, max: 4, mean: 2.5, median: 2.5, missing: 0, integer: true })
    expect(columns[1]).toMatchObject({ counts: new Map([['blue', 1], ['green', 1], ['red', 2]]) }) // biome-ignore format: one line
    expect(columns[3]).toMatchObject({ counts: new Map([['no', 2], ['yes', 2]]) }) // biome-ignore format: one line
  })
})

describe('chunks', () => {
  test('of any size hold all rows in order, and can be read twice', async () => {
    const rows = 5000
    const text = Array.from({ length: rows }, (_, i) => `${i},${i % 7 === 0 ? 'u' : 'v'}`).join('\n')
    const source = await openTable(put('long.csv', `x,c\n${text}\n`))
    const sizes = [1000, 2048, 3001, 16_384]
    for (const [size, reuse] of sizes.flatMap((size) => [[size, false] as const, [size, true] as const])) {
      let at = 0
      for await (const chunk of source.chunks({ size, reuse })) {
        expect(chunk.offset).toBe(at)
        expect(chunk.columns.every((column) => column.length === chunk.rows)).toBe(true)
        for (let i = 0; i < chunk.rows; i++, at++) {
          if (chunk.columns[0]![i] !== at) expect(chunk.columns[0]![i]).toBe(at)
          if (chunk.columns[1]![i] !== (at % 7 === 0 ? 0 : 1)) expect.unreachable(`row ${at}`)
        }
      }
      expect(at).toBe(rows)
    }
    source.close()
  })

  test('keep the order of a file that DuckDB reads on several threads, texts included', async () => {
    const lines = Array.from({ length: 400_000 }, (_, i) => `${i},text ${i % 300},${i % 2 ? 'u' : 'v'}`)
    const table = await readTable(put('threads.csv', `x,c,y\n${lines.join('\n')}\n`), { label: 'y' })
    const column = table.schema.columns[1]!
    const texts = column.kind === 'categorical' ? column.categories : []
    expect(table.columns[0]!.every((value, i) => value === i)).toBe(true)
    expect(table.columns[1]!.every((code, i) => texts[code] === `text ${i % 300}`)).toBe(true)
    expect(table.label!.every((code, i) => code === (i % 2 ? 0 : 1))).toBe(true)
  })

  test('give every chunk arrays of its own, or the same when told so', async () => {
    const source = await openTable(
      put('arrays.csv', `x\n${Array.from({ length: 500 }, (_, i) => i).join('\n')}\n`),
    )
    for (const reuse of [false, true]) {
      const buffers = new Set<unknown>()
      for await (const chunk of source.chunks({ size: 100, reuse })) buffers.add(chunk.columns[0]!.buffer)
      expect(buffers.size).toBe(reuse ? 1 : 5)
    }
    source.close()
  })

  test('stop when the signal fires', async () => {
    const source = await openTable(put('abort.csv', `x\n${'1\n'.repeat(5000)}`))
    const controller = new AbortController()
    const reading = async () => {
      for await (const _ of source.chunks({ size: 100, signal: controller.signal })) controller.abort()
    }
    await expect(reading()).rejects.toMatchObject({ code: 'aborted' })
    source.close()
  })

  test('may be left early', async () => {
    const source = await openTable(put('early.csv', `x\n${'1\n'.repeat(50_000)}`))
    for await (const chunk of source.chunks({ size: 10 })) {
      expect(chunk.rows).toBe(10)
      break
    }
    source.close()
  })
})

describe('missing values', () => {
  const holes = 'a,c,y\n1,u,0\n?,u,1\n5,NA,0\n6,v,1\n,u,0\n'

  test('are an error that names the first', async () => {
    const error = await refusal(put('holes.csv', holes), { label: 'y' })
    expect(error.code).toBe('input')
    expect(error.message).toContain('holes.csv, row 2, column a: the value is missing (found "?")')
    expect(error.hint).toContain('mean, median or drop')
  })

  test('mean, median and most frequent text', async () => {
    const mean = await readTable(put('mean.csv', holes), { label: 'y', missing: 'mean' })
    expect(mean.columns).toEqual([Float64Array.of(1, 4, 5, 6, 4), Int32Array.of(0, 0, 0, 1, 0)])
    expect(mean.schema.columns).toMatchObject([{ fill: 4 }, { fill: 'u' }])
    const median = await readTable(put('median.csv', holes), { label: 'y', missing: 'median' })
    expect(median.columns[0]).toEqual(Float64Array.of(1, 5, 5, 6, 5))
  })

  test('spaces around a text belong to it, and those of a file that has one behind every separator do not', async () => {
    const kept = await readTable(put('kept.csv', 'c,x\n u ,1\nu,2\n NA ,3\n'), { missing: 'mean' })
    expect(kept.schema.columns[0]).toMatchObject({ categories: [' u ', 'u'] })
    const padded = await readTable(put('padded.csv', 'c, t\nu, v\nu, v \nw, NA\n'), { missing: 'mean' })
    expect(padded.schema.columns).toMatchObject([
      { categories: ['u', 'w'] },
      { name: 't', categories: ['v', 'v '] },
    ])
  })

  test('dropped rows', async () => {
    const table = await readTable(put('drop.csv', holes), { label: 'y', missing: 'drop', task: 'class' })
    expect(table.columns).toEqual([Float64Array.of(1, 6), Int32Array.of(0, 1)])
    expect(table.label).toEqual(Int32Array.of(0, 1))
  })

  test('are filled at query time with the values of the schema', async () => {
    const { schema } = await readTable(put('train.csv', holes), { label: 'y', missing: 'mean' })
    const table = await readTable(put('query.csv', 'c,a\n,100\nv,\n'), {
      schema,
      requireLabel: false,
      missing: 'mean',
    })
    expect(table.columns).toEqual([Float64Array.of(100, 4), Int32Array.of(0, 1)])
  })

  test('are never filled from the rows that are read: the schema says how, or has none', async () => {
    const { schema } = await readTable(put('how.csv', holes), { label: 'y', missing: 'mean' })
    const query = put('alone.csv', 'c,a\nv,\n')
    const asked = { schema, requireLabel: false }
    const other = await refusal(query, { ...asked, missing: 'median' })
    expect(other.code).toBe('usage')
    expect(other.hint).toContain('Say --missing mean')
    const { filled: _, ...unsaid } = schema
    const older = await readTable(query, { schema: unsaid, requireLabel: false, missing: 'median' })
    expect(older.columns[0]).toEqual(Float64Array.of(4))
    expect(older.warnings.join()).toContain('does not tell whether that is the median')
    const none = await refusal(query, { schema: mixedSchema, missing: 'mean' })
    expect(none.code).toBe('input')
    const bare = { columns: [{ name: 'a', kind: 'numeric', integer: true } as const] }
    const without = await refusal(query, { schema: bare, missing: 'mean' })
    expect(without.message).toContain('knows none: it was made without --missing mean')
  })

  test('a label cannot be filled', async () => {
    const error = await refusal(put('nolabel.csv', 'a,y\n1,u\n2,\n'), { label: 'y', missing: 'mean' })
    expect(error.message).toContain('row 2, column y: the value is missing')
  })

  test('a column of nothing else is refused', async () => {
    const error = await refusal(put('void.csv', 'a,b\n1,\n2,\n'), { missing: 'mean' })
    expect(error.message).toContain('column b: every value is missing')
  })

  test('NaN counts as missing, in JSON and CSV', async () => {
    const error = await refusal(put('nan.csv', 'a\n1\nNaN\n'))
    expect(error.message).toContain('row 2, column a: the value is missing (found "NaN")')
    const table = await readTable(put('null.jsonl', '{"a":1}\n{"a":null}\n{"a":3}\n'), { missing: 'mean' })
    expect(table.columns[0]).toEqual(Float64Array.of(1, 2, 3))
  })

  test('null texts can be named', async () => {
    const table = await readTable(put('minus.csv', 'a\n1\n-999\n3\n'), {
      missing: 'mean',
      nullText: ['-999'],
    })
    expect(table.columns[0]).toEqual(Float64Array.of(1, 2, 3))
  })
})

describe('bad files', () => {
  test.each<[string, string | Uint8Array | undefined, OpenOptions, RegExp]>([
    ['absent.csv', undefined, {}, /there is no such file/],
    ['empty.csv', '', {}, /is empty/],
    ['blank.csv', '\n\n', {}, /column 1 has no name/],
    ['header-only.csv', 'a,b\n', {}, /has no rows/],
    ['table.xls', 'a,b\n', {}, /cannot tell the kind/],
    ['twice.csv', 'a,b,a\n1,2,3\n', {}, /columns 1 and 3 are both named a/],
    ['case.csv', 'a,A\n1,2\n', {}, /columns 1 and 2 are both named/],
    ['unnamed.csv', 'a,,b\n1,2,3\n', {}, /column 2 has no name/],
    ['numbers.csv', '1,2\n3,4\n', {}, /the first line holds only numbers/],
    ['label-only.csv', 'y\n1\n2\n', { label: 'y' }, /no column is left/],
    ['short.csv', 'a,b\n1,2\n3\n', {}, /line 3: expected 2 cells as in the first line, found 1/],
    ['long-row.csv', 'a,b\n1,2\n3,4,5\n', {}, /line 3: expected 2 cells as in the first line, found 3/],
    ['open-quote.csv', 'a,b\n1,2\n"3,4\n', {}, /line 3: a double quote is never closed/],
    ['infinite.csv', 'a,b\n1,2\n3,inf\n', {}, /row 2, column b: the number is infinite \(found "inf"\)/],
    ['minus.csv', 'a,b\n1,2\n3,-Infinity\n', { missing: 'mean' }, /row 2, column b: the number is infinite/],
    ['typo.csv', 'a\n1\n2\nx7\n4\n', {}, /row 3, column a: expected a number as in most rows, found "x7"/],
    [
      'truncated.parquet',
      'PAR1\0\0\0',
      {},
      /truncated\.parquet: reading failed: this is no Parquet file, or not all of one/,
    ],
    ['garbage.csv.gz', 'no gzip', {}, /damaged gzip/],
    ['nested.jsonl', '{"a":[1,2]}\n', {}, /column a: the type .* is no table cell/],
    ['no-json.jsonl', '{"a":1}\n{"a":\n', {}, /no-json\.jsonl: reading failed/],
  ])('%s', async (name, content, options, message) => {
    const path = content === undefined ? join(folder, name) : put(name, content)
    const error = await refusal(path, options)
    expect(error.message).toMatch(message)
    expect(error.message).toContain(name)
    expect(['input', 'unsupported']).toContain(error.code)
  })

  test('a folder', async () => {
    const empty = join(folder, 'no table')
    mkdirSync(empty)
    expect((await refusal(empty)).message).toContain('is a folder, expected a table file')
    const mixed = join(folder, 'mixed')
    mkdirSync(mixed)
    for (const name of ['a.parquet', 'b.csv']) writeFileSync(join(mixed, name), 'x\n1\n')
    expect((await refusal(mixed)).message).toContain(
      'is a folder of .parquet files and of b.csv, which would be left out',
    )
  })

  test('text far beyond the sample that decides', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => String(i))
    lines[29_000] = 'oops'
    const error = await refusal(put('late.csv', `a\n${lines.join('\n')}\n`))
    expect(error.message).toContain('row 29001, column a: expected a number, found "oops"')
  })

  test('free text', async () => {
    const lines = Array.from({ length: 20_001 }, (_, i) => `text ${i}`)
    const error = await refusal(put('free.csv', `a\n${lines.join('\n')}\n`))
    expect(error.message).toContain('column a: more than 10000 distinct texts')
  })

  test('options that do not fit', async () => {
    const path = put('options.csv', 'height,y\n1,2\n')
    const error = await refusal(path, { label: 'heigth' })
    expect(error.code).toBe('usage')
    expect(error.hint).toContain('Rename height, if that is meant')
    expect((await refusal(path, { schema: mixedSchema, label: 'y' })).code).toBe('usage')
  })

  test('file names that look like patterns are names', async () => {
    put('a1.csv', 'x\n1\n')
    const table = await readTable(put('a[1].csv', 'x\n2\n'))
    expect(table.columns[0]).toEqual(Float64Array.of(2))
  })
})

describe('a known schema', () => {
  const schema = mixedSchema

  test('finds columns by name in any order and reports the others', async () => {
    const path = put('other.csv', 'extra,y,b,colour,a\n9,yes,0.5,green,8\n')
    const table = await readTable(path, { schema })
    expect(table.columns).toEqual([Float64Array.of(8), Int32Array.of(1), Float64Array.of(0.5)])
    expect(table.label).toEqual(Int32Array.of(1))
    expect(table.warnings).toEqual([`${path}: columns ignored: extra`])
  })

  test('does not need the label when told so', async () => {
    const table = await readTable(put('query2.csv', 'colour,a,b\nred,1,2\n'), { schema, requireLabel: false })
    expect(table.label).toBeUndefined()
    expect((await refusal(put('query3.csv', 'colour,a,b\nred,1,2\n'), { schema })).message).toContain(
      'no column y',
    )
  })

  test.each<[string, string, RegExp, RegExp]>([
    ['renamed.csv', 'a,color,b,y\n1,red,2,no\n', /has no column colour/, /Rename color, if that is meant/],
    ['missing.csv', 'a,b,y\n1,2,no\n', /has no column colour/, /its columns, which are a, b, y/],
    [
      'text.csv',
      'a,colour,b,y\n1,red,2,no\n1,red,abc,no\n',
      /row 2, column b: expected a number, found "abc"/,
      /./,
    ],
    [
      'unseen.csv',
      'a,colour,b,y\n1,gren,2,no\n',
      /row 1, column colour: "gren" is none of the 3/,
      /Write green, if that is meant/,
    ],
    [
      'class.csv',
      'a,colour,b,y\n1,red,2,no\n1,red,2,maybe\n',
      /row 2, column y: "maybe" is none of the 2 known classes/,
      /no, yes/,
    ],
    ['rows.csv', 'a,colour,b,y\n', /has no rows/, /./],
  ])('%s', async (name, content, message, hint) => {
    const error = await refusal(put(name, content), { schema })
    expect(error.code).toBe('input')
    expect(error.message).toMatch(message)
    expect(error.message).toContain(name)
    expect(error.hint ?? 'none').toMatch(hint)
  })

  test('whole-number classes must be whole', async () => {
    const whole: TableSchema = {
      columns: [{ name: 'a', kind: 'numeric', integer: true }],
      label: { name: 'y', task: 'class', classes: ['0', '1'], integer: true, position: 1 },
    }
    expect((await readTable(put('w1.csv', 'a,y\n1,1\n2,0.0\n'), { schema: whole })).label).toEqual(
      Int32Array.of(1, 0),
    )
    const error = await refusal(put('w2.csv', 'a,y\n1,0.5\n'), { schema: whole })
    expect(error.message).toContain('row 1, column y: "0.5" is none of the 2 known classes')
  })
})

function jsonLines(csv: string): string {
  const [header, ...rows] = csv.trim().split('\n')
  const names = header!.split(',')
  return rows
    .map((row) => {
      const cells = row.split(',').map((cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell)))
      return JSON.stringify(Object.fromEntries(names.map((name, j) => [name, cells[j]])))
    })
    .join('\n')
}

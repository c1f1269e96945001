import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../data/duckdb.ts'
import { explainQuery, prepareQuery } from './index.ts'
import type { QueryOptions } from './plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-form-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const written = (content: string | Uint8Array, ending: string) => {
  const path = join(folder, `${++files}.${ending}`)
  writeFileSync(path, content)
  return path
}

const clear = 1e9
/** The answers of a query, all but without noise. */
async function told(path: string, sql: string, options: Partial<QueryOptions> = {}): Promise<number[]> {
  const query = await prepareQuery(path, sql, { epsilon: clear, ...options })
  return query.draw()[0]!.answers.map(({ value }) => Math.round(value) + 0)
}

describe('the form of a table', () => {
  const counts = 'SELECT COUNT(*), COUNT(who), COUNT(age), SUM(age) AS s FROM data'
  const bounds = { age: { lower: 0, upper: 100 } }

  it.each<readonly [what: string, lines: string | Uint8Array, counts: readonly number[]]>([
    ['well formed', 'a,1\nb,2\n', [2, 2, 2, 3]],
    ['no row', '', [0, 0, 0, 0]],
    ['too long', 'a,1,x,y\nb,2\n', [2, 2, 2, 3]],
    ['too short', 'a\nb,2\n', [2, 2, 1, 2]],
    ['a quote within', 'a"x,1\nb,2\n', [2, 2, 2, 3]],
    ['a quote that ends early', '"a"x,1\nb,2\n', [2, 2, 2, 3]],
    ['a line break in quotes', '"a\nx",1\nb,2\n', [2, 2, 2, 3]],
    ['a quote that is never closed', 'b,2\n"a,1\n', [2, 2, 1, 2]],
    ['mixed line ends', 'a,1\r\nb,2\nc,3\r', [3, 3, 3, 6]],
    ['no UTF-8', Uint8Array.of(0x62, 0x2c, 0x32, 0x0a, 0xe9, 0x2c, 0x31, 0x0a), [1, 1, 1, 2]],
    ['NUL', 'a\0,1\nb,2\n', [2, 2, 2, 3]],
    ['a cell of 3 MB', `${'x'.repeat(3e6)},1\nb,2\n`, [1, 1, 1, 2]],
    ['no number', 'a,one\nb,2\n', [2, 2, 1, 2]],
  ])('of CSV may be broken by a row that is %s, and is no error', async (_what, lines, expected) => {
    const head = Buffer.from('who,age\n')
    const body = typeof lines === 'string' ? Buffer.from(lines) : lines
    expect(await told(written(Buffer.concat([head, body]), 'csv'), counts, { bounds })).toEqual(expected)
    // The same without a line of names, for which the columns are stated.
    expect(await told(written(body, 'data'), counts, { bounds, columns: ['who', 'age'] })).toEqual(expected)
  })

  it.each(['csv', 'data', 'jsonl'])('takes nothing off the names of folders: %s', async (ending) => {
    const within = join(folder, 'c0=5', 'age=9')
    mkdirSync(within, { recursive: true })
    const path = join(within, `t.${ending}`)
    const lines = ending === 'jsonl' ? '{"who":"a","age":1}\n{"who":"b","age":2}\n' : 'a,1\nb,2\n'
    writeFileSync(path, ending === 'csv' ? `who,age\n${lines}` : lines)
    const stated = ending === 'csv' ? {} : { columns: ['who', 'age'] }
    expect(await told(path, counts, { bounds, ...stated })).toEqual([2, 2, 2, 3])
  })

  it('of JSON lines may be broken as well', async () => {
    const broken = [
      '{"who":"a","age":1}',
      '{"who":"b","age":"2"}',
      '{"age":3}',
      '{"who":null,"age":null}',
      '{"who":["x"],"age":{"y":1}}',
      '{"who":"c","age":4',
      '[',
      '{',
      'oops',
      '',
      '{"other":1}',
      '3',
    ]
    const columns = ['who', 'age']
    for (const path of [
      written(broken.join('\n'), 'jsonl'),
      written(`\ufeff${broken.join('\r\n')}\r\n`, 'json'),
      written(gzipSync(broken.join('\n')), 'ndjson.gz'),
    ])
      expect(await told(path, counts, { bounds, columns })).toEqual([11, 3, 3, 6])
    expect(await told(written('', 'jsonl'), counts, { bounds, columns })).toEqual([0, 0, 0, 0])
    const odd = written('{"a/b":1,"c~d":2,"e\\"f":3,"G":4}\n', 'jsonl')
    for (const [name, value] of [
      ['a/b', 1],
      ['c~d', 2],
      ['e"f', 3],
      ['G', 4],
      ['g', 0],
    ] as const)
      expect(
        await told(odd, `SELECT SUM("${name.replace('"', '""')}") AS s FROM data`, {
          bounds: { s: { lower: 0, upper: 9 } },
          columns: [name],
        }),
      ).toEqual([value])
  })

  it('is never an error, whatever bytes a text file has after its line of names', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('csv', 'data', 'jsonl', 'tsv'),
        fc.array(
          fc.oneof(
            fc.constantFrom(
              '"',
              '\n',
              '\r',
              ',',
              '{',
              '}',
              '"age":',
              '\0',
              '\t',
              '[',
              '\\',
              '1',
              '"who":"a"',
            ),
            fc.string({ maxLength: 3, unit: 'binary' }),
          ),
          { maxLength: 30 },
        ),
        fc.uint8Array({ maxLength: 4 }),
        async (ending, pieces, bytes) => {
          const separator = ending === 'tsv' ? '\t' : ','
          const named = ending === 'csv' || ending === 'tsv'
          // A file that begins with a bracket is JSON of another kind.
          const body = Buffer.concat([Buffer.from('{}\n'), Buffer.from(pieces.join('')), bytes])
          const path = written(
            Buffer.concat([Buffer.from(named ? `who${separator}age\n` : ''), body]),
            ending,
          )
          await told(path, 'SELECT COUNT(*), SUM(age) AS s FROM data WHERE who <> 1 OR age > 0', {
            bounds,
            unit: 'who',
            columns: named ? undefined : ['who', 'age'],
          })
        },
      ),
      { numRuns: Number(process.env['HOSTILE'] ?? 60) },
    )
  })

  it('is stated where it would come from rows, and must not be where it does not', async () => {
    const sql = 'SELECT COUNT(*) FROM data'
    const refused = (path: string, options: Partial<QueryOptions>, words: RegExp) =>
      expect(explainQuery(path, sql, { epsilon: 1, ...options })).rejects.toMatchObject({
        code: expect.stringMatching(/^(usage|unsupported)$/),
        message: expect.stringMatching(words),
      })
    // The same for a table with a row and for one without.
    for (const content of ['', '{"a":1}\n', '{"a":1}\n{"b":"secret"}\n'])
      await refused(written(content, 'jsonl'), {}, /fields of JSON are to be stated/)
    for (const content of ['', 'a,1\n', 'secret\n'])
      await refused(written(content, 'data'), {}, /without a line of names are to be stated/)
    await refused(written('a,b\n', 'csv'), { header: false }, /are to be stated/)
    await refused(written('a,b\n', 'csv'), { columns: ['a', 'b'] }, /first line names its columns/)
    await refused(written('[{"a":1}]', 'json'), { columns: ['a'] }, /JSON array is one value/)
    await refused(written('\n [\n{"a":1}]', 'json'), { columns: ['a'] }, /JSON array is one value/)
    await refused(written('', 'jsonl'), { columns: ['a', 'A'] }, /two columns are named A/)
    await refused(written('', 'jsonl'), { columns: [] }, /1 to 10000 names/)
    await refused(written('', 'jsonl'), { columns: [''] }, /1 to 10000 names/)
  })

  it('of Parquet makes no difference in whether numbers are whole, and none at all where columns are stated', async () => {
    const database = await openDatabase(128)
    const connection = await database.connect()
    const at = async (sql: string) => {
      const path = join(folder, `${++files}.parquet`)
      await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`)
      return path
    }
    const [whole, real, text] = [
      await at('SELECT i::BIGINT AS age FROM range(50) t(i)'),
      await at('SELECT i::DOUBLE AS age FROM range(50) t(i)'),
      await at("SELECT CASE WHEN i = 7 THEN 'seven' ELSE i::VARCHAR END AS age FROM range(50) t(i)"),
    ]
    database.close()
    const sql = 'SELECT SUM(age), AVG(2 * age), MAX(age), COUNT(*) FROM data WHERE age < 30'
    const plans = await Promise.all(
      [whole, real].map((path) => explainQuery(path, sql, { epsilon: 1, bounds })),
    )
    expect(plans[1]).toEqual(plans[0])
    const stated = { bounds, columns: ['age'] }
    const open = await Promise.all(
      [whole, real, text].map((path) => explainQuery(path, sql, { epsilon: 1, ...stated })),
    )
    expect(open[1]).toEqual(open[0])
    expect(open[2]).toEqual(open[0])
    expect(await told(whole, sql, stated)).toEqual([435, 29, 29, 30])
    expect(await told(real, sql, stated)).toEqual([435, 29, 29, 30])
    expect(await told(text, sql, stated)).toEqual([428, 30, 29, 29])
    await expect(explainQuery(whole, sql, { epsilon: 1, columns: ['agee'] })).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('has cells of which the first 256 characters count, but units that are told apart by all', async () => {
    const long = 'a'.repeat(300)
    const path = written(`who,t\n${long}1,${long}\n${long}2,b${long}\n${long}2,b\n`, 'csv')
    const options = { unit: 'who' }
    expect(await told(path, 'SELECT COUNT(*) FROM data', options)).toEqual([2])
    expect(await told(path, `SELECT COUNT(*) FROM data WHERE t = '${'a'.repeat(256)}'`, options)).toEqual([1])
    expect(await told(path, "SELECT COUNT(*) FROM data WHERE t LIKE '%b%'", options)).toEqual([1])
  })
})

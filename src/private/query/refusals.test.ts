import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../data/duckdb.ts'
import { planOf, type QueryOptions } from './plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-query-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'people.csv')
const secret = 'Xyzzy-4711'
writeFileSync(path, `who,town,age,pay\nanna,Ulm,41,${secret}\nbert,Ulm,37,2000\n`)
const age = { lower: 0, upper: 120 }
const database = await openDatabase(128)
afterAll(() => database.close())
const connection = await database.connect()
const ask = (sql: string, options: Partial<QueryOptions> = {}) =>
  planOf(connection, path, sql, { epsilon: 1, bounds: { age }, ...options })

/** What must be refused, and the clause that the refusal names. */
const refused: readonly (readonly [sql: string, names: RegExp])[] = [
  ['SELECT * FROM data', /SELECT \*/],
  ['FROM data', /SELECT \*/],
  ['SELECT age FROM data', /the column age/],
  ['SELECT town, COUNT(*) FROM data', /the column town/],
  ['SELECT 1 FROM data', /outside aggregates/],
  ['SELECT town FROM data GROUP BY town', /no aggregate/],
  ['SELECT COUNT(*)', /without FROM/],
  ['SELECT COUNT(*) + 1 FROM data', /the operator \+/],
  ['SELECT SUM(age) / COUNT(*) FROM data', /the operator \//],
  ['SELECT COUNT(*) FROM data, data d', /JOIN/],
  ['SELECT COUNT(*) FROM data JOIN data d USING (who)', /JOIN: one row of a person can match/],
  ['SELECT COUNT(*) FROM data LEFT JOIN other ON true', /JOIN/],
  ['SELECT COUNT(*) FROM (SELECT * FROM data)', /subquery in FROM/],
  ['SELECT COUNT(*) FROM data WHERE age > (SELECT AVG(age) FROM data)', /a subquery/],
  ['SELECT COUNT(*) FROM data WHERE EXISTS (SELECT 1)', /a subquery/],
  ['SELECT (SELECT COUNT(*) FROM data) FROM data', /a subquery/],
  ['SELECT COUNT(*) OVER () FROM data', /window/],
  ['SELECT COUNT(*) FROM data UNION ALL SELECT COUNT(*) FROM data', /UNION/],
  ['SELECT COUNT(*) FROM data EXCEPT SELECT 1', /EXCEPT/],
  ['SELECT COUNT(*) FROM data ORDER BY 1', /ORDER BY/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town ORDER BY MIN(age)', /ORDER BY/],
  ['SELECT COUNT(*) FROM data LIMIT 1', /LIMIT/],
  ['SELECT DISTINCT COUNT(*) FROM data', /DISTINCT/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING COUNT(*) > 3', /HAVING/],
  ['SELECT COUNT(*) FROM data QUALIFY true', /QUALIFY/],
  ['SELECT COUNT(*) FROM data USING SAMPLE 3', /SAMPLE/],
  ['SELECT COUNT(*) FROM data TABLESAMPLE 10%', /SAMPLE/],
  ['SELECT town, COUNT(*) FROM data GROUP BY ALL', /GROUP BY ALL/],
  ['SELECT town, COUNT(*) FROM data GROUP BY ROLLUP (town)', /ROLLUP/],
  ['SELECT COUNT(*) FROM data GROUP BY GROUPING SETS ((town), ())', /GROUPING SETS/],
  ['SELECT COUNT(*) FROM data GROUP BY COUNT(*)', /count/],
  ['WITH x AS (SELECT 1) SELECT COUNT(*) FROM data', /WITH/],
  ["SELECT COUNT(*) FROM read_csv('/etc/passwd')", /read_csv/],
  ["SELECT COUNT(*) FROM glob('*')", /glob/],
  ['SELECT COUNT(*) FROM duckdb_settings()', /duckdb_settings/],
  ["SELECT COUNT(*) FROM 'people.csv'", /the table people.csv/],
  ['SELECT COUNT(*) FROM other', /the table other/],
  ['SELECT COUNT(*) FROM main.data', /schema name/],
  ['SELECT COUNT(*) FROM data t(a, b)', /column name alias/],
  ['SELECT COUNT(*) FROM data AT (VERSION => 1)', /at clause/],
  ["SELECT COUNT(*) FROM data WHERE length(getenv('HOME')) > 1", /length|getenv/],
  ["SELECT COUNT(*) FROM data WHERE error('x') IS NULL", /error/],
  ['SELECT COUNT(*) FROM data WHERE random() > 0.5', /random/],
  ['SELECT COUNT(*) FROM data WHERE CAST(pay AS INTEGER) > 1', /CAST/],
  ['SELECT COUNT(*) FROM data WHERE pay::DOUBLE > 1', /CAST/],
  ['SELECT COUNT(*) FROM data WHERE age % 2 = 0', /%/],
  ['SELECT COUNT(*) FROM data WHERE age // 0 = 0', /\/\//],
  ['SELECT COUNT(*) FROM data WHERE sqrt(age) > 2', /sqrt/],
  ["SELECT COUNT(*) FROM data WHERE regexp_matches(town, '(a+)+$')", /regexp/],
  ['SELECT COUNT(*) FROM data WHERE town LIKE who', /LIKE/],
  ["SELECT COUNT(*) FROM data WHERE town LIKE 'a' ESCAPE 'b'", /like_escape/],
  ['SELECT COUNT(*) FROM data WHERE age', /true or false/],
  ["SELECT COUNT(*) FROM data WHERE age > 'x'", /a number is wanted/],
  ['SELECT COUNT(*) FROM data WHERE SUM(age) > 3', /sum/],
  ['SELECT COUNT(*) FROM data WHERE age = ?', /parameters/],
  ['SELECT COUNT(*) FROM data WHERE rowid = 1', /no column rowid/],
  ['SELECT COUNT(*) FROM data WHERE other.age = 1', /other.age/],
  ['SELECT COUNT(*) FROM data WHERE age = 9007199254740993', /2\^53/],
  ['SELECT COUNT(*) FROM data WHERE age < 1e400', /beyond the range of doubles/],
  ["SELECT COUNT(*) FROM data WHERE town = DATE '2020-01-01'", /CAST/],
  ['SELECT COUNT(*) FROM data WHERE town COLLATE nocase = town', /COLLATE/],
  ['SELECT list(age) FROM data', /list/],
  ['SELECT first(age) FROM data', /first/],
  ['SELECT any_value(who), COUNT(*) FROM data', /any_value/],
  ['SELECT string_agg(who) FROM data', /string_agg/],
  ['SELECT mode(age) FROM data', /mode/],
  ['SELECT arg_max(who, age) FROM data', /arg_max/],
  ['SELECT SUM(DISTINCT age) FROM data', /DISTINCT/],
  ['SELECT SUM(age) FILTER (age > 3) FROM data', /FILTER/],
  ['SELECT SUM(age ORDER BY who) FROM data', /ORDER BY/],
  ['SELECT MAX(age, 3) FROM data', /max/],
  ['SELECT QUANTILE_CONT(age, [0.1, 0.9]) FROM data', /quantile_cont/],
  ['SELECT QUANTILE_CONT(age, 1.5) FROM data', /quantile_cont/],
  ['SELECT HISTOGRAM(age) FROM data', /HISTOGRAM/],
  ['SELECT HISTOGRAM(age, [3, 2]) FROM data', /HISTOGRAM/],
  ['SELECT COUNT(*), HISTOGRAM(age, [3]) FROM data', /HISTOGRAM/],
  ['SELECT COUNT(DISTINCT (age, town)) FROM data', /row/],
  ['SELECT SUM(pay) FROM data', /column pay has no bounds/],
  ['SELECT AVG(pay) FROM data', /column pay has no bounds/],
  ['SELECT MEDIAN(pay) FROM data', /column pay has no bounds/],
  ['SELECT SUM(age * pay) FROM data', /column pay has no bounds/],
  ['SELECT SUM(age / age) FROM data', /has no bounds/],
  ['SELECT COUNT(*); SELECT COUNT(*) FROM data', /2 statements/],
  ['PRAGMA database_list', /only SELECT/],
  ["ATTACH 'x.db'", /only SELECT/],
  ["COPY data TO 'x.csv'", /only SELECT/],
  ['PIVOT data ON town USING COUNT(*)', /only SELECT|PIVOT/],
  ['INSERT INTO data VALUES (1)', /only SELECT/],
  ['SELEC COUNT(*) FROM data', /no SQL/],
  ['SELECT COUNT(*) FROM data WHERE', /no SQL/],
  ['SELECT nope(*) FROM data', /nope/],
  ['SELECT COUNT(*) FROM data\0', /NUL/],
  ['', /statements/],
]

describe('what is not understood', () => {
  it.each(refused)('%s', async (sql, names) => {
    const error = await ask(sql, { bounds: { age } }).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      name: 'FrostglassError',
      code: expect.stringMatching(/^(unsupported|usage)$/),
      message: expect.stringMatching(names),
      hint: expect.stringMatching(/./),
    })
    expect(JSON.stringify([(error as Error).message, (error as Error).cause ?? ''])).not.toContain(secret)
  })

  it.each<readonly [string, Partial<QueryOptions>, RegExp]>([
    ['SELECT COUNT(*) FROM data', { epsilon: 0 }, /epsilon must be positive/],
    ['SELECT COUNT(*) FROM data', { epsilon: Number.POSITIVE_INFINITY }, /epsilon must be positive/],
    ['SELECT COUNT(*) FROM data', { unit: 'whom' }, /no column whom/],
    ['SELECT COUNT(*) FROM data', { rowsPerUnit: 2 }, /needs a privacy unit/],
    ['SELECT COUNT(*) FROM data', { unit: 'who', rowsPerUnit: 0 }, /whole number/],
    ['SELECT COUNT(*) FROM data', { unit: 'who', groupsPerUnit: 2 }, /needs groups/],
    ['SELECT COUNT(*) FROM data', { level: 1 }, /level/],
    ['SELECT COUNT(*) FROM data', { bounds: { agee: age } }, /no column agee/],
    ['SELECT AVG(age) FROM data', { bounds: { age: { lower: 3, upper: 3 } } }, /in order/],
    ['SELECT AVG(age) FROM data', { bounds: { age: { lower: 0, upper: Number.NaN } } }, /in order/],
    ['SELECT SUM(1) FROM data', {}, /in order/],
    ['SELECT town, COUNT(*) FROM data GROUP BY town', {}, /needs a δ/],
    ['SELECT town, COUNT(*) FROM data GROUP BY town', { delta: 1 }, /between 0 and 1/],
    ['SELECT COUNT(*) FROM data', { keys: { town: ['Ulm'] } }, /does not group by/],
    ['SELECT town, who, COUNT(*) FROM data GROUP BY 1, 2', { keys: { town: ['Ulm'] } }, /none for who/],
    ['SELECT age, COUNT(*) FROM data GROUP BY age', { keys: { age: ['x'] } }, /a key is none/],
    ['SELECT MEDIAN(age) FROM data', { epsilon: 1e-6 }, /too small for a quantile/],
    ['SELECT COUNT(*) n, AVG(age) n FROM data', {}, /two answers are named n/],
  ])('%s with %j', async (sql, options, names) => {
    await expect(ask(sql, options)).rejects.toMatchObject({
      name: 'FrostglassError',
      message: expect.stringMatching(names),
      hint: expect.stringMatching(/./),
    })
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../data/duckdb.ts'
import { rowsSql } from './exact.ts'
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
const towns = join(folder, 'towns.csv')
writeFileSync(towns, 'name,region,who\nUlm,south,1\nBonn,west,2\n')
const twice = join(folder, 'twice.csv')
writeFileSync(twice, 'name,region\nUlm,south\nUlm,west\n')
const tables = { publicTables: { towns, twice }, privateTables: { visits: path } }
const ask = (sql: string, options: Partial<QueryOptions> = {}) =>
  planOf(connection, path, sql, { epsilon: 1, bounds: { age }, ...tables, ...options })

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
  ["SELECT town, COUNT(*) FROM data GROUP BY town HAVING town = 'Ulm'", /HAVING/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING COUNT(*)', /HAVING/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING COUNT(*) + 1 > 3', /the operator \+/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING COUNT(*) > age', /HAVING/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING COUNT(*) IS NULL', /HAVING/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING COUNT(*) > NULL', /NULL is no number/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING COUNT(*) IN (1, 2)', /HAVING/],
  ["SELECT town, COUNT(*) FROM data GROUP BY town HAVING COUNT(*) > 'x'", /constant of type VARCHAR/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING SUM(pay) > 3', /column pay has no bounds/],
  ['SELECT town, COUNT(*) FROM data GROUP BY town HAVING (SELECT 1) > COUNT(*)', /HAVING/],
  ['SELECT COUNT(*) FROM data HAVING COUNT(*) > 3', /HAVING: it chooses among groups/],
  ['SELECT HISTOGRAM(age, [3]) FROM data HAVING COUNT(*) > 3', /HAVING/],
  [
    'SELECT COUNT(*) FROM data JOIN towns ON data.town = towns.name AND true',
    /JOIN: tables are joined by one/,
  ],
  ['SELECT COUNT(*) FROM data JOIN towns ON data.town > towns.name', /JOIN: tables are joined by one/],
  ['SELECT COUNT(*) FROM data JOIN towns ON lower(data.town) = towns.name', /JOIN: tables are joined by one/],
  ['SELECT COUNT(*) FROM data JOIN towns ON towns.name = towns.region', /which side is whose/],
  ['SELECT COUNT(*) FROM data JOIN towns ON town = name', /which side is whose/],
  ['SELECT COUNT(*) FROM data JOIN towns USING (town, who)', /JOIN: tables are joined by one/],
  ['SELECT COUNT(*) FROM data RIGHT JOIN towns ON data.town = towns.name', /JOIN/],
  ['SELECT COUNT(*) FROM data FULL JOIN towns ON data.town = towns.name', /JOIN/],
  ['SELECT COUNT(*) FROM data SEMI JOIN towns ON data.town = towns.name', /JOIN/],
  ['SELECT COUNT(*) FROM data CROSS JOIN towns', /JOIN/],
  ['SELECT COUNT(*) FROM data NATURAL JOIN towns', /JOIN/],
  ['SELECT COUNT(*) FROM data POSITIONAL JOIN towns', /JOIN/],
  ['SELECT COUNT(*) FROM data ASOF JOIN towns ON data.town >= towns.name', /JOIN/],
  ['SELECT COUNT(*) FROM data, towns WHERE data.town = towns.name', /JOIN/],
  ['SELECT COUNT(*) FROM towns JOIN data ON towns.name = data.town', /JOIN: one row/],
  ['SELECT COUNT(*) FROM data JOIN (SELECT * FROM towns) t ON data.town = t.name', /subquery/],
  ["SELECT COUNT(*) FROM data JOIN read_csv('x') t ON data.town = t.name", /read_csv/],
  ['SELECT COUNT(*) FROM data JOIN towns data ON data.town = data.name', /two tables are called data/],
  ['SELECT COUNT(*) FROM data JOIN towns t ON data.town = t.name WHERE towns.region = 1', /towns.region/],
  ['SELECT COUNT(*) FROM data JOIN twice t ON data.town = t.name', /twice has a name twice/],
  [
    'SELECT COUNT(*) FROM data JOIN towns a ON data.town = a.name JOIN towns b ON data.town = b.name WHERE region = 1',
    /several tables/,
  ],
  ['SELECT COUNT(*) FROM data JOIN visits v ON data.town = v.who', /both are joined by the privacy unit/],
  ["SELECT COUNT(*) FROM data WHERE town LIKE '%a_%b'", /LIKE: with _/],
  ["SELECT COUNT(*) FROM data WHERE town LIKE '_%_'", /LIKE: with _/],
  ["SELECT COUNT(*) FROM data WHERE town ILIKE '%_'", /LIKE: with _/],
  [`SELECT COUNT(*) FROM data WHERE town LIKE '${'a'.repeat(65)}'`, /more than 64 characters/],
  [`SELECT COUNT(*) FROM data WHERE town NOT LIKE '${'%a'.repeat(9)}'`, /more than 8 %/],
  [
    `SELECT COUNT(*) FROM data WHERE ${'lower('.repeat(33)}town${')'.repeat(33)} = 'x'`,
    /more than 32 of LIKE/,
  ],
  ['SELECT SUM(age := 3) FROM data', /the name age/],
  ['SELECT SUM(least(age, x := 3)) FROM data', /the name x/],
  ['SELECT COUNT(*) FROM data WHERE age < 123456789012345678901234567890', /beyond 2\^53/],
  ['SELECT COUNT(*) FROM data WHERE age < -1e309', /beyond the range of doubles/],
  ['SELECT COUNT(*) FROM data WHERE age < NaN', /no column NaN/],
  ['SELECT COUNT(*) FROM data WHERE age < Infinity', /no column Infinity/],
  ["SELECT COUNT(*) FROM data WHERE age < 'NaN'", /a number is wanted/],
  ['SELECT COUNT(*) FROM data WHERE age < 0x1F', /no SQL|x1F/],
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

describe('numbers', () => {
  it.each<readonly [text: string, value: number]>([
    ['1e-7', 1e-7],
    ['-1e-7', -1e-7],
    ['1e300', 1e300],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['4.9e-324', Number.MIN_VALUE],
    ['1E+3', 1000],
    ['.5', 0.5],
    ['5.', 5],
    ['+3', 3],
    ['- - 3', 3],
    ['-0', 0],
    ['-0.0', 0],
    ['1_000', 1000],
    ['0.30000000000000004', 0.30000000000000004],
    ['1.00000000000000000000000000001', 1],
    ['0.12345678901234567890123456789012345678', 0.12345678901234568],
    ['123456789012345678901234567890.5', 1.2345678901234568e29],
    ['9007199254740992', 2 ** 53],
    ['9223372036854775808', 2 ** 63],
    ['-9223372036854775808', -(2 ** 63)],
    ['170141183460469231731687303715884105728', 2 ** 127],
    ['99999999999999991611392', 1e23],
  ])('%s is understood', async (text, value) => {
    const { where } = await ask(`SELECT COUNT(*) FROM data WHERE age < ${text}`)
    const [, sql] = /< (.*)\)$/.exec(where!)!
    const reader = await connection.runAndReadAll(`SELECT ${sql}`)
    expect(reader.getRows()[0]![0]).toBe(value)
  })

  it('are understood as quantiles and edges of bins, too', async () => {
    await ask('SELECT QUANTILE_CONT(age, 1e-3) FROM data')
    const plan = await ask('SELECT HISTOGRAM(age, [-1e-7, 0.30000000000000004, 1e300]) FROM data')
    expect(plan.groups).toHaveLength(4)
  })
})

it('what a row computes once in a query it computes once in ours, or twice', async () => {
  const edges = Array.from({ length: 500 }, (_, i) => i).join(', ')
  for (const sql of [
    `SELECT HISTOGRAM(CASE WHEN town LIKE 'a%b%' THEN age END, [${edges}]) FROM data`,
    "SELECT SUM(CASE WHEN town LIKE 'a%b%' THEN age ELSE 0 END) AS s FROM data",
    "SELECT town LIKE 'a%b%' AS k, COUNT(*) FROM data WHERE abs(age) > 3 GROUP BY k",
  ]) {
    const plan = await ask(sql, { delta: 1e-6 })
    expect(rowsSql(plan).split('LIKE').length - 1).toBeLessThanOrEqual(2)
  }
})

describe('what is not understood', () => {
  it.each(refused)('%s', async (sql, names) => {
    const delta = sql.includes('HAVING') ? { delta: 1e-6 } : {}
    const error = await ask(sql, { bounds: { age }, ...delta }).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      name: 'FrostglassError',
      code: expect.stringMatching(sql.includes(' twice ') ? /^input$/ : /^(unsupported|usage)$/),
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
    ['SELECT AVG(age) FROM data', { bounds: { age: { lower: -1e308, upper: 1e308 } } }, /too far apart/],
    ['SELECT COUNT(*) FROM data', { bounds: { age: { lower: -1e308, upper: 1e308 } } }, /too far apart/],
    ['SELECT COUNT(*) FROM data', { noise: 'gaussian' }, /needs a δ/],
    ['SELECT COUNT(*) FROM data', { noise: 'gaussian', delta: 1 }, /needs a δ/],
    ['SELECT MEDIAN(age) FROM data', { noise: 'gaussian', delta: 1e-6 }, /could be Gaussian/],
    [
      'SELECT SUM(pay) AS s FROM data',
      { noise: 'gaussian', delta: 1e-6, privateBounds: 0.2 },
      /found with Laplace/,
    ],
    ['SELECT COUNT(*) FROM data', { columns: ['who'] }, /first line names its columns/],
    [
      'SELECT COUNT(*) FROM data JOIN visits v ON data.who = v.who',
      { unit: 'town' },
      /joined by the privacy unit/,
    ],
    ['SELECT COUNT(*) FROM data JOIN visits v ON data.who = v.who', {}, /joined by the privacy unit/],
    [
      'SELECT COUNT(*) FROM data JOIN visits v ON data.who = v.who',
      { unit: 'who', joinRows: 0 },
      /join-rows is a whole number/,
    ],
  ])('%s with %j', async (sql, options, names) => {
    await expect(ask(sql, options)).rejects.toMatchObject({
      name: 'FrostglassError',
      message: expect.stringMatching(names),
      hint: expect.stringMatching(/./),
    })
  })
})

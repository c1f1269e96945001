import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { joinRecord } from '../../data/csvRecord.ts'
import { openDatabase } from '../../data/duckdb.ts'
import { FrostglassError } from '../../errors.ts'
import { answered } from './answer.ts'
import { exactGroups } from './exact.ts'
import { planOf, type QueryOptions } from './plan.ts'
import { sensitivityOf, squaredSensitivityOf } from './release.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-hostile-'))
const database = await openDatabase(1024)
const connection = await database.connect()
afterAll(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

const path = (name: string) => join(folder, name)
writeFileSync(path('towns.csv'), 'name,region,size\nUlm,south,1.5\nBonn,west,x\n,none,7\n')
writeFileSync(path('visits.csv'), 'person,cost,k\na,1e308,x\na,-1e308,y\nb,NaN,\n,3,z\na,2,x\n')

const RUNS = Number(process.env['HOSTILE'] ?? 60)

writeFileSync(
  path('more.csv'),
  'person,cost,k\none,7,x\na,1e308,x\na,-1e308,y\none,inf,y\nb,NaN,\n,3,z\none,2,x\na,2,x\none,-1,\none,2,x\n',
)

/** Numbers and texts on which arithmetic, casts and patterns are apt to fail. */
const nasty = [
  [
    '0',
    '-0',
    '1',
    '-1',
    '0.5',
    '1e308',
    '-1e308',
    '1e-320',
    '9007199254740993',
    '123456789012345678901234567890',
  ],
  [
    'NaN',
    'inf',
    '-inf',
    'Infinity',
    '1e999',
    '0x1F',
    '1_000',
    '١٢',
    '',
    '?',
    ' ',
    '\u00a0',
    'true',
    'null',
    'NULL',
  ],
  [
    'Ulm',
    ' ulm ',
    'İ',
    'ß',
    '😀',
    '%',
    '_',
    '\\',
    "'",
    '"',
    '""',
    'a\nb',
    '\u0000',
    '\ufeff',
    'a'.repeat(3000),
    '(a+)+$',
  ],
].flat()
const cell = fc.oneof(fc.constantFrom(...nasty), fc.string({ maxLength: 5, unit: 'grapheme' }))
const row = fc.tuple(fc.constantFrom('a', 'b', 'c', ''), cell, cell, cell)

const numbers = fc.constantFrom(
  '0',
  '1',
  '-1',
  '1e-7',
  '1e300',
  '1.7976931348623157e308',
  '0.1',
  '2147483648',
  '9007199254740992',
  'NULL',
)
const texts = fc.constantFrom("'Ulm'", "''", "'%'", "'😀'", 'NULL', "'NaN'")
const { expression, truth } = fc.letrec<{ expression: string; truth: string; word: string }>((tie) => {
  const e = tie('expression')
  const t = tie('truth')
  const w = tie('word')
  const join2 = (signs: readonly string[]) =>
    fc.tuple(e, fc.constantFrom(...signs), e).map(([a, s, b]) => `(${a} ${s} ${b})`)
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('x', 'y', 'data.x'),
      numbers,
      join2(['+', '-', '*', '/']),
      fc.tuple(fc.constantFrom('abs', 'floor', 'ceil', 'round', '-', '+'), e).map(([f, a]) => `${f}(${a})`),
      fc.tuple(fc.constantFrom('least', 'greatest', 'coalesce'), e, e).map(([f, a, b]) => `${f}(${a}, ${b})`),
      fc.tuple(t, e, e).map(([c, a, b]) => `CASE WHEN ${c} THEN ${a} ELSE ${b} END`),
    ),
    word: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('town', 'x'),
      texts,
      fc.tuple(fc.constantFrom('lower', 'upper', 'trim'), w).map(([f, a]) => `${f}(${a})`),
    ),
    truth: fc.oneof(
      { depthSize: 'small' },
      fc
        .tuple(
          w,
          fc.constantFrom('LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE'),
          fc.constantFrom("'%a%'", "'_'", "'%%%'", "''", "'a%b%'", "'\\%'", "'%a_%b'", "'(a'"),
        )
        .map((p) => `(${p.join(' ')})`),
      fc
        .tuple(e, fc.constantFrom('<', '<=', '=', '<>', 'IS DISTINCT FROM'), e)
        .map((p) => `(${p.join(' ')})`),
      fc.tuple(w, fc.constantFrom('=', '<'), w).map((p) => `(${p.join(' ')})`),
      fc.tuple(e, e, e).map(([a, b, c]) => `(${a} BETWEEN ${b} AND ${c})`),
      fc.tuple(e, fc.constantFrom('IN', 'NOT IN'), e, e).map(([a, s, b, c]) => `(${a} ${s} (${b}, ${c}))`),
      fc.tuple(t, fc.constantFrom('AND', 'OR'), t).map((p) => `(${p.join(' ')})`),
      t.map((a) => `(NOT ${a})`),
      w.map((a) => `(${a} IS NULL)`),
    ),
  }
})
const aggregate = fc.oneof(
  fc.constant('COUNT(*)'),
  fc
    .tuple(fc.constantFrom('COUNT', 'SUM', 'AVG', 'VARIANCE', 'STDDEV_POP', 'MIN', 'MEDIAN'), expression)
    .map(([f, e]) => `${f}(${e})`),
  fc.constantFrom(
    'COUNT(DISTINCT town)',
    'COUNT(DISTINCT x)',
    'QUANTILE_CONT(x, 1e-3)',
    'SUM(cost)',
    'SUM(size)',
  ),
)
/** What no query may have; put anywhere, it must be refused. */
const poison = fc.constantFrom(
  "error('x')",
  'random()',
  '(SELECT 1)',
  'x::INTEGER',
  "getenv('HOME')",
  "regexp_matches(town, '(a+)+$')",
  'sum(x) OVER ()',
  "town LIKE '%a_%b%c'",
  'x % 2',
  'x // 0',
  'sqrt(x)',
  'town[1]',
  'x ** 999',
  'who.x',
  "getvariable('salt')",
  't0',
)

const query = fc.record({
  aggregates: fc.array(aggregate, { minLength: 1, maxLength: 3 }),
  key: fc.option(fc.oneof(fc.constantFrom('town', 'region', 'visits.k'), expression, truth), {
    nil: undefined,
  }),
  where: fc.option(truth, { nil: undefined }),
  having: fc.option(
    fc.tuple(aggregate, fc.constantFrom('>', '<='), numbers).map((p) => p.join(' ')),
    { nil: undefined },
  ),
  joins: fc.subarray([
    ' LEFT JOIN towns ON data.town = towns.name',
    ' JOIN visits ON data.who = visits.person',
  ]),
  gaussian: fc.boolean(),
})

function textOf({
  aggregates,
  key,
  where,
  having,
  joins,
}: typeof query extends fc.Arbitrary<infer Q> ? Q : never): string {
  const list = aggregates.map((one, i) => `${one} AS a${i}`)
  return (
    `SELECT ${[...(key === undefined ? [] : [`${key} AS k`]), ...list].join(', ')} FROM data${joins.join('')}` +
    `${where === undefined ? '' : ` WHERE ${where}`}${key === undefined ? '' : ' GROUP BY 1'}` +
    `${having === undefined || key === undefined ? '' : ` HAVING ${having}`}`
  )
}

const options = (gaussian: boolean, joined = ''): QueryOptions => ({
  epsilon: 1,
  delta: 1e-6,
  unit: 'who',
  noise: gaussian ? 'gaussian' : 'laplace',
  bounds: {
    x: { lower: -2, upper: 5 },
    y: { lower: -1e300, upper: 1e300 },
    ...(joined.includes('towns') ? { size: { lower: -1, upper: 1e-300 } } : {}),
    ...(joined.includes('visits') ? { cost: { lower: 1e-9, upper: 1e9 } } : {}),
    ...Object.fromEntries(['a0', 'a1', 'a2'].map((name) => [name, { lower: 0, upper: 10 }])),
  },
  publicTables: { towns: path('towns.csv') },
  privateTables: { visits: path('visits.csv') },
})

/** The plan, or undefined where the query is refused in our words. */
async function planned(sql: string, asked: QueryOptions) {
  try {
    return await planOf(connection, path('data.csv'), sql, asked)
  } catch (error) {
    if (error instanceof FrostglassError && /^(unsupported|usage)$/.test(error.code)) return undefined
    throw new Error(`${sql}: ${String(error)}`)
  }
}

describe('a query from the grammar', () => {
  it('is refused before any row is read, or answered whatever the rows hold', async () => {
    let answers = 0
    await fc.assert(
      fc.asyncProperty(query, fc.array(row, { maxLength: 8 }), async (asked, rows) => {
        writeFileSync(path('data.csv'), `who,town,x,y\n${rows.map((one) => `${joinRecord(one)}\n`).join('')}`)
        const sql = textOf(asked)
        const given = options(asked.gaussian, asked.joins.join())
        // Bounds of answers that the query does not have would be refused.
        const named = Object.entries(given.bounds!).filter(
          ([name]) => !/^a\d$/.test(name) || needs(sql, name),
        )
        const plan = await planned(sql, { ...given, bounds: Object.fromEntries(named) })
        if (plan === undefined) return
        for (const statement of plan.setup) await connection.run(statement)
        const groups = answered(plan, await exactGroups(connection, plan)).flatMap(({ answers: all }) => all)
        for (const { value, low, high } of groups)
          expect([value, low, high].every(Number.isFinite), sql).toBe(true)
        answers++
      }),
      { numRuns: RUNS },
    )
    expect(answers).toBeGreaterThan(RUNS / 10)
  })

  it('is moved by one unit no further than its noise is for, whatever the rows hold', async () => {
    let compared = 0
    const salt = new Uint8Array(32)
    const own = fc.array(fc.tuple(fc.nat({ max: 8 }), row), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(query, fc.array(row, { maxLength: 8 }), own, async (asked, rows, more) => {
        const sql = textOf(asked)
        const given = { ...options(asked.gaussian, asked.joins.join()), rowsPerUnit: 2, joinRows: 2 }
        const named = Object.entries(given.bounds!).filter(
          ([name]) => !/^a\d$/.test(name) || needs(sql, name),
        )
        const exactOf = async (lines: readonly (readonly string[])[], visits: string) => {
          writeFileSync(
            path('data.csv'),
            `who,town,x,y\n${lines.map((one) => `${joinRecord(one)}\n`).join('')}`,
          )
          const privateTables = { visits: path(visits) }
          const plan = await planned(sql, { ...given, bounds: Object.fromEntries(named), privateTables })
          for (const statement of plan?.setup ?? []) await connection.run(statement)
          return plan && { plan, exact: await exactGroups(connection, plan, salt) }
        }
        const all: (readonly string[])[] = [...rows]
        for (const [place, [, ...cells]] of more)
          all.splice(Math.min(place, all.length), 0, ['one', ...cells])
        const [without, beside] = [await exactOf(rows, 'visits.csv'), await exactOf(all, 'more.csv')]
        if (without === undefined || beside === undefined) return
        for (const [i, release] of without.plan.releases.entries()) {
          let [sum, squares] = [0n, 0n]
          for (const id of new Set([...without.exact.keys(), ...beside.exact.keys()])) {
            const [a, b] = [without, beside].map(({ exact }) => exact.get(id)?.parts[i])
            for (const moved of differences(a, b)) {
              sum += moved < 0n ? -moved : moved
              squares += moved * moved
            }
          }
          const { values, perUnit } = without.plan
          expect(sum <= sensitivityOf(release, values, perUnit), `${sql}: ${sum}`).toBe(true)
          expect(
            release.kind === 'quantile' || squares <= squaredSensitivityOf(release, values, perUnit),
            `${sql}: ${squares}, squared`,
          ).toBe(true)
          compared++
        }
      }),
      { numRuns: RUNS },
    )
    expect(compared).toBeGreaterThan(RUNS / 10)
  })

  it('with one part that is not understood is refused', async () => {
    writeFileSync(path('data.csv'), 'who,town,x,y\na,Ulm,1,2\n')
    await fc.assert(
      fc.asyncProperty(query, poison, fc.nat({ max: 2 }), async (asked, part, place) => {
        const inside =
          place === 0
            ? { ...asked, where: `(${part}) IS NULL` }
            : place === 1
              ? { ...asked, aggregates: [`SUM(${part})`] }
              : { ...asked, key: part }
        expect(await planned(textOf(inside), options(false)), textOf(inside)).toBeUndefined()
      }),
      { numRuns: RUNS },
    )
  })
})

type Parts = readonly bigint[] | Float64Array | undefined

/** By how much each integer differs, or each record's number of times. */
function differences(a: Parts, b: Parts): bigint[] {
  if (!(a instanceof Float64Array || b instanceof Float64Array))
    return Array.from({ length: (a ?? b)!.length }, (_, j) => (a?.[j] ?? 0n) - (b?.[j] ?? 0n))
  const times = new Map<number, bigint>()
  for (const [records, sign] of [
    [a, 1n],
    [b, -1n],
  ] as const)
    for (const record of (records as Float64Array | undefined) ?? [])
      times.set(record, (times.get(record) ?? 0n) + sign)
  return [...times.values()]
}

const needs = (sql: string, name: string): boolean =>
  new RegExp(`(SUM|AVG|VARIANCE|STDDEV_POP|MIN|MEDIAN)\\((?:(?! AS ).)*\\) AS ${name}\\b`).test(sql)

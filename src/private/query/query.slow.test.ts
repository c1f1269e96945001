import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../data/duckdb.ts'
import { stream } from '../../secret/index.ts'
import { createLedger } from '../ledger/ledger.ts'
import { exactGroups } from './exact.ts'
import { explainQuery, prepareQuery, privateQuery } from './index.ts'
import { planOf, type QueryOptions } from './plan.ts'
import { binsPlan } from './privateBounds.ts'
import { sensitivityOf, squaredSensitivityOf } from './release.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-query-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const written = (text: string, ending = 'csv') => {
  const path = join(folder, `${++files}.${ending}`)
  writeFileSync(path, text)
  return path
}
const bounded = (lower: number, upper: number) => ({ lower, upper })
/** So large an ε that noise is nothing: what is left is the exact part. */
const clear = 1e9

const people = written(
  'who,town,age,pay\na,Ulm,41,10.5\nb, Ulm ,37,20\nc,Bonn,?,30\nd,Bonn,60,nonsense\ne,,25,1e999\nf,Köln,NaN,-5\n',
)
const bounds = { age: bounded(0, 50), pay: bounded(0, 40) }

describe('answers', () => {
  it.each<readonly [sql: string, answers: readonly number[]]>([
    ['SELECT COUNT(*), COUNT(age), COUNT(town), COUNT(DISTINCT town) FROM data', [6, 4, 5, 3]],
    // 60 counts as 50; ? and NaN are missing.
    ['SELECT SUM(age), AVG(age), VAR_POP(age) FROM data', [153, 38.25, 80.6875]],
    ['SELECT VARIANCE(age), STDDEV(age) FROM data', [107.583333, 10.372239]],
    ['SELECT VAR_POP(age), STDDEV_POP(age), COUNT(*) FROM data', [80.6875, 8.982622, 6]],
    // 1e999 is infinite and counts as 40, −5 as 0, and a word is missing.
    ['SELECT SUM(pay) AS s FROM data', [100.5]],
    ['SELECT AVG(pay) FROM data', [20.1]],
    ['SELECT MIN(age), MAX(age), QUANTILE_DISC(age, 0.3) AS q FROM data', [25, 50, 37]],
    ['SELECT SUM(CASE WHEN age > 40 THEN 1 ELSE 0 END) AS n FROM data', [2]],
    ["SELECT SUM(CASE WHEN town = 'Ulm' THEN age END) AS n FROM data", [78]],
    ['SELECT SUM(age - 2 * pay) AS n FROM data WHERE age < 40 AND pay > 0', [37 - 40 + (25 - 80)]],
    ['SELECT SUM(abs(-floor(age / 10)) * 10) AS n FROM data', [40 + 30 + 50 + 20]],
    ['SELECT COUNT(*) FROM data WHERE age / 0 > 5', [4]],
    ["SELECT COUNT(*) FROM data WHERE NOT (town IN ('Ulm', 'Bonn')) OR town IS NULL", [2]],
    ["SELECT COUNT(*) FROM data WHERE town LIKE 'U%' AND upper(town) <> 'BONN'", [2]],
    ['SELECT COUNT(*) FROM data WHERE coalesce(age, 99) BETWEEN 60 AND 99 AND TRUE', [3]],
    ['SELECT COUNT(*) FROM data d WHERE d.age >= 37 AND AGE IS NOT NULL', [3]],
    ["SELECT COUNT(*) FROM data WHERE who = ''' OR 1=1 --'", [0]],
  ])('%s', async (sql, answers) => {
    const { groups, warnings } = await privateQuery(people, sql, { epsilon: clear, bounds })
    expect(groups).toHaveLength(1)
    expect(groups[0]!.answers.map(({ value }) => value)).toEqual(answers.map((x) => expect.closeTo(x, 3)))
    for (const { value, low, high } of groups[0]!.answers) {
      expect(low).toBeLessThanOrEqual(value)
      expect(high).toBeGreaterThanOrEqual(value)
    }
    expect(warnings.join()).toMatch(/each row is protected, not each person/)
  })

  it('come by group: public keys in full, in order, empty ones as well; keys of any expression', async () => {
    const byTown = await privateQuery(
      people,
      'SELECT town, COUNT(*) AS n, SUM(age) AS s FROM data GROUP BY town',
      {
        epsilon: clear,
        bounds,
        keys: { town: ['Ulm', 'Trier', 'Bonn'] },
      },
    )
    expect(byTown.groups.map(({ keys, answers }) => [...keys, ...answers.map(({ value }) => value)])).toEqual(
      [
        ['Bonn', 2, expect.closeTo(50, 3)],
        ['Trier', 0, expect.closeTo(0, 3)],
        ['Ulm', 2, expect.closeTo(78, 3)],
      ],
    )
    const byDecade = await privateQuery(
      people,
      'SELECT floor(age/10)*10 AS d, COUNT(*) FROM data GROUP BY d',
      {
        epsilon: clear,
        keys: { d: [20, 30, 40, 50, 60] },
      },
    )
    expect(byDecade.groups.map(({ keys, answers }) => [keys[0], answers[0]!.value])).toEqual([
      [20, 1],
      [30, 1],
      [40, 1],
      [50, 0],
      [60, 1],
    ])
    const bins = await privateQuery(people, 'SELECT HISTOGRAM(age, [30, 40]) FROM data', { epsilon: clear })
    expect(bins.groups.map(({ keys, answers }) => [keys[0], answers[0]!.value])).toEqual([
      ['≤ 30', 1],
      ['30 … 40', 1],
      ['> 40', 2],
    ])
  })

  it('tell private keys from a threshold on, which is above what one unit has', async () => {
    const path = written(
      `who,town\n${Array.from({ length: 60 }, (_, i) => `${i},${i < 55 ? 'Ulm' : 'Bonn'}\n`).join('')}`,
    )
    const answer = await privateQuery(path, 'SELECT town, COUNT(*) FROM data GROUP BY town', {
      epsilon: 2,
      delta: 1e-9,
      unit: 'who',
    })
    // ln(1e9) / 2 + 2 is about 12: Bonn's 5 are never told but once in a million, Ulm's 55 always.
    expect(answer.groups.map(({ keys }) => keys[0])).toEqual(['Ulm'])
    expect(answer).toMatchObject({ epsilon: 2, delta: 1e-9, unit: 'all rows of one who' })
    expect(JSON.stringify(answer)).not.toContain('Bonn')
    const hidden = await privateQuery(path, 'SELECT town, COUNT(DISTINCT who) AS n FROM data GROUP BY town', {
      epsilon: clear,
      delta: 1e-9,
      unit: 'who',
    })
    expect(hidden.releases.map(({ answers }) => answers)).toEqual([[], ['n']])
    expect(hidden.groups.map(({ answers }) => answers[0]!.value)).toEqual([5, 55])
  })

  it('tell a group that one unit has alone with a chance of δ, and not of nothing', async () => {
    // With two rows in each of two groups, δ = 0.3 for both together.
    const path = written(`who,k,x\n${['a', 'a', 'b', 'b'].map((k) => `p,${k},3\n`).join('')}`)
    const query = await prepareQuery(path, 'SELECT k, COUNT(*), AVG(x) FROM data GROUP BY k', {
      epsilon: 1,
      delta: 0.3,
      unit: 'who',
      rowsPerUnit: 2,
      groupsPerUnit: 2,
      bounds: { x: bounded(0, 10) },
    })
    const draws = 2000
    let told = 0
    for (let i = 0; i < draws; i++) if (query.draw().length > 0) told++
    // Both could be told at once, so a little less; five standard deviations on either side.
    expect(told / draws).toBeLessThan(0.3 + 0.052)
    expect(told / draws).toBeGreaterThan(0.22 - 0.052)
  })

  it('are the same of Parquet and JSON, with their types', async () => {
    const database = await openDatabase(128)
    const connection = await database.connect()
    const path = join(folder, 'typed.parquet')
    await connection.run(
      `COPY (SELECT i AS id, i % 3 = 0 AS third, (i * 7) % 100 AS age, i / 8 AS eighth, CASE WHEN i % 5 = 0 THEN 'NaN'::DOUBLE ELSE i END AS holes,
       DATE '2020-01-01' + i::INTEGER AS day FROM range(200) t(i)) TO '${path}' (FORMAT parquet)`,
    )
    await connection.run(`COPY (FROM '${path}') TO '${join(folder, 'typed.json')}'`)
    database.close()
    for (const file of ['typed.parquet', 'typed.json']) {
      const { groups } = await privateQuery(
        join(folder, file),
        `SELECT COUNT(*), SUM(age), AVG(eighth), COUNT(holes), COUNT(DISTINCT day) AS days FROM typed WHERE day >= '2020-02-01' AND third = ${file.endsWith('json') ? "'true'" : 'true'}`,
        {
          epsilon: clear,
          bounds: { age: bounded(0, 100), eighth: bounded(0, 30), holes: bounded(0, 1) },
          columns: file.endsWith('json') ? ['day', 'third', 'age', 'eighth', 'holes'] : undefined,
        },
      )
      const kept = Array.from({ length: 200 }, (_, i) => i).filter((i) => i >= 31 && i % 3 === 0)
      const sum = (f: (i: number) => number) => kept.reduce((total, i) => total + f(i), 0)
      const truth = [
        kept.length,
        sum((i) => (i * 7) % 100),
        sum((i) => i / 8) / kept.length,
        kept.filter((i) => i % 5 !== 0).length,
        kept.length,
      ]
      // A JSON file writes NaN as a text, which is missing just so.
      expect(groups[0]!.answers.map(({ value }) => value)).toEqual(truth.map((x) => expect.closeTo(x, 3)))
    }
  })
})

describe('one unit', () => {
  const towns = written('town,kind\na,1\nb,2\n,3\n')
  const lookup = { publicTables: { towns } }
  const queries: readonly (readonly [sql: string, options: Partial<QueryOptions>])[] = [
    [
      'SELECT COUNT(*), SUM(x), AVG(x), VARIANCE(x), COUNT(DISTINCT x), COUNT(DISTINCT who) AS d FROM data',
      {},
    ],
    ['SELECT k, SUM(x) AS s, COUNT(*) FROM data GROUP BY k', { groupsPerUnit: 2, delta: 1e-6 }],
    [
      'SELECT k, SUM(x) AS s, COUNT(y) AS n, SUM(y) AS t FROM data WHERE x > 0 GROUP BY k',
      { groupsPerUnit: 2, delta: 1e-6 },
    ],
    ['SELECT k, AVG(x), COUNT(*) FROM data GROUP BY k', { keys: { k: ['a', 'b'] } }],
    ['SELECT floor(x) AS f, VAR_POP(y) AS v FROM data GROUP BY 1', { groupsPerUnit: 3, delta: 1e-6 }],
    [
      'SELECT k, COUNT(*), AVG(y) FROM data GROUP BY k HAVING SUM(x) > 3',
      { groupsPerUnit: 3, delta: 1e-6, noise: 'gaussian' },
    ],
    [
      'SELECT kind, COUNT(*), SUM(x) AS s FROM data JOIN towns ON data.k = towns.town GROUP BY kind',
      { ...lookup, groupsPerUnit: 2, delta: 1e-6 },
    ],
    [
      'SELECT k, COUNT(*), SUM(cost) AS s FROM data LEFT JOIN visits v ON data.who = v.who GROUP BY k',
      { joinRows: 2, groupsPerUnit: 2, delta: 1e-6, noise: 'gaussian' },
    ],
  ]

  it('moves no release further than its noise is for, whatever and wherever its rows, and some as far', async () => {
    let tight = 0
    const row = fc.tuple(
      fc.constantFrom('a', 'b', 'c', ''),
      fc.constantFrom('-3', '0', '0.7', '4', '99', '?', 'Infinity'),
      fc.constantFrom('-8', '1', '7.25', 'x'),
    )
    const others = fc.tuple(fc.constantFrom('p', 'q', 'r'), row)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...queries),
        fc.integer({ min: 1, max: 3 }),
        fc.array(others, { minLength: 1, maxLength: 12 }),
        fc.array(fc.tuple(fc.nat({ max: 12 }), row), { minLength: 1, maxLength: 8 }),
        async ([sql, options], rowsPerUnit, rows, own) => {
          const line = (who: string, cells: readonly string[]) => `${who},${cells.join(',')}\n`
          const kept = rows.map(([who, cells]) => line(who, cells))
          const all = [...kept]
          for (const [place, cells] of own) all.splice(Math.min(place, all.length), 0, line('one', cells))
          const visits = (who: readonly string[]) => ({
            visits: written(
              `who,cost\n${who.flatMap((one) => ['9', '2', '2', '-7', '3'].map((cost) => `${one},${cost}\n`)).join('')}`,
            ),
          })
          const asked = {
            epsilon: 1,
            unit: 'who',
            rowsPerUnit,
            bounds: {
              x: bounded(-2, 5),
              y: bounded(-7, 6),
              ...(sql.includes('cost') ? { cost: bounded(-4, 9) } : {}),
            },
            ...options,
            salt: new Uint8Array(32).fill(rowsPerUnit),
          }
          const a = await prepareQuery(written(`who,k,x,y\n${kept.join('')}`), sql, {
            ...asked,
            ...(sql.includes('visits') ? { privateTables: visits(['p', 'q', 'r']) } : {}),
          })
          const b = await prepareQuery(written(`who,k,x,y\n${all.join('')}`), sql, {
            ...asked,
            ...(sql.includes('visits') ? { privateTables: visits(['r', 'one', 'q', 'p']) } : {}),
          })
          for (const [i, release] of a.plan.releases.entries()) {
            let [distance, squares] = [0n, 0n]
            for (const id of new Set([...a.exact.keys(), ...b.exact.keys()])) {
              const [x, y] = [a, b].map(
                ({ exact }) => exact.get(id)?.parts[i] as readonly bigint[] | undefined,
              )
              const width = (x ?? y)!.length
              for (let j = 0; j < width; j++) {
                const moved = (x?.[j] ?? 0n) - (y?.[j] ?? 0n)
                distance += moved < 0n ? -moved : moved
                squares += moved * moved
              }
            }
            const most = sensitivityOf(release, a.plan.values, a.plan.perUnit)
            const mostSquared = squaredSensitivityOf(release, a.plan.values, a.plan.perUnit)
            expect(distance <= most, `${sql}, release ${i}: ${distance} of ${most}`).toBe(true)
            expect(
              squares <= mostSquared,
              `${sql}, release ${i}: ${squares} of ${mostSquared}, squared`,
            ).toBe(true)
            if (distance === most || squares === mostSquared) tight++
          }
        },
      ),
      { numRuns: 40 },
    )
    expect(tight).toBeGreaterThan(10)
  })

  it('is sampled at random, not by the order of its rows', async () => {
    const path = written(`who,x\n${Array.from({ length: 20 }, (_, i) => `p,${i}\n`).join('')}`)
    const seen = new Set<number>()
    for (let turn = 0; turn < 6; turn++) {
      const { groups } = await privateQuery(path, 'SELECT SUM(x), COUNT(*) FROM data', {
        epsilon: clear,
        unit: 'who',
        bounds: { x: bounded(0, 20) },
      })
      seen.add(Math.round(groups[0]!.answers[0]!.value))
      expect(groups[0]!.answers[1]!.value).toBe(1)
    }
    // All 6 draws equal of 20 rows: once in 20^5.
    expect(seen.size).toBeGreaterThan(1)
  })
})

describe('error bars', () => {
  it('hold at their rate, in large and in small groups', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `${i < 470 ? 'big' : 'small'},${(i * 37) % 101}\n`)
    const path = written(`k,x\n${rows.join('')}`)
    const sql =
      'SELECT k, COUNT(*), COUNT(x) AS c, SUM(x), AVG(x), VAR_POP(x), STDDEV(x) FROM data GROUP BY k'
    const query = await prepareQuery(path, sql, {
      epsilon: 1,
      bounds: { x: bounded(0, 120) },
      keys: { k: ['big', 'small'] },
      level: 0.9,
    })
    const truth = (
      await privateQuery(path, sql, {
        epsilon: clear,
        bounds: { x: bounded(0, 120) },
        keys: { k: ['big', 'small'] },
      })
    ).groups
    const draws = 80
    const held = truth.map(({ answers }) => answers.map(() => 0))
    for (let i = 0; i < draws; i++)
      for (const [g, { answers }] of query.draw().entries())
        for (const [j, { low, high }] of answers.entries()) {
          const { value } = truth[g]!.answers[j]!
          if (low <= value + 1e-6 && value - 1e-6 <= high) held[g]![j]!++
        }
    // Five standard deviations.
    for (const counts of held)
      for (const count of counts) expect(count / draws).toBeGreaterThan(0.9 - 5 * Math.sqrt(0.09 / draws))
  })

  it('of quantiles hold, at the ends and where data are few', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => `${i < 397 ? 'big' : 'few'},${10 + ((i * 37) % 50)}\n`)
    const path = written(`k,x\n${rows.join('')}`)
    const options = { bounds: { x: bounded(0, 100) }, keys: { k: ['big', 'few', 'none'] }, level: 0.9 }
    const sql = 'SELECT k, MIN(x), MAX(x), MEDIAN(x), QUANTILE_DISC(x, 0.2) q FROM data GROUP BY k'
    const query = await prepareQuery(path, sql, { epsilon: 4, ...options })
    const truth = (await privateQuery(path, sql, { epsilon: clear, ...options })).groups
    const draws = 40
    const held = [0, 0, 0, 0, 0, 0, 0, 0]
    for (let i = 0; i < draws; i++)
      for (const [g, { answers }] of query.draw().entries())
        for (const [j, { value, low, high }] of answers.entries()) {
          expect(low <= value && value <= high && 0 <= low && high <= 100).toBe(true)
          if (
            g < 2 &&
            low <= truth[g]!.answers[j]!.value + 1e-3 &&
            high >= truth[g]!.answers[j]!.value - 1e-3
          )
            held[4 * g + j]!++
        }
    for (const count of held) expect(count / draws).toBeGreaterThan(0.9 - 5 * Math.sqrt(0.09 / draws))
  })
})

describe('the price', () => {
  const ledgerOf = (name: string, epsilon = 1) =>
    createLedger(join(folder, name), { dataset: 'people', epsilon, delta: 1e-6 })

  it('is taken once a query, before the answer, and never for a refusal', async () => {
    const ledger = await ledgerOf('once.ledger')
    const sql = 'SELECT COUNT(*), AVG(age), SUM(pay) AS s\n FROM data'
    const answer = await privateQuery(people, sql, { epsilon: 0.6, bounds, ledger })
    expect(answer.ledger).toMatchObject({ entry: 1, left: { epsilon: expect.closeTo(0.4, 9), delta: 1e-6 } })
    expect(ledger.entries()).toMatchObject([
      {
        what: 'SELECT COUNT(*), AVG(age), SUM(pay) AS s FROM data',
        epsilon: expect.closeTo(0.6, 9),
        delta: 0,
      },
    ])
    for (const [refusedSql, options] of [
      ['SELECT COUNT(*) FROM data', { epsilon: 0.41 }],
      ['SELECT AVG(pay) FROM data', { epsilon: 0.1 }],
      ['SELECT town, COUNT(*) FROM data GROUP BY town', { epsilon: 0.1 }],
      ['SELECT * FROM data', { epsilon: 0.1 }],
    ] as const)
      await expect(privateQuery(people, refusedSql, { ...options, ledger })).rejects.toThrow()
    await explainQuery(people, sql, { epsilon: 0.1, bounds })
    expect(ledger.entries()).toHaveLength(1)
    await expect(
      privateQuery(people, 'SELECT COUNT(*) FROM data', { epsilon: 0.41, ledger }),
    ).rejects.toMatchObject({ code: 'policy' })
    await privateQuery(people, 'SELECT COUNT(*) FROM data', { epsilon: 0.4, ledger })
    expect(ledger.state().left.epsilon).toBeLessThan(1e-8)
    ledger.close()
  })

  it('has δ of private keys, and a warning where δ is not below one over the people', async () => {
    const path = written(`k\n${'a\n'.repeat(500)}`)
    const ledger = await createLedger(join(folder, 'delta.ledger'), { dataset: 'p', epsilon: 9, delta: 0.01 })
    const ask = (delta: number) =>
      privateQuery(path, 'SELECT k, COUNT(*) FROM data GROUP BY k', { epsilon: 2, delta, ledger })
    expect((await ask(0.005)).warnings.join()).toMatch(/δ = 0.005 is not below one over the number of people/)
    expect((await ask(1e-5)).warnings.join()).not.toMatch(/δ/)
    expect(ledger.state().spent).toEqual({ epsilon: expect.closeTo(4, 9), delta: expect.closeTo(0.00501, 9) })
    ledger.close()
  })

  it('is taken before rows are read, and no cell told, also where a file cannot be read to its end', async () => {
    const database = await openDatabase(64)
    const path = join(folder, 'broken.parquet')
    await (await database.connect()).run(
      `COPY (SELECT i AS who, md5(i::VARCHAR) AS secret FROM range(2000) t(i)) TO '${path}' (FORMAT parquet)`,
    )
    database.close()
    // The form at its end is whole, what is before it is not.
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 4, bytes.length >> 1))
    const ledger = await ledgerOf('broken.ledger')
    const error = await privateQuery(path, "SELECT COUNT(*) FROM data WHERE secret <> 'x'", {
      epsilon: 0.1,
      ledger,
      timeLimit: 0.2,
    }).catch((e) => e)
    expect(error).toMatchObject({
      code: 'input',
      message: expect.stringMatching(
        /not answered in 0.2 seconds, or its table cannot be read.*price stays spent/,
      ),
    })
    expect(error.cause).toBeUndefined()
    expect(ledger.entries()).toHaveLength(1)
    ledger.close()
  })

  it('is stopped in time by a signal', async () => {
    const signal = AbortSignal.abort()
    await expect(
      privateQuery(people, 'SELECT COUNT(*) FROM data', { epsilon: 1, signal }),
    ).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('private bounds', () => {
  const path = written(
    `who,x,y\n${Array.from({ length: 600 }, (_, i) => `${i},${[3, 70, -5][i % 3]},0\n`).join('')}q,1e9,0\n`,
  )

  it('are the powers of two around what stands out, for their share of ε and no more', async () => {
    const ledger = await createLedger(join(folder, 'bounds.ledger'), {
      dataset: 'p',
      unit: 'who',
      epsilon: 8,
      delta: 1e-6,
    })
    // Bounds are too wide once in a hundred times: not with this noise.
    const random = stream(new Uint8Array(32), 'matrix')
    const options = { epsilon: 4, privateBounds: 0.25, unit: 'who', ledger, random }
    const answer = await privateQuery(path, 'SELECT AVG(x), SUM(x - y) AS s FROM data', options)
    expect(answer.releases.map(({ answers, epsilon }) => [answers[0], epsilon])).toEqual([
      ['bounds of x', 0.5],
      ['bounds of y', 0.5],
      ['avg_x', 1.5],
      ['s', 1.5],
    ])
    // One value of 1e9 does not stand out, nor may it: it counts as 128.
    expect(answer.rules.join('\n')).toMatch(/x is held to -8 … 128;.*\n.*s is held to -8/)
    expect(answer.groups[0]!.answers[0]!.value).toBeCloseTo((200 * 68 + 128) / 601, 0)
    expect(ledger.entries()).toMatchObject([{ epsilon: expect.closeTo(4, 9) }])
    const few = privateQuery(path, "SELECT AVG(x) FROM data WHERE who = 'q'", { ...options, epsilon: 1 })
    await expect(few).rejects.toMatchObject({
      message: expect.stringMatching(/too few rows to find bounds of x/),
    })
    expect(ledger.entries()).toHaveLength(2)
    ledger.close()
  })

  it('are of no use where none can be, and are not looked for in a dry run', async () => {
    const plan = await explainQuery(path, 'SELECT AVG(x) FROM data', { epsilon: 1, privateBounds: 0.5 })
    expect(JSON.stringify(plan)).not.toMatch(/128|held to/)
    expect(plan.rules.join()).toMatch(/bounds of x are found privately/)
    for (const [sql, privateBounds] of [
      ['SELECT SUM(x / x) AS s FROM data', 0.5],
      ['SELECT SUM(x) FROM data', 0],
      ['SELECT SUM(x) FROM data', 1],
    ] as const)
      await expect(explainQuery(path, sql, { epsilon: 1, privateBounds })).rejects.toMatchObject({
        code: 'usage',
      })
  })

  it('move by one row of a unit at most', async () => {
    const rows = (unit: number) => Array.from({ length: unit }, (_, i) => `one,${(-3) ** i}\n`).join('')
    const others = 'who,x\na,1\nb,-2\nc,\n'
    const database = await openDatabase(256)
    const connection = await database.connect()
    const countsOf = async (text: string) => {
      const plan = await planOf(connection, written(text), 'SELECT AVG(x) FROM data', {
        epsilon: 1,
        privateBounds: 0.5,
        unit: 'who',
        rowsPerUnit: 3,
      })
      const groups = await exactGroups(connection, binsPlan(plan, plan.pending[0]!), new Uint8Array(32))
      return new Map([...groups].map(([id, { parts }]) => [id, Number((parts[0] as bigint[])[0])]))
    }
    const before = await countsOf(others)
    const after = await countsOf(others + rows(6))
    database.close()
    const ids = [...new Set([...before.keys(), ...after.keys()])]
    const moved = ids.map((id) => Math.abs((after.get(id) ?? 0) - (before.get(id) ?? 0)))
    expect(moved.reduce((a, b) => a + b)).toBe(1)
    expect([...before.values()].reduce((a, b) => a + b)).toBe(2)
  })
})

describe('what is told beside answers', () => {
  it('follows from the query alone: the same for every table of the same columns', async () => {
    const sql = 'SELECT town, AVG(age), MAX(pay) AS m FROM data WHERE age > 20 GROUP BY town'
    const options = { epsilon: 1, delta: 1e-6, bounds, unit: 'who' }
    const plan = await explainQuery(people, sql, options)
    const other = written('who,town,age,pay\nx,y,1,2\n')
    expect(await explainQuery(other, sql, options)).toEqual(plan)
    const { groups, warnings, ...rest } = await privateQuery(other, sql, options)
    expect({ ...rest, warnings }).toEqual(plan)
    expect(groups).toEqual([])
    expect(plan.rules.join('\n')).toMatch(
      /at most 1 row counts in each of at most 1 group.*\n.*age is held to 0 … 50/,
    )
  })
})

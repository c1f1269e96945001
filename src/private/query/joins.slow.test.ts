import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { explainQuery, prepareQuery, privateQuery } from './index.ts'
import type { QueryOptions } from './plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-joins-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const written = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const people = written(
  'people.csv',
  'who,town,age\na,Ulm,41\nb, Ulm ,37\nc,Bonn,20\nd,Bonn,60\ne,,25\nf,Nowhere,33\n',
)
const towns = written('towns.csv', 'town,region,size\nUlm,south,1\nBonn,west,2\nTrier,west,3\n,none,9\n')
const visits = written(
  'visits.csv',
  `who,cost\n${['a', 'a', 'a', 'b', 'c', 'z'].map((who, i) => `${who},${i + 1}\n`).join('')},8\n`,
)
const clear = { epsilon: 1e9 }
const bounded = (lower: number, upper: number) => ({ lower, upper })

async function told(sql: string, options: Partial<QueryOptions> = {}) {
  const query = await prepareQuery(people, sql, { ...clear, publicTables: { towns }, ...options })
  return (
    query
      .draw()
      // Plus 0: noise just below 0 rounds to −0.
      .map(({ keys, answers }) => [
        ...keys,
        ...answers.map(({ value }) => Math.round(value * 1000) / 1000 + 0),
      ])
  )
}

describe('a public table', () => {
  it('is joined by a key, and gives its columns to everything', async () => {
    expect(await told('SELECT COUNT(*) FROM data JOIN towns USING (town)')).toEqual([[4]])
    expect(await told('SELECT COUNT(*), COUNT(region) AS r FROM data LEFT JOIN towns USING (town)')).toEqual([
      [6, 4],
    ])
    expect(
      await told(
        "SELECT region, COUNT(*), SUM(age * size) AS s FROM data d JOIN towns t ON t.town = d.town WHERE size < 3 AND region <> 'x' GROUP BY region",
        { keys: { region: ['west', 'south', 'east'] }, bounds: { age: bounded(0, 50), size: bounded(0, 5) } },
      ),
    ).toEqual([
      ['east', 0, 0],
      ['south', 2, 78],
      ['west', 2, 140],
    ])
    // A name that both have is written with its table's.
    expect(
      await told(
        "SELECT COUNT(DISTINCT t.town) AS n FROM data d JOIN towns t ON t.town = d.town WHERE d.town = 'Ulm'",
      ),
    ).toEqual([[1]])
    expect(
      await told('SELECT d.town, COUNT(*) FROM data d JOIN towns t ON t.town = d.town GROUP BY d.town', {
        keys: { town: ['Ulm'] },
      }),
    ).toEqual([['Ulm', 2]])
    await expect(told('SELECT COUNT(town) AS n FROM data JOIN towns USING (town)')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/several tables have a column town/),
    })
  })

  it('is joined to one that was joined before', async () => {
    const regions = written('regions.csv', 'name,capital\nsouth,Ulm\nwest,Bonn\n')
    expect(
      await told(
        "SELECT COUNT(*) FROM data d JOIN towns t ON d.town = t.town LEFT JOIN regions r ON t.region = r.name WHERE capital = 'Bonn'",
        { publicTables: { towns, regions } },
      ),
    ).toEqual([[2]])
  })

  it('must have every key once, which is seen before anything is spent', async () => {
    const twice = written('twice.csv', 'town,region\nUlm,south\n Ulm,west\n')
    const asked = { ...clear, publicTables: { towns: twice } }
    await expect(
      explainQuery(people, 'SELECT COUNT(*) FROM data JOIN towns USING (town)', asked),
    ).rejects.toMatchObject({ code: 'input', message: expect.stringMatching(/towns has a town twice/) })
  })
})

describe('a private table', () => {
  const asked = {
    unit: 'who',
    privateTables: { visits },
    rowsPerUnit: 10,
    bounds: { cost: bounded(0, 10) },
  }
  const sql = 'SELECT COUNT(*), COUNT(cost) AS n, SUM(cost) AS s FROM data'

  it('is joined by the unit, and so many of its rows a unit count', async () => {
    expect(await told(`${sql} JOIN visits ON data.who = visits.who`, { ...asked, joinRows: 5 })).toEqual([
      [5, 5, 15],
    ])
    expect(await told(`${sql} LEFT JOIN visits v ON v.who = data.who`, { ...asked, joinRows: 5 })).toEqual([
      [8, 5, 15],
    ])
    const [[count, , sum]] = (await told(`${sql} JOIN visits USING (who)`, asked)) as [number[]]
    expect(count).toBe(3)
    expect([1, 2, 3].map((own) => own + 4 + 5)).toContain(sum)
  })

  it('takes every row of a unit at random, the same in any order of the table', async () => {
    const seen = new Set<number>()
    const orders = [visits, written('backwards.csv', 'who,cost\n,8\nz,6\nc,5\nb,4\na,3\na,2\na,1\n')]
    for (let turn = 0; turn < 20; turn++) {
      const sums = await Promise.all(
        orders.map((table) =>
          told(`${sql} JOIN visits USING (who)`, {
            ...asked,
            privateTables: { visits: table },
            salt: new Uint8Array(32).fill(turn),
          } as Partial<QueryOptions>),
        ),
      )
      expect(sums[1]).toEqual(sums[0])
      seen.add(Number(sums[0]![0]![2]) - 9)
    }
    // A row that was never taken in 20 turns: (2/3)^20, three in ten thousand.
    expect([...seen].sort()).toEqual([1, 2, 3])
  })
})

describe('HAVING', () => {
  const groups = 'SELECT town, COUNT(*) AS n FROM data GROUP BY town'
  const keys = { keys: { town: ['Ulm', 'Bonn', 'Trier'] } }

  it.each<readonly [having: string, towns: readonly string[]]>([
    ['COUNT(*) >= 2', ['Bonn', 'Ulm']],
    ['n > 1', ['Bonn', 'Ulm']],
    ['NOT n <= 1', ['Bonn', 'Ulm']],
    ['SUM(age) > 79', ['Bonn']],
    ['AVG(data.age) BETWEEN 38 AND 39.5', ['Ulm']],
    ['n = 2 AND SUM(age) < 79 OR n < 1', ['Trier', 'Ulm']],
    ['n <> 2', ['Trier']],
    ['-1 < COUNT(*)', ['Bonn', 'Trier', 'Ulm']],
    ['COUNT(*) > 1e300', []],
    ['MAX(age) > COUNT(*) AND n > 0', ['Bonn', 'Ulm']],
  ])('%s shows the groups of which it holds', async (having, shown) => {
    const bounds = /age/.test(having) ? { age: bounded(0, 60) } : {}
    const rows = await told(`${groups} HAVING ${having}`, { ...keys, bounds })
    expect(rows.map(([town]) => town)).toEqual(shown)
  })

  it('is paid for where it asks for what the query does not, and looks at noisy answers alone', async () => {
    const asked = { epsilon: 1, ...keys, bounds: { age: bounded(0, 60) } }
    const same = await explainQuery(people, `${groups} HAVING COUNT(*) > 1`, { epsilon: 1, ...keys })
    expect(same.releases.map(({ epsilon }) => epsilon)).toEqual([1])
    const more = await explainQuery(people, `${groups} HAVING MAX(age) > 1`, asked)
    expect(more.releases.map(({ epsilon, answers }) => [epsilon, answers])).toEqual([
      [0.5, ['n']],
      [0.5, ['max_age']],
    ])
    expect(more.columns.map(({ name }) => name)).toEqual(['town', 'n'])
    expect(more.rules.join()).toMatch(/HAVING holds of their noisy answers/)
    // Noise at ε = 0.1 of a count of 2 reaches 5 often: groups that truth would never show are shown.
    const query = await prepareQuery(people, `${groups} HAVING n > 5`, { epsilon: 0.1, ...keys })
    let shown = 0
    for (let i = 0; i < 200; i++)
      for (const { answers } of query.draw()) {
        expect(answers[0]!.value).toBeGreaterThan(5)
        shown++
      }
    expect(shown).toBeGreaterThan(60)
    const answer = await privateQuery(people, `${groups} HAVING n > 1e9`, { epsilon: 0.1, ...keys })
    expect(answer.groups).toEqual([])
  })
})

describe('whose rows are', () => {
  it('is counted as often as rows count: one unit’s cells may be told apart by spaces', async () => {
    const path = join(folder, 'spaces.csv')
    const cells = Array.from({ length: 10 }, (_, i) => `${' '.repeat(255 - i)}somebody with a long name`)
    writeFileSync(path, `who\n${cells.join('\n')}\n`)
    const { plan, exact } = await prepareQuery(path, 'SELECT COUNT(DISTINCT who) FROM data', {
      epsilon: 1,
      unit: 'who',
      rowsPerUnit: 10,
    })
    const [release] = plan.releases.filter(({ kind }) => kind === 'distinct')
    const [counted] = [...exact.values()][0]!.parts[plan.releases.indexOf(release!)] as readonly bigint[]
    expect(release).toMatchObject({ most: 10n })
    expect(counted! <= 10n).toBe(true)
    expect(counted! > 1n).toBe(true)
  })

  it('is no column called row: a ledger by the row would take its price for that of rows', async () => {
    const path = join(folder, 'row.csv')
    writeFileSync(path, 'row\na\n')
    await expect(
      explainQuery(path, 'SELECT COUNT(*) FROM data', { epsilon: 1, unit: 'row' }),
    ).rejects.toThrow(/cannot be called row/)
  })
})

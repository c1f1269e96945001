import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasAdult, readAdult, rowsOf, tableOf } from '../testing.ts'
import { classSizes, partitionBy } from './classes.ts'
import { riskOf } from './riskOf.ts'
import { tellingSubsets } from './separation.ts'

const four = tableOf({ age: [30, 30, 40, 50], sex: ['m', 'm', 'f', 'f'], illness: ['a', 'b', 'a', 'c'] })

describe('sets of columns that tell more than their parts', () => {
  const set = (columns: string, uniqueness: number) => ({
    columns: columns.split(''),
    uniqueness,
    distinction: uniqueness,
    separation: 0,
  })
  const shown = (...sets: readonly [string, number][]) =>
    tellingSubsets(sets.map(([columns, uniqueness]) => set(columns, uniqueness))).map(({ columns }) =>
      columns.join(''),
    )

  it('are the smallest', () => {
    expect(
      shown(['d', 0.96], ['w', 0.1], ['a', 0], ['dw', 1], ['da', 0.99], ['wa', 0.98], ['dwa', 1]),
    ).toEqual(['wa', 'd', 'w', 'a'])
  })

  it('are not lost where they grow slowly, or are all small', () => {
    expect(shown(['a', 0], ['b', 0], ['c', 0], ['ab', 0.03], ['bc', 0], ['ac', 0], ['abc', 0.07])).toContain(
      'abc',
    )
    expect(shown(['a', 0], ['b', 0], ['ab', 0.01])).toEqual(['ab', 'a', 'b'])
    expect(shown(['a', 0], ['b', 0], ['ab', 0])).toHaveLength(3)
  })
})

describe('the risk of a table', () => {
  it('is that of the definitions, by hand', async () => {
    const risk = await riskOf(four, ['age', 'sex'])
    expect(risk).toMatchObject({ rows: 4, classes: 3, uniqueness: 0.5, marketer: 0.75 })
    expect(risk.sizes).toEqual([
      { size: 1, classes: 2 },
      { size: 2, classes: 1 },
    ])
    expect(risk.prosecutor).toEqual({
      average: 0.75,
      highest: 1,
      above: { fifth: 1, eleventh: 1, twentieth: 1 },
    })
    // Sex alone: two classes of two; of six pairs four differ.
    expect(risk.subsets.find(({ columns }) => columns.join() === 'sex')).toEqual({
      columns: ['sex'],
      distinction: 0.5,
      separation: expect.closeTo(4 / 6, 12),
      uniqueness: 0,
    })
  })

  it('to a journalist is that of the list, where other values have other codes', async () => {
    const list = tableOf({ sex: ['f', 'f', 'm', 'm', 'm', 'm', 'x'], age: [40, 40, 30, 30, 30, 30, 1] })
    const { journalist } = await riskOf(four, ['age', 'sex'], { population: list })
    // Two of the four among four, one among two; one is not on the list at all.
    expect(journalist).toEqual({
      average: (2 / 4 + 1 / 2) / 4,
      highest: 0.5,
      above: { fifth: 0.75, eleventh: 0.75, twentieth: 0.75 },
      populationRows: 7,
      unlisted: 0.25,
    })
  })

  it('to a journalist is not said where the list writes its values otherwise', async () => {
    const ages = Array.from({ length: 40 }, (_, i) => 20 + (i % 20))
    const table = tableOf({ age: ages })
    const list = (cells: readonly (string | number)[]) =>
      riskOf(table, ['age'], { population: tableOf({ age: cells }) })
    expect((await list(ages)).journalist).toMatchObject({ highest: 0.5, unlisted: 0 })
    await expect(list(ages.map((age) => `${age}.0`))).rejects.toMatchObject({
      code: 'input',
      message: '40 of 40 rows have a value of age that nobody on the public list has',
    })
  })

  it('names what is not there', async () => {
    await expect(riskOf(four, ['age', 'weight'])).rejects.toThrow("no column 'weight'")
    await expect(riskOf(four, [])).rejects.toThrow('no quasi-identifier')
    await expect(riskOf(four, ['age', 'age'])).rejects.toThrow('twice')
    await expect(riskOf(tableOf({ age: [] }), ['age'])).rejects.toThrow('no rows')
  })

  it('counts classes as a slow twin does, and a column more never lessens distinction or separation', async () => {
    const cells = fc.array(fc.tuple(fc.nat(3), fc.nat(4), fc.nat(2)), { minLength: 2, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(cells, async (rows) => {
        const table = tableOf({
          a: rows.map((r) => r[0]),
          b: rows.map((r) => r[1]),
          c: rows.map((r) => r[2]),
        })
        const risk = await riskOf(table, ['a', 'b', 'c'])
        for (const { columns, distinction, separation } of risk.subsets) {
          const keys = rows.map((row) => columns.map((name) => row['abc'.indexOf(name)]).join())
          expect(distinction).toBeCloseTo(new Set(keys).size / rows.length, 12)
          let apart = 0
          for (let i = 0; i < rows.length; i++) for (let j = 0; j < i; j++) if (keys[i] !== keys[j]) apart++
          expect(separation).toBeCloseTo(apart / ((rows.length * (rows.length - 1)) / 2), 12)
          for (const more of risk.subsets)
            if (columns.every((name) => more.columns.includes(name))) {
              expect(more.distinction).toBeGreaterThanOrEqual(distinction)
              expect(more.separation).toBeGreaterThanOrEqual(separation - 1e-12)
            }
        }
      }),
    )
  })

  it('hashes many values as it addresses few', async () => {
    const rows = 3000
    const wide = Array.from({ length: rows }, (_, i) => (i * 7919) % 2500)
    const table = tableOf({ a: wide, b: wide.map((v) => v * 3), c: wide.map((v) => v % 2) })
    const sizes = classSizes(await partitionBy(rows, table.columns, () => undefined))
    expect(sizes.length).toBe(2500)
    expect([...sizes].sort().slice(-500)).toEqual(new Array(500).fill(2))
  })
})

describe.skipIf(!hasAdult)('Adult (skipped without ../shared/data)', () => {
  it('has the risks that ARX measures', async () => {
    const table = readAdult()
    const risk = await riskOf(
      table,
      table.columns.map(({ name }) => name),
    )
    expect(risk.prosecutor.average).toBeCloseTo(0.6465751607983555, 14)
    expect(risk.uniqueness).toBeCloseTo(0.5142895033485844, 14)
    expect(risk.subsets.length).toBe(255)
    expect(risk.largestSubset).toBe(4)
  })

  it.each([
    [0.01, 0.14461],
    [0.1, 0.27685],
  ])(
    'has the uniques of a population that ARX estimates at a sampling fraction of %d',
    async (fraction, expected) => {
      const table = readAdult()
      const names = table.columns.map(({ name }) => name)
      const { population } = await riskOf(table, names, {
        populationSize: Math.round(table.rows / fraction),
        largestSubset: 1,
      })
      expect(population!.uniqueness).toBeCloseTo(expected, 5)
      expect(population!.by).toBe('Pitman')
    },
  )

  it('read forty times has forty times the sizes', async () => {
    const table = readAdult()
    const some = Array.from({ length: 2000 }, (_, i) => i)
    const one = await riskOf(rowsOf(table, some), ['age', 'sex', 'race'])
    const forty = await riskOf(rowsOf(table, Array.from({ length: 40 }, () => some).flat()), [
      'age',
      'sex',
      'race',
    ])
    expect(forty.sizes).toEqual(one.sizes.map(({ size, classes }) => ({ size: 40 * size, classes })))
    expect(forty.uniqueness).toBe(0)
  })
})

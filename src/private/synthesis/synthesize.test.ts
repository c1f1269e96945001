// Whole syntheses of small files: no cell makes one fail, nothing exact gets out, what was paid is what was asked.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createLedger } from '../ledger/ledger.ts'
import { codeReader, codesOf, edgesAt, evenEdges, numberDrawer } from './coding.ts'
import { type BinnedNumber, requireSynthesisSchema, type SynthesisSchema } from './domain.ts'
import { drawRows, modelText, readModel } from './model.ts'
import { quantileCuts } from './quantileEdges.ts'
import { synthesize } from './synthesize.ts'
import { seededSource } from './testing.ts'
import { modelPathOf, writeSynthesis } from './writeTable.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-synthesis-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)

const columns: SynthesisSchema = requireSynthesisSchema(
  {
    columns: [
      { name: 'age', kind: 'number', bounds: [0, 99], whole: true, bins: 10 },
      { name: 'gain', kind: 'number', bounds: [0, 10], bins: 4, alone: [0], empty: true },
      { name: 'town', kind: 'category', values: ['A', 'B', 'other'], other: 'other' },
      { name: 'sex', kind: 'category', values: ['f', 'm'] },
    ],
  },
  'the test',
)

function tableOf(rows: readonly (readonly unknown[])[], name = 'people.csv'): string {
  writeFileSync(at(name), ['age,gain,town,sex', ...rows.map((row) => row.join(','))].join('\n').concat('\n'))
  return at(name)
}

const people = Array.from({ length: 400 }, (_, i) => [
  (i * 37) % 100,
  i % 3 ? 0 : (i % 90) / 10,
  i % 2 ? 'A' : 'B',
  (i >> 1) % 2 ? 'f' : 'm',
])
const budget = { epsilon: 5, delta: 1e-6, columns, random: seededSource(5) }

describe('a synthetic table', () => {
  it.each(['tree', 'adaptive'] as const)('holds what is stated, by the %s method', async (method) => {
    const { table, model, releases } = await synthesize(tableOf(people), { ...budget, method, rows: 300 })
    const [age, gain, town, sex] = table
    expect(table.every((column) => column.length === 300)).toBe(true)
    expect(age!.every((x) => Number.isInteger(x) && x >= 0 && x <= 99)).toBe(true)
    expect(gain!.every((x) => Number.isNaN(x) || (x >= 0 && x <= 10))).toBe(true)
    expect(town!.every((code) => code >= 0 && code < 3) && sex!.every((code) => code < 2)).toBe(true)
    // Two thirds have none, a bin of its own.
    expect(gain!.filter((x) => x === 0).length).toBeGreaterThan(150)
    expect(model.spent.epsilon).toBeLessThanOrEqual(5)
    expect(releases.reduce((sum, { rho }) => sum + rho, 0)).toBeLessThanOrEqual(model.spent.rho)
    expect(Math.abs(model.rows - 400)).toBeLessThan(60)
  })

  it('comes of a table without rows, and of one with a row, all the same', async () => {
    for (const rows of [[], [people[0]!]]) {
      const { table } = await synthesize(tableOf(rows), { ...budget, epsilon: 0.1, rows: 20 })
      expect(table.map((column) => column.length)).toEqual([20, 20, 20, 20])
    }
  })

  it('does not fail for what a cell holds', async () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 6 }).map((text) => text.replace(/[\r\n,]/g, '')),
      fc.double().map(String),
      fc.constantFrom('', '"', '1e999', '-inf', 'NaN', '\u0000', 'f', 'A'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell, cell), { maxLength: 5 }), async (rows) => {
        const { table } = await synthesize(tableOf(rows, 'odd.csv'), { ...budget, method: 'tree', rows: 3 })
        expect(table).toHaveLength(4)
      }),
      { numRuns: 15 },
    )
  })

  it('cuts bins at private quantiles where asked', async () => {
    const own = requireSynthesisSchema(
      {
        columns: [{ name: 'age', kind: 'number', bounds: [0, 1e6], whole: true, bins: 4, edges: 'private' }],
      },
      'the test',
    )
    const { model, releases } = await synthesize(tableOf(people), { ...budget, columns: own, epsilon: 8 })
    // All ages are below 100: even bins would put all of them into the first.
    expect(model.columns[0]!.edges!.filter((edge) => edge > 0 && edge < 120)).toHaveLength(3)
    expect(releases.filter(({ what }) => what.startsWith('where bin'))).toHaveLength(3)
  })

  it('is paid before a row is read, and not made where the ledger refuses', async () => {
    const ledger = await createLedger(at('people.ledger'), { dataset: 'people', epsilon: 1, delta: 1e-5 })
    try {
      // The second line would be read if anything was.
      const path = tableOf(people)
      await expect(synthesize(path, { ...budget, ledger })).rejects.toMatchObject({ code: 'policy' })
      expect(ledger.state().entries).toBe(0)
      await synthesize(path, { ...budget, epsilon: 0.6, ledger, rows: 1 })
      expect(ledger.state().spent.epsilon).toBeCloseTo(0.6, 6)
      await expect(synthesize(path, { ...budget, epsilon: 0.6, ledger })).rejects.toMatchObject({
        code: 'policy',
      })
    } finally {
      ledger.close()
    }
  })

  it('is stopped under way, and what was paid stays spent', async () => {
    const ledger = await createLedger(at('stopped.ledger'), { dataset: 'people', epsilon: 20, delta: 1e-5 })
    const stop = new AbortController()
    const rows = tableOf(people, 'stopped.csv')
    const found = synthesize(rows, {
      ...budget,
      ledger,
      onProgress: () => stop.abort(),
      signal: stop.signal,
    })
    await expect(found).rejects.toMatchObject({ code: 'aborted' })
    expect(ledger.state().spent.epsilon).toBeCloseTo(5, 6)
    ledger.close()
  })

  it('is refused where a pair of columns is too large to count, and nothing is paid', async () => {
    const values = Array.from({ length: 3000 }, (_, i) => `v${i}`)
    const large = requireSynthesisSchema(
      { columns: ['town', 'sex'].map((name) => ({ name, kind: 'category', values })) },
      'the test',
    )
    await expect(synthesize(tableOf(people), { ...budget, columns: large })).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('is written with its model, of which more rows are drawn', async () => {
    const { model, table } = await synthesize(tableOf(people), budget)
    await writeSynthesis(at('out.csv'), model, table, { force: false, beside: true })
    const lines = readFileSync(at('out.csv'), 'utf8').trim().split('\n')
    expect(lines).toHaveLength(model.rows + 1)
    expect(lines[0]).toBe('age,gain,town,sex')
    const again = await readModel(modelPathOf(at('out.csv')))
    expect(modelText(again)).toBe(readFileSync(at('out.synthesis.json'), 'utf8'))
    expect((await drawRows(again, 10, seededSource(1))).map((column) => column.length)).toEqual([
      10, 10, 10, 10,
    ])
    const { network, ...rest } = JSON.parse(modelText(model)) as { network: object[] }
    for (const wrong of [
      { ...rest, network: network.slice(1) },
      { ...rest, network: network.map((one) => ({ ...one, expected: [1] })) },
      { ...rest, columns: [], network },
      {},
    ]) {
      writeFileSync(at('wrong.json'), JSON.stringify(wrong))
      await expect(readModel(at('wrong.json'))).rejects.toMatchObject({ code: 'input' })
    }
  })
})

describe('codes', () => {
  const number = fc
    .record({
      lower: fc.integer({ min: -50, max: 50 }),
      width: fc.integer({ min: 1, max: 80 }),
      bins: fc.integer({ min: 1, max: 30 }),
      whole: fc.boolean(),
      empty: fc.boolean(),
      cuts: fc.option(fc.array(fc.double({ min: -60, max: 140, noNaN: true }), { maxLength: 6 })),
    })
    .map(({ lower, width, cuts, ...rest }) => {
      const column: BinnedNumber = {
        name: 'x',
        kind: 'number',
        bounds: [lower, lower + width],
        alone: [lower],
        ...rest,
      }
      return { column, edges: cuts ? edgesAt(column, cuts) : evenEdges(column) }
    })

  it('of numbers are of the bin that gives them back', () => {
    fc.assert(
      fc.property(number, fc.double({ noNaN: true }), (coded, x) => {
        const code = codeReader(coded, new Set())(x)
        expect(code >= 0 && code < codesOf(coded)).toBe(true)
        const drawn = numberDrawer(coded, seededSource(1))(code)
        const [low, high] = coded.column.bounds
        expect(drawn >= low && drawn <= high).toBe(true)
        if (coded.column.whole) expect(Number.isInteger(drawn)).toBe(true)
        expect(codeReader(coded, new Set())(drawn)).toBe(
          // A number that stands alone may be drawn of the bin around it.
          drawn === low ? coded.edges.length - 1 : code,
        )
      }),
    )
  })
})

describe('bins between bounds', () => {
  it('of whole numbers hold each of them, however many there are', () => {
    // lower * (1 - i / bins) + end * (i / bins), rounded up, gave 0 … 110 a bin without a number, and 62 shared one.
    for (let upper = 1; upper <= 999; upper++) {
      const column: BinnedNumber = { name: 'x', kind: 'number', bounds: [0, upper], whole: true, bins: 1000 }
      expect(evenEdges(column), `0 to ${upper}`).toEqual(Array.from({ length: upper + 2 }, (_, i) => i))
    }
  })

  const bound = fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.maxSafeInteger())
  const stated = fc
    .record({
      bounds: fc.tuple(bound, bound),
      bins: fc.integer({ min: 1, max: 1000 }),
      whole: fc.boolean(),
      edges: fc.constantFrom('even', 'private'),
    })
    .filter(({ bounds: [lower, upper] }) => Number.isFinite(lower) && Number.isFinite(upper))

  it('ascend from one bound to the other, of every column that is not refused', () => {
    let taken = 0
    fc.assert(
      fc.property(stated, (said) => {
        let column: BinnedNumber
        try {
          column = requireSynthesisSchema({ columns: [{ name: 'x', kind: 'number', ...said }] }, 'file')
            .columns[0] as BinnedNumber
          if (said.edges === 'private') quantileCuts(column, 0.01)
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' })
          return
        }
        taken++
        const edges = evenEdges(column)
        expect(edges[0]).toBe(column.bounds[0])
        expect(edges.at(-1)! >= column.bounds[1]).toBe(true)
        expect(edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)).toBe(true)
        expect(edges.length - 1 <= said.bins).toBe(true)
        if (said.whole) expect(edges.every(Number.isInteger)).toBe(true)
      }),
      { numRuns: 500 },
    )
    expect(taken).toBeGreaterThan(50)
  })
})

describe('a file of columns', () => {
  it.each([
    [{ name: 'a', kind: 'number', bounds: [0, 1], whole: true, alone: [2] }, /alone/],
    [{ name: 'a', kind: 'number', bounds: [0, 1.5], whole: true }, /whole/],
    [{ name: 'a', kind: 'number', bounds: [-9e15, 9e15], whole: true }, /2\^53/],
    [{ name: 'a', kind: 'number', bounds: [0, 1], bins: 0 }, /a/],
    [{ name: 'a', kind: 'number', bounds: [0, 1], other: 'x' }, /other/],
    [{ name: 'a', kind: 'category', values: ['x'], other: 'y' }, /other/],
    [{ name: 'a', kind: 'category', values: ['x'], bins: 3 }, /bins/],
    [{ name: 'a', kind: 'category', values: ['x', 'x'] }, /twice/],
    [{ name: 'a', kind: 'category', values: ['x'], colour: 3 }, /colour/i],
  ])('is refused by name: %j', (column, words) => {
    expect(() => requireSynthesisSchema({ columns: [column] }, 'file')).toThrow(words)
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../data/duckdb.ts'
import { sizeOf, tensor } from '../../graph/index.ts'
import { partsOf } from '../../learn/evaluation.ts'
import { dense, initialWeights, sequential, sgd } from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { seededStream } from '../../random/seeded.ts'
import { rowExamples } from '../training/examples.ts'
import { openMachine } from '../training/machine.ts'
import { numberReader, placeReader } from './cell.ts'
import { readStated, type StatedRows } from './readStated.ts'
import { readSchema, requireSchema, type StatedNumber, schemaOf, taskOf } from './schema.ts'
import {
  csvLine,
  jsonObject,
  messyCells,
  messyJsonLines,
  messyLines,
  ordinaryRows,
  statedPeople,
  writeLines,
  writeParquet,
} from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-schema-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
const task = taskOf(statedPeople, 'sick')
const header = 'age,town,sick,who'

/** All rows but one, and the shape: what another row may not move. */
function withoutRow({ x, y, width, outputs, ...rest }: StatedRows, row: number) {
  return {
    ...rest,
    x: Array.from(x).filter((_, i) => Math.floor(i / width) !== row),
    y: Array.from(y).filter((_, i) => Math.floor(i / outputs) !== row),
  }
}

const rowOf = ({ x, y, width, outputs }: StatedRows, row: number) => [
  ...x.subarray(row * width, (row + 1) * width),
  ...y.subarray(row * outputs, (row + 1) * outputs),
]

describe('a stated schema', () => {
  it('is checked, and says where it is wrong', async () => {
    const wrong = (columns: unknown) => () => requireSchema({ columns }, 'it')
    expect(wrong([])).toThrow(/it at columns/)
    expect(wrong([{ name: 'a', kind: 'number', bounds: [1, 1] }])).toThrow(/columns.0.bounds: bounds are a/)
    expect(wrong([{ name: 'a', kind: 'number', bounds: [0, 5e-324] }])).toThrow(/bounds are a lower/)
    expect(wrong([{ name: 'a', kind: 'number', bounds: [0, 1], missing: 2 }])).toThrow(/within the bounds/)
    expect(wrong([{ name: ' a', kind: 'category', values: ['x'] }])).toThrow(/columns.0.name/)
    expect(wrong([{ name: 'a', kind: 'category', values: ['x', 'x'] }])).toThrow(/stands twice/)
    expect(wrong([{ name: 'a', kind: 'category', values: ['x '] }])).toThrow(/spaces/)
    expect(wrong([{ name: 'a', kind: 'text' }])).toThrow(/it at columns.0/)
    expect(wrong(['a', 'A'].map((name) => ({ name, kind: 'category', values: ['x'] })))).toThrow(/same name/)
    writeFileSync(at('schema.json'), JSON.stringify(statedPeople))
    expect(await readSchema(at('schema.json'))).toEqual(statedPeople)
    writeFileSync(at('broken.json'), '{"columns": ')
    await expect(readSchema(at('broken.json'))).rejects.toThrow(/broken.json is not JSON/)
    await expect(readSchema(at('none.json'))).rejects.toThrow(/cannot be read/)
  })

  it('is the same from options as from a file', () => {
    const said = schemaOf(
      { bounds: { age: { lower: 0, upper: 100 } }, categories: { town: ['A', 'B'] }, classes: ['no', 'yes'] },
      'sick',
    )
    expect(said).toEqual(statedPeople)
    expect(() => schemaOf({ schema: statedPeople, classes: ['a', 'b'] }, 'sick')).toThrow(/stated twice/)
    expect(taskOf(said, 'age', ['town']).columns.map((column) => column.name)).toEqual(['town'])
    expect(() => taskOf(said, 'age', ['town', 'town'])).toThrow(/named twice/)
    expect(() => taskOf(said, 'age', ['age'])).toThrow(/to be learned/)
  })
})

describe('a cell under a statement', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
  const column = fc
    .tuple(finite, finite)
    .map((ends) => ends.sort((a, b) => a - b) as [number, number])
    .filter(([lower, upper]) => upper / 2 - lower / 2 > 0)
    .map((bounds): StatedNumber => ({ name: 'x', kind: 'number', bounds }))
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.double().map(String),
    fc.boolean(),
    fc.constantFrom(null, undefined, {}, [], ['1'], { valueOf: 1 }, '1e400', 'inf', '-Infinity', 'nan'),
    fc.anything(),
  )

  it('is a number in −1 … 1, whatever it holds and whatever the bounds', () => {
    fc.assert(
      fc.property(column, cell, (stated, found) => {
        const number = numberReader(stated, new Set(['']))(found)
        expect(number).toBeGreaterThanOrEqual(-1)
        expect(number).toBeLessThanOrEqual(1)
      }),
      { numRuns: 2000 },
    )
  })

  it('is a stated value or none', () => {
    fc.assert(
      fc.property(cell, (found) => {
        expect([-1, 0, 1]).toContain(placeReader({ name: 'x', kind: 'category', values: ['1', 'b'] })(found))
      }),
      { numRuns: 2000 },
    )
  })

  it('counts as said', () => {
    const number = numberReader({ name: 'x', kind: 'number', bounds: [0, 10], missing: 2.5 }, new Set(['-9']))
    expect(['0', 10, ' 7.5 ', '1e400', '-1e9', true, '+5.'].map(number)).toEqual([-1, 1, 0.5, 1, -1, -0.8, 0])
    expect(['', 'x', null, undefined, NaN, '-9', '0x1F', '1,5', {}].map(number)).toEqual(Array(9).fill(-0.5))
    const place = placeReader({ name: 'x', kind: 'category', values: ['b', '1', '01'] })
    expect(['b', ' b ', 1, '1.0', '01', '001', 'B', '', null, [1]].map(place)).toEqual([
      0, 0, 1, 1, 2, 1, -1, -1, -1, -1,
    ])
  })
})

describe('a table under a statement', () => {
  const row = 17
  const with_ = <T>(all: readonly T[], one: T) => all.map((own, i) => (i === row ? one : own))

  it('does not let a messy row of CSV change another, or be noticed', async () => {
    const lines = ordinaryRows.map(csvLine)
    await writeLines(at('people.csv'), [header, ...lines])
    const expected = withoutRow(await readStated(at('people.csv'), task), row)
    expect(expected).toMatchObject({ rows: 40, ignored: ['who'] })
    const messy = Object.entries({
      ...messyLines,
      ...Object.fromEntries(Object.entries(messyCells).map(([name, cells]) => [name, csvLine(cells)])),
    })
    for (const [name, line] of messy) {
      await writeLines(at('people.csv'), [header, ...with_<string | Buffer>(lines, line)])
      const found = await readStated(at('people.csv'), task)
      expect(withoutRow(found, row), name).toEqual(expected)
      expect(
        rowOf(found, row).every((v) => Math.abs(v) <= 1),
        name,
      ).toBe(true)
    }
  })

  it('nor one of JSON, as lines or as an array', async () => {
    const objects = ordinaryRows.map(jsonObject)
    await writeLines(at('people.jsonl'), objects)
    const expected = withoutRow(await readStated(at('people.jsonl'), task), row)
    expect(expected.rows).toBe(40)
    const cells = Object.entries(messyCells).map(([name, own]) => [name, jsonObject(own)] as const)
    for (const [name, line] of [...cells, ...Object.entries(messyJsonLines)]) {
      await writeLines(at('people.jsonl'), with_<string | Buffer>(objects, line))
      expect(withoutRow(await readStated(at('people.jsonl'), task), row), name).toEqual(expected)
    }
    for (const [name, element] of [...cells, ['a nested element', '[[{}]]'], ['a null', 'null']] as const) {
      writeFileSync(at('people.json'), `[${with_(objects, element).join(',\n')}]`)
      expect(withoutRow(await readStated(at('people.json'), task), row), name).toEqual(expected)
    }
  })

  it('nor one of Parquet, of numbers or of texts', async () => {
    for (const ages of ['VARCHAR', 'DOUBLE'] as const) {
      await writeParquet(at('people.parquet'), ordinaryRows, ages)
      const expected = withoutRow(await readStated(at('people.parquet'), task), row)
      expect(expected).toMatchObject({ rows: 40, ignored: ['who'] })
      // A column of numbers holds fewer kinds of mess.
      const kinds = Object.entries(messyCells).filter(
        ([, [age]]) => ages === 'VARCHAR' || !/^30$/.test(String(age)),
      )
      for (const [name, cells] of kinds) {
        await writeParquet(at('people.parquet'), with_(ordinaryRows, cells), ages)
        expect(withoutRow(await readStated(at('people.parquet'), task), row), `${name}, ${ages}`).toEqual(
          expected,
        )
      }
    }
  })

  it('does not let any line change another', async () => {
    const bytes = fc
      .uint8Array({ maxLength: 40 })
      .map((own) => Buffer.from(own.filter((byte) => byte !== 10)))
    const line = fc.oneof(
      bytes,
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text.replaceAll('\n', ''))),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 6 }),
        line,
        fc.nat(5),
        async (all, other, i) => {
          const place = i % all.length
          for (const name of ['any.csv', 'any.jsonl', 'any.data']) {
            const head = name === 'any.csv' ? [header] : []
            const stated = name === 'any.data' ? numbered : task
            await writeLines(at(name), [...head, ...all])
            const before = await readStated(at(name), stated)
            await writeLines(at(name), [...head, ...all.map((own, j) => (j === place ? other : own))])
            const after = await readStated(at(name), stated)
            expect(before.rows).toBe(all.length)
            expect(withoutRow(after, place)).toEqual(withoutRow(before, place))
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  const numbered = taskOf(
    {
      columns: statedPeople.columns.map((column, j) => ({ ...column, name: `column${j + 1}` })),
    },
    'column3',
  )

  it('reads a file without a line of names by places, and takes its separator from its name', async () => {
    await writeLines(at('people.data'), ['30;A;yes', '30,A,yes', '50, B, no'])
    const { rows, x, y, ignored } = await readStated(at('people.data'), numbered)
    expect({ rows, ignored }).toEqual({ rows: 3, ignored: [] })
    expect(Array.from(x)).toEqual([0, 0, 0, -0.4, 1, 0, 0, 0, 1])
    expect(Array.from(y)).toEqual([0, 0, 0, 1, 1, 0])
    await expect(readStated(at('people.data'), task)).rejects.toThrow(/no column age/)
  })

  it('numbers people, and knows whose a row is not', async () => {
    const rows = ['7,A,yes,ann', '8,A,no,', '9,B,yes,bob', '7,A,no, ann ', '7,A,no', '1,B,no,?']
    await writeLines(at('visits.csv'), ['age,town,sick,who', ...rows])
    const { people, ignored } = await readStated(at('visits.csv'), task, { unit: 'who' })
    expect(people).toEqual({ of: Int32Array.of(0, -1, 1, 0, -1, -1), count: 2 })
    expect(ignored).toEqual([])
    await expect(readStated(at('visits.csv'), task, { unit: 'town' })).rejects.toThrow(/learned from as well/)
    await expect(readStated(at('visits.csv'), task, { unit: 'whom' })).rejects.toThrow(/no column whom/)
  })

  it('opens compressed files, and says the same of every damage', async () => {
    writeFileSync(at('people.csv.gz'), gzipSync(`${header}\r\n30,A,yes,x\r\n40,B,no,x`))
    expect((await readStated(at('people.csv.gz'), task)).rows).toBe(2)
    const damages = {
      'cut.csv.gz': gzipSync(`${header}\n${'30,A,yes,x\n'.repeat(1000)}`).subarray(0, 60),
      'two.json': Buffer.from('{"age":1}\n{"age":2}'),
      'cut.json': Buffer.from('[{"age": 30, "town": "secret'),
      'none.parquet': Buffer.from('PAR1 secret PAR1'),
    }
    for (const [name, bytes] of Object.entries(damages)) {
      writeFileSync(at(name), bytes)
      await expect(readStated(at(name), task)).rejects.toThrow(
        `${at(name)} cannot be read to its end; why is withheld, since it may tell of its rows`,
      )
    }
    const database = await openDatabase(512)
    const connection = await database.connect()
    await connection.run(
      `COPY (SELECT 30 AS age, DATE '2020-01-01' AS town, 'yes' AS sick) TO '${at('dates.parquet')}' (FORMAT parquet)`,
    )
    await connection.run(
      `COPY (SELECT 30::TINYINT AS age, 'A'::ENUM('A', 'Z') AS town, true AS sick) TO '${at('types.parquet')}' (FORMAT parquet)`,
    )
    database.close()
    await expect(readStated(at('dates.parquet'), task)).rejects.toThrow(/column town: the type DATE/)
    const typed = await readStated(
      at('types.parquet'),
      taskOf(
        schemaOf(
          { schema: { columns: statedPeople.columns.slice(0, 2) }, classes: ['true', 'false'] },
          'sick',
        ),
        'sick',
      ),
    )
    expect(rowOf(typed, 0)).toEqual([-0.4, 1, 0, 1, 0])
    writeFileSync(at('empty.csv'), '')
    await expect(readStated(at('empty.csv'), task)).rejects.toThrow(/is empty/)
    writeFileSync(at('names.csv'), `${header}\n`)
    await expect(readStated(at('names.csv'), task)).rejects.toThrow(/has no rows/)
    writeFileSync(at('twice.csv'), `age,age,town,sick\n1,2,A,yes\n`)
    await expect(readStated(at('twice.csv'), task)).rejects.toThrow(/two columns age/)
    await expect(readStated(at('people.xlsx'), task)).rejects.toThrow(/no such file/)
    await expect(readStated(folder, task)).rejects.toThrow(/cannot tell the kind/)
  })
})

describe('a row without a class', () => {
  it('adds nothing to any gradient', async () => {
    const lines = ordinaryRows.map(([age, town], i) => `${age},${town},${i % 2 ? '' : 'maybe'}`)
    await writeLines(at('unlabelled.csv'), ['age,town,sick', ...lines])
    const { rows, width, outputs, x, y } = await readStated(at('unlabelled.csv'), task)
    const model = sequential([dense({ units: 4, activation: 'tanh' }), dense({ units: 2 })], {
      input: [width],
    })
    const loss = lossOf('categoricalCrossEntropy')
    const data = { x: tensor(x, [rows, width], 'float64'), y: tensor(y, [rows, outputs], 'float64') }
    const machine = await openMachine(model, initialWeights(model, 0), {
      loss,
      optimizer: sgd({ learningRate: 1 }),
      batch: rows,
      rowsEach: 1,
      clip: 1,
      clipping: 'automatic',
      grid: 2 ** -30,
      pixels: false,
      held: undefined,
    })
    const examples = rowExamples(partsOf(model, data, undefined, loss, 0, { tolerant: true }).rows)
    const sums = machine.trained.map((w) => new Float64Array(sizeOf(w.shape as number[])).fill(0))
    const all = Int32Array.from({ length: rows }, (_, i) => i)
    await machine.addUp(all, examples, seededStream(0, 'none'), sums)
    for (const sum of sums) expect(sum.every((v) => v === 0)).toBe(true)
    await machine.close()
  })
})

import fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { memoryTable } from '../../../test/memoryTable.ts'
import { keyActivationNames } from './activationNames.ts'
import { keyActivation } from './activations.ts'
import { createKey, type KeyOptions } from './create.ts'
import { recordOf } from './key.ts'
import { openKeyedPane } from './pane.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => 7 * i)
const created = new Date('2026-11-21T00:00:00Z')

const texts = fc.constantFrom('Private', 'State-gov', 'Self-emp', 'O\'Hara, "x"', '')
/** Columns of one length: numbers of any scale, constants among them, and texts. */
const tables = fc.integer({ min: 1, max: 40 }).chain((rows) => {
  const numbers = fc
    .record({
      scale: fc.constantFrom(1e-6, 1, 1e9),
      base: fc.constantFrom(0, -3, 1e6),
      constant: fc.boolean(),
    })
    .chain(({ scale, base, constant }) =>
      fc
        .array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: rows, maxLength: rows })
        .map((xs) => xs.map((x) => (constant ? base : base + (x / 1e6) * scale))),
    )
  const words = fc.array(texts, { minLength: rows, maxLength: rows })
  return fc
    .array(fc.oneof(numbers, words), { minLength: 1, maxLength: 6 })
    .map((columns) => memoryTable(Object.fromEntries(columns.map((c, j) => [`col${j}`, c]))))
})
const options = fc.record({
  layers: fc.integer({ min: 1, max: 5 }),
  activation: fc.constantFrom(...keyActivationNames),
  encoding: fc.constantFrom('one-hot' as const, 'ordinal' as const),
  secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
})

// Two steps of float64 from the least to the most.
const nearlyConstant = memoryTable({
  col0: Array.from({ length: 39 }, (_, i) => (i === 34 ? 1000000.0000000002 : 1000000)),
})

describe('restore after encode', () => {
  it('gives the table back: numbers within 1e-9 of their range, categories and constants exactly', async () => {
    await fc.assert(
      fc.asyncProperty(tables, options, async (table, chosen) => {
        // Whole numbers that a key cannot give back exactly are refused by name (exact.test.ts): such a draw is another test's.
        const made = await createKey(table, chosen).catch((error: Error) => error)
        fc.pre(!(made instanceof Error && /could not give back exactly/.test(made.message)))
        if (made instanceof Error) throw made
        const { key } = made
        const pane = openKeyedPane(key)
        const { columns } = await pane.encode(table.columns, table.rows!)
        const back = await pane.restore(columns, table.rows!)
        table.columns.forEach((column, j) => {
          const { minimum, maximum } = { minimum: 0, maximum: 0, ...pane.columns[j]! }
          // Far from zero, one step of float64 may be more than 1e-9 of the range: it is rounded to steps on the way in, on
          // the way back, and when the minimum is added. Of 1e6 and its neighbour but one, the way back may be two steps off.
          // What has more digits than the steps tell apart goes to a decimal nearby (snap.ts): by its tolerance, 2^-50 of the largest.
          const grid = 1.5 * 2 ** -50 * Math.max(Math.abs(minimum), Math.abs(maximum))
          column.forEach((x, r) => {
            expect(Math.abs(back[j]![r]! - x)).toBeLessThanOrEqual(1e-9 * (maximum - minimum) + grid)
            if (minimum === maximum) expect(back[j]![r]).toBe(x)
          })
        })
        await pane.close()
      }),
      {
        numRuns: 40,
        examples: [
          [
            nearlyConstant,
            { layers: 1, activation: 'tanh', encoding: 'one-hot', secret: new Uint8Array(32) },
          ],
        ],
      },
    )
  })

  it('takes more rows than one block, and several calls at once', async () => {
    const rows = 40_000
    const table = memoryTable({
      a: Array.from({ length: rows }, (_, i) => Math.sin(i)),
      b: Array.from({ length: rows }, (_, i) => i),
    })
    const { key } = await createKey(table, { layers: 2, secret })
    const pane = openKeyedPane(key)
    const half = table.columns.map((c) => c.slice(0, 10))
    const [whole, part] = await Promise.all([pane.encode(table.columns, rows), pane.encode(half, 10)])
    whole.columns.forEach((column, j) => {
      part.columns[j]!.forEach((y, r) => {
        expect(Math.abs(y - column[r]!)).toBeLessThan(1e-14)
      })
    })
    const back = await pane.restore(whole.columns, rows)
    expect(back[1]).toEqual(table.columns[1])
    await pane.close()
  })
})

describe('a key', () => {
  const table = memoryTable({ x: [1, 2, 3.5, 9], y: [4, 4, 5, 6], job: ['a', 'b', 'a', 'c'] }, [
    'z',
    ['u', 'v', 'u', 'w'],
  ])

  it('is determined by table, options and secret, and so is what it gives', async () => {
    const [one, two] = await Promise.all([
      createKey(table, { secret, created }),
      createKey(table, { secret, created }),
    ])
    expect(recordOf(one.key)).toEqual(recordOf(two.key))
    const [a, b] = await Promise.all([
      openKeyedPane(one.key).encode(table.columns, 4),
      openKeyedPane(two.key).encode(table.columns, 4),
    ])
    expect(a).toEqual(b)
  })

  it('differs by fingerprint from one of another secret, other parameters, or another table', async () => {
    const other = memoryTable({ x: [1, 2, 3.5, 10], y: [4, 4, 5, 6], job: ['a', 'b', 'a', 'c'] }, [
      'z',
      ['u', 'v', 'u', 'w'],
    ])
    const keys = await Promise.all([
      createKey(table, { secret, created }),
      createKey(table, { secret: new Uint8Array(32), created }),
      createKey(table, { secret, created, layers: 2 }),
      createKey(other, { secret, created }),
    ])
    expect(new Set(keys.map(({ key }) => key.fingerprint)).size).toBe(4)
  })

  it('keeps every |z| within the activation’s reach on its own data, after each of its layers', async () => {
    const { reach } = keyActivation('tanh')
    // The layers of a key are the first layers of a deeper one with the same secret.
    for (const layers of [1, 2, 3, 4]) {
      const { key } = await createKey(table, { secret, layers, activation: 'tanh' })
      const { columns } = await openKeyedPane(key).encode(table.columns, 4)
      const largest = Math.max(...columns.flatMap((column) => Array.from(column, Math.abs)))
      expect(largest).toBeLessThanOrEqual(Math.tanh(reach) + 1e-12)
      expect(largest).toBeGreaterThan(Math.tanh(reach / 2))
    }
  })

  it.each([
    [{ layers: 0 }, 'a key has 1 to 64 layers, but 0 came'],
    [{ layers: 1.5 }, 'a key has 1 to 64 layers'],
    [{ activation: 'relu' }, "the activation 'relu' is not invertible"],
  ])('refuses %j', async (wrong, message) => {
    await expect(createKey(table, wrong as KeyOptions)).rejects.toThrow(message)
    await expect(createKey(table, wrong as KeyOptions)).rejects.toMatchObject({ code: 'usage' })
  })

  it('refuses a key whose inverse loses too much, naming the layer and what to change', async () => {
    const wide = memoryTable(
      Object.fromEntries(
        Array.from({ length: 8 }, (_, j) => [
          `c${j}`,
          Array.from({ length: 50 }, (_, r) => Math.sin(r * (j + 1))),
        ]),
      ),
    )
    const attempt = createKey(wide, { secret, layers: 12, matrix: 'glorot', activation: 'exp' })
    await expect(attempt).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('fewer layers'),
    })
    await expect(attempt).rejects.toThrow(
      /would lose .* of the range of column 'c\d'.* of 12 layers, layer \d+ saturates: it feeds/,
    )
  })

  it('refuses one-hot encoding of too many categories and takes them as ordinal', async () => {
    const many = memoryTable({ id: Array.from({ length: 200 }, (_, i) => `p${i}`) })
    await expect(createKey(many, { secret })).rejects.toThrow("column 'id' has 200 categories")
    const { key } = await createKey(many, { secret, encoding: 'ordinal' })
    const pane = openKeyedPane(key)
    const { columns } = await pane.encode(many.columns, 200)
    expect(await pane.restore(columns, 200)).toEqual(many.columns)
  })

  it('takes a table of one row, and says which columns are constant', async () => {
    const one = memoryTable({ a: [5], b: ['x'] }, ['y', ['k']])
    const { key, warnings } = await createKey(one, { secret })
    expect(warnings).toEqual([expect.stringContaining("'a' has one value only")])
    const pane = openKeyedPane(key)
    const { columns } = await pane.encode(one.columns, 1)
    expect(await pane.restore(columns, 1)).toEqual(one.columns)
  })

  it('refuses a range that float64 cannot scale', async () => {
    await expect(createKey(memoryTable({ a: [-1.7e308, 1.7e308] }), { secret })).rejects.toThrow(
      "column 'a' spans a range",
    )
    await expect(createKey(memoryTable({ a: [0, 5e-324] }), { secret })).rejects.toMatchObject({
      code: 'input',
    })
  })
})

describe('queries', () => {
  const table = memoryTable({ x: [0, 10, 5], constant: [3, 3, 3], job: ['a', 'b', 'a'] })

  it('may lie outside the key’s range: they extrapolate, come back, and are counted by column', async () => {
    const { key } = await createKey(table, { secret, layers: 2 })
    const pane = openKeyedPane(key)
    const query = [Float64Array.of(-2, 4, 11), Float64Array.of(3, 3, 4), Int32Array.of(1, 0, 1)]
    const { columns, outside } = await pane.encode(query, 3)
    expect(Array.from(outside)).toEqual([2, 1, 0])
    const back = await pane.restore(columns, 3)
    back[0]!.forEach((x, r) => {
      expect(Math.abs(x - query[0]![r]!)).toBeLessThan(1e-9)
    })
    expect(Array.from(back[1]!)).toEqual([3, 3, 3])
    expect(back[2]).toEqual(query[2])
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %s, naming row and column',
    async (bad) => {
      const pane = openKeyedPane((await createKey(table, { secret })).key)
      const query = [Float64Array.of(1, bad), Float64Array.of(3, 3), Int32Array.of(0, 0)]
      await expect(pane.encode(query, 2, 100)).rejects.toThrow(
        `row 102, column 'x': ${bad} is not a finite number`,
      )
      // The failed call does not stand in the way of the next.
      await expect(pane.encode(table.columns, 3)).resolves.toBeDefined()
    },
  )

  it('refuses a category that the key does not know', async () => {
    for (const encoding of ['one-hot', 'ordinal'] as const) {
      const pane = openKeyedPane((await createKey(table, { secret, encoding })).key)
      const query = [Float64Array.of(1), Float64Array.of(3), Int32Array.of(2)]
      await expect(pane.encode(query, 1)).rejects.toThrow(
        "row 1, column 'job': a category that the key does not know",
      )
    }
  })

  it('refuses to restore a value that the activation cannot give', async () => {
    const pane = openKeyedPane((await createKey(table, { secret })).key)
    const { columns } = await pane.encode(table.columns, 3)
    columns[2]![1] = 1
    await expect(pane.restore(columns, 3, 10)).rejects.toThrow(
      "row 12, column 'a2': 1 is not between -1 and 1",
    )
  })
})

it('exports a model of frozen layers that gives what encode gives, in ONNX Runtime alone, marked secret', async () => {
  const table = memoryTable({
    x: [1, 2, 3.5, 9, 4],
    big: [1e6, 1e6 + 1, 1e6 + 2, 1e6 + 7, 1e6],
    job: ['a', 'b', 'a', 'c', 'b'],
  })
  for (const name of keyActivationNames) {
    const { key } = await createKey(table, { secret, activation: name })
    const pane = openKeyedPane(key)
    const { columns } = await pane.encode(table.columns, 5)
    const model = pane.toOnnx()
    const text = Buffer.from(model).toString('latin1')
    expect(text).toContain('frostglass.secret')
    expect(text).toContain(key.fingerprint)
    const session = await InferenceSession.create(model)
    const k = columns.length
    const out = await session.run({
      features: new Tensor('float64', pane.features(table.columns, 5), [5, k]),
    })
    const values = out['protected']!.data as Float64Array
    columns.forEach((column, j) => {
      column.forEach((y, r) => {
        expect(Math.abs(values[r * k + j]! - y)).toBeLessThanOrEqual(1e-12)
      })
    })
    await pane.close()
  }
})

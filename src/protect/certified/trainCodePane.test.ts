// Training on small made tables and on the digits that ship: it learns, it repeats itself, it goes on where it stopped.

import { describe, expect, it } from 'vitest'
import { readDigits } from '../../data/images/digits.ts'
import { imageTensor } from '../../data/images/imageSet.ts'
import type { Checkpoint } from '../../learn/index.ts'
import { upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { cutCells } from './cells.ts'
import { type CodeRows, fillRows, takeCodeRows } from './codeRows.ts'
import { encodeRows } from './encodeRows.ts'
import { trainCodePane } from './trainCodePane.ts'

/** Rows whose label is whether two features have one sign; the attribute is one of these signs, which tells nothing of it. */
function made(rows: number, seed = 1): CodeRows & { readonly attribute: Int32Array } {
  const draw = seededStream(seed, 'rows')
  const data = Float32Array.from({ length: rows * 3 }, () => draw.normal())
  const sign = (i: number, j: number) => (data[i * 3 + j]! > 0 ? 1 : 0)
  return {
    x: { dtype: 'float32', shape: [rows, 3], data },
    labels: Int32Array.from({ length: rows }, (_, i) => sign(i, 0) ^ sign(i, 1)),
    attribute: Int32Array.from({ length: rows }, (_, i) => sign(i, 1)),
  }
}

const short = { epochs: 8, batch: 100, learningRate: 0.01, threads: 1 }

async function accuracyOf(
  trained: Awaited<ReturnType<typeof trainCodePane>>,
  rows: CodeRows,
): Promise<number> {
  const { predicted } = await encodeRows(trained.network, trained.weights, rows)
  return predicted.filter((label, row) => label === rows.labels[row]).length / predicted.length
}

describe('trainCodePane', () => {
  it('learns a table, and repeats itself to the bit', async () => {
    const rows = made(2000)
    const [first, second] = [await trainCodePane(rows, 2, short), await trainCodePane(rows, 2, short)]
    expect(await accuracyOf(first, made(1000, 2))).toBeGreaterThan(0.9)
    expect(second.weights).toEqual(first.weights)
    const other = await trainCodePane(rows, 2, { ...short, seed: 1 })
    expect(other.weights).not.toEqual(first.weights)
  })

  it('goes on from a checkpoint as if it had not stopped', async () => {
    const rows = made(300)
    const states: Checkpoint[] = []
    const whole = await trainCodePane(rows, 2, { ...short, onCheckpoint: (state) => void states.push(state) })
    const resumed = await trainCodePane(rows, 2, { ...short, resume: states[2] })
    expect(resumed.weights).toEqual(whole.weights)
    expect(resumed.history).toEqual(whole.history)
    await expect(trainCodePane(rows, 2, { ...short, seed: 5, resume: states[2] })).rejects.toThrow(
      /another run/,
    )
  })

  it.each(['kernel', 'codes'] as const)('holds the leak down by the %s penalty', async (penalty) => {
    const rows = made(2000)
    const train = (lambda: number) =>
      trainCodePane(rows, 2, {
        ...short,
        epochs: 16,
        batch: 200,
        leak: { attribute: rows.attribute, classes: 2, penalty, lambda },
      })
    const [light, heavy] = [await train(1e-6), await train(0.5)]
    expect(light.history.at(-1)!.leak!).toBeGreaterThan(0.15)
    expect(heavy.history.at(-1)!.leak!).toBeLessThan(0.4 * light.history.at(-1)!.leak!)
    expect(await accuracyOf(heavy, made(1000, 2))).toBeGreaterThan(0.9)
  })

  it.each([undefined, 'kernel', 'codes'] as const)(
    'takes the same steps on both executors, penalty %s',
    async (penalty) => {
      const rows = made(200)
      const leak = penalty && { attribute: rows.attribute, classes: 2, lambda: 0.5, penalty }
      const options = { epochs: 2, batch: 50, threads: 1, leak }
      const native = await trainCodePane(rows, 2, options)
      const plain = await trainCodePane(rows, 2, { ...options, executor: 'plain' })
      for (const [name, { data }] of Object.entries(native.weights)) {
        const other = plain.weights[name]!.data
        data.forEach((value: number | bigint, i: number) => {
          expect(Math.abs(Number(value) - Number(other[i]))).toBeLessThan(1e-3)
        })
      }
      expect(plain.history[1]!.loss).toBeCloseTo(native.history[1]!.loss, 3)
    },
  )

  it('learns the digits that ship', async () => {
    const { train, test } = await readDigits()
    const rows = { x: imageTensor(train), labels: train.labels!.of }
    const some = takeCodeRows(
      rows,
      upTo(5000).filter((i) => i % 2 === 0),
    )
    const trained = await trainCodePane(some, 10, {
      epochs: 4,
      batch: 64,
      learningRate: 0.004,
      shift: 1,
      threads: 1,
    })
    const unseen = { x: imageTensor(test), labels: test.labels!.of }
    expect(await accuracyOf(trained, unseen)).toBeGreaterThan(0.85)
    const encoded = await encodeRows(trained.network, trained.weights, some)
    const cells = cutCells(encoded, 10, { cells: 4 })
    expect([...cells.labelOf]).toEqual(Array.from({ length: 40 }, (_, i) => Math.floor(i / 4)))
  })

  it('refuses rows and options that do not fit', async () => {
    const rows = made(100)
    const refused = (change: Partial<CodeRows>, options: Parameters<typeof trainCodePane>[2] = {}) =>
      expect(trainCodePane({ ...rows, ...change }, 2, { ...short, ...options })).rejects
    await refused({ labels: rows.labels.subarray(1) }).toThrow(/100 rows, but 99 labels/)
    await refused({ labels: rows.labels.map((l) => l + 1) }).toThrow(/has the label 2/)
    await refused({ x: { ...rows.x, shape: [300] } }).toThrow(/float32 \[300\]/)
    const broken = Float32Array.from(rows.x.data as Float32Array)
    broken[7] = Number.NaN
    await refused({ x: { ...rows.x, data: broken } }).toThrow(/row 2, feature 1 is NaN/)
    const attribute = rows.attribute
    await refused({}, { leak: { attribute, classes: 3, lambda: 1 } }).toThrow(/class 2 of the attribute/)
    await refused({}, { leak: { attribute, classes: 2, lambda: 0 } }).toThrow(/λ is 0/)
  })
})

describe('fillRows', () => {
  it('moves pictures by at most so many pixels, and leaves out what goes over the edge', () => {
    const data = Uint8Array.from({ length: 25 }, (_, i) => i + 1)
    const rows: CodeRows = { x: { dtype: 'uint8', shape: [1, 1, 5, 5], data }, labels: Int32Array.of(0) }
    const seen = new Set<string>()
    for (let seed = 0; seed < 300; seed++) {
      const into = new Uint8Array(25)
      fillRows(rows, Int32Array.of(0), 0, into, 1, seededStream(seed, 'moves'))
      const at = into.indexOf(13)
      seen.add(`${Math.floor(at / 5) - 2} ${(at % 5) - 2}`)
      const [down, right] = [Math.floor(at / 5) - 2, (at % 5) - 2]
      into.forEach((value, place) => {
        const [y, x] = [Math.floor(place / 5) - down, (place % 5) - right]
        const inside = y >= 0 && y < 5 && x >= 0 && x < 5
        expect(value).toBe(inside ? y * 5 + x + 1 : 0)
      })
    }
    expect(seen.size).toBe(9)
  })
})

// Rows of bytes: they train, measure and predict as the same numbers in float32 do, on either executor.
// Source: the promise of Dataset; the shares of dropout's masks by the binomial law.

import { describe, expect, it } from 'vitest'
import { input, tensor } from '../graph/index.ts'
import { seededStream } from '../random/seeded.ts'
import { batchOf } from './feeder.ts'
import {
  adam,
  conv2d,
  dense,
  dropout,
  fit,
  flatten,
  maxPool2d,
  measureAccuracy,
  predict,
  sequential,
  takeRows,
} from './index.ts'

const rows = 70
const source = seededStream(3, 'pixels')
const bytes = Uint8Array.from({ length: rows * 72 }, () => Math.floor(256 * source.uniform()))
const shape = [rows, 2, 6, 6]
const y = tensor(
  Int32Array.from({ length: rows }, (_, i) => i % 3),
  [rows],
  'int32',
)
const x = tensor(bytes, shape, 'uint8')
const floats = tensor(Float32Array.from(bytes), shape)
const model = sequential(
  [
    conv2d({ filters: 4, kernel: 3, activation: 'relu' }),
    maxPool2d({ size: 2 }),
    dropout(0.3),
    flatten(),
    dense({ units: 3 }),
  ],
  { input: [2, 6, 6] },
)
const loss = 'categoricalCrossEntropy'

describe('bytes as rows', () => {
  it.each(['plain', 'native'] as const)('train as floats do (%s)', async (executor) => {
    const options = {
      loss,
      optimizer: adam({ learningRate: 1e-4 }),
      batch: 16,
      epochs: 2,
      executor,
      validation: 0.2,
    } as const
    const fromBytes = await fit(model, { x, y }, options)
    const fromFloats = await fit(model, { x: floats, y }, options)
    expect(fromBytes.history).toEqual(fromFloats.history)
    // Validation rows may be of another type than those that train.
    const held = takeRows({ x: floats, y }, Int32Array.of(5, 1, 9))
    const mixed = await fit(model, { x, y }, { ...options, validation: held })
    expect(mixed.history[0]?.valLoss).toBeGreaterThan(0)
    const { weights } = fromBytes
    const [p, q] = [
      await predict(model, weights, x, { loss, executor }),
      await predict(model, weights, floats, { loss, executor }),
    ]
    expect(p).toEqual(q)
    expect(await measureAccuracy(model, weights, { x, y }, { loss, executor })).toBe(
      await measureAccuracy(model, weights, { x: floats, y }, { loss, executor }),
    )
  })

  it('are taken by number, each as often as it is named', () => {
    const taken = takeRows(
      { x, y },
      Int32Array.from({ length: 2 * rows }, (_, i) => i >> 1),
    )
    expect(taken.x.dtype).toBe('uint8')
    expect([...taken.x.data.slice(3 * 72, 4 * 72)]).toEqual([...bytes.slice(72, 144)])
    expect(taken.y.shape).toEqual([2 * rows])
  })
})

describe('masks of dropout', () => {
  it.each([0.25, 0.5, 0.3, 1 / 256, 0.999])('drop a share of %d wherever one looks', (rate) => {
    const value = input('mask', ['N', 1003], 'uint8')
    const batch = batchOf(model, 64, 'float32', [{ value, noise: { kind: 'dropout', rate } }], { steps: 3 })
    batch.draw(seededStream(1, 'mask'))
    const mask = batch.feeds['mask']!.data as Uint8Array
    expect(mask.length).toBe(3 * 64 * 1003)
    for (const from of [0, 1, 2, 3]) {
      const part = mask.filter((_, i) => i % 4 === from)
      const dropped = part.reduce((sum, kept) => sum + 1 - kept, 0)
      const deviation = Math.sqrt(part.length * rate * (1 - rate))
      expect(Math.abs(dropped - part.length * rate)).toBeLessThan(4.5 * deviation)
      expect(part.every((kept) => kept <= 1)).toBe(true)
    }
    // Neighbours are independent: both dropped as often as the product says.
    let pairs = 0
    for (let i = 1; i < mask.length; i++) if (mask[i] === 0 && mask[i - 1] === 0) pairs++
    const expected = mask.length * rate * rate
    expect(Math.abs(pairs - expected)).toBeLessThan(5 * Math.sqrt(3 * expected) + 1)
  })
})

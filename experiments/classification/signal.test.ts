import { beforeAll, expect, it } from 'vitest'
import { seededStream } from '../../src/random/seeded.ts'
import { type ClassifiedRows, wheatRows } from '../wheat.ts'
import { measureSignal } from './signal.ts'

let raw: ClassifiedRows

beforeAll(async () => {
  raw = await wheatRows()
})

it('a sigmoid of zero bias shrinks the signal some fourfold a layer, until float32 has little of it', () => {
  for (const seed of [0, 1, 2]) {
    const { deviations, roundings } = measureSignal(raw, 'sigmoid', seed)
    const perLayer = (deviations[1]! / deviations[10]!) ** (1 / 9)
    expect(perLayer).toBeGreaterThan(3)
    expect(perLayer).toBeLessThan(6)
    expect(deviations[10]!).toBeLessThan(1e-5)
    expect(roundings[1]!).toBeLessThan(1e-5)
    expect(roundings[10]!).toBeGreaterThan(1e-3)
  }
})

it('tanh keeps the signal, exp lets it grow until it overflows', () => {
  for (const seed of [0, 1]) {
    const tanh = measureSignal(raw, 'tanh', seed)
    expect(Math.min(...tanh.deviations.map((d) => d!))).toBeGreaterThan(0.02)
    expect(Math.max(...tanh.roundings.map((d) => d!))).toBeLessThan(1e-5)
    const exp = measureSignal(raw, 'exp', seed)
    expect(exp.deviations[1]!).toBeLessThan(1)
    expect(exp.deviations[10]).toBeNull()
    expect(exp.dimensions.glorot[10]).toBeNull()
    expect(exp.dimensions.bounded[10]!).toBeGreaterThanOrEqual(1)
  }
})

it('counts columns that go together as one', () => {
  const random = seededStream(1, 'columns')
  const column = () => Float64Array.from({ length: 300 }, () => random.normal())
  const [a, b, c] = [column(), column(), column()]
  const labels = new Int32Array(300).map((_, i) => i % 3)
  const of = (columns: Float64Array[]) =>
    measureSignal({ columns, labels, classes: 3 }, 'tanh', 0).dimensions.glorot[0]!
  expect(of([a, b, c])).toBeCloseTo(3, 0)
  expect(of([a, a.map((x) => -2 * x), a])).toBeCloseTo(1, 9)
  expect(of([a, a, b, b])).toBeCloseTo(2, 0)
})

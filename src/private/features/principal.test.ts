// Dampening: planted directions are found and shortened, noise alone names none, no row counts for more than its norm.
// Source: a planted model, variance 9 and 4 along two directions and 0.01 elsewhere; Wigner's law for noise alone.

import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { seededStream } from '../../random/seeded.ts'
import { foldedHead } from './head.ts'
import { dampen, privateDampening } from './principal.ts'
import { centre } from './privateMean.ts'

const width = 60
const rows = 1500

/** Rows that differ most along the first and the last coordinate. */
function planted(seed: number): Float32Array {
  const random = seededStream(seed, 'planted')
  return Float32Array.from({ length: rows * width }, (_, i) => {
    const deviation = { 0: 3, [width - 1]: 2 }[i % width] ?? 0.1
    // Twelve uniform numbers make a normal one, near enough.
    return deviation * (Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b) - 6)
  })
}

const varianceOf = (data: Float64Array, column: number) =>
  data.filter((_, i) => i % width === column).reduce((sum, v) => sum + v * v, 0) / rows

describe('private dampening', () => {
  it('finds what rows differ most along, and leaves the rest', async () => {
    const x = tensor(planted(1), [rows, width])
    const before = toFloat64(tensor(planted(1), [rows, width]))
    const { dampening } = await privateDampening(x, { norm: 12, noiseMultiplier: 1 })
    // Noise alone: √2 √60 · 144 / 1500 = 1.05.
    expect(dampening.shares.length).toBe(2)
    expect(Math.abs(dampening.directions[0]!)).toBeGreaterThan(0.98)
    expect(Math.abs(dampening.directions[2 * width - 1]!)).toBeGreaterThan(0.95)
    await dampen(x, dampening)
    const after = toFloat64(x)
    expect(varianceOf(before, 0)).toBeGreaterThan(8)
    expect(varianceOf(after, 0)).toBeLessThan(1.6)
    expect(varianceOf(after, width - 1)).toBeLessThan(1.6)
    expect(varianceOf(after, 7) / varianceOf(before, 7)).toBeCloseTo(1, 0)
  })

  it('names nothing where there is noise alone, though one row would have it otherwise', async () => {
    const data = new Float32Array(rows * width)
    data[5] = 1e9
    data[width] = Number.NaN
    const { dampening } = await privateDampening(tensor(data, [rows, width]), { norm: 1, noiseMultiplier: 3 })
    expect(dampening.shares.length).toBe(0)
  })

  it('goes into the head that ships, with the mean', async () => {
    const [x, raw] = [tensor(planted(2), [rows, width]), toFloat64(tensor(planted(2), [rows, width]))]
    const mean = Float64Array.from({ length: width }, (_, i) => i / 50)
    centre(x, mean)
    const { dampening } = await privateDampening(x, { norm: 12, noiseMultiplier: 0.25 })
    await dampen(x, dampening)
    const kernel = Float64Array.from({ length: width * 2 }, (_, i) => Math.sin(i))
    const bias = Float64Array.of(0.5, -1)
    const whole = foldedHead({ kernel, bias }, { mean, dampening })
    const answer = (data: ArrayLike<number>, row: number, own: typeof whole, unit: number) =>
      Array.from({ length: width }, (_, i) => data[row * width + i]! * own.kernel[2 * i + unit]!).reduce(
        (a, b) => a + b,
        own.bias[unit]!,
      )
    for (const row of [0, 700, 1499])
      for (const unit of [0, 1])
        expect(answer(raw, row, whole, unit)).toBeCloseTo(
          answer(toFloat64(x), row, { kernel, bias }, unit),
          4,
        )
  })

  it('refuses what are no rows of float32', async () => {
    const options = { norm: 1, noiseMultiplier: 1 }
    await expect(privateDampening(tensor([1], [1, 1], 'float64'), options)).rejects.toThrow(/float32/)
    await expect(privateDampening(tensor([1], [1, 1]), { ...options, norm: -1 })).rejects.toThrow(/norm/)
  })
})

// Scattering against Kymatio's numbers, on both executors; what a fixed transform must keep to; what is refused.
// Source: fixtures/scattering.json (Kymatio 0.3.0 in float64; its images are a formula); Bruna and Mallat 2013.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ExecutorName, readOnnx, sizeOf, type Tensor, tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import kymatio from '../fixtures/scattering.json' with { type: 'json' }
import { dense, flatten, initialWeights, predict, sequential } from '../index.ts'
import { exportModel } from '../predict.ts'
import { scatter } from './scatter.ts'
import { scattering } from './scattering.ts'

const pattern = (height: number, width: number): Tensor =>
  tensor(
    Float32Array.from({ length: height * width }, (_, i) => {
      const [y, x] = [Math.floor(i / width), i % width]
      return ((7 * x + 13 * y + x * y) % 32) / 31
    }),
    [1, 1, height, width],
  )

const noise = (seed: number, shape: readonly number[]): Tensor => {
  let state = seed
  const next = () => (state = (state * 48271) % 2147483647)
  return tensor(
    Uint8Array.from({ length: sizeOf(shape) }, () => next() % 256),
    shape,
    'uint8',
  )
}

describe('scattering', () => {
  it.each(
    kymatio.images.flatMap((image) =>
      (image.height > 20 ? ['native'] : ['native', 'plain']).map((executor) => ({ image, executor })),
    ),
  )('gives what Kymatio gives: $image.height × $image.width, $executor', async ({ image, executor }) => {
    const { height, width, shape, place, values, totals } = image
    const features = await scatter(pattern(height, width), { executor: executor as ExecutorName })
    expect(features.shape).toEqual([1, ...shape])
    const [, rows, columns] = shape as [number, number, number]
    const data = toFloat64(features)
    values.forEach((value, channel) => {
      const map = data.subarray(channel * rows * columns, (channel + 1) * rows * columns)
      expect(map[place[0]! * columns + place[1]!]).toBeCloseTo(value, 6)
      expect(map.reduce((a, b) => a + b, 0)).toBeCloseTo(totals[channel]!, 4)
    })
  })

  it('knows no other image, no other channel, and bytes as shares of 255', async () => {
    const images = noise(1, [11, 2, 9, 8])
    const all = await scatter(images)
    expect(all.shape).toEqual([11, 162, 2, 2])
    const pixels = Float32Array.from(images.data as Uint8Array, (v) => v / 255)
    const last = await scatter(tensor(pixels.slice(10 * 144), [1, 2, 9, 8]))
    const second = await scatter(tensor(pixels.slice(10 * 144 + 72), [1, 1, 9, 8]))
    expect(Array.from(last.data, Number)).toEqual(Array.from(all.data.slice(10 * 648), Number))
    second.data.forEach((v, i) => void expect(v).toBeCloseTo(Number(all.data[10 * 648 + 324 + i]), 6))
  })

  it('grows with contrast, and sees brightness in its first channel alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        async (seed, by) => {
          const image = toFloat64(noise(seed, [1, 1, 12, 12])).map((v) => v / 255)
          const of = async (pixels: Float64Array) =>
            toFloat64(await scatter(tensor(Float32Array.from(pixels), [1, 1, 12, 12])))
          const own = await of(image)
          const brighter = await of(image.map((v) => v + by))
          const stronger = await of(image.map((v) => v * by))
          own.forEach((v, i) => {
            expect(stronger[i]).toBeCloseTo(by * v, 5)
            if (i >= 9) expect(brighter[i]).toBeCloseTo(v, 4)
          })
          expect(brighter[0]! - own[0]!).toBeCloseTo(by, 3)
        },
      ),
      { numRuns: 3 },
    )
  })

  it('is a layer before others, and part of the ONNX file', async () => {
    const model = sequential([scattering([1, 8, 8]), flatten(), dense({ units: 3 })], { input: [1, 8, 8] })
    expect(model.parameters.map((p) => p.shape)).toEqual([[324, 3], [3]])
    const weights = initialWeights(model, 1)
    const x = pattern(8, 8)
    const [native, plain] = [
      await predict(model, weights, x, { loss: 'categoricalCrossEntropy', executor: 'native' }),
      await predict(model, weights, x, { loss: 'categoricalCrossEntropy', executor: 'plain' }),
    ]
    native.data.forEach((v, i) => void expect(v).toBeCloseTo(Number(plain.data[i]), 5))
    const file = readOnnx(exportModel(model, weights, { loss: 'categoricalCrossEntropy' }))
    expect(file.graph.inputs[0]!.shape).toEqual(['N', 1, 8, 8])
  })

  it('is normalised in groups within each image, where asked to be', async () => {
    const images = noise(3, [3, 1, 8, 8])
    const features = toFloat64(await scatter(images, { groups: 27 }))
    const size = 3 * 4
    for (let at = 0; at < features.length; at += size) {
      const group = features.subarray(at, at + size)
      expect(group.reduce((a, b) => a + b, 0) / size).toBeCloseTo(0, 4)
      const variance = group.reduce((a, b) => a + b * b, 0) / size
      expect(variance).toBeLessThan(1.001)
      expect(variance).toBeGreaterThan(0.01)
    }
    const alone = await scatter(tensor(images.data.slice(128), [1, 1, 8, 8], 'uint8'), { groups: 27 })
    expect(toFloat64(alone)).toEqual(features.slice(2 * 324))
    await expect(scatter(images, { groups: 10 })).rejects.toThrow(/not 10 groups/)
  })

  it('refuses what are no images, and images too small to be padded', async () => {
    await expect(scatter(tensor(new Uint8Array(64), [8, 8], 'uint8'))).rejects.toMatchObject({
      code: 'shape',
    })
    expect(() => scattering([1, 4, 28])).toThrow(/4 × 28 pixels is too small/)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ImageShape } from '../../data/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { bestConstant, imageSimilarity, meanImage, mostDecibel, similarityMeasures } from './similarity.ts'

interface Fixture {
  readonly cases: readonly {
    readonly name: string
    readonly shape: ImageShape
    readonly a: string
    readonly b: string
    readonly mse: number
    readonly psnr: number | null
    readonly ssim: number
  }[]
}

// Computed with scikit-image; the file says with which version and arguments.
const { cases } = JSON.parse(
  readFileSync(new URL('./fixtures/similarity.json', import.meta.url), 'utf8'),
) as Fixture
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

describe('similarity', () => {
  it.each(cases)('is that of scikit-image: $name', ({ shape, a, b, mse, psnr, ssim }) => {
    const found = imageSimilarity(bytes(a), bytes(b), shape)
    expect(found.mse[0]).toBeCloseTo(mse, 12)
    expect(found.psnr[0]).toBeCloseTo(psnr ?? mostDecibel, 9)
    expect(found.ssim[0]).toBeCloseTo(ssim, 9)
  })

  it('compares each image with its own, or all with one', () => {
    const first = bytes(cases[0]!.a)
    const second = bytes(cases[0]!.b)
    const both = Uint8Array.from([...first, ...second])
    const swapped = Uint8Array.from([...second, ...first])
    const { ssim } = imageSimilarity(both, swapped, cases[0]!.shape)
    expect(ssim[0]).toBe(ssim[1])
    const one = imageSimilarity(both, first, cases[0]!.shape)
    expect([one.ssim[0], one.mse[0]]).toEqual([1, 0])
    expect(one.ssim[1]).toBe(ssim[0])
  })

  it('takes images smaller than its window', () => {
    const a = Uint8Array.from([0, 255, 255, 0, 0, 255, 255, 0])
    const { ssim, mse } = imageSimilarity(a, a.toReversed(), [1, 2, 4])
    expect(mse[0]).toBe(0)
    expect(ssim[0]).toBeCloseTo(1, 12)
    expect(imageSimilarity(a, new Uint8Array(8), [1, 2, 4]).ssim[0]).toBeLessThan(0.6)
  })

  it('refuses what are no whole images', () => {
    expect(() => imageSimilarity(new Uint8Array(7), new Uint8Array(7), [1, 2, 2])).toThrow(RangeError)
    expect(() => imageSimilarity(new Uint8Array(8), new Uint8Array(12), [1, 2, 2])).toThrow(/8 and 12 bytes/)
  })
})

describe('what needs no release', () => {
  const source = seededStream(3, 'images')
  const shape: ImageShape = [1, 12, 12]
  const images = Uint8Array.from({ length: 20 * 144 }, (_, i) => (i % 12 < 6 ? 0 : 128 * source.uniform()))

  it('is the mean image and the constant that resembles most', () => {
    const mean = meanImage(images, shape)
    expect(mean.slice(0, 6)).toEqual(new Uint8Array(6))
    expect(Math.abs(mean[7]! - 64)).toBeLessThan(30)
    const constant = bestConstant(images, shape)
    for (const level of [0, 64, 255]) {
      const other = imageSimilarity(images, new Uint8Array(144).fill(level), shape).ssim
      const sum = (values: Float64Array) => values.reduce((a, b) => a + b)
      expect(sum(constant.ssim)).toBeGreaterThanOrEqual(sum(other))
    }
  })

  it('gives means with intervals around them', () => {
    const measures = similarityMeasures(imageSimilarity(images, meanImage(images, shape), shape), 1)
    expect(measures.map(({ name }) => name)).toEqual(['mse', 'psnr', 'ssim'])
    for (const { value, interval } of measures) {
      expect(interval[0]).toBeLessThan(value)
      expect(interval[1]).toBeGreaterThan(value)
    }
  })
})

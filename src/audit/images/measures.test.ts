import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { rankMetrics } from '../ranks.ts'
import { mapSvg, umap } from './maps.ts'
import { chancePurity, neighbourPurity, silhouettes, squaredDistances } from './neighbours.ts'
import { labelMetric } from './shares.ts'
import { tsne } from './tsne.ts'

const mean = (values: Float64Array) => values.reduce((a, b) => a + b) / values.length

/** Clouds in `width` dimensions, far apart. */
function clouds(count: number, classes: number, width: number) {
  const source = seededStream(1, 'clouds')
  const of = Int32Array.from({ length: count }, (_, i) => i % classes)
  const data = Float64Array.from(
    { length: count * width },
    (_, j) => source.normal() + (j % width === of[Math.floor(j / width)]! ? 12 : 0),
  )
  return { data, labels: { names: Array.from({ length: classes }, (_, c) => String(c)), of } }
}

describe('neighbours', () => {
  // Points and values of scikit-learn 1.9.1, silhouette_samples.
  const points = [
    2.041, -2.556, 0.418, -0.568, -0.453, -0.216, -2.02, -0.232, -0.865, 3.323, 0.226, -0.353, -0.281, -0.668,
    -1.055, 1.609, 2.482, 1.761, 2.958, 1.8, 2.024, 3.546, 2.545, 1.495, 1.817, 2.541, 3.935, -0.809, -0.731,
    3.007, -2.659, -0.875, 2.648, 1.741, 0.275, 2.01,
  ]
  const classes = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
  const expected = [
    0.1479978304, 0.266559413, 0.1796346566, -0.1101950782, 0.4002955447, 0.5245586011, 0.6134071655,
    0.6137472786, 0.4235391645, 0.4304595516, 0.320635677, -0.3277760376,
  ]

  it('have the silhouettes of scikit-learn', async () => {
    const found = silhouettes(await squaredDistances(points, 12), classes)
    found.forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 9))
    expect(silhouettes(new Float64Array(9), [0, 1, 1])[0]).toBe(0)
  })

  it('count as those of the class in part where they tie', async () => {
    // On a line: 0 and 1 lie both at distance 1 of their neighbours.
    const squared = await squaredDistances([0, 1, 2, 3], 4)
    expect([...neighbourPurity(squared, [0, 0, 1, 1], 1)]).toEqual([1, 0.5, 0.5, 1])
    expect(mean(neighbourPurity(new Float64Array(16), [0, 0, 1, 1], 2))).toBeCloseTo(
      chancePurity([0, 0, 1, 1]),
      12,
    )
    expect(chancePurity([0, 0, 1, 1])).toBeCloseTo(1 / 3, 12)
  })
})

describe('maps', () => {
  it('keep clouds together, and repeat themselves for a seed', async () => {
    const { data, labels } = clouds(90, 3, 6)
    const squared = await squaredDistances(data, 90)
    for (const map of [tsne, umap]) {
      const options = { perplexity: 15, seed: 4 }
      const points = await map(squared, options)
      expect(points.length).toBe(180)
      expect(mean(neighbourPurity(await squaredDistances(points, 90), labels.of, 10))).toBeGreaterThan(0.95)
      expect(await map(squared, options)).toEqual(points)
    }
  })

  it('are drawn with names as they are', async () => {
    const { labels } = clouds(6, 3, 2)
    const points = Float64Array.from({ length: 12 }, (_, i) => i)
    expect(await mapSvg(points, labels)).toMatch(/<text[^>]*>2<\/text>/)
    const svg = await mapSvg(points, { names: ['<b>one</b>', 'second', 'third'], of: labels.of }, 'A map')
    expect(svg).toContain('A map')
    expect(svg).not.toContain('<b>')
  })

  it('of one point repeated do not break', async () => {
    const points = await tsne(new Float64Array(100), { perplexity: 15, seed: 1, iterations: 50 })
    expect(points.every(Number.isFinite)).toBe(true)
  })

  it('stop when told', async () => {
    const squared = await squaredDistances(clouds(60, 2, 3).data, 60)
    const signal = AbortSignal.abort()
    await expect(tsne(squared, { perplexity: 15, seed: 1, signal })).rejects.toMatchObject({
      code: 'aborted',
    })
    await expect(umap(squared, { seed: 1, signal })).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('scores', () => {
  it('rank with ties resolved at random', () => {
    const [rank1, rank5] = rankMetrics(
      Float64Array.of(0, 1, 2, 1, 1, 1, 5, 4, 6),
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      3,
      1,
    )
    expect(rank1.value).toBeCloseTo((1 + 1 / 3 + 0) / 3, 12)
    expect(rank5.value).toBe(1)
    expect([rank1.chance, rank5.chance]).toEqual([1 / 3, 1])
  })

  it('of classes stand beside the largest class', () => {
    const metric = labelMetric('attribute', [0, 0, 0, 1], [0, 0, 1, 1], 1)
    expect(metric).toMatchObject({ name: 'attribute', value: 0.75, chance: 0.5 })
    expect(() => labelMetric('attribute', [], [], 1)).toThrow(RangeError)
  })
})

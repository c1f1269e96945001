import { describe, expect, it } from 'vitest'
import type { Metric, MetricName } from '../finding.ts'
import { tooWeak } from './weakness.ts'

const metric = (name: MetricName, value: number, upper: number, chance: number): Metric => ({
  name,
  value,
  interval: [0, upper],
  chance,
})

describe('too weak to tell', () => {
  it.each<MetricName>(['cells5', 'cells1', 'explained', 'labels', 'ssim'])(
    'is %s no better than what one constant answer gets of the same rows, however wide the interval',
    (name) => {
      expect(tooWeak(metric(name, 0.29, 0.6, 0.3), 100)).toBe(true)
      expect(tooWeak(metric(name, 0.3, 0.6, 0.3), 100)).toBe(true)
      expect(tooWeak(metric(name, 0.3 + 1e-12, 0.3, 0.3), 100)).toBe(true)
      expect(tooWeak(metric(name, 0.301, 0.302, 0.3), 100)).toBe(false)
    },
  )

  it.each<MetricName>(['rank1', 'rank5', 'attribute', 'pane', 'correlation', 'purity', 'member'])(
    'is %s far below a random draw: half of all harmless measurements are below it',
    (name) => {
      expect(tooWeak(metric(name, 0.48, 0.52, 0.5), 100)).toBe(false)
      expect(tooWeak(metric(name, 0.42, 0.48, 0.5), 100)).toBe(false)
      expect(tooWeak(metric(name, 0.4, 0.46, 0.5), 100)).toBe(true)
    },
  )

  it('is not to link nobody where by chance one is linked', () => {
    expect(tooWeak(metric('rank1', 0, 0, 1 / 250), 250)).toBe(false)
    expect(tooWeak(metric('rank5', 0, 0, 0.1), 250)).toBe(true)
  })

  it('is what says the same of everybody: the most frequent class, or that all candidates are alike', () => {
    for (const name of ['attribute', 'pane', 'member'] as const)
      expect(tooWeak(metric(name, 0.5, 0.55, 0.5), 100)).toBe(true)
    // Who links just one of a hundred has tried; who says that all are alike has not.
    expect(tooWeak(metric('rank1', 0.01, 0.03, 0.01), 100)).toBe(false)
    expect(tooWeak({ ...metric('rank1', 0.01, 0.01, 0.01), interval: [0.01, 0.01] }, 100)).toBe(true)
  })

  it('is nothing that is no number: that breaks its rule', () => {
    expect(tooWeak(metric('cells5', Number.NaN, Number.NaN, 0.3), 10)).toBe(false)
  })
})

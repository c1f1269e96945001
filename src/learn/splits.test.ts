import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { upTo } from '../random/order.ts'
import { holdOut, kFold, stratifiedKFold, walkForward } from './index.ts'

const folds = fc.integer({ min: 2, max: 6 })
const seed = fc.integer({ min: 0, max: 1e6 })

describe('k-fold', () => {
  it('tests every row once, trains on all others, in parts of near equal size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 60 }), folds, seed, (rows, k, s) => {
        const parts = kFold(rows, k, { seed: s })
        expect(parts.flatMap((f) => [...f.test]).sort((a, b) => a - b)).toEqual([...upTo(rows)])
        for (const { train, test } of parts) {
          expect([...train, ...test].sort((a, b) => a - b)).toEqual([...upTo(rows)])
          expect(test.length).toBeGreaterThanOrEqual(Math.floor(rows / k))
          expect(test.length).toBeLessThanOrEqual(Math.ceil(rows / k))
        }
      }),
    )
  })

  it('depends on the seed alone', () => {
    expect(kFold(20, 4, { seed: 1 })).toEqual(kFold(20, 4, { seed: 1 }))
    expect(kFold(20, 4, { seed: 1 })).not.toEqual(kFold(20, 4, { seed: 2 }))
  })

  it('stratified: each part has its share of every class', () => {
    const labels = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 60 })
    fc.assert(
      fc.property(labels, folds, seed, (classes, k, s) => {
        const parts = stratifiedKFold(classes, k, { seed: s })
        expect(parts.flatMap((f) => [...f.test]).sort((a, b) => a - b)).toEqual([...upTo(classes.length)])
        for (const c of new Set(classes)) {
          const all = classes.filter((label) => label === c).length
          for (const { test } of parts) {
            const inFold = test.filter((row) => classes[row] === c).length
            expect(inFold).toBeGreaterThanOrEqual(Math.floor(all / k))
            expect(inFold).toBeLessThanOrEqual(Math.ceil(all / k))
          }
        }
      }),
    )
  })

  it('refuses more folds than rows', () => {
    expect(() => kFold(3, 4, { seed: 1 })).toThrow('3 rows cannot be split into 4 folds')
    expect(() => stratifiedKFold([1, 2, 3], 1, { seed: 1 })).toThrow('into 1 folds')
  })
})

it('walk-forward moves windows of consecutive rows', () => {
  const windows = walkForward(12, { train: 5, validation: 2, test: 2, shift: 3 })
  expect(windows.map((w) => [[...w.train], [...w.validation], [...w.test]])).toEqual([
    [
      [0, 1, 2, 3, 4],
      [5, 6],
      [7, 8],
    ],
    [
      [3, 4, 5, 6, 7],
      [8, 9],
      [10, 11],
    ],
  ])
  expect(walkForward(12, { train: 5, test: 2 })).toHaveLength(3)
  expect(() => walkForward(8, { train: 5, validation: 2, test: 2 })).toThrow(
    'no window of 5 + 2 + 2 rows fits 8',
  )
})

it('a share is held out and the rest stays', () => {
  const { train, validation } = holdOut(10, 0.3, { seed: 2 })
  expect(validation).toHaveLength(3)
  expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...upTo(10)])
  expect(() => holdOut(10, 0.01, { seed: 2 })).toThrow('leaves a part empty')
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  accuracy,
  areaUnderCurve,
  argmax,
  confusionMatrix,
  meanAbsoluteDifference,
  recalls,
  rootMeanSquaredError,
} from './index.ts'

it('accuracy, confusion and recalls of a worked example', () => {
  const actual = [0, 0, 0, 1, 1, 2]
  const predicted = [0, 1, 0, 1, 1, 0]
  expect(accuracy(predicted, actual)).toBeCloseTo(4 / 6)
  const confusion = confusionMatrix(predicted, actual, 4)
  expect(confusion).toEqual([
    [2, 1, 0, 0],
    [0, 2, 0, 0],
    [1, 0, 0, 0],
    [0, 0, 0, 0],
  ])
  const [a, b, c, none] = recalls(confusion)
  expect([a, b, c]).toEqual([2 / 3, 1, 0])
  expect(none).toBeNaN()
  expect([...argmax([1, 3, 2, 5, 5, 4], 3)]).toEqual([1, 0])
})

it('differences in the units of the entries', () => {
  expect(rootMeanSquaredError([1, 2, 6], [1, 4, 2])).toBeCloseTo(Math.sqrt(20 / 3))
  expect(meanAbsoluteDifference([1, 2, 6], [1, 4, 2])).toBeCloseTo(2)
})

it('the area under the curve is the share of pairs in the right order, a tie half', () => {
  const entry = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom(0, 1))
  fc.assert(
    fc.property(fc.array(entry, { minLength: 2, maxLength: 30 }), (entries) => {
      const positives = entries.filter(([, p]) => p === 1)
      const negatives = entries.filter(([, p]) => p === 0)
      fc.pre(positives.length > 0 && negatives.length > 0)
      let pairs = 0
      for (const [s] of positives) for (const [t] of negatives) pairs += s > t ? 1 : s === t ? 0.5 : 0
      const area = areaUnderCurve(
        entries.map(([s]) => s),
        entries.map(([, p]) => p),
      )
      expect(area).toBeCloseTo(pairs / (positives.length * negatives.length), 12)
    }),
  )
})

it('refuses what cannot be compared', () => {
  expect(() => accuracy([], [])).toThrow(RangeError)
  expect(() => rootMeanSquaredError([1], [1, 2])).toThrow(RangeError)
  expect(() => confusionMatrix([2], [0], 2)).toThrow('entry 0: actual 0, predicted 2, of 2 classes')
})

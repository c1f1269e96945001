import { describe, expect, it } from 'vitest'
import { aboveThreshold } from './sparseVector.ts'
import { lowerBound } from './testing.ts'

describe('above threshold', () => {
  it('tells high counts from low ones that lie far apart, and ends at the last positive', () => {
    const measurement = aboveThreshold({ threshold: 1000n, sensitivity: 1, epsilon: 1, positives: 2 })
    const answers = [...measurement.invoke([0n, 10n, 2000n, 0n, 3000n, 5000n, 0n])]
    expect(answers).toEqual([false, false, true, false, true])
    expect([...measurement.invoke([0n, 0n])]).toEqual([false, false])
  })

  it('asks for a query only when its answer is wanted', () => {
    const asked: bigint[] = []
    function* queries() {
      for (let i = 0n; ; i++) {
        asked.push(i)
        yield -1000n
      }
    }
    const answers = aboveThreshold({ threshold: 0n, sensitivity: 1, epsilon: 1 }).invoke(queries())
    for (const answer of answers) {
      expect(answer).toBe(false)
      if (asked.length === 3) break
    }
    expect(asked).toEqual([0n, 1n, 2n])
  })

  it('is seen to give away no more than stated; noise for a third of the sensitivity is caught', () => {
    // The worst case of the literature: all queries fall but one, which rises.
    const one = [0n, 0n, 0n, 0n, 0n, 0n, 3n]
    const other = [3n, 3n, 3n, 3n, 3n, 3n, 0n]
    const options = { threshold: 1n, epsilon: 1.5 }
    const claim = aboveThreshold({ ...options, sensitivity: 3 })
    const wrong = aboveThreshold({ ...options, sensitivity: 1 })
    const bound = (m: typeof claim) =>
      lowerBound(
        () => [...m.invoke(one)].map(Number).join(''),
        () => [...m.invoke(other)].map(Number).join(''),
        4e4,
      )
    expect(bound(claim)).toBeLessThan(claim.map(1).epsilon!)
    expect(bound(wrong)).toBeGreaterThan(claim.map(1).epsilon!)
  })

  it('refuses what gives no guarantee', () => {
    const good = { threshold: 0n, sensitivity: 1, epsilon: 1 }
    expect(aboveThreshold(good).map(3).epsilon).toBe(3)
    for (const bad of [0, -1, Number.NaN, Infinity]) {
      expect(() => aboveThreshold({ ...good, sensitivity: bad })).toThrow(/positive and finite/)
      expect(() => aboveThreshold({ ...good, epsilon: bad })).toThrow(/positive and finite/)
    }
    expect(() => aboveThreshold({ ...good, positives: 0 })).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.any(String) }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { countsOf } from './counts.ts'
import type { Conditional } from './graphical/network.ts'
import { sampleRows } from './sample.ts'
import { seededSource } from './testing.ts'

const sizes = [3, 2, 2]
const network: Conditional[] = [
  { column: 0, parents: [], expected: Float64Array.of(500, 300, 200) },
  { column: 1, parents: [0], expected: Float64Array.of(250, 250, 30, 270, 200, 0) },
  { column: 2, parents: [0], expected: Float64Array.of(250, 250, 270, 30, 0, 200) },
]

describe('rows of a model', async () => {
  const codes = await sampleRows(network, sizes, 10_000, seededSource(1))
  const rows = { sizes, codes }

  it('are as many of each kind as expected, to a row or two', () => {
    for (const [i, x] of countsOf(rows, [0, 1]).entries())
      expect(Math.abs(x - 10 * network[1]!.expected[i]!)).toBeLessThan(3)
  })

  it('leave children of one parent independent within it', () => {
    // A sampler that does not shuffle anew gives them correlation 1 or −1.
    const table = countsOf(rows, [0, 1, 2])
    const [n00, n01, n10, n11] = [table[0]!, table[1]!, table[2]!, table[3]!]
    const correlation = (n00 * n11 - n01 * n10) / (2500 * 2500)
    // Its standard error over 5,000 rows is 0.014.
    expect(Math.abs(correlation)).toBeLessThan(0.07)
  })

  it('can be none, one, or of groups that expect nobody', async () => {
    expect((await sampleRows(network, sizes, 0, seededSource(2))).map((c) => c.length)).toEqual([0, 0, 0])
    const empty = network.map((one) => ({ ...one, expected: new Float64Array(one.expected.length) }))
    for (const column of await sampleRows(empty, sizes, 7, seededSource(3)))
      expect([...column].every((code) => code >= 0 && code < 3)).toBe(true)
  })
})

// All 2^28 seeds against a round of two that Flower's own code made: one fits, and it is the right one.

import { expect, it } from 'vitest'
import { openPair } from './pairSearch.ts'
import { golden, seenOf } from './testing.ts'
import { weightOf } from './vector.ts'

it('leaves one seed, and lays open both nodes', async () => {
  const found = await openPair(seenOf(golden.two))
  expect(found.seeds.length).toBe(1)
  // 2^18 of them fit one number, give or take five standard deviations, and two hundred and fifty-six two.
  expect(Math.abs(found.left[0]! - 2 ** 18)).toBeLessThan(5 * 2 ** 9)
  expect(Math.abs(found.left[1]! - 2 ** 8)).toBeLessThan(5 * 2 ** 4)
  for (const [i, { seen, secret }] of golden.two.nodes.entries())
    expect(Array.from(found.vectors[i]!)).toEqual([
      weightOf(seen.examples, seenOf(golden.two).settings),
      ...secret.quantised,
    ])
})

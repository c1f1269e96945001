import { expect, it } from 'vitest'
import { cancellingColumns } from './cancellingColumns.ts'
import { isBroken } from './exhibit.ts'

it('columns that cancel broke norms by products, and do not break sums of whole numbers', async () => {
  const before = await cancellingColumns.run('before', { quick: true })
  expect(isBroken(before)).toBe(true)
  expect(before.measured).toBeGreaterThan(50)
  const today = await cancellingColumns.run('today', { quick: true })
  expect(isBroken(today)).toBe(false)
  // Rows are clipped, so the search is one.
  expect(today.measured).toBeGreaterThan(0.99)
})

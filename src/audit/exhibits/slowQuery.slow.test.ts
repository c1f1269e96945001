import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { slowQuery } from './slowQuery.ts'

it('a query that hangs told a bit for nothing, and tells none today', async () => {
  const before = await slowQuery.run('before', { quick: true })
  expect(before.measured).toBe(2)
  expect(isBroken(before)).toBe(true)
  const today = await slowQuery.run('today', { quick: true })
  expect(isBroken(today), String(today.measured)).toBe(false)
})

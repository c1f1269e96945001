import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { shiftedMasks } from './shiftedMasks.ts'

it('masks by place from a public seed moved with a row, and secret masks of places do not', async () => {
  const before = await shiftedMasks.run('before')
  expect(isBroken(before)).toBe(true)
  expect(before.measured).toBeGreaterThan(3)
  const today = await shiftedMasks.run('today')
  expect(isBroken(today)).toBe(false)
  expect(today.measured).toBeGreaterThan(0.9)
})

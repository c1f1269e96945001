import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { rowsAsWeights } from './rowsAsWeights.ts'

it('a process published a row of the table as the model, and is refused today', async () => {
  const before = await rowsAsWeights.run('before', { quick: true })
  expect(isBroken(before)).toBe(true)
  expect(before.measured).toBe(1)
  const today = await rowsAsWeights.run('today', { quick: true })
  expect(isBroken(today)).toBe(false)
})

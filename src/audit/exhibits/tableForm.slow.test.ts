import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { tableForm } from './tableForm.ts'

it('the form of a table told of its rows, and does not today', async () => {
  const before = await tableForm.run('before')
  expect(before.measured).toBe(3)
  expect(isBroken(before)).toBe(true)
  expect(isBroken(await tableForm.run('today'))).toBe(false)
})

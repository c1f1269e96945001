import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { ledgerRestored } from './ledgerRestored.ts'

it('breaks the form of before, and not today’s', async () => {
  expect(isBroken(await ledgerRestored.run('before'))).toBe(true)
  expect(isBroken(await ledgerRestored.run('today'))).toBe(false)
})

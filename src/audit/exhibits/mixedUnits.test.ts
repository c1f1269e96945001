import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { mixedUnits } from './mixedUnits.ts'

it('breaks the form of before, and not today’s', async () => {
  expect(isBroken(await mixedUnits.run('before'))).toBe(true)
  expect(isBroken(await mixedUnits.run('today'))).toBe(false)
})

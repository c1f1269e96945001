import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { pateExactPrice } from './pateExactPrice.ts'

it('breaks the form of before, and not today’s', async () => {
  expect(isBroken(await pateExactPrice.run('before'))).toBe(true)
  expect(isBroken(await pateExactPrice.run('today'))).toBe(false)
})

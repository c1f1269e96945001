import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { secondPolynomialRead } from './secondPolynomialRead.ts'

it('an asker with a forged key read all 8,192 numbers of a second polynomial, and reads none today', async () => {
  const before = await secondPolynomialRead.run('before')
  expect(isBroken(before)).toBe(true)
  expect(before.measured).toBe(1)
  const today = await secondPolynomialRead.run('today')
  expect(isBroken(today)).toBe(false)
})

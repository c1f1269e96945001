import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { swappedAnswers } from './swappedAnswers.ts'

it('answers to others were believed, and are refused today', async () => {
  const before = await swappedAnswers.run('before', { quick: true })
  expect(isBroken(before)).toBe(true)
  expect(before.measured).toBe(3)
  const today = await swappedAnswers.run('today', { quick: true })
  expect(isBroken(today)).toBe(false)
})

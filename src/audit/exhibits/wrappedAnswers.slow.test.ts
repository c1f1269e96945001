import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { wrappedAnswers } from './wrappedAnswers.ts'

it('answers came back wrapped and were believed, and are right today', async () => {
  const before = await wrappedAnswers.run('before', { quick: true })
  expect(isBroken(before)).toBe(true)
  // Twice what the first prime held.
  expect(before.measured).toBeGreaterThan(1000)
  const today = await wrappedAnswers.run('today', { quick: true })
  expect(isBroken(today)).toBe(false)
})

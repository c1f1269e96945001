import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { weightsInAnswers } from './weightsInAnswers.ts'

it('a listener read every weight off an answer, and reads none today', async () => {
  const before = await weightsInAnswers.run('before', { quick: true })
  expect(isBroken(before)).toBe(true)
  expect(before.measured).toBe(1)
  const today = await weightsInAnswers.run('today', { quick: true })
  expect(isBroken(today)).toBe(false)
})

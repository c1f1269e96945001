import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { noiseBudgetTold } from './noiseBudgetTold.ts'

it('a noise budget that was told gave the key away, and none is told today', async () => {
  expect(isBroken(await noiseBudgetTold.run('before', { quick: true }))).toBe(true)
  expect(isBroken(await noiseBudgetTold.run('today', { quick: true }))).toBe(false)
})

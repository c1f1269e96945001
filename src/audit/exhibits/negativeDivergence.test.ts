import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { negativeDivergence } from './negativeDivergence.ts'

it('breaks the form of before, and not today’s', async () => {
  expect(isBroken(await negativeDivergence.run('before'))).toBe(true)
  expect(isBroken(await negativeDivergence.run('today'))).toBe(false)
})

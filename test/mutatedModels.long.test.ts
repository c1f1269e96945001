import { it } from 'vitest'
import { expectHarmless } from './mutations/expect.ts'

it('5,000 altered models are read, refused or run by words of ours alone', async () => {
  await expectHarmless(2, 5000)
})

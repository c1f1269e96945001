import { expect, it } from 'vitest'
import { expectHarmless } from './mutations/expect.ts'

it('300 altered models are read, refused or run by words of ours alone', async () => {
  await expectHarmless(7, 300)
})

it('what is written for it can be altered in every way', async () => {
  const { mutated } = await import('./mutations/mutate.ts')
  const { seededRandom } = await import('../src/random/seeded.ts')
  const ways = new Set(Array.from({ length: 300 }, (_, i) => mutated(seededRandom(i)).how.split(' ')).flat())
  expect(ways.size).toBe(9)
})

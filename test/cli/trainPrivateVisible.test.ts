import { describe, expect, it } from 'vitest'
import { workplace } from './harness.ts'
import { tables, visibleOf } from './visibleTraining.ts'

const place = workplace()
// All kinds of mess are in trainPrivateVisible.slow.test.ts.
const some = [
  'a fraction',
  'text in numbers',
  'an unseen class',
  'a quote that is never closed',
  'half an object',
]

describe('what an observer sees of private training, but for the weights', () => {
  for (const [table, [ordinary, ...messy]] of Object.entries(tables()))
    it(`does not tell of a messy row in ${table}`, async () => {
      const expected = await visibleOf(place, table, ordinary![1])
      expect(expected.printed.map(({ code }) => code)).toEqual([0, 0])
      expect(expected.spent).toHaveLength(2)
      expect(expected.model).toMatchObject({ weights: 4 })
      for (const [name, write] of messy.filter(([own]) => some.includes(own)))
        expect(await visibleOf(place, table, write), name).toEqual(expected)
    })
})

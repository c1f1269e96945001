import { describe, expect, it } from 'vitest'
import { workplace } from './harness.ts'
import { tables, visibleOf } from './visibleTraining.ts'

const place = workplace()

describe('what an observer sees of private training, but for the weights', () => {
  for (const [table, [ordinary, ...messy]] of Object.entries(tables()))
    it(`does not tell of any of ${messy.length} messy rows in ${table}`, async () => {
      const expected = await visibleOf(place, table, ordinary![1])
      expect(expected.printed.map(({ code }) => code)).toEqual([0, 0])
      for (const [name, write] of messy) expect(await visibleOf(place, table, write), name).toEqual(expected)
      // Hundreds of trainings: minutes on a busy machine.
    })
})

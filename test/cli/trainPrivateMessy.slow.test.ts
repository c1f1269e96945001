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

  it('does not tell of a messy row of somebody who has another', async () => {
    const [ordinary, ...messy] = tables()['people.csv']!
    const unit = ' --privacy-unit who --rows-per-unit 2'
    const expected = await visibleOf(place, 'people.csv', ordinary![1], unit)
    expect(expected.printed[0]).toMatchObject({
      code: 0,
      out: expect.stringMatching('protects all rows of one who'),
    })
    expect(JSON.stringify(expected.model)).toContain('rowsPerUnit')
    for (const [name, write] of messy.filter(([own]) => some.includes(own)))
      expect(await visibleOf(place, 'people.csv', write, unit), name).toEqual(expected)
  })
})

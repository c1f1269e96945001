import { describe, expect, it } from 'vitest'
import { askedModels, readModelOption } from './modelOption.ts'

describe('a model in an option', () => {
  it.each([
    ['k-anonymity:k=5', { name: 'k-anonymity', parameters: { k: '5' } }],
    ['t-closeness:t=0.2,column=job', { name: 't-closeness', parameters: { t: '0.2' }, column: 'job' }],
    [
      'ordered-t-closeness:t=0.2,order=low, or none|high',
      { name: 'ordered-t-closeness', parameters: { t: '0.2', order: 'low, or none|high' } },
    ],
    ['sample-uniqueness', { name: 'sample-uniqueness', parameters: {} }],
  ])('%s is read', (said, expected) => {
    expect(readModelOption(said)).toEqual({ column: undefined, ...expected })
  })

  it.each(['k-anonymity:5', 'k-anonymity:k=5,k=6', 'k-anonymity:=5'])('%s is refused', (said) => {
    expect(() => readModelOption(said)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('is asked of every sensitive column, or of the one that it names', () => {
    const { asked, models } = askedModels(
      ['distinct-l-diversity:l=2', 'k-anonymity:k=3', 't-closeness:t=0.2,column=b'].map(readModelOption),
      ['a', 'b'],
    )
    expect(asked.map(({ name, column }) => [name, column])).toEqual([
      ['distinct-l-diversity', 'a'],
      ['distinct-l-diversity', 'b'],
      ['k-anonymity', undefined],
      ['t-closeness', 'b'],
    ])
    expect(models.map(({ sensitive }) => sensitive)).toEqual(['a', 'b', undefined, 'b'])
  })

  it.each([
    ['k-anonymity:k=3,column=a', 'reads no sensitive column'],
    ['t-closeness:t=0.2,column=c', 'not sensitive here'],
    ['z-anonymity:z=3', 'no privacy model'],
  ])('%s is refused by name', (said, words) => {
    expect(() => askedModels([readModelOption(said)], ['a', 'b'])).toThrow(words)
  })
})

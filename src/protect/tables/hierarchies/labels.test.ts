// Labels of groups are read back as what they were written from, whatever the values.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rangeLabel, readLabel, setLabel } from './labels.ts'

const texts = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom('missing', 'a, b', '[', ']', '{x}', '"', '\\', '[1, 2]', '\\"', ', '),
)

describe('labels', () => {
  it('of ranges and sets come back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(texts, fc.constant('')), { minLength: 2 }), (values) => {
        expect(readLabel(setLabel(values))).toEqual({
          kind: 'set',
          members: values.map((value) => ({ kind: 'value', value })),
        })
      }),
    )
    fc.assert(
      fc.property(texts, texts, (first, last) => {
        fc.pre(first !== last)
        expect(readLabel(rangeLabel(first, last))).toEqual({ kind: 'range', first, last })
      }),
    )
  })

  it('have ranges within sets, and values that are no group', () => {
    expect(readLabel('{missing, [20, 30]}')).toEqual({
      kind: 'set',
      members: [
        { kind: 'value', value: '' },
        { kind: 'range', first: '20', last: '30' },
      ],
    })
    for (const value of ['', '*', 'Europe', '[20, 30[', '>=90', '{', '[x]', '{x}'])
      expect(readLabel(value)).toEqual({ kind: 'value', value })
  })
})

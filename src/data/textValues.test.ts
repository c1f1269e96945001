import { describe, expect, it } from 'vitest'
import { cellValueOf, valuesOf, withComma } from './textValues.ts'

const reading = { nullText: ['NA', '?', 'k.A.'], decimalComma: false }

describe('texts as values', () => {
  it('are one missing value, whatever it was written as, and themselves', () => {
    const { values, placeOf } = valuesOf(['', ' NA', '?', 'NAB', 'b', 'k.A. '], reading)
    expect(values).toEqual(['', 'NAB', 'b'])
    expect([...placeOf!]).toEqual([0, 0, 0, 1, 2, 0])
    expect(valuesOf(['a', 'b'], reading)).toEqual({ values: ['a', 'b'], decimalComma: false })
    // An empty cell is missing in any case.
    expect(cellValueOf({ nullText: [] }, false)('')).toBe('')
    expect(cellValueOf({ nullText: [] }, false)('NA')).toBe('NA')
  })

  it('are numbers with points where commas are decimal, but for columns that have points already', () => {
    const comma = { ...reading, decimalComma: true }
    expect(valuesOf(['-0,5', '12', '3,25', '3,x', 'NA', 'c,1'], comma)).toMatchObject({
      values: ['', '-0.5', '12', '3,x', '3.25', 'c,1'],
      decimalComma: true,
    })
    expect(valuesOf(['1,5', '1.500'], comma)).toMatchObject({ values: ['1,5', '1.500'], decimalComma: false })
    expect(valuesOf(['1,5'], reading)).toMatchObject({ values: ['1,5'], decimalComma: false })
  })

  it('go back to commas, and labels stay', () => {
    expect(['3.25', '-1.0', '12', '[1.5, 2.5[', 'a.b', '1.2.3'].map(withComma)).toEqual([
      ...['3,25', '-1,0', '12', '[1.5, 2.5[', 'a.b', '1.2.3'],
    ])
  })
})

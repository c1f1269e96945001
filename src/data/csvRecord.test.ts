import fc from 'fast-check'
import { expect, it } from 'vitest'
import { csvText, endOfRecord, joinRecord, splitRecord } from './csvRecord.ts'

const cell = fc.oneof(fc.string(), fc.constantFrom('', '"', ',', ';', 'a\nb', '\r', 'said "no"'))

it('a record of any cells is taken apart into these cells, whatever separates them', () => {
  fc.assert(
    fc.property(
      fc.array(cell, { minLength: 1 }),
      fc.constantFrom(',', ';', '\t', '|'),
      (cells, delimiter) => {
        const record = joinRecord(cells, delimiter)
        expect(splitRecord(record, delimiter)).toEqual(cells)
        expect(endOfRecord(`${record}\n`)).toBe(record.length)
      },
    ),
  )
})

it('a small table has a record a line, and nothing for what is not there', () => {
  expect(
    csvText([
      ['a', 'b, c'],
      [1.5, null],
      ['x', undefined],
    ]),
  ).toBe('a,"b, c"\n1.5,\nx,\n')
})

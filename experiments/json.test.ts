import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonText } from './json.ts'

it('writes what JSON.stringify writes, in lines', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(JSON.parse(jsonText(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
  expect(jsonText({ a: 1, b: undefined, c: [1, 2] })).toBe('{"a":1,"c":[1,2]}')
})

it('keeps short values in a line and breaks long ones, member by member', () => {
  const row = { name: 'x'.repeat(60), of: 3 }
  expect(jsonText({ rows: [row, row], skipped: undefined })).toBe(
    `{\n "rows": [\n  ${JSON.stringify(row)},\n  ${JSON.stringify(row)}\n ]\n}`,
  )
  const text = jsonText(Array.from({ length: 100 }, (_, i) => ({ i, values: Array(30).fill(0.123) })))
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(121)
})

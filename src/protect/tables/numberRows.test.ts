import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeColumn, codedTableOf, roomForCodes } from './codeTexts.ts'
import { distinctRows } from './distinctRows.ts'
import { createNumberer } from './numberRows.ts'

const columns = fc.integer({ min: 1, max: 40 }).chain((rows) =>
  fc.array(
    fc.integer({ min: 1, max: 2 ** 31 }).chain((values) =>
      fc.array(fc.nat(values - 1), { minLength: rows, maxLength: rows }).map((codes) => ({
        // Few of many, so that rows are equal now and then.
        codes: Uint32Array.from(codes, (code, i) => (i % 3 === 0 ? code : (codes[0] ?? 0))),
        values,
      })),
    ),
    { minLength: 1, maxLength: 8 },
  ),
)

describe('the numbers of rows', () => {
  it('are those of their first equal row, in order, whatever the columns and the call before', () => {
    const numberer = createNumberer()
    fc.assert(
      fc.property(columns, (given) => {
        const rows = given[0]!.codes.length
        const { of, first, count } = numberer.number(rows, given)
        const numbers = new Map<string, number>()
        const plain = Array.from({ length: rows }, (_, i) => {
          const key = given.map(({ codes }) => codes[i]).join()
          if (!numbers.has(key)) numbers.set(key, numbers.size)
          return numbers.get(key)!
        })
        expect([...of]).toEqual(plain)
        expect(count).toBe(numbers.size)
        expect([...first]).toEqual(Array.from({ length: count }, (_, n) => plain.indexOf(n)))
      }),
      { numRuns: 500 },
    )
  })

  it('go by what codes stand for, and by the rows that are asked for', () => {
    const column = { codes: Uint8Array.of(0, 1, 2, 0), groupOf: Uint32Array.of(5, 5, 6), values: 7 }
    expect([...createNumberer().number(4, [column]).of]).toEqual([0, 0, 1, 0])
    expect([...createNumberer().number(2, [column], Uint32Array.of(2, 0)).of]).toEqual([0, 1])
    expect([...createNumberer().number(3, []).of]).toEqual([0, 0, 0])
  })

  it('are right for many rows that are all distinct', () => {
    const rows = 200_000
    const codes = Uint32Array.from({ length: rows }, (_, i) => (i * 2654435761) % rows)
    const far = { codes, values: 2 ** 32 }
    const { count } = createNumberer().number(rows, [far, far])
    expect(count).toBe(new Set(codes).size)
  })
})

describe('coded columns', () => {
  it('take the fewest bytes, and keep a hierarchy’s order', () => {
    const [few, some, many] = [256, 257, 65_537].map((values) => roomForCodes(1, values).BYTES_PER_ELEMENT)
    expect([few, some, many]).toEqual([1, 2, 4])
    const { values, codes } = codeColumn('c', ['b', 'a', 'b'])
    expect(values).toEqual(['b', 'a'])
    expect([...codes]).toEqual([0, 1, 0])
    expect([...codeColumn('c', ['b', ''], ['', 'a', 'b']).codes]).toEqual([2, 0])
    expect(() => codeColumn('age', ['1', '2'], ['1'])).toThrow('row 2, column age: "2" is missing')
    expect(() => codedTableOf([])).toThrow(RangeError)
  })

  it('become distinct rows with their counts, in the order of the first', () => {
    const quasi = [codeColumn('a', ['x', 'y', 'x', 'x'])]
    const sensitive = [codeColumn('s', ['1', '1', '2', '1'])]
    const { distinct, of } = distinctRows(quasi, sensitive)
    expect([...of]).toEqual([0, 1, 2, 0])
    expect([...distinct.rows]).toEqual([2, 1, 1])
    expect([...distinct.quasi[0]!]).toEqual([0, 1, 0])
    expect(distinct.population).toBeUndefined()
    const part = distinctRows(quasi, sensitive, [0, 1, 0, 1]).distinct
    expect([...part.rows]).toEqual([1, 1, 0])
    expect([...part.population!]).toEqual([2, 1, 1])
    expect(() => distinctRows(quasi, [codeColumn('s', ['1'])])).toThrow(RangeError)
  })
})

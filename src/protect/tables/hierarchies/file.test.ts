// Hierarchies read from files and written to them: ARX's own, any that fc makes, and files that are damaged in each way.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeHierarchy } from './describe.ts'
import { readHierarchy, writeHierarchy } from './file.ts'
import { createHierarchy, leavesOf } from './tree.ts'

const read = (text: string) => readHierarchy(text, 'the hierarchy of age')

/** A tree by merging groups at random, with labels of any text. */
const trees = fc
  .record({
    leaves: fc.uniqueArray(
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', ';', '"', 'a,b', '\uFEFFx', '\n'),
      ),
      {
        minLength: 1,
        maxLength: 12,
      },
    ),
    merges: fc.array(fc.array(fc.nat(5), { minLength: 12, maxLength: 12 }), { maxLength: 4 }),
    texts: fc.array(fc.string(), { minLength: 6, maxLength: 6 }),
  })
  .map(({ leaves, merges, texts }) => {
    let groups = leaves.map((_, leaf) => leaf)
    const labels = merges.map((merge) => {
      groups = groups.map((group) => merge[group]!)
      return groups.map((group) => `${texts[group]!}${group}`)
    })
    return createHierarchy(leaves, labels, 'a tree')
  })

describe('a hierarchy in a file', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(read(writeHierarchy(tree))).toEqual(tree)
      }),
    )
  })

  it('has the separator of its first line, quotes, a byte order mark, any line ends', () => {
    const expected = createHierarchy(['a,b', 'c"'], [['x', 'y']], 'it')
    expect(read('a,b;x\n"c""";y')).toEqual(expected)
    expect(read('\uFEFF"a,b",x\r\n"c""",y\r\n')).toEqual(expected)
    expect(readHierarchy('a,b\tx\r"c"""\ty\r\n\n', 'it', { separator: '\t' })).toEqual(expected)
  })

  it('takes a stated separator', () => {
    expect(readHierarchy('a;b,x\nc;d,x\n', 'it', { separator: ',' }).leaves).toEqual(['a;b', 'c;d'])
  })

  it.each([
    ['', /is empty/],
    ['\n\n', /is empty/],
    ['1;0-4;*\n2;0-4\n', /line 2, of the value "2", has 2 fields and line 1 has 3 \(separator ;\)/],
    ['1;0-4\n\n2;0-4\n', /line 2, which is empty, has 1 fields/],
    ['1;0-4\n2;0-4\n1;5-9\n', /the value "1" \(line 1\) twice, again in line 3/],
    ['1;0-4\n"2;0-4\n', /a quote in line 2 has no end/],
    [
      '1;low;x\n2;low;y\n3;high;x\n',
      /no tree: "1" \(line 1\) and "2" \(line 2\) are one group at level 1, "low", but two at level 2: "x" and "y"/,
    ],
    ['"a\nb";x;p\nc;x;q', /"c" \(line 3\)/],
  ])('refuses %j', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('must have the values of the table', () => {
    const tree = read('1;*\n2;*\n')
    expect([...leavesOf(tree, ['2', '1'], 'age')]).toEqual([1, 0])
    expect(() => leavesOf(tree, ['2', '3', ''], 'age')).toThrow(
      'the hierarchy of age lacks 2 values of the table: "3", a missing cell (an empty field)',
    )
  })

  it('is described', () => {
    expect(describeHierarchy(read('1;low;*\n2;low;*\n3;high;*\n;;*\n'))).toBe(
      [
        '0: 4 labels of 1 value: 1, 2, 3, …',
        '1: 3 labels of 1 to 2 values: low, high, (missing)',
        '2: 1 label of 4 values: *',
      ].join('\n'),
    )
  })
})

const adult = resolve(import.meta.dirname, '../../../../../shared/data/arx-adult')

describe.skipIf(!existsSync(adult))("ARX's own hierarchies of Adult (../shared/data)", () => {
  it.each([
    ['age', 74, 5],
    ['education', 16, 4],
    ['marital-status', 7, 3],
    ['native-country', 41, 3],
    ['occupation', 14, 3],
    ['race', 5, 2],
    ['salary-class', 2, 2],
    ['sex', 2, 2],
    ['workclass', 8, 3],
  ])('%s has every value of the table, and comes back from our file', (column, leaves, levels) => {
    const tree = readHierarchy(readFileSync(join(adult, `adult_hierarchy_${column}.csv`), 'utf8'), column)
    expect(tree.levels.length).toBe(levels)
    const [header = '', ...rows] = readFileSync(join(adult, 'adult.csv'), 'utf8').trimEnd().split(/\r?\n/)
    const at = header.split(';').indexOf(column)
    const values = [...new Set(rows.map((row) => row.split(';')[at]!))]
    expect(new Set(leavesOf(tree, values, column)).size).toBe(values.length)
    expect(tree.leaves.length).toBeGreaterThanOrEqual(values.length)
    expect(tree.leaves.length).toBeGreaterThanOrEqual(leaves)
    expect(readHierarchy(writeHierarchy(tree), column)).toEqual(tree)
  })
})

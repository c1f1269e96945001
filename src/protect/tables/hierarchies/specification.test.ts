// Options that say a hierarchy: what each kind becomes, and what each mistake is told.

import { describe, expect, it } from 'vitest'
import { hierarchyByRule, hierarchyFileOf, hierarchyForms, readHierarchyOption } from './specification.ts'

/** Labels of level 1 of an option over values. */
function levelOne(said: string, values: readonly string[], text?: string): readonly string[] {
  const { column, rule } = readHierarchyOption(said)
  const { hierarchy } = hierarchyByRule(column, rule, { values, counts: values.map(() => 1) }, text)
  const { labels, groupOf } = hierarchy.levels[1]!
  return Array.from(groupOf, (group) => labels[group]!)
}

describe('an option', () => {
  it('says each kind', () => {
    expect(levelOne('age=interval:0,5,x2,20,bottom=18', ['17', '23'])).toEqual(['<18', '[20, 25['])
    expect(levelOne('born=date:month,year', ['2026-11-30'])).toEqual(['2026-11'])
    expect(levelOne('born=date:year,form=MM/DD/YYYY', ['11/30/2026'])).toEqual(['2026'])
    expect(levelOne('postcode=prefix', ['123', '124'])).toEqual(['12*', '12*'])
    expect(levelOne('postcode=prefix:1,redact=left,character=#', ['123'])).toEqual(['##3'])
    expect(levelOne('degree=ordered:none<school<college:2', ['school'])).toEqual([
      '[none, school]',
      '[none, school]',
      'college',
    ])
    expect(levelOne('degree=ordered:none<school<college:1+2', ['school'])).toEqual([
      'none',
      '[school, college]',
      '[school, college]',
    ])
    expect(levelOne('age=cluster:numbers', ['1', '2', '9'])).toEqual(['[1, 2]', '[1, 2]', '9'])
    expect(levelOne('a=b=file:b.csv', ['x'], 'x;group;*')).toEqual(['group'])
    expect(readHierarchyOption('a=b=file:b.csv').column).toBe('a=b')
  })

  it('multiplies widths', () => {
    expect(readHierarchyOption('x=interval:0,0.5,x3,x2').rule).toMatchObject({ widths: ['0.5', '1.5', '3'] })
  })

  it('is one of the forms that help shows', () => {
    for (const [kind, form] of Object.entries(hierarchyForms))
      for (const [example] of form.matchAll(/\w+=(?:file|interval|date|prefix|ordered|cluster)[^ ]*/g))
        expect(readHierarchyOption(example).rule.kind).toBe(kind)
  })

  it('warns of what was built from rows, and of nothing else', () => {
    const counted = { values: ['1', '2', '3'], counts: [1, 1, 1] }
    const warningOf = (said: string) =>
      hierarchyByRule('age', readHierarchyOption(said).rule, counted).warning
    expect(warningOf('age=cluster:categories')).toMatch(/built from the table/)
    expect(warningOf('age=interval:0,5')).toBeUndefined()
  })

  it.each([
    ['age', /no column, or no kind/],
    ['age=box:1', /no column, or no kind/],
    ['=file:x.csv', /no column/],
    ['age=file', /no file is named/],
    ['age=interval:5', /an origin and a width/],
    ['age=interval:0,five', /"five" is no number/],
    ['age=interval:0,x2', /x2 has no width before it/],
    ['age=interval:0,5,middle=3', /interval has no setting middle/],
    ['born=date:hour', /no unit hour/],
    ['postcode=prefix:two', /"two" is no whole number/],
    ['postcode=prefix:2,align=middle', /align is left or right/],
    ['degree=ordered:a<b', /an order and sizes/],
    ['age=cluster:words', /numbers or categories/],
    ['age=cluster:numbers,2,3', /numbers or categories/],
  ])('refuses %s', (said, message) => {
    expect(() => readHierarchyOption(said)).toThrow(message)
  })

  it('refuses a value that the order or the file lacks', () => {
    expect(() => levelOne('d=ordered:a<b:2', ['c'])).toThrow(
      'the hierarchy of d lacks a value of the table: "c"',
    )
    expect(() => levelOne('d=file:d.csv', ['c'], 'a;*\n')).toThrow('lacks a value')
    expect(() => levelOne('d=file:d.csv', ['c'])).toThrow(TypeError)
  })
})

describe('a folder', () => {
  it('has the file of a column by its name', () => {
    const files = ['adult.csv', 'adult_hierarchy_age.csv', 'sex.csv', 'adult_hierarchy_sex.csv']
    expect(hierarchyFileOf('age', files)).toBe('adult_hierarchy_age.csv')
    expect(hierarchyFileOf('race', files)).toBeUndefined()
    expect(() => hierarchyFileOf('sex', files)).toThrow(/both look like the hierarchy of sex/)
  })
})

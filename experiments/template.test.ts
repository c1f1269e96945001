import { describe, expect, it } from 'vitest'
import { rendered } from './template.ts'

describe('a page template', () => {
  it('puts values at their places, as they are', () => {
    expect(
      rendered('{{a}} of {{of-all}}, {{a}}: {{table}}', { a: 3, 'of-all': '1,000', table: '| {{a}} |' }),
    ).toBe('3 of 1,000, 3: | {{a}} |')
  })

  it('shows sections for yes, for no, and for each element of a list', () => {
    const template =
      '{{#quick}}\nA first look.\n\n{{/quick}}\n{{^quick}}all{{/quick}}{{#rows}}- {{name}} of {{count}}\n{{/rows}}{{^rows}}none{{/rows}}'
    expect(
      rendered(template, { quick: true, rows: [{ name: 'a' }, { name: 'b', count: 1 }], count: 2 }),
    ).toBe('A first look.\n\n- a of 2\n- b of 1\n')
    expect(rendered(template, { quick: false, rows: [], count: 2 })).toBe('allnone')
  })

  it('takes the line of a section’s mark that stands alone, and no other', () => {
    expect(rendered('a\n{{#yes}}\nb\n{{/yes}}\nc', { yes: true })).toBe('a\nb\nc')
    expect(rendered('a\n{{#yes}}\nb\n{{/yes}}\nc', { yes: false })).toBe('a\nc')
    expect(rendered('a\n{{#yes}}b{{/yes}}\nc', { yes: false })).toBe('a\n\nc')
  })

  it('refuses a place without a value and a value without a place, in sections too', () => {
    expect(() => rendered('{{a}} {{b}}', { a: 1 })).toThrow('the place b has no value')
    expect(() => rendered('{{a}}', { a: 1, b: 1 })).toThrow('the value b has no place')
    expect(() => rendered('{{#rows}}{{a}}{{/rows}}', { rows: [{}] })).toThrow('the place a has no value')
    expect(() => rendered('{{#rows}}x{{/rows}}', { rows: [{ a: 1 }] })).toThrow('the value a has no place')
    expect(() => rendered('{{toString}}', {})).toThrow('the place toString has no value')
  })

  it('refuses sections that do not match and values of the wrong kind', () => {
    expect(() => rendered('{{#a}}', { a: true })).toThrow('section a is not closed')
    expect(() => rendered('{{/a}}', {})).toThrow('section a is not open')
    expect(() => rendered('{{#a}}{{#b}}{{/a}}{{/b}}', { a: true, b: true })).toThrow('section a is not open')
    expect(() => rendered('{{#a}}x{{/a}}', { a: 'text' })).toThrow('given a text')
    expect(() => rendered('{{a}}', { a: true })).toThrow('a yes or no')
    expect(() => rendered('{{a}}', { a: [] })).toThrow('a list')
  })
})

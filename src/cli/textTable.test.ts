import { describe, expect, it } from 'vitest'
import { table } from './textTable.ts'

const because =
  'its name says “zip”, and 100.0% of its cells look so, which is more than a line of a terminal holds'
const rows = [
  ['zip', 'quasi', because],
  ['a_name_that_is_longer_than_it_should_be', 'insensitive', ''],
]
const head = ['column', 'looks', 'because']

/** Cells of one column, put together again. */
const words = (drawn: string, j: number) =>
  drawn
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) => line.split('│')[j + 1]!.trim())
    .filter((cell) => cell !== '')

describe('a table of text', () => {
  it.each([40, 60, 80, 120])('keeps to %s characters and loses no word', (width) => {
    const drawn = table(head, rows, { width, words: ['looks', 'because'] })
    for (const line of drawn.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
    expect(words(drawn, 2).join(' ')).toBe(`because ${because}`)
    expect(words(drawn, 0).join('')).toBe('columnzipa_name_that_is_longer_than_it_should_be')
  })

  it('is as wide as it must where nobody reads lines, with words on the left and figures on the right', () => {
    const drawn = table(head, rows, { words: ['because'] })
    expect(drawn).toContain(`│       quasi │ ${because} │`)
    expect(Math.max(...drawn.split('\n').map((line) => line.length))).toBeGreaterThan(140)
  })

  it('has no last column without a header and a word in it', () => {
    expect(table(['a', ''], [['1', '']])).not.toMatch(/│ +│$/m)
    expect(table(['a', ''], [['1', 'weak']])).toContain('weak')
  })
})

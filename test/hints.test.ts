// An error prints its message, and then its hint as a sentence of its own: so every hint in the sources is one.

import { relative } from 'node:path'
import { expect, it } from 'vitest'
import { hintsIn } from './hints.ts'
import { modulesIn, root } from './modules.ts'

const paths = modulesIn(['src', 'experiments'])
  .map(({ path }) => path)
  .filter((path) => !path.endsWith('.test.ts'))
const hints = hintsIn(paths.map((path) => `${root}/${path}`))

it('finds the hints: written where the error is made, chosen, built, named before, handed on', () => {
  expect(hints.length).toBeGreaterThan(750)
  const texts = hints.map(({ text }) => text)
  for (const known of [
    'Name another file.',
    'Take such characters out, or carry another column (--id), or none (--no-id).',
    'See … --help.',
    'Use GROUP BY.',
    'Correct the line: the file is damaged there, or no text.',
  ])
    expect(texts).toContain(known)
})

it('every hint is a sentence: it begins with a capital letter, and ends with a full stop', () => {
  // Behind a sentence another hint may follow whole.
  const wrong = hints.filter(({ text }) => !/^\p{Lu}[\s\S]*\.( …)?$/u.test(text))
  expect(wrong.map(({ path, text }) => `${relative(root, path)}: ${text}`)).toEqual([])
})

it('and tells what to do: it asks nothing, and tries nothing twice', () => {
  expect(hints.filter(({ text }) => /\?$|^Try .* try/.test(text))).toEqual([])
})

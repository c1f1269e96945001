// From outside: texts with a number sign, and empty ones that count as texts, come back to the byte.

import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { workplace } from './cli/harness.ts'

const { run, at } = workplace()

async function back(name: string, text: string, options: readonly string[] = []) {
  writeFileSync(at(name), name.endsWith('.gz') ? gzipSync(text) : text)
  const made = await run([
    'key',
    'create',
    at(name),
    '--unsealed',
    '--audit',
    'off',
    '--out',
    at(`${name}.key`),
    ...options,
  ])
  expect(made.err + made.out).toContain('wrote')
  const sent = await run([
    'protect',
    at(name),
    '--key',
    at(`${name}.key`),
    '--out',
    at(`${name}.p.csv`),
    ...options,
  ])
  expect(sent.code, sent.err).toBe(0)
  const restored = await run([
    'restore',
    at(`${name}.p.csv`),
    '--key',
    at(`${name}.key`),
    '--out',
    at(`${name}.b.csv`),
  ])
  expect(restored.code, restored.err).toBe(0)
  return readFileSync(at(`${name}.b.csv`), 'utf8')
}

it.each<[string, string]>([
  ['in cells', 'n,t\n1,a#b\n2,#\n3,c\n4,#c\n'],
  ['at the beginning of lines and of the line of names', '#t,n\n#ff0000,1\n#00ff00,2\nred,3\n'],
  ['beside what needs quotes', 'n,t\n1,"a#,b"\n2,"a""#"\n3,"#\n#"\n4,c#\n'],
  ['beside control characters', 'n,t\n1,a#b\n2,a\x01b\n3,\x02#\x03\n4,c\n'],
  ['in the names alone', 'n #,t\n1,a\n2,b\n3,a\n'],
])('number signs %s', async (name, text) => {
  expect(await back(`${name.replaceAll(' ', '-')}.csv`, text)).toBe(text)
})

it('empty cells that are no missing ones', async () => {
  const text = 'n,t,u\n1,,x\n2,a,\n3,,y\n4,b,\n'
  expect(await back('empty.csv', text, ['--null-text', '-'])).toBe(text)
})

it('a single column keeps the quotes of its empty cells, for a blank line is none', async () => {
  const text = 't\n""\na\n""\nb\n'
  expect(await back('single.csv', text, ['--null-text', '-'])).toBe(text)
})

// Every `encrypt` command says who learns what, and the page of the documentation says the same.

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { encryptCommand } from '../../src/cli/tree/encrypt.ts'
import { adversaries, adversariesOf } from '../../src/cli/tree/encryptAdversaries.ts'
import { workplace, works } from './harness.ts'

const place = workplace()
const names = encryptCommand(new AbortController().signal).commands.map((command) => command.name())
const unfolded = (text: string) => text.replaceAll(/\s+/g, ' ')

it('knows all commands and no other', () => {
  expect(Object.keys(adversariesOf).toSorted()).toEqual(names.toSorted())
})

it.each(names)('encrypt %s --help states all four adversaries', async (name) => {
  const out = unfolded((await works(place, `encrypt ${name} --help`)).out)
  for (const adversary of adversaries)
    expect(out).toContain(`${adversary}: ${adversariesOf[name]![adversary]}`)
})

it('docs/explanation/adversaries.md says the same', () => {
  const page = readFileSync(new URL('../../docs/explanation/adversaries.md', import.meta.url), 'utf8')
  for (const name of names) {
    const learns = adversaries.map((adversary) => adversariesOf[name]![adversary])
    expect(page).toContain(`| \`${name}\` | ${learns.join(' | ')} |`)
  }
})

// One command, from the point where its files are about to take their names; all of it, and all others, are in faults.long.test.ts.

import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/tree/root.ts'
import { csv, wheat, workplace } from './harness.ts'
import { leftOut, writers } from './writerList.ts'
import { prepared, survivesAll, type Writer } from './writers.ts'

const place = workplace()
const files = { 'wheat.csv': place.at('wheat.csv'), 'few.csv': place.at('few.csv') }
writeFileSync(files['wheat.csv'], csv(wheat.filter((_, i) => i % 7 === 0)))
writeFileSync(files['few.csv'], csv(wheat.filter((_, i) => i % 14 === 0)))

const protect: Writer = {
  name: 'protect over a table and its manifest',
  before: [
    'key create wheat.csv --label variety --unsealed --audit off --out k.key',
    'protect wheat.csv --key k.key --out p.csv',
  ],
  command: 'protect few.csv --key k.key --force --out p.csv',
  outputs: ['p.csv', 'p.csv.manifest.json'],
  reader: 'restore p.csv --key k.key --out back.csv',
}

it('a table and its manifest are the old ones or the new ones, wherever the process is stopped', async () => {
  const template = await prepared(place, protect, files)
  await survivesAll(place, template, protect, ['stop'], 17)
})

it('every command is among those that are stopped at every step, or named as left out, with the reason', async () => {
  const isRun = (command: Command) => '_actionHandler' in command && command['_actionHandler'] !== null
  const namesOf = (command: Command, above: string): string[] => {
    const name = `${above}${command.name()}`
    return [...(isRun(command) ? [name] : []), ...command.commands.flatMap((one) => namesOf(one, `${name} `))]
  }
  const program = await buildProgram(['node', 'frostglass'], new AbortController().signal)
  const names = program.commands.flatMap((command) => namesOf(command, ''))
  expect(names.length).toBeGreaterThan(30)
  // `audit canaries` is no `audit`.
  const nameOf = (line: string) =>
    names
      .filter((name) => line.startsWith(`${name} `))
      .sort()
      .at(-1)
  const listed = new Set(writers.map(({ command }) => nameOf(command)))
  expect(names.filter((name) => !listed.has(name)).sort()).toEqual(Object.keys(leftOut).sort())
})

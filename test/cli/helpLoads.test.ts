// Help is soon there, for it loads nothing that only running needs. Modules are counted: a clock would judge the machine.

import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
/** Lists of names that help shows, and the version: modules that import nothing of ours. */
const leaves = [
  'src/errors.ts',
  'src/version.ts',
  'src/data/formats.ts',
  'src/encrypt/inference/packings.ts',
  'src/private/ledger/compositions.ts',
  'src/protect/keyed/activationNames.ts',
  'src/protect/learned/names.ts',
]
let helps = 0
let loaded: readonly string[] = []

beforeAll(() => {
  const text = execFileSync(process.execPath, [join(import.meta.dirname, 'helpLoads.ts')], {
    encoding: 'utf8',
  })
  const found = JSON.parse(text) as { helps: number; loaded: string[] }
  const home = pathToFileURL(`${root}/`).href
  helps = found.helps
  loaded = found.loaded.filter((url) => url.startsWith(home)).map((url) => url.slice(home.length))
})

it('no help of any command loads a module of the library', () => {
  expect(helps).toBeGreaterThan(47)
  const sources = loaded.filter((path) => path.startsWith('src/'))
  expect(sources).toContain('src/cli/tree/encryptKeys.ts')
  expect(sources.filter((path) => !path.startsWith('src/cli/')).toSorted()).toEqual(leaves.toSorted())
})

it('nor what a command does', () => {
  expect(loaded.filter((path) => path.startsWith('src/cli/commands/'))).toEqual([])
})

it('nor a package but those that read a command line and colour it', () => {
  const packages = loaded.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  expect([...new Set(packages)].toSorted()).toEqual(['commander', 'picocolors'])
})

import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { nameOfProcess } from './processes.ts'
import { temporaryFolder } from './temporary.ts'

const parent = mkdtempSync(join(tmpdir(), 'frostglass-temporary-'))
const before = process.env['TMPDIR']
process.env['TMPDIR'] = parent
afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  rmSync(parent, { recursive: true })
})

/** A name as a process would have had that is gone. */
const gone = (prefix: string) =>
  join(parent, nameOfProcess(prefix).replace(/-\d+-\d+-(\w+)$/, '-999999999-1-$1'))

test('is private, and gone when it is removed', () => {
  const folder = temporaryFolder()
  writeFileSync(folder.path('a'), 'x')
  expect(lstatSync(folder.path('.')).mode & 0o777).toBe(0o700)
  folder.remove()
  expect(existsSync(folder.path('.'))).toBe(false)
  folder.remove()
})

test('what a killed process left is removed, and nothing else', () => {
  const [left, linked, journal] = [
    gone('.frostglass-reading'),
    gone('.frostglass-reading'),
    gone('.frostglass'),
  ]
  const kept = join(parent, 'kept')
  for (const folder of [left, journal, kept]) mkdirSync(folder)
  writeFileSync(join(left, 'input'), 'x')
  writeFileSync(join(kept, 'file'), 'x')
  // What others put there: a link is not followed, and a workspace's journal is not believed.
  symlinkSync(kept, linked)
  const other = temporaryFolder()
  const another = temporaryFolder()
  expect([left, journal, join(kept, 'file'), other.path('.')].map(existsSync)).toEqual([
    false,
    true,
    true,
    true,
  ])
  other.remove()
  another.remove()
})

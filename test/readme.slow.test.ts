// The README's examples, run word for word: the commands in order, and the code against the sources.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { wheatPath } from '../src/data/index.ts'

const root = resolve(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'frostglass-readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const blocks = (language: string) =>
  [...readme.matchAll(new RegExp('```' + language + '\\n([\\s\\S]*?)```', 'g'))].map((m) => m[1]!)

const run = (args: readonly string[], expected = 0) => {
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, FROSTGLASS_PASSPHRASE: 'a b c', PASSPHRASE: 'a b c' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  expect(status, args.join(' ')).toBe(expected)
  return stdout
}

describe('the README', () => {
  it('shows commands that work in their order', () => {
    cpSync(wheatPath(), join(folder, 'wheat.csv'))
    const lines = readFileSync(join(folder, 'wheat.csv'), 'utf8').split('\n')
    writeFileSync(
      join(folder, 'queries.csv'),
      lines
        .slice(0, 11)
        .map((l) => l.split(',').slice(0, 7).join(','))
        .join('\n'),
    )
    const commands = blocks('')
      .join('\n')
      .split('\n')
      .filter((line) => line.startsWith('frostglass '))
      .map((line) =>
        line
          .replace(/\s#.*$/, '')
          .match(/"[^"]*"|\S+/g)!
          .slice(1)
          .map((word) => word.replace(/^"(.*)"$/, '$1')),
      )
    expect(commands.length).toBeGreaterThanOrEqual(8)
    // The default policy is broken by this protection, and the README says so.
    for (const command of commands) {
      run([join(root, 'bin/frostglass.js'), ...command], command[0] === 'audit' ? 3 : 0)
    }
    for (const file of [
      'owner.key',
      'protected.csv',
      'report.html',
      'model.onnx',
      'labels.csv',
      'back.csv',
    ]) {
      expect(existsSync(join(folder, file)), file).toBe(true)
    }
    const labels = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n').slice(1)
    expect(labels).toHaveLength(10)
    expect(labels.filter((l) => l.startsWith('Kama')).length).toBeGreaterThanOrEqual(8)
    expect(readFileSync(join(folder, 'back.csv'), 'utf8')).toBe(readFileSync(wheatPath(), 'utf8'))
    rmSync(join(folder, 'owner.key'))
  })

  it('shows code that runs', () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${20 + (i % 40)},${i % 3 ? 'yes' : ''},${i % 2 ? 'high' : 'low'}`,
    )
    writeFileSync(join(folder, 'adult.csv'), `age,member,income\n${rows.join('\n')}\n`)
    const code = blocks('ts')
    expect(code.length).toBe(1)
    const printed = code.map((text, i) => {
      const local = text.replace(
        /from 'frostglass(\/\w+)?'/g,
        (_, room: string | undefined) =>
          `from '${pathToFileURL(join(root, 'src', room ?? '', 'index.ts')).href}'`,
      )
      writeFileSync(join(folder, `example${i}.mts`), local)
      return run([join(folder, `example${i}.mts`)])
    })
    expect(printed[0]).toMatch(/^60 rows, key [0-9a-f]{32}/m)
  })
})

// Every example, one after another in one process, held to what it prints. Each by itself: examples.slow.test.ts.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { expected } from './expected.ts'

const folder = import.meta.dirname
const names = readdirSync(folder)
  .filter((file) => /^\d\d-[a-z-]+\.ts$/.test(file))
  .map((file) => file.replace('.ts', ''))
const temporary = mkdtempSync(join(tmpdir(), 'frostglass-examples-'))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

/** Stands before what an example prints. */
const mark = (name: string) => `-- example ${name} --`

const program = `for (const [mark, url] of ${JSON.stringify(
  names.map((name) => [mark(name), pathToFileURL(join(folder, `${name}.ts`)).href]),
)}) { console.log(mark); await import(url) }`

describe('the examples', () => {
  it('are numbered from 01 without a gap, and are those that README.md and expected.ts list', () => {
    expect(names.map((name) => Number(name.slice(0, 2)))).toEqual(names.map((_, i) => i + 1))
    expect(Object.keys(expected)).toEqual(names)
    const page = readFileSync(join(folder, 'README.md'), 'utf8')
    expect([...page.matchAll(/^\| \[(\S+)\]\(\1\.ts\) \|/gm)].map((match) => match[1])).toEqual(names)
  })

  it.each(names)('%s is short, opens with what it shows, and imports public doors alone', (name) => {
    const lines = readFileSync(join(folder, `${name}.ts`), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines[0]).toMatch(/^\/\/ [A-Z].*[.:?]$/)
    expect(lines.filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length).toBeLessThanOrEqual(30)
    const imported = lines.flatMap((line) => line.match(/ from '([^']+)'/)?.[1] ?? [])
    for (const module of imported)
      expect(module).toMatch(/^(frostglass(\/[a-z0-9/]+)?|@frostglass\/edge|node:[a-z_/]+)$/)
  })

  it('have the doors of the package, no more and no fewer', () => {
    const { exports } = JSON.parse(readFileSync(join(folder, '../package.json'), 'utf8')) as {
      exports: Record<string, unknown>
    }
    const doors = readdirSync(join(folder, 'doors'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => (file === 'index.ts' ? '.' : `./${file.replaceAll('\\', '/').replace('.ts', '')}`))
    const others = ['./package.json']
    expect(doors.toSorted()).toEqual(
      Object.keys(exports)
        .filter((door) => !others.includes(door))
        .toSorted(),
    )
  })

  it('print what they should, end by themselves, and leave no file', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { encoding: 'utf8', cwd: temporary, env: { ...process.env, TMPDIR: temporary } },
    )
    expect(stderr).toBe('')
    for (const name of names) {
      const printed = stdout.split(mark(name))[1]?.split('-- example ')[0]
      expect(printed, name).toBeDefined()
      for (const words of expected[name]!) expect(printed, name).toMatch(words)
    }
    expect(status).toBe(0)
    expect(readdirSync(temporary)).toEqual([])
  })
})

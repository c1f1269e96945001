// Each example by itself, as a reader runs it: in a process of its own, from another folder.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { expected } from './expected.ts'

const temporary = mkdtempSync(join(tmpdir(), 'frostglass-examples-'))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

it.each(Object.entries(expected))('node examples/%s.ts', (name, words) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    encoding: 'utf8',
    cwd: temporary,
    env: { ...process.env, TMPDIR: temporary },
  })
  expect(stderr).toBe('')
  for (const each of words) expect(stdout).toMatch(each)
  expect(status).toBe(0)
  expect(readdirSync(temporary)).toEqual([])
})

// docs/tutorial.md, every command as it stands there, one after another in one shell; and what it is said to print.

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { blocksOf, runPage } from './shellPages.ts'

const page = 'docs/tutorial.md'
// Stands for the clone.
const folder = mkdtempSync(join(tmpdir(), 'frostglass-tutorial-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('docs/tutorial.md works, line by line, and prints what it says', () => {
  expect(new Set(blocksOf(page).map(({ language }) => language))).toEqual(new Set(['sh', 'text']))
  symlinkSync(resolve(import.meta.dirname, '../src'), join(folder, 'src'))
  expect(runPage(page, folder)).toBeGreaterThanOrEqual(30)
})

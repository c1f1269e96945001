import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exhibits } from './exhibits/index.ts'
import { imageAttacks } from './images/attacks.ts'
import { attacks } from './tables/attacks.ts'

interface Named {
  readonly name: string
  run(...given: never[]): unknown
}

const isNamed = (value: unknown): value is Named =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  'run' in value &&
  typeof value.run === 'function'

/** What the files of a folder export that runs and has a name. */
async function runnable(folder: string): Promise<Named[]> {
  const files = readdirSync(join(import.meta.dirname, folder)).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'index.ts',
  )
  const modules = await Promise.all(files.map((file) => import(join(import.meta.dirname, folder, file))))
  return modules.flatMap((module) => Object.values(module)).filter(isNamed)
}

describe('an attack is one file and one line', () => {
  it.each<[string, readonly Named[]]>([
    ['tables/attacks', attacks],
    ['images/attacks', imageAttacks],
    ['exhibits', exhibits],
  ])('%s: every one that a file exports is in the list, once', async (folder, list) => {
    const names = list.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const found = await runnable(folder)
    expect(found.map(({ name }) => name).sort()).toEqual([...names].sort())
    expect(list.every((own) => found.includes(own))).toBe(true)
  })
})

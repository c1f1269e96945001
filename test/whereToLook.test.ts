// docs/reference/operators.md: each operator stands there beside the file that has its gradient.

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Operator } from '../src/graph/contract.ts'

const root = resolve(import.meta.dirname, '..')
const folder = join(root, 'src/graph/operators')
const page = readFileSync(join(root, 'docs/reference/operators.md'), 'utf8')

const isOperator = (value: unknown): value is Operator =>
  typeof value === 'object' && value !== null && 'infer' in value && 'name' in value

/** Names of the operators that a file has, sorted. */
async function operatorsOf(file: string): Promise<readonly string[]> {
  const exported = Object.values((await import(join(folder, file))) as Record<string, unknown>)
  const found = exported.flatMap((value) => (Array.isArray(value) ? value : [])).filter(isOperator)
  return [...new Set(found.map(({ name }) => name))].toSorted()
}

describe('the page of operators', () => {
  it('names every operator beside its file, and no other', async () => {
    const [, text = ''] = page.match(/Operators by file[^:]*: ([\s\S]*?)\.\n\n/) ?? []
    const told = Object.fromEntries(
      text
        .replaceAll('\n', ' ')
        .split(' · ')
        .map((part) => {
          const [, file, names] = part.match(/^`(\w+\.ts)` (.*)$/)!
          return [file!, names!.split(', ')]
        }),
    )
    const files = readdirSync(folder).filter((name) => /^[a-z]\w*\.ts$/.test(name) && name !== 'index.ts')
    const found = await Promise.all(files.map(async (file) => [file, await operatorsOf(file)] as const))
    const withOperators = found.filter(([, names]) => names.length > 0)
    expect(withOperators.length).toBeGreaterThan(20)
    expect(told).toEqual(Object.fromEntries(withOperators))
  })
})

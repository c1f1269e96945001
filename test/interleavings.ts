// Two writers of one pair of files, in every order of their steps: what is there afterwards is one writer's, and it said so.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { steppedWriter } from './steppedWriter.ts'

type Pair = readonly [ReturnType<typeof steppedWriter>, ReturnType<typeof steppedWriter>]

/** One stops after so many steps, the other takes so many; then the first ends, then the second. Answers the steps of both. */
export async function interleaved(
  folder: string,
  [first, second]: Pair,
  force: boolean,
  [i, j]: readonly [number, number],
): Promise<readonly [number, number]> {
  mkdirSync(folder)
  if (force) for (const name of ['note', 'table']) writeFileSync(join(folder, name), 'old')
  await first.begin({ folder, text: 'first', force }, i)
  await second.begin({ folder, text: 'second', force }, j)
  const ends = { first: await first.finish(), second: await second.finish() }
  const told = `${force ? 'forced' : 'new'}, ${i} and ${j}: ${JSON.stringify(ends)}`
  const [note, table] = ['note', 'table'].map((name) => {
    const path = join(folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  })
  expect(note, told).toBe(table)
  // One of those who said that they wrote; and one did.
  expect(Object.keys(ends), told).toContain(note)
  expect(ends[note as keyof typeof ends].error, told).toBe(undefined)
  for (const { error } of Object.values(ends))
    if (error !== undefined)
      expect(error, told).toMatch(
        force ? /another process is writing in / : /another process|exists already$/,
      )
  if (!force) expect(Object.values(ends).filter(({ error }) => error === undefined).length, told).toBe(1)
  expect(readdirSync(folder).sort(), told).toEqual(['note', 'table'])
  rmSync(folder, { recursive: true })
  return [ends.first.steps, ends.second.steps]
}

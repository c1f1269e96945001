import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { cases } from './empties/cases.ts'

interface Said {
  readonly at: number
  readonly i: number
  readonly name: string
  readonly shapes: readonly (readonly number[])[]
  /** Of the trial with the empty tensor fed, and of that with one made inside; absent where the trial begins. */
  readonly said?: readonly string[]
  readonly wrong?: string
}

const ended: string[] = []
const trials: Said[] = []

beforeAll(() => {
  for (let next = { at: 0, i: 0 }; next.at < cases.length; ) {
    const child = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'empties/child.ts'), String(next.at), String(next.i)],
      { encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 600_000, killSignal: 'SIGKILL' },
    )
    const lines = child.stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Said)
    trials.push(...lines.filter((line) => line.said))
    const last = lines.at(-1)
    if (child.status === 0) break
    if (!last) throw new Error(`no case was tried: ${child.stderr}`)
    ended.push(`${last.name} ${JSON.stringify(last.shapes)}: ${child.signal ?? child.stderr}`)
    next = { at: last.at, i: last.i + 1 }
  }
})

it('nothing empty ends the process or hangs, fed or made inside a graph', () => {
  expect(ended).toEqual([])
  expect(new Set(trials.map(({ at }) => at)).size).toBe(cases.length)
})

it('whole tensors are computed', () => {
  const whole = trials.filter(({ i }) => i === 0)
  expect(whole.filter(({ said }) => said!.some((word) => word !== 'done'))).toEqual([])
})

it('what is empty is computed as the plain executor does, or refused by name', () => {
  expect(trials.filter(({ wrong }) => wrong)).toEqual([])
  const words = trials.flatMap(({ said }) => said!)
  expect(words.filter((word) => word.startsWith('untyped'))).toEqual([])
  expect(words.filter((word) => word.includes('what comes to it is empty')).length).toBeGreaterThan(100)
  expect(words.filter((word) => word === 'done').length).toBeGreaterThan(100)
})

// Commands that write, each with what it replaces and who reads it afterwards: for tests of what is left when one fails or dies.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Fault, injectFault } from './faults.ts'
import { ended, type Workplace } from './harness.ts'
import { runInProcess } from './inProcess.ts'

/** A command that writes. */
export interface Writer {
  readonly name: string
  /** Run in a folder where all of `before` was run. */
  readonly command: string
  readonly before: readonly string[]
  /** What it writes: all old or all new. Of a folder, all that is in it. */
  readonly outputs: readonly string[]
  /** What reads it, whichever it is: it must work. */
  readonly reader?: string | undefined
  /** How the reader ends, where not with 0. */
  readonly readerCode?: number | undefined
}

/** The words of a command; a no-break space stands within one. */
const wordsOf = (command: string): string[] =>
  command.split(' ').map((word) => word.replaceAll('\u00a0', ' '))

/** What is at a path: a file's bytes, or all of a folder's. */
function contents(path: string): string | null {
  if (!existsSync(path)) return null
  // A key of encrypted inference notes what was asked, behind its record.
  if (!statSync(path).isDirectory()) return readFileSync(path, 'latin1').split('-----NOTE-----')[0]!
  return JSON.stringify(
    readdirSync(path)
      .sort()
      .map((name) => [name, contents(join(path, name))]),
  )
}

const kill = process.kill

/** Lets processes that look for others take this one for dead. */
function asIfDead(): void {
  process.kill = ((pid: number, signal?: number) => {
    if (pid === process.pid && signal === 0) throw Object.assign(new Error('gone'), { code: 'ESRCH' })
    return kill(pid, signal as never)
  }) as typeof process.kill
}

/** Prepares the folder of a writer. */
export async function prepared(
  place: Workplace,
  writer: Writer,
  files: Record<string, string>,
): Promise<string> {
  const folder = place.at(`${writer.name.replace(/\W+/g, '-')}-template`)
  mkdirSync(folder)
  for (const [name, path] of Object.entries(files)) cpSync(path, join(folder, name), { recursive: true })
  for (const command of writer.before) {
    const { code, err } = await runInProcess(folder, wordsOf(command), {})
    expect(`${command}: ${err.replace(/warning .*\n/g, '')}`).toBe(`${command}: `)
    expect(code).toBe(0)
  }
  return folder
}

/** How many changes of the file system a writer makes, of those that a fault can be injected into. */
export async function changesOf(template: string, writer: Writer): Promise<readonly string[]> {
  const folder = `${template}-whole`
  cpSync(template, folder, { recursive: true })
  const injected = await injectFault('fail', 0)
  try {
    const { code, err } = await runInProcess(folder, wordsOf(writer.command), {})
    expect(err).not.toMatch(/bug|error \((?!policy)/)
    expect([0, 3]).toContain(code)
  } finally {
    injected.restore()
  }
  return injected.changes
}

/**
 * Runs a writer with a fault at its n-th change, and holds what is there afterwards, as the next command finds it, to be old or
 * new, and never neither.
 */
export async function survives(
  place: Workplace,
  template: string,
  writer: Writer,
  fault: Fault,
  at: number,
  what: string,
): Promise<void> {
  const folder = `${template}-${fault}-${at}`
  cpSync(template, folder, { recursive: true })
  const before = writer.outputs.map((name) => contents(join(folder, name)))
  const words = wordsOf(writer.command)
  const told = `${writer.name}, ${fault} at ${at} (${what})`
  if (fault === 'kill') {
    const preload = `--import=${join(import.meta.dirname, 'faults.ts')}`
    const child = place.start(words, {
      env: { NODE_OPTIONS: preload, FROSTGLASS_FAULT: `kill:${at}` },
      cwd: folder,
    })
    const { signal } = await ended(child)
    expect(signal, told).toBe('SIGKILL')
  } else {
    const injected = await injectFault(fault, at)
    try {
      const { code, err } = await runInProcess(folder, words, {})
      // A failed clean-up is none of the user's; whatever is said, it is said in words.
      if (fault === 'fail') expect(code, `${told}: ${err}`).not.toBe(1)
    } finally {
      injected.restore()
    }
    if (fault === 'stop') asIfDead()
  }
  try {
    if (writer.reader !== undefined) {
      const { code, err } = await runInProcess(folder, wordsOf(writer.reader), {})
      const isThere = writer.outputs.every((name) => existsSync(join(folder, name)))
      if (isThere) expect(code, `${told}: ${err}`).toBe(writer.readerCode ?? 0)
    }
  } finally {
    process.kill = kill
  }
  const after = writer.outputs.map((name) => contents(join(folder, name)))
  const isOld = after.every((one, i) => one === before[i])
  const isNew = after.every((one, i) => one !== null && one !== before[i])
  expect(
    isOld || isNew,
    `${told}: ${after.map((one, i) => (one === null ? 'gone' : one === before[i] ? 'old' : 'new'))}`,
  ).toBe(true)
  rmSync(folder, { recursive: true, force: true })
}

/** Every change of a writer, or the last of them, under every fault. */
export async function survivesAll(
  place: Workplace,
  template: string,
  writer: Writer,
  faults: readonly Fault[],
  last = Number.POSITIVE_INFINITY,
): Promise<void> {
  const changes = await changesOf(template, writer)
  expect(changes.length).toBeGreaterThan(4)
  for (const fault of faults)
    for (const [i, change] of [...changes.entries()].slice(-last))
      await survives(place, template, writer, fault, i + 1, change)
}

// Runs the command line in a folder of its own: in this process, or as its users do, in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect } from 'vitest'
import { runInProcess } from './inProcess.ts'

const root = resolve(import.meta.dirname, '../..')
export const program = join(root, 'bin/frostglass.js')
/** Sources as Node compiled them, by their contents: processes of all test files, and of later runs, read them from here. */
const compiled = join(tmpdir(), `frostglass-compiled-${process.getuid?.() ?? 0}`)
/** Real tables; absent from a plain clone. */
export const sharedData = resolve(root, '../shared/data')
export const wheat = readFileSync(join(root, 'src/data/embedded/wheat.csv'), 'utf8').trim().split('\n')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>> | undefined
  /** In a process of its own, as `shell` and `uid` are anyway: where it matters that there are two, or that one ends. */
  readonly apart?: boolean | undefined
  /** A shell's limits and pipes around the program, which it knows as `"$@"`. */
  readonly shell?: string | undefined
  readonly uid?: number | undefined
  /** Where it runs; the folder of the workplace unless given. */
  readonly cwd?: string | undefined
}

/** A folder for one test file, and the program in it. Removed at the end. */
export function workplace() {
  const folder = mkdtempSync(join(tmpdir(), 'frostglass-cli-'))
  chmodSync(folder, 0o755)
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  function start(
    args: readonly string[],
    { env = {}, shell, uid, cwd = folder }: RunOptions = {},
  ): ChildProcess {
    const { FROSTGLASS_PASSPHRASE: _, ...inherited } = process.env
    const command = [process.execPath, program, ...args]
    const [file, ...rest] = shell === undefined ? command : ['/bin/bash', '-c', shell, 'bash', ...command]
    return spawn(file!, rest, {
      cwd,
      env: {
        ...inherited,
        NO_COLOR: '1',
        // Under a shell's limits the cache itself would be what fails.
        ...(shell === undefined && uid === undefined ? { NODE_COMPILE_CACHE: compiled } : {}),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
  }

  return {
    folder,
    at: (name: string) => join(folder, name),
    start,
    run(args: string | readonly string[], options: RunOptions = {}): Promise<Ended> {
      const words = typeof args === 'string' ? args.split(' ') : args
      const apart = options.apart ?? (options.shell !== undefined || options.uid !== undefined)
      return apart ? ended(start(words, options)) : runInProcess(folder, words, options.env ?? {})
    },
    /** Everything in the folder with its size, hidden files too. */
    listing: () =>
      (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[])
        .map((name) => `${name} ${lstatSync(join(folder, name)).size}`)
        .sort(),
    /** A folder in the folder. */
    make(name: string, mode = 0o755): string {
      mkdirSync(join(folder, name))
      chmodSync(join(folder, name), mode)
      return name
    },
    has: (name: string) => existsSync(join(folder, name)),
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    /** Cells of a CSV without quotes, the header first. */
    cells: (name: string) =>
      readFileSync(join(folder, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(',')),
  }
}

export type Workplace = ReturnType<typeof workplace>

/** Waits for the end of a process. */
export function ended(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (bytes) => {
    out += bytes
  })
  child.stderr?.on('data', (bytes) => {
    err += bytes
  })
  return new Promise((done, failed) => {
    child.on('error', failed)
    child.on('close', (code, signal) => done({ code, signal, out, err }))
  })
}

/**
 * Waits until a process has used so much of a processor: then it has read its sources and is at work, however busy the machine is.
 * @param seconds of processor time; of the clock where the system does not tell
 */
export async function working(child: ChildProcess, seconds: number): Promise<void> {
  const path = `/proc/${child.pid}/stat`
  if (!existsSync(path)) return sleep(1000 * seconds)
  // After the name, which may hold anything, the twelfth and thirteenth: hundredths of a second by itself and by the system.
  const used = () => {
    const [user, system] = readFileSync(path, 'utf8').split(') ').at(-1)!.split(' ').slice(11, 13).map(Number)
    return (user! + system!) / 100
  }
  while (child.exitCode === null && child.signalCode === null && used() < seconds) await sleep(10)
}

/** Runs what must be refused: checks the exit code, the words, the advice, and that no file came, went or changed. */
export async function refused(
  place: Workplace,
  args: string | readonly string[],
  code: number,
  words: readonly (string | RegExp)[],
  options?: RunOptions,
): Promise<string> {
  const before = place.listing()
  const result = await place.run(args, options)
  for (const word of words) expect(result.err).toMatch(word)
  expect(result.err).toMatch(
    /^error \((usage|input|io|key|unsupported|shape|policy)\) .+\n {2}\p{Lu}.+\.\n$/u,
  )
  expect(result).toMatchObject({ code, out: '' })
  expect(place.listing()).toEqual(before)
  return result.err
}

/** Runs what must succeed. */
export async function works(
  place: Workplace,
  args: string | readonly string[],
  options?: RunOptions,
): Promise<Ended> {
  const result = await place.run(args, options)
  expect(result.err).not.toMatch(/error|bug/)
  expect(result.code).toBe(0)
  return result
}

/** The same with `--json`: the value that it prints. */
export async function json(
  place: Workplace,
  args: string | readonly string[],
  options?: RunOptions,
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of it
): Promise<any> {
  const words = typeof args === 'string' ? args.split(' ') : args
  const { out, err } = await works(place, [...words, '--json'], options)
  expect(err).toBe('')
  return JSON.parse(out)
}

/** Rows of a table as one CSV text. */
export const csv = (lines: readonly string[]): string => `${lines.join('\n')}\n`

/** The wheat table with one cell changed; row 1 is the first below the header. */
export function wheatWith(row: number, column: number, cell: string): string {
  return csv(
    wheat.map((line, r) =>
      r === row
        ? line
            .split(',')
            .map((value, c) => (c === column ? cell : value))
            .join(',')
        : line,
    ),
  )
}

/** Largest difference of two tables' numbers relative to the column's range; other cells must be equal. */
export function distance(found: readonly string[][], wanted: readonly string[][]): number {
  expect(found.length).toBe(wanted.length)
  expect(found[0]).toEqual(wanted[0])
  let largest = 0
  for (const [j] of wanted[0]!.entries()) {
    const numbers = wanted.slice(1).map((row) => Number(row[j]))
    const range = Math.max(...numbers) - Math.min(...numbers)
    for (const [i, row] of wanted.slice(1).entries()) {
      if (!(range > 0)) expect(found[i + 1]![j]).toBe(row[j])
      else largest = Math.max(largest, Math.abs(Number(found[i + 1]![j]) - Number(row[j])) / range)
    }
  }
  return largest
}

/** `frostglass serve` as a process, once it listens. */
export async function serving(place: Workplace, args: string) {
  const child = place.start(`serve --port 0 ${args}`.split(' '))
  const end = ended(child)
  let out = ''
  const url = await new Promise<string>((found, failed) => {
    child.stdout?.on('data', (part) => {
      out += part
      const [, listens] = /listening on (\S+)\n/.exec(out) ?? /"url": "([^"]+)"/.exec(out) ?? []
      if (listens && /Ctrl-C|}\s*$/.test(out)) found(listens)
    })
    end.then(({ err }) => failed(new Error(err)))
  })
  return { child, end, url }
}

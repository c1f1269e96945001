// Runs an experiment: tasks over worker threads, a checkpoint after each, then JSON, figures and page, written whole.
// Source: docs/architecture.md, "Experiments" and "Errors, exits, files".
// A checkpoint is used only if the settings and the list of tasks are the same, and whole; it does not notice changed code.

import { appendFile, mkdir, readFile, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { writeFileAtomic } from '../src/data/files.ts'
import { FrostglassError, throwIfAborted } from '../src/errors.ts'
import { svgOf } from '../src/figures/index.ts'
import { answerOf, inWorkers, workerFile } from '../src/learn/workers.ts'
import type { Declaration, Settings } from './experiment.ts'
import { jsonText } from './json.ts'
import { type About, reported, withFooter } from './reporting.ts'

export interface RunOptions extends Settings {
  /** The folder to write to; made if it is not there. */
  readonly out: string
  /** The command as the user gave it: written into the results. */
  readonly command: string
  /** Worker threads; the machine's cores if absent. */
  readonly workers?: number | undefined
  /** Starts over even where a checkpoint of the same run lies. */
  readonly fresh?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** What a run wrote. */
export interface RunResult {
  readonly name: string
  readonly files: readonly string[]
  readonly summary: string
  /** Seconds of work, those before an interruption included. */
  readonly seconds: number
  readonly data: object
}

/**
 * Runs an experiment, or the rest of one. Its checkpoint stays until {@link forgetRun}, so that a command of several
 * experiments, stopped in a later one, has the earlier ones.
 * @throws FrostglassError `aborted`, `io`, and those of the experiment's tasks.
 */
export async function runExperiment(declared: Declaration, options: RunOptions): Promise<RunResult> {
  const { name, load } = declared
  const experiment = await load()
  const { out, signal, quick, seed, seeds, data } = options
  throwIfAborted(signal)
  const settings: Settings = {
    quick,
    seed,
    seeds,
    data,
  }
  const tasks = await experiment.tasks(settings)
  await mkdir(out, { recursive: true }).catch((cause) => {
    throw new FrostglassError('io', `${out}: the folder cannot be made`, 'Choose another.', cause)
  })
  const checkpoint = await openCheckpoint(checkpointPath(name, out), { settings, tasks }, options.fresh)
  const { answers } = checkpoint
  const open = tasks.map((_, i) => i).filter((i) => !answers.has(i))
  const start = performance.now()
  const secondsSoFar = () => checkpoint.seconds + (performance.now() - start) / 1000
  options.onProgress?.(answers.size, tasks.length)
  let saved = Promise.resolve()
  let unsaved: FrostglassError | undefined
  await inWorkers(
    workerFile('worker', import.meta.url),
    { name, shared: sharedFolder(out) },
    open.map((i) => tasks[i]),
    {
      workers: options.workers ?? availableParallelism(),
      signal,
      onReply: (reply, at) => {
        const answer = answerOf(reply)
        if (unsaved) throw unsaved
        const task = open[at]!
        answers.set(task, answer)
        saved = saved
          .then(() => checkpoint.save(task, answer, secondsSoFar()))
          .catch((cause) => {
            unsaved = new FrostglassError(
              'io',
              `${out}: the checkpoint cannot be written`,
              'Make room on the disk; the same command goes on.',
              cause,
            )
          })
        options.onProgress?.(answers.size, tasks.length)
      },
    },
  ).finally(() => saved)
  if (unsaved) throw unsaved
  const seconds = secondsSoFar()
  const report = await reported(
    experiment,
    tasks,
    tasks.map((_, i) => answers.get(i)),
    settings,
  )
  const about: About = {
    experiment: name,
    command: options.command,
    // Where data lay is of no use to a reader, and nobody's business.
    settings: { ...settings, ...(data === undefined ? {} : { data: 'given' }) },
    tasks: tasks.length,
    seconds: Math.round(seconds * 10) / 10,
    machine: { cores: availableParallelism(), node: process.version, platform: process.platform },
  }
  const files: string[] = []
  const write = async (file: string, contents: string | Uint8Array) => {
    await writeFileAtomic(join(out, file), contents, { mode: 0o644, force: true })
    files.push(join(out, file))
  }
  for (const [figure, spec] of Object.entries(report.figures)) await write(`${figure}.svg`, await svgOf(spec))
  for (const [picture, png] of Object.entries(report.pictures ?? {})) await write(`${picture}.png`, png)
  await write(`${name}.json`, `${jsonText({ about, ...report.data })}\n`)
  await write(`${name}.md`, withFooter(report.page, about))
  return { name, files, summary: report.summary, seconds, data: { about, ...report.data } }
}

/** Removes the checkpoint of a run, finished or not, and what its tasks shared. */
export async function forgetRun(name: string, out: string): Promise<void> {
  await rm(checkpointPath(name, out), { force: true })
  await rm(sharedFolder(out), { recursive: true, force: true })
}

const sharedFolder = (out: string): string => join(out, '.shared')

const checkpointPath = (name: string, out: string): string => join(out, `.${name}.checkpoint`)

interface Checkpoint {
  readonly answers: Map<number, unknown>
  /** Of work that earlier processes did. */
  readonly seconds: number
  save(task: number, answer: unknown, seconds: number): Promise<void>
}

interface Line {
  readonly task: number
  readonly answer: unknown
  readonly seconds: number
}

/** Hexadecimal digits of SHA-256 that are kept. */
const sumDigits = 16

const sha256Of = (text: string): string => bytesToHex(sha256(new TextEncoder().encode(text)))

// One value a line: first what the run is, then an answer each, behind its checksum. A last line that a kill cut short, without
// its end, is left out; any other that is not as it was written is an error.
async function openCheckpoint(
  path: string,
  run: { readonly settings: Settings; readonly tasks: readonly unknown[] },
  fresh: boolean | undefined,
): Promise<Checkpoint> {
  const digest = sha256Of(JSON.stringify(run))
  const identity = JSON.stringify({ checkpoint: 2, run: digest, sum: shortSum(digest) })
  const text = fresh ? '' : await readCheckpointFile(path)
  const [first, ...rest] = text.split('\n')
  if (text !== '' && !isIdentity(first!)) throw damaged(path, 1)
  const lines =
    first === identity
      ? // What stands behind the last line feed was cut short; nothing stands there otherwise.
        rest.slice(0, -1).map((line, i) => parsed(line, identity) ?? refuse(damaged(path, i + 2)))
      : []
  const lineOf = (line: Line) => {
    const json = JSON.stringify(line)
    return `${sumOf(identity, json)} ${json}\n`
  }
  await writeFileAtomic(path, `${identity}\n${lines.map(lineOf).join('')}`, { mode: 0o644, force: true })
  return {
    answers: new Map(lines.map(({ task, answer }) => [task, answer])),
    seconds: lines.at(-1)?.seconds ?? 0,
    save: (task, answer, seconds) => appendFile(path, lineOf({ task, answer, seconds })),
  }
}

const shortSum = (text: string): string => sha256Of(text).slice(0, sumDigits)

const sumOf = (identity: string, json: string): string => shortSum(`${identity}\n${json}`)

/** Whether a first line is whole, of this run or another; those of version 1 have no checksum, and none of them is used. */
function isIdentity(line: string): boolean {
  if (/^\{"checkpoint":1,"run":"[0-9a-f]{64}"\}$/.test(line)) return true
  const [, run, sum] = /^\{"checkpoint":2,"run":"([0-9a-f]{64})","sum":"([0-9a-f]+)"\}$/.exec(line) ?? []
  return run !== undefined && shortSum(run) === sum
}

async function readCheckpointFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return ''
    throw new FrostglassError(
      'io',
      `${path}: the checkpoint cannot be read: ${cause.message}`,
      'Allow reading it, or start over (--fresh).',
      cause,
    )
  })
}

function damaged(path: string, line: number): FrostglassError {
  return new FrostglassError(
    'input',
    `the checkpoint ${path} is damaged: line ${line} is not as it was written`,
    'Restore it from a copy, or start over (--fresh).',
  )
}

function refuse(error: Error): never {
  throw error
}

function parsed(text: string, identity: string): Line | undefined {
  const json = text.slice(sumDigits + 1)
  if (text.slice(0, sumDigits + 1) !== `${sumOf(identity, json)} `) return undefined
  return JSON.parse(json) as Line
}

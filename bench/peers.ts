// The Python peers: one process each, kept alive, asked for one sample at a time so that samples pair with ours.
// Source: docs/results/bench.md (`npm run bench -- --peers`); the line protocol is in peers/line.py.
// Never a dependency: the environment is the caller's, see peers/requirements.txt.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { FrostglassError } from '../src/errors.ts'
import type { Contender } from './measurement.ts'
import type { Arrays } from './models.ts'

/** Threads that every contender may use: the cores of the machine that the floors are stated for. */
export const threads = 2

export type PeerName = 'torch' | 'tensorflow' | 'numpy' | 'tenseal' | 'opendp' | 'opacus'

/** What a peer answers; `ms` is the time of one run, `cpu` its processor time; the rest depends on the job. */
export type Answer = Readonly<Record<string, number | string | boolean>>

/** A peer with a job. */
export interface Peer extends Contender {
  /** What it said when it had set the job up. */
  readonly ready: Answer
  /** One sample with everything that the peer says about it. */
  ask(): Promise<Answer>
}

/** Where the interpreter is. @throws FrostglassError `usage` when there is none. */
export function findPython(): string {
  const given = process.env['FROSTGLASS_PEERS_PYTHON']
  const python = given ?? fileURLToPath(new URL('./peers/.venv/bin/python', import.meta.url))
  if (existsSync(python)) return python
  throw new FrostglassError(
    'usage',
    `there is no Python for the peers at ${python}`,
    'python3 -m venv bench/peers/.venv && bench/peers/.venv/bin/pip install -r bench/peers/requirements.txt, or name an interpreter that has those packages in FROSTGLASS_PEERS_PYTHON',
  )
}

/**
 * Starts a peer on a job.
 * @param count runs a sample; `sample()` answers milliseconds a run
 * @throws FrostglassError `unsupported` with the peer's own words when it cannot do the job
 */
export async function startPeer(
  name: PeerName,
  label: string,
  job: Readonly<Record<string, unknown>>,
  count = 1,
): Promise<Peer> {
  const script = fileURLToPath(new URL(`./peers/${name}_peer.py`, import.meta.url))
  const child = spawn(findPython(), [script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) },
  })
  const complaints: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints.push(text)
    complaints.splice(0, complaints.length - 20)
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const fail = (why: string) =>
    new FrostglassError(
      'unsupported',
      `the peer ${label}: ${why}`,
      `install bench/peers/requirements.txt\n${complaints.join('').slice(-1500)}`,
    )
  const exchange = async (request: unknown): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await lines.next()
    if (done) throw fail('it ended')
    const answer = JSON.parse(value) as Answer
    if ('error' in answer) throw fail(String(answer['error']))
    return answer
  }
  const close = async () => {
    if (child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.stdin.end()
    await ended
  }
  try {
    const ready = await exchange({ threads, ...job })
    const ask = () => exchange({ sample: count })
    return { name: label, ready, ask, sample: async () => (await ask())['ms'] as number, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Runs `work` with a folder in which the peers find these arrays. */
export async function withArrays<T>(arrays: Arrays, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'frostglass-bench-'))
  try {
    const about: Record<string, unknown> = {}
    for (const [name, { data, dtype, shape }] of Object.entries(arrays)) {
      await writeFile(
        join(folder, `${name}.bin`),
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      )
      about[name] = { dtype, shape }
    }
    await writeFile(join(folder, 'arrays.json'), JSON.stringify(about))
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

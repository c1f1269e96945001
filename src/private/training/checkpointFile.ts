// Where a private training stands, in a file: weights, what the optimiser remembers, and how many steps are done.
// Source: PROOF.md, "Going on from a checkpoint". It holds no seed and no noise: a training that goes on draws anew.
// Two processes cannot go on from one file at the same time; from a copy of it somebody can, and that is a release of its own.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { writeFileAtomic } from '../../data/files.ts'
import { sqlite } from '../../data/sqlite.ts'
import { FrostglassError } from '../../errors.ts'
import { pack, unpack } from '../../learn/checkpoint.ts'
import type { Weights } from '../../learn/index.ts'

/** Where a checkpoint is kept. */
export interface CheckpointOptions {
  readonly path: string
  /**
   * What the caller notes in it, such as which entry of which ledger paid for the training. A function is called where a
   * training begins, once this process has the file: that is the time to pay.
   */
  readonly note?: string | (() => string | Promise<string>) | undefined
  /** Called with the note where a training goes on; what it throws, the training throws. */
  readonly goOn?: ((note: string) => void) | undefined
}

/** A training's state after a step. */
export interface PrivateState {
  readonly step: number
  readonly weights: Weights
  readonly moments: Weights
}

/** An open checkpoint: this process has it for itself. */
export interface Checkpoint {
  /** What to go on from. */
  readonly kept: PrivateState | undefined
  /** Calls `note` or `goOn`: once all is checked, before the first step. */
  begin(): Promise<void>
  /** Replaces what is kept. The state is on the disk when this returns. */
  keep(state: PrivateState): Promise<void>
  close(): void
}

/** What can be told of a checkpoint without going on from it. */
export interface CheckpointSummary {
  readonly note: string
  readonly step: number
  readonly steps: number
  readonly weights: Weights
}

type Terms = Readonly<Record<string, unknown>> & { readonly steps: number }

const kind = 'private training'
/** SHA-256 in front of what it is of. */
const sumLength = 32

/**
 * Takes a checkpoint for this process, and reads what is kept in it.
 * @param terms what a training must agree in to go on
 * @throws FrostglassError `io` while another process has it, `usage` for a training on other terms or one that is done,
 * `input` for a damaged file
 */
export async function openCheckpoint(
  { path, note = '', goOn }: CheckpointOptions,
  terms: Terms,
): Promise<Checkpoint> {
  const lock = take(path)
  const agreed = JSON.stringify(terms)
  try {
    const found = await read(path)
    if (found && found.terms !== agreed) throw otherTerms(path, JSON.parse(found.terms), terms)
    if (found && found.state.step >= terms.steps)
      throw new FrostglassError(
        'usage',
        `the training of ${path} is done`,
        'Remove the checkpoint to train anew, which is paid for anew.',
      )
    let noted = found?.note ?? ''
    return {
      kept: found?.state,
      async begin() {
        if (found) goOn?.(found.note)
        else noted = typeof note === 'function' ? await note() : note
      },
      async keep({ step, weights, moments }) {
        const bytes = pack({ kind, terms: agreed, note: noted, step }, { weights, moments })
        const sum = createHash('sha256').update(bytes).digest()
        await writeFileAtomic(path, Buffer.concat([sum, bytes]), { mode: 0o600, force: true })
      },
      close: () => lock.close(),
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** What is kept at a path; undefined where there is no file. @throws FrostglassError `input` for a damaged one */
export async function readCheckpoint(path: string): Promise<CheckpointSummary | undefined> {
  const found = await read(path)
  if (!found) return undefined
  const { step, weights } = found.state
  return { note: found.note, step, steps: (JSON.parse(found.terms) as Terms).steps, weights }
}

async function read(path: string): Promise<{ terms: string; note: string; state: PrivateState } | undefined> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new FrostglassError(
      'io',
      `${path} cannot be read: ${error.message}`,
      'Name a file that may be read, or one that is not there yet.',
      error,
    )
  })
  if (!bytes) return undefined
  const body = bytes.subarray(sumLength)
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(0, sumLength)))
    throw new FrostglassError(
      'input',
      `${path} is no checkpoint of a private training, or is damaged`,
      'Remove it to train anew, which is paid for anew.',
    )
  const { header, groups } = unpack(body, kind, { checked: true })
  const { terms, note, step } = header as unknown as { terms: string; note: string; step: number }
  return { terms, note, state: { step, weights: groups['weights'] ?? {}, moments: groups['moments'] ?? {} } }
}

function otherTerms(path: string, before: Terms, now: Terms): FrostglassError {
  const differing = Object.keys(now).find(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]),
  )
  return new FrostglassError(
    'usage',
    `${path} is of a training with another ${differing}`,
    'Go on with the options and the data that it began with, or name another file.',
  )
}

/** A lock that the system takes back when its process ends, however it ends: SQLite's, on a file beside. */
function take(path: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    lock = new (sqlite().DatabaseSync)(`${path}.lock`)
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    throw new FrostglassError(
      'io',
      `the checkpoint ${path} cannot be taken: ${(error as Error).message}`,
      'Wait for the training that has it, or name a path in a folder that may be written to.',
      error,
    )
  }
}

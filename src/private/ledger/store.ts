// The ledger's file: an SQLite database of one header and a chain of records, each with the hash of all before it.
// Source: sqlite.org, "Atomic Commit In SQLite" and "PRAGMA synchronous".
// It notices damage and careless edits. Who can write the file can make a new chain, or put an old copy back.

import { createHash } from 'node:crypto'
import { readFileSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileError, openWorkspace, writeFileAtomic } from '../../data/files.ts'
import { connect, MOST_DURABLE, unlessBusy } from '../../data/sqlite.ts'
import { FrostglassError } from '../../errors.ts'

/** 'FrLg' in the header of the database: what makes a file a ledger. */
const APPLICATION = 0x46724c67
const VERSION = 2

/** All that a ledger's file says, checked. */
export interface Stored {
  readonly header: string
  readonly records: readonly string[]
  /** The hash of everything up to each record, and before the first: one more than there are records. */
  readonly hashes: readonly string[]
}

/** An open ledger file. Each answers undefined where another process has the file just now. */
export interface Store {
  /**
   * @throws FrostglassError 'input' when the file is damaged or no ledger, 'unsupported' when a later version made it, 'io'
   * when it cannot be read.
   */
  tryRead(): Stored | undefined
  /**
   * Takes the file for itself, reads it, and appends the record that `decide` makes of it; what `decide` throws leaves all
   * as it was. The record is on the disk when this returns.
   * @throws FrostglassError as `tryRead`, and 'io' when the file cannot be written.
   */
  tryAppend(decide: (stored: Stored) => string): boolean | undefined
  close(): void
}

const chained = (before: string, text: string): string =>
  createHash('sha256').update(`${before}\n${text}`).digest('hex')

const genesis = (header: string): string => chained('frostglass ledger', header)

/**
 * Makes the file, whole or not at all.
 * @throws FrostglassError 'usage' when the path is taken, 'io' when the system refuses.
 */
export async function createStore(path: string, header: string): Promise<void> {
  const taken = () =>
    new FrostglassError(
      'usage',
      `${path} exists already`,
      'Choose another name: a ledger is never replaced, since that would forget what was spent.',
    )
  if (statusOf(path)) throw taken()
  const workspace = openWorkspace(path)
  let bytes: Uint8Array
  try {
    const draft = workspace.path('ledger')
    guarded(path, () => {
      const database = connect(draft, 'rwc')
      try {
        database.exec(`${MOST_DURABLE};
          PRAGMA application_id = ${APPLICATION};
          PRAGMA user_version = ${VERSION};
          BEGIN;
          CREATE TABLE ledger (one INTEGER PRIMARY KEY CHECK (one = 1), header TEXT NOT NULL, records INTEGER NOT NULL, head TEXT NOT NULL) STRICT;
          CREATE TABLE records (number INTEGER PRIMARY KEY, record TEXT NOT NULL, hash TEXT NOT NULL) STRICT;`)
        database.prepare('INSERT INTO ledger VALUES (1, ?, 0, ?)').run(header, genesis(header))
        database.exec('COMMIT')
      } finally {
        database.close()
      }
    })
    bytes = readFileSync(draft)
  } finally {
    workspace.remove()
  }
  await writeFileAtomic(path, bytes).catch((error: unknown) => {
    throw error instanceof FrostglassError && error.code === 'usage' ? taken() : error
  })
}

/**
 * Opens the file, which is read and checked whole each time that it is asked.
 * @throws FrostglassError 'input' when it is not there or no file; 'io' when it cannot be opened.
 */
export function openStore(path: string): Store {
  const there = statusOf(path)
  if (!there)
    throw new FrostglassError(
      'input',
      `there is no ledger ${path}`,
      `Make one: frostglass ledger create ${basename(path)} --dataset NAME --epsilon 1 --delta 1e-6.`,
    )
  if (!there.isFile()) throw notALedger(path)
  const database = guarded(path, () => connect(path, 'rw'))
  let closed = false
  const close = () => {
    if (!closed) database.close()
    closed = true
  }

  const begin = (kind: 'DEFERRED' | 'IMMEDIATE'): boolean => {
    if (closed) throw new TypeError('this ledger is closed')
    return unlessBusy(() => database.exec(`${MOST_DURABLE}; BEGIN ${kind}`))
  }

  /** A commit waits until readers have left; until then all can still be taken back. */
  const commit = (): boolean => unlessBusy(() => database.exec('COMMIT'))

  const rolledBack = <T>(work: () => T): T => {
    try {
      return work()
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK')
    }
  }

  const row = (query: string) => database.prepare(query).get() as Record<string, unknown>

  const checked = (): Stored => {
    if (row('PRAGMA application_id')['application_id'] !== APPLICATION) throw notALedger(path)
    const version = Number(row('PRAGMA user_version')['user_version'])
    if (version > VERSION)
      throw new FrostglassError(
        'unsupported',
        `${path} is a ledger of version ${version}, and this program reads ${VERSION}`,
        'Install a newer frostglass.',
      )
    if (row('PRAGMA quick_check')['quick_check'] !== 'ok')
      throw damaged(path, 'its pages do not fit together')
    const { header, records: count, head } = row('SELECT header, records, head FROM ledger') ?? {}
    if (typeof header !== 'string') throw damaged(path, 'its header is gone')
    const rows = database.prepare('SELECT number, record, hash FROM records ORDER BY number').all()
    const hashes = [genesis(header)]
    rows.forEach(({ number, record, hash: stated }, i) => {
      const hash = chained(hashes.at(-1)!, String(record))
      if (number !== i + 1 || hash !== stated)
        throw damaged(path, `entry ${i + 1} is not the one that was written, or one before it is gone`)
      hashes.push(hash)
    })
    if (rows.length !== count || hashes.at(-1) !== head)
      throw damaged(path, `it should have ${count} entries and has ${rows.length}, or its budget was changed`)
    return { header, records: rows.map(({ record }) => String(record)), hashes }
  }

  const store: Store = {
    tryRead: () =>
      guarded(path, () =>
        rolledBack(() => {
          if (!begin('DEFERRED')) return undefined
          let stored: Stored | undefined
          // The lock is taken by the first thing that is read.
          return unlessBusy(() => {
            stored = checked()
          })
            ? stored
            : undefined
        }),
      ),
    tryAppend: (decide) =>
      guarded(path, () =>
        rolledBack(() => {
          if (!begin('IMMEDIATE')) return undefined
          const stored = checked()
          const record = decide(stored)
          const number = stored.records.length + 1
          const hash = chained(stored.hashes.at(-1)!, record)
          database.prepare('INSERT INTO records VALUES (?, ?, ?)').run(number, record, hash)
          database.prepare('UPDATE ledger SET records = ?, head = ?').run(number, hash)
          for (let tries = 0; tries < COMMITS; tries++) if (commit()) return true
          return undefined
        }),
      ),
    close,
  }
  return store
}

/** Undefined where there is nothing. @throws FrostglassError 'io' where the system does not tell. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw fileError(error, path, 'opening')
  }
}

const notALedger = (path: string) =>
  new FrostglassError(
    'input',
    `${path} is not a ledger`,
    'Name a file that `frostglass ledger create` made; one that was a ledger and is empty or overwritten is lost: restore it from a backup, and count what was spent since as spent.',
  )

const damaged = (path: string, why: string, cause?: unknown) =>
  new FrostglassError(
    'input',
    `the ledger ${path} is damaged: ${why}`,
    'Restore it from a backup, and count what was spent since as spent; nothing is answered on a damaged one.',
    cause,
  )

/** Times that a commit is tried while others read, before the spend is taken back and the queue joined again. */
const COMMITS = 50

/** SQLite's refusals in our words; its primary codes are in sqlite.org/rescode.html. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const {
      code,
      errcode = 0,
      message,
    } = error as { code?: string | undefined; errcode?: number | undefined; message: string }
    if (code !== 'ERR_SQLITE_ERROR') throw error
    switch (errcode & 0xff) {
      case 8:
        throw new FrostglassError(
          'io',
          `the ledger ${path} cannot be written to`,
          'Allow writing to the file and to its folder: nothing was spent, and nothing may be answered.',
          error,
        )
      // No such table, no such column: what a ledger has is gone.
      case 1:
      case 11:
        throw damaged(path, message, error)
      case 26:
        throw notALedger(path)
      default:
        throw new FrostglassError(
          'io',
          `the ledger ${path}: ${message}`,
          `See that there is room in ${dirname(resolve(path))} and that it may be written to: nothing was spent.`,
          error,
        )
    }
  }
}

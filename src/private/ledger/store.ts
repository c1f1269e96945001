// The ledger's file: an SQLite database of one header and a chain of records, each with the hash of all before it.
// Source: issue 12 (durable, crash-safe, one writer); sqlite.org, "Atomic Commit In SQLite" and "PRAGMA synchronous".
// It notices damage and careless edits. Who can write the file can make a new chain, or put an old copy back.

import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { openWorkspace, writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'

/** 'FrLg' in the header of the database: what makes a file a ledger. */
const APPLICATION = 0x46724c67
const VERSION = 1
/** How long a reader or writer waits for another process, milliseconds. A commit takes some twenty. */
const PATIENCE = 3000

/** All that a ledger's file says, checked. */
export interface Stored {
  readonly header: string
  readonly records: readonly string[]
  /** The hash of everything up to the last record. */
  readonly head: string
}

/** An open ledger file. */
export interface Store {
  /** @throws FrostglassError 'input' when the file is damaged, 'io' when it is locked or cannot be read. */
  read(): Stored
  /**
   * Appends a record if `head` is still the last, and answers whether it was. The record is on the disk when this returns.
   * @throws FrostglassError 'io' when the file is locked or cannot be written.
   */
  append(record: string, head: string): boolean
  close(): void
}

/** The module without the note that Node 22 prints on loading it: what we use of it has not changed since. */
export function sqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!/SQLite is an experimental feature/.test(String(warning))) emitWarning(warning, ...rest)
  }) as typeof emitWarning
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

const connect = (path: string, mode: 'rw' | 'rwc'): DatabaseSync => {
  const url = pathToFileURL(resolve(path))
  url.searchParams.set('mode', mode)
  const database = new (sqlite().DatabaseSync)(url)
  // EXTRA: the folder is synchronised too, so that a lost journal cannot take a commit back after a power cut.
  database.exec(`PRAGMA busy_timeout = ${PATIENCE}; PRAGMA synchronous = EXTRA`)
  return database
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
    new FrostglassError('usage', `${path} exists already`, {
      hint: 'a ledger is never replaced, since that would forget what was spent: choose another name',
    })
  if (statSync(path, { throwIfNoEntry: false })) throw taken()
  const workspace = openWorkspace(path)
  let bytes: Uint8Array
  try {
    const draft = workspace.path('ledger')
    const database = connect(draft, 'rwc')
    database.exec(`
      PRAGMA application_id = ${APPLICATION};
      PRAGMA user_version = ${VERSION};
      BEGIN;
      CREATE TABLE ledger (one INTEGER PRIMARY KEY CHECK (one = 1), header TEXT NOT NULL, records INTEGER NOT NULL, head TEXT NOT NULL) STRICT;
      CREATE TABLE records (number INTEGER PRIMARY KEY, record TEXT NOT NULL, hash TEXT NOT NULL) STRICT;`)
    database.prepare('INSERT INTO ledger VALUES (1, ?, 0, ?)').run(header, genesis(header))
    database.exec('COMMIT')
    database.close()
    bytes = readFileSync(draft)
  } finally {
    workspace.remove()
  }
  await writeFileAtomic(path, bytes).catch((error: unknown) => {
    throw error instanceof FrostglassError && error.code === 'usage' ? taken() : error
  })
}

/**
 * Opens the file and checks all of it.
 * @throws FrostglassError 'input' when it is no ledger, damaged or not there; 'unsupported' when a later version made it;
 * 'io' when it is locked or cannot be read.
 */
export function openStore(path: string): Store {
  const there = statSync(path, { throwIfNoEntry: false })
  if (!there)
    throw new FrostglassError('input', `there is no ledger ${path}`, {
      hint: `make one: frostglass ledger create ${basename(path)} --dataset NAME --epsilon 1 --delta 1e-6`,
    })
  if (!there.isFile()) throw notALedger(path)
  const database = guarded(path, () => connect(path, 'rw'))
  let closed = false
  const close = () => {
    if (!closed) database.close()
    closed = true
  }

  const withTransaction = <T>(kind: 'DEFERRED' | 'IMMEDIATE', work: () => T): T =>
    guarded(path, () => {
      if (closed) throw new TypeError('this ledger is closed')
      database.exec(`BEGIN ${kind}`)
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    })

  const row = (query: string) => database.prepare(query).get() as Record<string, unknown>

  const store: Store = {
    read: () =>
      withTransaction('DEFERRED', () => {
        if (row('PRAGMA quick_check')['quick_check'] !== 'ok')
          throw damaged(path, 'its pages do not fit together')
        const { header, records: count, head } = row('SELECT header, records, head FROM ledger') ?? {}
        if (typeof header !== 'string') throw damaged(path, 'its header is gone')
        const rows = database.prepare('SELECT number, record, hash FROM records ORDER BY number').all()
        let hash = genesis(header)
        rows.forEach(({ number, record, hash: stated }, i) => {
          hash = chained(hash, String(record))
          if (number !== i + 1 || hash !== stated)
            throw damaged(path, `entry ${i + 1} is not the one that was written, or one before it is gone`)
        })
        if (rows.length !== count || hash !== head)
          throw damaged(
            path,
            `it should have ${count} entries and has ${rows.length}, or its budget was changed`,
          )
        return { header, records: rows.map(({ record }) => String(record)), head: hash }
      }),
    append: (record, head) =>
      withTransaction('IMMEDIATE', () => {
        const { head: now, records } = row('SELECT head, records FROM ledger')
        if (now !== head) return false
        const hash = chained(head, record)
        const number = Number(records) + 1
        database.prepare('INSERT INTO records VALUES (?, ?, ?)').run(number, record, hash)
        database.prepare('UPDATE ledger SET records = ?, head = ?').run(number, hash)
        return true
      }),
    close,
  }
  try {
    guarded(path, () => {
      if (row('PRAGMA application_id')['application_id'] !== APPLICATION) throw notALedger(path)
      const version = Number(row('PRAGMA user_version')['user_version'])
      if (version > VERSION)
        throw new FrostglassError(
          'unsupported',
          `${path} is a ledger of version ${version}, and this program reads ${VERSION}`,
          {
            hint: 'install a newer frostglass',
          },
        )
    })
    store.read()
    return store
  } catch (error) {
    close()
    throw error
  }
}

const notALedger = (path: string) =>
  new FrostglassError('input', `${path} is not a ledger`, {
    hint: 'name a file that `frostglass ledger create` made; one that was a ledger and is empty or overwritten is lost: restore it from a backup, and count what was spent since as spent',
  })

const damaged = (path: string, why: string, cause?: unknown) =>
  new FrostglassError('input', `the ledger ${path} is damaged: ${why}`, {
    hint: 'restore it from a backup, and count what was spent since as spent; nothing is answered on a damaged one',
    cause,
  })

/** SQLite's refusals in our words; its primary codes are in sqlite.org/rescode.html. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code, errcode = 0, message } = error as { code?: string; errcode?: number; message: string }
    if (code !== 'ERR_SQLITE_ERROR') throw error
    switch (errcode & 0xff) {
      case 5:
      case 6:
        throw new FrostglassError('io', `the ledger ${path} is locked by another process`, {
          hint: `it was for ${PATIENCE / 1000} s: wait for that process, or end it, and try again`,
          cause: error,
        })
      case 8:
        throw new FrostglassError('io', `the ledger ${path} cannot be written to`, {
          hint: 'nothing was spent and nothing may be answered: allow writing to the file and to its folder',
          cause: error,
        })
      // No such table, no such column: what a ledger has is gone.
      case 1:
      case 11:
        throw damaged(path, message, error)
      case 26:
        throw notALedger(path)
      default:
        throw new FrostglassError('io', `the ledger ${path}: ${message}`, {
          hint: `nothing was spent: see that there is room in ${dirname(resolve(path))} and that it may be written to`,
          cause: error,
        })
    }
  }
}

// SQLite as Node brings it: a connection to a file, and whether a refusal only means that another process has it now.
// Source: sqlite.org/rescode.html; "PRAGMA synchronous". Loaded when a file is opened, not before: it takes milliseconds.
// It waits a tenth of a second at most, so that whoever waits longer can do it in order, and be stopped.

import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/** How long SQLite itself waits for a lock, milliseconds. */
const TRY = 100

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

/** @param wait milliseconds that a statement waits for another process. */
export function connect(path: string, mode: 'rw' | 'rwc', wait = TRY): DatabaseSync {
  const url = pathToFileURL(resolve(path))
  url.searchParams.set('mode', mode)
  const database = new (sqlite().DatabaseSync)(url)
  database.exec(`PRAGMA busy_timeout = ${wait}`)
  return database
}

/**
 * EXTRA: the folder is synchronised too, so that a lost journal cannot take a commit back after a power cut. It looks into
 * the file, and so may be refused as any statement is.
 */
export const MOST_DURABLE = 'PRAGMA synchronous = EXTRA'

/** Whether another process has the file (SQLITE_BUSY, SQLITE_LOCKED). */
export function isBusy(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number | undefined }
  return (errcode & 0xff) === 5 || (errcode & 0xff) === 6
}

/** Whether the work was done; not where another process has the file. */
export function unlessBusy(work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}

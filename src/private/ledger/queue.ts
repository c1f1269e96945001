// Whose turn it is: processes that want the same file wait in the order in which they came, however many they are.
// Source: ticket locks (Mellor-Crummey and Scott 1991), a file for a ticket; that its owner lives is told by SQLite's lock on it.
// It is about order only: who may write is settled by the lock of the ledger itself, which holds without any queue.

import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { connect, isBusy } from '../../data/sqlite.ts'

/** A place in the queue. The system gives it up for a process that dies, however it dies. */
export interface Ticket {
  /** How many tickets of living processes are before this one; those of dead ones are cleared away. */
  ahead(): number
  leave(): void
}

const TICKET = /^\d{12}$/

/**
 * Takes the last place.
 * @param folder where tickets are; it is there while somebody waits.
 * @returns undefined where the folder cannot be written to or knows no links: then there is no order.
 */
export function takeTicket(folder: string): Ticket | undefined {
  for (let tries = 0; tries < 100; tries++) {
    const draft = join(folder, `.${randomUUID()}`)
    let lock: DatabaseSync | undefined
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(draft, '', { flag: 'wx', mode: 0o600 })
      // Locked before it has a number: a ticket that is seen and not locked is a dead one's.
      const taken = lockOf(draft)
      if (typeof taken === 'string') continue
      lock = taken
      const number = (numbersIn(folder).at(-1) ?? 0) + 1
      const place = join(folder, named(number))
      linkSync(draft, place)
      unlinkSync(draft)
      return ticket(folder, number, place, lock)
    } catch (error) {
      lock?.close()
      rmSync(draft, { force: true })
      const { code } = error as NodeJS.ErrnoException
      // Someone took that number, or the last one to leave took the folder away.
      if (code !== 'EEXIST' && code !== 'ENOENT') return undefined
    }
  }
  return undefined
}

function ticket(folder: string, mine: number, place: string, lock: DatabaseSync): Ticket {
  return {
    ahead() {
      for (;;) {
        const before = numbersIn(folder).filter((number) => number < mine)
        const nearest = before.at(-1)
        if (nearest === undefined) return 0
        const other = join(folder, named(nearest))
        const taken = lockOf(other)
        if (taken === 'held') return before.length
        // Its owner is dead, or leaving just now.
        rmSync(other, { force: true })
        if (typeof taken === 'object') taken.close()
      }
    },
    leave() {
      try {
        rmSync(place, { force: true })
      } catch {
        // What was wanted is done, and must be told: a ticket whose lock is gone is cleared away by the next.
      }
      lock.close()
      clearAway(folder)
    },
  }
}

/** Removes the folder when nobody waits, with drafts of those who died before they had a number. */
function clearAway(folder: string): void {
  try {
    const names = readdirSync(folder)
    if (names.some((name) => TICKET.test(name))) return
    for (const name of names) {
      const taken = lockOf(join(folder, name))
      if (typeof taken !== 'object') continue
      rmSync(join(folder, name), { force: true })
      taken.close()
    }
    rmdirSync(folder)
  } catch {
    // Somebody else came, or cleared it away.
  }
}

const named = (number: number): string => String(number).padStart(12, '0')

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => TICKET.test(name))
      .map(Number)
      .sort((a, b) => a - b)
  } catch {
    return []
  }
}

/** The lock on a file that nobody holds; or that somebody does, or that there is no such file. */
function lockOf(path: string): DatabaseSync | 'held' | 'gone' {
  let database: DatabaseSync
  try {
    database = connect(path, 'rw', 0)
  } catch {
    return 'gone'
  }
  try {
    // Nothing is ever written, so nothing is needed to take it back: no journal lies about when somebody dies.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    return isBusy(error) ? 'held' : 'gone'
  }
}

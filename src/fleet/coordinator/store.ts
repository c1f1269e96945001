// What a coordinator has on disk: an SQLite database of its plan, its state, its rounds and the replies to the open one.
// Source: sqlite.org, "Atomic Commit In SQLite", "Write-Ahead Logging". Every step is one transaction: a killed process goes on.
// Updates lie in it until their round is over, and are deleted then; what a disk keeps of deleted pages is not in our hands.

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { fileError } from '../../data/files.ts'
import { connect, isBusy } from '../../data/sqlite.ts'
import { FrostglassError } from '../../errors.ts'

/** 'FrCo' in the header of the database. */
const APPLICATION = 0x4672436f
const VERSION = 1

/** The file in a fleet's folder. */
export const fleetFile = 'fleet.sqlite'

/** A reply that was accepted. */
export interface StoredReply {
  readonly stage: number
  readonly publicKey: string
  /** The node has no answer in this round. */
  readonly refused: boolean
  readonly message: Uint8Array
}

/** The round that is open. */
export interface StoredRound {
  readonly number: number
  readonly stage: number
  /** Public keys, in order. */
  readonly members: readonly string[]
  /** Those of all its stages, in the order in which they came. */
  readonly replies: readonly StoredReply[]
}

/** All that a coordinator goes on from. */
export interface StoredFleet {
  readonly fleet: string
  /** Rounds that came to something. */
  readonly done: number
  /** What the last round that came to something left. */
  readonly state: Uint8Array
  /** The number of the last round, 0 before the first. */
  readonly last: number
  /** Rounds in a row that have failed. */
  readonly failures: number
  readonly open: StoredRound | undefined
}

/** An open database. Every call is one transaction; each throws FrostglassError 'io' where the system refuses. */
export interface FleetStore {
  read(): StoredFleet
  beginRound(number: number, members: readonly string[]): void
  accept(round: number, reply: StoredReply, digest: string): void
  advance(round: number, stage: number): void
  /** The round came to something; what was replied to it is forgotten, but for its digests. */
  finish(round: number, state: Uint8Array): void
  fail(round: number, why: string): void
  /** The digest of a reply that was accepted. */
  digestOf(round: number, stage: number, publicKey: string): string | undefined
  /** Whether a nonce is new; it is none from now on, until `time` is before `oldest`. */
  useNonce(publicKey: string, nonce: string, time: number, oldest: number): boolean
  close(): void
}

/**
 * Opens the database of a folder, or makes it.
 * @param beginning the plan as text, and the state, of a fleet that begins; what a fleet began with it is held to
 * @throws FrostglassError 'usage' where another process has it, or it began otherwise; 'input' for what is none; 'io'
 */
export function openFleetStore(
  folder: string,
  beginning: {
    readonly plan: string
    readonly state: Uint8Array
    /** Names of what is in the plan, for messages, by its place: `least`, `aggregation.limit`. */
    readonly called?: Readonly<Record<string, string>> | undefined
  },
): FleetStore {
  const path = join(folder, fleetFile)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw fileError(error, folder, 'writing')
  }
  const guarded = guardOf(path)
  const isNew = !existsSync(path)
  const database = guarded(() => {
    const opened = connect(path, 'rwc')
    // Held until the process ends, however it does.
    opened.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    opened.exec('PRAGMA secure_delete = ON; BEGIN IMMEDIATE; COMMIT')
    return opened
  })
  const run = transactions(database, guarded)
  try {
    const row = guarded(() => database.prepare('PRAGMA application_id').get()) as { application_id: number }
    // A process that was killed while it made the file has left an empty one.
    if (row.application_id === 0) {
      const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number }
      if (!isNew && tables.n > 0) throw notAFleet(path)
      run(() => createTables(database, beginning))
    } else requireSame(database, path, row.application_id, beginning)
  } catch (error) {
    database.close()
    throw error
  }
  return storeOn(database, run, guarded)
}

type Guarded = <T>(work: () => T) => T

function storeOn(database: DatabaseSync, run: Guarded, guarded: Guarded): FleetStore {
  const one = (query: string, ...values: (string | number)[]) =>
    database.prepare(query).get(...values) as Record<string, unknown> | undefined
  const ended = (round: number, state: string, why: string | null) => {
    database.prepare('UPDATE rounds SET state = ?, why = ? WHERE number = ?').run(state, why, round)
    database.prepare('UPDATE replies SET message = NULL WHERE round = ?').run(round)
    database.prepare('DELETE FROM members WHERE round = ?').run(round)
  }
  // What was deleted stands in the write-ahead log, too.
  const emptyLog = () => guarded(() => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
  return {
    read: () => guarded(() => readFleet(database)),
    beginRound: (number, members) =>
      run(() => {
        database.prepare("INSERT INTO rounds VALUES (?, 'open', 0, NULL)").run(number)
        const add = database.prepare('INSERT INTO members VALUES (?, ?, ?)')
        for (const [place, member] of members.entries()) add.run(number, place, member)
      }),
    accept: (round, { stage, publicKey, refused, message }, digest) =>
      run(() => {
        database
          .prepare(
            'INSERT INTO replies VALUES (?, ?, ?, (SELECT count(*) FROM replies WHERE round = ?), ?, ?, ?)',
          )
          .run(round, stage, publicKey, round, refused ? 1 : 0, digest, message)
      }),
    advance: (round, stage) =>
      run(() => database.prepare('UPDATE rounds SET stage = ? WHERE number = ?').run(stage, round)),
    finish(round, state) {
      run(() => {
        ended(round, 'done', null)
        database.prepare('UPDATE fleet SET state = ?, done = done + 1, failures = 0').run(state)
      })
      emptyLog()
    },
    fail(round, why) {
      run(() => {
        ended(round, 'failed', why)
        database.prepare('UPDATE fleet SET failures = failures + 1').run()
      })
      emptyLog()
    },
    digestOf: (round, stage, publicKey) =>
      guarded(() => {
        const found = one(
          'SELECT digest FROM replies WHERE round = ? AND stage = ? AND node = ?',
          round,
          stage,
          publicKey,
        )
        return found?.['digest'] as string | undefined
      }),
    useNonce: (publicKey, nonce, time, oldest) =>
      guarded(() => {
        // Outlives a killed process, and is not waited for: requests that come twice do nothing twice.
        database.exec('PRAGMA synchronous = NORMAL')
        try {
          database.prepare('DELETE FROM nonces WHERE time < ?').run(oldest)
          return (
            database.prepare('INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)').run(publicKey, nonce, time)
              .changes === 1
          )
        } finally {
          database.exec('PRAGMA synchronous = FULL')
        }
      }),
    close: () => database.close(),
  }
}

function createTables(
  database: DatabaseSync,
  { plan, state }: { readonly plan: string; readonly state: Uint8Array },
): void {
  database.exec(`PRAGMA application_id = ${APPLICATION};
    PRAGMA user_version = ${VERSION};
    CREATE TABLE fleet (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, plan TEXT NOT NULL, state BLOB NOT NULL,
      done INTEGER NOT NULL, failures INTEGER NOT NULL) STRICT;
    CREATE TABLE rounds (number INTEGER PRIMARY KEY, state TEXT NOT NULL, stage INTEGER NOT NULL, why TEXT) STRICT;
    CREATE TABLE members (round INTEGER NOT NULL, place INTEGER NOT NULL, node TEXT NOT NULL, PRIMARY KEY (round, place)) STRICT;
    CREATE TABLE replies (round INTEGER NOT NULL, stage INTEGER NOT NULL, node TEXT NOT NULL, place INTEGER NOT NULL,
      refused INTEGER NOT NULL, digest TEXT NOT NULL, message BLOB, PRIMARY KEY (round, stage, node)) STRICT;
    CREATE TABLE nonces (node TEXT NOT NULL, nonce TEXT NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (node, nonce)) STRICT, WITHOUT ROWID;
    CREATE INDEX nonce_times ON nonces (time);`)
  database
    .prepare('INSERT INTO fleet VALUES (1, ?, ?, ?, 0, 0)')
    .run(randomBytes(16).toString('base64url'), plan, state)
}

function readFleet(database: DatabaseSync): StoredFleet {
  const { name, state, done, failures } = database.prepare('SELECT * FROM fleet').get() as unknown as {
    name: string
    state: Uint8Array
    done: number
    failures: number
  }
  const round = database.prepare('SELECT * FROM rounds ORDER BY number DESC LIMIT 1').get() as
    | { number: number; state: string; stage: number }
    | undefined
  const number = round?.number ?? 0
  const all = (query: string) => database.prepare(query).all(number) as Record<string, unknown>[]
  return {
    fleet: name,
    done,
    state,
    last: number,
    failures,
    open:
      round?.state === 'open'
        ? {
            number,
            stage: round.stage,
            members: all('SELECT node FROM members WHERE round = ? ORDER BY place').map(({ node }) =>
              String(node),
            ),
            replies: all('SELECT * FROM replies WHERE round = ? ORDER BY place').map((reply) => ({
              stage: Number(reply['stage']),
              publicKey: String(reply['node']),
              refused: reply['refused'] === 1,
              message: reply['message'] as Uint8Array,
            })),
          }
        : undefined,
  }
}

/** @throws FrostglassError where the file is no fleet's, of a later version, or of a fleet that began otherwise */
function requireSame(
  database: DatabaseSync,
  path: string,
  application: number,
  { plan, called = {} }: Pick<Parameters<typeof openFleetStore>[1], 'plan' | 'called'>,
): void {
  if (application !== APPLICATION) throw notAFleet(path)
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > VERSION)
    throw new FrostglassError(
      'unsupported',
      `${path} is a fleet of version ${version}, and this program reads ${VERSION}`,
      'Install a newer frostglass.',
    )
  const stored = database.prepare('SELECT plan FROM fleet').get() as { plan: string } | undefined
  if (stored?.plan === plan) return
  const before = stored && planIn(stored.plan)
  if (!before) throw notAFleet(path)
  const places = changedPlaces(before, JSON.parse(plan) as Record<string, unknown>)
  const changed = new Set(places.map((place) => called[place] ?? `'${place}'`))
  throw new FrostglassError(
    'usage',
    `the fleet in ${path} began with another ${[...changed].join(', ')}`,
    'Go on with what it began with, or begin in another folder. The number of rounds alone may change, and how many may fail.',
  )
}

/** Where two plans differ: names, records within records by dots. */
function changedPlaces(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) => {
    const [before, now] = [a[name], b[name]]
    if (JSON.stringify(before) === JSON.stringify(now)) return []
    if (!isRecord(before) || !isRecord(now)) return [name]
    return changedPlaces(before, now).map((place) => `${name}.${place}`)
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function planIn(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

const transactions =
  (database: DatabaseSync, guarded: Guarded): Guarded =>
  (work) =>
    guarded(() => {
      database.exec('BEGIN IMMEDIATE')
      try {
        const done = work()
        database.exec('COMMIT')
        return done
      } finally {
        if (database.isTransaction) database.exec('ROLLBACK')
      }
    })

const notAFleet = (path: string) =>
  new FrostglassError('input', `${path} is not a fleet's`, 'Name the folder of a fleet, or an empty one.')

/** SQLite's refusals in our words. */
const guardOf =
  (path: string): Guarded =>
  (work) => {
    try {
      return work()
    } catch (error) {
      const { code, errcode = 0, message } = error as { code?: string; errcode?: number; message: string }
      if (code !== 'ERR_SQLITE_ERROR') throw error
      if (isBusy(error))
        throw new FrostglassError(
          'usage',
          `another process serves the fleet in ${path}`,
          'Stop that one first, or name another folder.',
          error,
        )
      if ((errcode & 0xff) === 26) throw notAFleet(path)
      throw new FrostglassError(
        'io',
        `the fleet in ${path}: ${message}`,
        'See that there is room, and that the folder may be written to; then start it again: it goes on.',
        error,
      )
    }
  }

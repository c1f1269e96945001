// What a device has released, so that it keeps to what was certified: one code a session, so many sessions a person.
// Source: theorem D of PROOF.md; the same input gives the same output, or its noise could be averaged away.
// It holds one device to its own file: a copy that is put back, or a second device, forgets what was released.

import type { DatabaseSync } from 'node:sqlite'
import { connect, isBusy, MOST_DURABLE } from '../../data/sqlite.ts'
import { FrostglassError } from '../../errors.ts'
import { keyedHash } from '../../secret/derive.ts'
import type { Certificate } from './certificate.ts'
import { sampleOutput } from './sampleOutput.ts'

/** What a device is held to. */
export interface ReleaseRules {
  /** Releases that one person may have: the k that was certified. */
  readonly most: number
  /** What was fixed and certified: releases of another pane have a ledger of their own. */
  readonly fixed: string
  /** The law over outputs of each code; absent where the code itself is released. */
  readonly channel?: readonly (readonly number[])[] | undefined
}

/** The rules that a certificate sets; a person is there what its bundles are of, or its unit where it has one release. */
export function releaseRules({ statement }: Certificate): ReleaseRules {
  const { bundles, channel, sources } = statement
  const { pane = '', codebook = '', channel: law = '' } = sources
  return { most: bundles?.most ?? 1, fixed: `${pane} ${codebook} ${law}`, channel }
}

/** An open ledger of releases. */
export interface ReleaseLedger {
  /**
   * The output of a session: its codes vote, the commonest is released, of equals the smallest. A session that was released
   * before gets what it got then, whatever its codes are now.
   *
   * @throws FrostglassError 'policy' when the person has had all releases: this depends on the ledger, never on the codes
   */
  release(session: {
    readonly person: string
    readonly session: string
    readonly codes: readonly number[]
  }): number
  /** How many releases the person has had. */
  released(person: string): number
  /** Closes the file. */
  close(): void
}

/** Milliseconds that a release waits for others that write: fifty take a second or two. */
const PATIENCE = 60_000

/**
 * Opens the ledger of a device, or makes it.
 *
 * @param secret the device's master secret, 32 bytes: persons and sessions lie in the file under keyed names
 * @throws FrostglassError 'input' for a file that is none, or is held to other rules; 'io' when the system refuses
 */
export function openReleaseLedger(path: string, rules: ReleaseRules, secret: Uint8Array): ReleaseLedger {
  if (!Number.isSafeInteger(rules.most) || rules.most < 1)
    throw new FrostglassError(
      'usage',
      `a person has at least 1 release, not ${rules.most}`,
      'Give what was certified.',
    )
  const nameOf = (...texts: readonly string[]) =>
    Buffer.from(keyedHash(secret, 'release names', JSON.stringify(texts))).toString('hex')
  const database = guarded(path, () => {
    const opened = connect(path, 'rwc', PATIENCE)
    try {
      prepare(opened, path, rules.most, `${rules.fixed} ${nameOf()}`)
      return opened
    } catch (error) {
      opened.close()
      throw error
    }
  })
  const count = (person: string): number =>
    Number(database.prepare('SELECT count(*) AS n FROM releases WHERE person = ?').get(person)!['n'])
  return {
    release: ({ person, session, codes }) =>
      guarded(path, () =>
        alone(database, () => {
          const [who, which] = [nameOf(person), nameOf(person, session)]
          const before = database.prepare('SELECT output FROM releases WHERE session = ?').get(which)
          if (before) return Number(before['output'])
          if (count(who) >= rules.most)
            throw new FrostglassError(
              'policy',
              `this person has had ${rules.most} release${rules.most === 1 ? '' : 's'}, which is all that was certified`,
              'Release nothing more of this person, or certify more releases together.',
            )
          const code = commonest(codes)
          const output = rules.channel ? sampleOutput(rules.channel, code, secret, `${which} ${code}`) : code
          database.prepare('INSERT INTO releases VALUES (?, ?, ?)').run(which, who, output)
          return output
        }),
      ),
    released: (person) => guarded(path, () => count(nameOf(person))),
    close: () => database.close(),
  }
}

/** @param fixed what the ledger is of: the certificate, and a keyed name of nothing, which another secret has otherwise */
function prepare(database: DatabaseSync, path: string, most: number, fixed: string): void {
  database.exec(MOST_DURABLE)
  alone(database, () => {
    const known = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    if (known.length === 0) {
      database.exec(`CREATE TABLE rules (most INTEGER NOT NULL, fixed TEXT NOT NULL) STRICT;
        CREATE TABLE releases (session TEXT PRIMARY KEY, person TEXT NOT NULL, output INTEGER NOT NULL) STRICT;
        CREATE INDEX persons ON releases (person);`)
      database.prepare('INSERT INTO rules VALUES (?, ?)').run(most, fixed)
      return
    }
    if (!known.some(({ name }) => name === 'releases')) throw noLedger(path)
    const stated = database.prepare('SELECT most, fixed FROM rules').get()
    if (stated?.['most'] !== most || stated['fixed'] !== fixed)
      throw new FrostglassError(
        'input',
        `${path} is of another certificate, or of another device's secret: ${stated?.['most']} releases a person`,
        'Keep a ledger for each certificate and device, and count what was released by the others.',
      )
  })
}

/** One transaction that nobody else writes in; nothing is kept of one that throws. */
function alone<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK')
  }
}

function commonest(codes: readonly number[]): number {
  const votes = new Map<number, number>()
  for (const code of codes) {
    if (!Number.isSafeInteger(code) || code < 0)
      throw new FrostglassError(
        'input',
        `a code is a whole number of at least 0, not ${code}`,
        'Give what the pane gives.',
      )
    votes.set(code, (votes.get(code) ?? 0) + 1)
  }
  const [best] = [...votes].sort(([a, n], [b, m]) => m - n || a - b)
  if (best) return best[0]
  throw new FrostglassError(
    'input',
    'a session without a code has nothing to release',
    'Give the codes of its windows.',
  )
}

const noLedger = (path: string, cause?: unknown) =>
  new FrostglassError(
    'input',
    `${path} is no ledger of releases`,
    'Name another file; a ledger that is lost or damaged is counted as spent.',
    cause,
  )

/** SQLite's refusals in our words. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code, errcode = 0 } = error as { code?: string | undefined; errcode?: number | undefined }
    if (code !== 'ERR_SQLITE_ERROR') throw error
    // Damaged, or no database.
    if ((errcode & 0xff) === 11 || (errcode & 0xff) === 26) throw noLedger(path, error)
    throw new FrostglassError(
      'io',
      isBusy(error) ? `${path} is held by another process` : `${path}: ${(error as Error).message}`,
      'See that the file and its folder may be written to; nothing was released.',
      error,
    )
  }
}

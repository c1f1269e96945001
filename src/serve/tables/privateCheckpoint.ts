// What a checkpoint of a table's private training notes: which training it is of, and what paid for it.
// Source: private/training's checkpoints. A training that goes on spends nothing again, so it must be the one that was paid.
// It knows the table by its name, its number of examples and what is stated, not by its rows: a fingerprint would tell of them.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { readJson } from '../../json.ts'
import type { Ledger, Spend } from '../../private/index.ts'
import type { Source } from '../../private/ledger/fingerprint.ts'

/** A training as its checkpoint knows it. */
export interface NotedTraining {
  /** The checkpoint's file. */
  readonly path: string
  /** The table's file name. */
  readonly table: string
  /** All that the training was told, as a value of JSON: public things only. */
  readonly told: unknown
  readonly ledger: Ledger | undefined
  readonly losses: readonly Spend[]
  /** What the table is now, where the ledger is tied to a file. */
  readonly source: Source | undefined
}

const noteShape = z.strictObject({
  table: z.string(),
  told: z.string(),
  paid: z
    .strictObject({
      dataset: z.string(),
      entry: z.int().positive(),
      // The ledger's head when it had paid: another ledger of the same name has another.
      head: z.strictObject({ entries: z.int().positive(), hash: z.string() }),
    })
    .optional(),
})

/**
 * The note of a training that begins.
 * @param entry the ledger's entry that pays for it
 */
export function noteOf({ table, told, ledger }: NotedTraining, entry: number | undefined): string {
  if (!ledger || entry === undefined) return JSON.stringify({ table, told: digest(told) })
  const { entries, hash } = ledger.head()
  const paid = { paid: { dataset: ledger.dataset, entry, head: { entries, hash } } }
  return JSON.stringify({ table, told: digest(told), ...paid } satisfies z.infer<typeof noteShape>)
}

/**
 * Holds a training that goes on to the note of the one that began.
 * @throws FrostglassError `usage` for another table, other options, or another ledger; `policy` for a ledger that does not have the entry
 */
export function requireNoted(
  note: string,
  { path, table, told, ledger, losses, source }: NotedTraining,
): void {
  const found = parsed(note, path)
  if (found.table !== table)
    throw new FrostglassError(
      'usage',
      `${path} is of a training on ${found.table}, not on ${table}`,
      'Go on with the table that it began with, or name another checkpoint.',
    )
  if (found.told !== digest(told))
    throw new FrostglassError(
      'usage',
      `${path} is of a training that was told something else, or whose table had another number of rows`,
      'Go on with the options that it began with, or name another checkpoint.',
    )
  const { paid } = found
  if (paid?.dataset !== ledger?.dataset)
    throw new FrostglassError(
      'usage',
      paid
        ? `${path} is of a training that the ledger of ${paid.dataset} paid for`
        : `${path} is of a training that no ledger paid for`,
      paid ? 'Name that ledger (--ledger).' : 'Train anew to have it paid for, or leave the ledger out.',
    )
  if (!ledger || !paid) return
  const entry = ledger.entries().find(({ number }) => number === paid.entry)
  const tied = ledger.state().data?.fingerprint
  if (tied !== undefined && tied !== source?.fingerprint)
    throw new FrostglassError(
      'usage',
      `${ledger.path} is tied to another file than ${table} is now`,
      'Go on with that file; where it was corrected, say so: frostglass ledger data.',
    )
  if (entry && JSON.stringify(entry.losses) === JSON.stringify(losses) && ledger.continues(paid.head)) return
  throw new FrostglassError(
    'policy',
    `${ledger.path} has no entry ${paid.entry} that pays for the training of ${path}`,
    'Go on with the ledger that was charged: this may be an older copy.',
  )
}

const parsed = (note: string, path: string): z.infer<typeof noteShape> =>
  readJson(note, noteShape, path, { like: 'a checkpoint of a table’s training', hint: 'Name another file.' })

const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

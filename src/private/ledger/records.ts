// What is written in a ledger: a header, spends, and which file the data are in. Everything that is written is read back by this.
// Source: the chain in store.ts carries these as JSON; version 1 had neither units nor sources.
// It checks the form, not the sense: what a spend costs is computed by composition.ts, and what may be written by ledger.ts.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import type { Costed } from './composition.ts'
import { type Composition, compositions } from './compositions.ts'
import { forUnit } from './contributions.ts'
import { FINGERPRINT, type Source } from './fingerprint.ts'
import { type Spend, spendShape } from './spend.ts'
import type { Stored } from './store.ts'

/** A spend that is in the ledger. `epsilon` and `delta` are its price alone, for the ledger's unit. */
export interface Entry extends Costed {
  /** Its place in the chain: 1, 2, … */
  readonly number: number
  /** When, ISO 8601 in UTC, by the clock of the machine that wrote it. */
  readonly at: string
  readonly what: string
  /** The noise, as it was asked for: about `unit`, which is the ledger's or 'row'. */
  readonly losses: readonly Spend[]
  readonly unit?: string | undefined
  /** Rows that a unit of the ledger has at most, where the spend is by the row. */
  readonly contributions?: number | undefined
  readonly source?: Source | undefined
  /** What was spent of the budget when this was in it. */
  readonly spent?: { readonly epsilon: number; readonly delta: number } | undefined
}

/** That the data set is in this file from here on. It costs nothing. */
export interface DataEntry {
  readonly number: number
  readonly at: string
  readonly data: Source & { readonly table: string }
}

/** The header of a ledger. */
export interface Header {
  readonly dataset: string
  /** Whose data the budget is about: 'row', or a name such as person_id. Ledgers of version 1 have none. */
  readonly unit?: string | undefined
  readonly epsilon: number
  readonly delta: number
  readonly composition: Composition
  readonly created: string
  readonly data?: DataEntry['data'] | undefined
}

const fingerprint = z.string().regex(FINGERPRINT)
const data = z.strictObject({ fingerprint, table: z.string().min(1) })
const price = { epsilon: z.number().nonnegative(), delta: z.number().nonnegative() }

const headerShape = z.strictObject({
  dataset: z.string().min(1),
  unit: z.string().min(1).optional(),
  epsilon: z.number().positive(),
  delta: z.number().gt(0).lt(1),
  composition: z.enum(compositions),
  created: z.string(),
  data: data.optional(),
})

const spendRecord = z.strictObject({
  at: z.string(),
  what: z.string(),
  unit: z.string().min(1).optional(),
  contributions: z.number().int().min(1).optional(),
  source: z.strictObject({ fingerprint }).optional(),
  losses: z.array(spendShape).min(1),
  ...price,
  spent: z.strictObject(price).optional(),
})

const dataRecord = z.strictObject({ at: z.string(), data })

/** @throws FrostglassError 'input' for what no ledger has. */
export function readHeader(path: string, { header }: Stored): Header {
  return parsed(path, 'its header', headerShape, header)
}

/** The spends and the statements about data, in the order of the chain. @throws FrostglassError 'input' as `readHeader`. */
export function readRecords(path: string, { records }: Stored): { spends: Entry[]; sources: DataEntry[] } {
  const spends: Entry[] = []
  const sources: DataEntry[] = []
  records.forEach((record, i) => {
    const number = i + 1
    const read = parsed(path, `entry ${number}`, z.union([spendRecord, dataRecord]), record)
    if ('data' in read) sources.push({ number, ...read })
    else spends.push({ number, ...read })
  })
  return { spends, sources }
}

/** A spend as the budget sees it: by the ledger's unit. */
export function costed({ losses, contributions, epsilon, delta }: Omit<Entry, 'number'>): Costed {
  return { losses: contributions === undefined ? losses : forUnit(losses, contributions), epsilon, delta }
}

function parsed<T>(path: string, what: string, shape: z.ZodType<T>, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw new FrostglassError(
    'input',
    `the ledger ${path} is damaged: ${what} is not what a ledger has`,
    'Restore it from a backup, and count what was spent since as spent.',
  )
}

// A request to spend: what it must say, whether it is about this ledger's data and unit, and what it costs alone.
// Source: composition.ts for prices, contributions.ts for rows of a person; PROOF.md, sections 3 and 4.
// It believes what a request says of its noise, of whose data it is about, and of how many rows somebody has.

import { FrostglassError } from '../../errors.ts'
import { requireDelta, requireObject, shown } from '../accounting/check.ts'
import { type Budget, priceOf } from './composition.ts'
import { forUnit } from './contributions.ts'
import { requireSource, type Source } from './fingerprint.ts'
import type { DataEntry, Entry } from './records.ts'
import { requireSpends, type Spend } from './spend.ts'

/** One request to spend. */
export interface SpendRequest {
  /** What is going to be released, for people who read the ledger: a query, a training. */
  readonly what: string
  /** The noise of every release in it. It must not depend on answers of the same request. */
  readonly losses: readonly Spend[]
  /** Whose data `losses` are about: the ledger's unit, or 'row' where `contributions` says how many rows a unit has. */
  readonly unit: string
  /** Rows that one unit of the ledger has at most: a spend by the row is charged as what it costs so many. */
  readonly contributions?: number | undefined
  /**
   * With composition 'sum': how much of the budget's δ this may take. Pure releases, and those priced (ε, δ), need
   * none. Other compositions divide δ themselves.
   */
  readonly delta?: number | undefined
  /** Refused unless the ledger is this data set's. */
  readonly dataset?: string | undefined
  /** What is read. A ledger that is tied to a file refuses another one, and a request that does not say. */
  readonly source?: Source | undefined
}

/** The longest texts that are written down, characters. */
const MOST_TEXT = 100_000

/** @throws FrostglassError 'usage' unless this is a text that can be written down. */
export function requireText(name: string, text: unknown, hint: string): void {
  if (typeof text === 'string' && text.trim() !== '' && text.length <= MOST_TEXT) return
  throw new FrostglassError(
    'usage',
    `${name} must be a text of 1 to ${MOST_TEXT} characters; got ${shown(text)}`,
    hint,
  )
}

/** A request as it is written down, priced; refused where it means nothing here. */
export function entryOf(
  path: string,
  about: { readonly dataset: string; readonly unit: string | undefined; readonly budget: Budget },
  request: SpendRequest,
): Omit<Entry, 'number'> {
  requireObject('a spend', request)
  const { what, losses, unit, contributions, delta, dataset, source } = request
  if (dataset !== undefined && dataset !== about.dataset)
    throw new FrostglassError(
      'usage',
      `${path} is the ledger of ${about.dataset}, not of ${shown(dataset)}`,
      'Name the ledger of the data that is asked.',
    )
  requireText('what a spend releases', what, 'Say it in words, such as the query.')
  if (source !== undefined) requireSource(source)
  requireSpends(losses)
  requireUnit(path, about.unit, unit, contributions)
  if (delta !== undefined && delta !== 0) requireDelta(delta)
  const charged = contributions === undefined ? losses : forUnit(losses, contributions)
  // With composition 'sum' the price is what it takes; else it is for information, at all of δ.
  const { epsilon, delta: price } = priceOf(
    charged,
    about.budget.composition === 'sum' ? delta : about.budget.delta,
  )
  return {
    at: new Date().toISOString(),
    what,
    unit,
    contributions,
    source: source === undefined ? undefined : { fingerprint: source.fingerprint },
    losses,
    epsilon,
    delta: price,
  }
}

/** A ledger counts one unit; rows are converted where it is said how many a unit has. */
function requireUnit(path: string, column: string | undefined, unit: unknown, contributions: unknown): void {
  if (column === undefined)
    throw new FrostglassError(
      'usage',
      `${path} was made before ledgers had a unit: whom its entries protect is not known`,
      'Make a new ledger with --unit, with a budget that leaves room for what is in this one.',
    )
  requireText('the unit of a spend', unit, `Name this ledger's, which is ${column}.`)
  if (unit === column) {
    if (contributions === undefined) return
    throw new FrostglassError(
      'usage',
      `a spend about the ledger's own unit has no contributions`,
      `Leave them out, or say that it is by the row (unit 'row').`,
    )
  }
  if (unit === 'row' && contributions !== undefined) return
  throw new FrostglassError(
    'usage',
    `${path} counts what is given away of a ${column}, and this is about a ${String(unit)}`,
    unit === 'row'
      ? `Ask by ${column} (--privacy-unit); in code, say how many rows one of them has at most (contributions), so that it is charged for so many.`
      : `Ask by ${column}; a ledger of people is made with --unit, before anything is spent.`,
  )
}

/** @throws FrostglassError 'usage' where a ledger is tied to a file, and this reads another or does not say. */
export function requireData(
  path: string,
  data: DataEntry['data'] | undefined,
  source: Source | undefined,
): void {
  if (data === undefined || source?.fingerprint === data.fingerprint) return
  const what =
    source === undefined
      ? `${path} is tied to the file ${data.table}, and this does not say what it reads`
      : `${path} is tied to the file ${data.table}, and this reads another`
  throw new FrostglassError(
    'usage',
    what,
    'Name the ledger of these data; if they are the same and were corrected: frostglass ledger data LEDGER --table FILE.',
  )
}

/** @throws FrostglassError 'usage' for a unit's column that is called as rows are where they are the unit. */
export function requireUnitColumn(unit: string | undefined): void {
  if (unit !== 'row') return
  throw new FrostglassError(
    'usage',
    'a column that says whose rows are cannot be called row',
    'Rename it: a ledger by the row would take its price for that of rows.',
  )
}

// The privacy ledger: one budget for one data set, spent before anything is answered, by any number of processes.
// Source: issue 12, "A privacy ledger"; composition.ts has the rules and their sources, store.ts the file.
// It counts what it is told: a release made without it, or an old copy of the file put back, it cannot see.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { requireDelta, requirePositive } from '../accounting/check.ts'
import {
  type Budget,
  type Composition,
  type Costed,
  compositions,
  isWithin,
  priceOf,
  spentOf,
} from './composition.ts'
import { requireSpends, type Spend, spendShape } from './spend.ts'
import { createStore, openStore, type Stored } from './store.ts'

/** What a ledger is made with; none of it can be changed later. */
export interface LedgerOptions {
  /**
   * The data set's name, which its owner chooses. Not a checksum: the budget protects people, and they stay the same when
   * the file is corrected, grows, or is converted.
   */
  readonly dataset: string
  /** ε > 0, nats: for everything ever released about the data set. */
  readonly epsilon: number
  /** δ in (0, 1): well below one over the number of people. */
  readonly delta: number
  /** How entries add up; 'sum' unless given. */
  readonly composition?: Composition | undefined
}

/** One request to spend. */
export interface SpendRequest {
  /** What is going to be released, for people who read the ledger: a query, a training. */
  readonly what: string
  /** The noise of every release in it. It must not depend on answers of the same request. */
  readonly losses: readonly Spend[]
  /**
   * With composition 'sum': how much of the budget's δ this may take. Pure releases, and those priced (ε, δ), need
   * none. Other compositions divide δ themselves.
   */
  readonly delta?: number | undefined
  /** Refused unless the ledger is this data set's. */
  readonly dataset?: string | undefined
}

/** A spend that is in the ledger. */
export interface Entry extends Costed {
  /** 1, 2, … */
  readonly number: number
  /** When, ISO 8601 in UTC, by the clock of the machine that wrote it. */
  readonly at: string
  readonly what: string
}

/** Where a ledger stands. */
export interface LedgerState extends Budget {
  readonly dataset: string
  readonly created: string
  readonly entries: number
  /** By the ledger's rule, what is used of ε, and of δ. */
  readonly spent: { readonly epsilon: number; readonly delta: number }
  /** What a pure release may have, with composition 'sum'; with the others it may have more. */
  readonly left: { readonly epsilon: number; readonly delta: number }
}

/** An open ledger. Any number of processes may have it open: each spend takes the file for itself for some milliseconds. */
export interface Ledger {
  readonly path: string
  readonly dataset: string
  readonly budget: Budget
  /**
   * Takes a price out of the budget, or refuses and takes nothing. When this returns, the entry is on the disk: draw and
   * answer then, not before. What is spent stays spent, also when the answer never comes.
   *
   * @throws FrostglassError 'policy' when the budget does not allow it; 'usage' for a request that means nothing or is about
   * another data set; 'io' when the file is locked for three seconds or cannot be written; 'input' when it is damaged.
   */
  spend(request: SpendRequest): Entry
  /** All entries, oldest first, also of other processes. @throws as `spend` does for the file. */
  entries(): readonly Entry[]
  /** @throws as `spend` does for the file. */
  state(): LedgerState
  close(): void
}

const headerShape = z.strictObject({
  dataset: z.string().min(1),
  epsilon: z.number().positive(),
  delta: z.number().gt(0).lt(1),
  composition: z.enum(compositions),
  created: z.string(),
})

const recordShape = z.strictObject({
  at: z.string(),
  what: z.string(),
  losses: z.array(spendShape).min(1),
  epsilon: z.number().nonnegative(),
  delta: z.number().nonnegative(),
})

/**
 * Makes a ledger and opens it. The file appears whole or not at all, readable by its owner only.
 *
 * @throws FrostglassError 'usage' for a budget outside its range or a path that is taken; 'io' when the system refuses.
 * @example
 * ```ts
 * const ledger = await createLedger('census.ledger', { dataset: 'census', epsilon: 1, delta: 1e-6 })
 * ledger.spend({ what: 'count of people', losses: [{ kind: 'discrete-laplace', scale: 10, sensitivity: 1 }] })
 * ledger.state().left.epsilon // 0.9
 * ```
 */
export async function createLedger(path: string, options: LedgerOptions): Promise<Ledger> {
  const { dataset, epsilon, delta, composition = 'sum' } = options
  if (dataset.trim() === '')
    throw new FrostglassError('usage', 'a ledger needs the name of its data set', {
      hint: 'such as census-2026',
    })
  requirePositive('ε', epsilon)
  requireDelta(delta)
  const created = new Date().toISOString()
  await createStore(path, JSON.stringify({ dataset, epsilon, delta, composition, created }))
  return openLedger(path)
}

/**
 * Opens a ledger, checking all of it.
 *
 * @throws FrostglassError 'input' when there is none, or it is damaged or another kind of file; 'unsupported' when a later
 * version made it; 'io' when it is locked for three seconds or cannot be read.
 */
export function openLedger(path: string): Ledger {
  const store = openStore(path)
  const { dataset, created, ...budget } = readHeader(path, store.read())
  const entriesOf = ({ records }: Stored) => records.map((record, i) => readEntry(path, record, i + 1))
  return Object.freeze({
    path,
    dataset,
    budget,
    spend({ what, losses, delta, dataset: about }: SpendRequest): Entry {
      if (about !== undefined && about !== dataset)
        throw new FrostglassError('usage', `${path} is the ledger of ${dataset}, not of ${about}`, {
          hint: 'name the ledger of the data that is asked',
        })
      if (what.trim() === '')
        throw new FrostglassError('usage', 'a spend says what is released', { hint: 'such as the query' })
      requireSpends(losses)
      const { epsilon, delta: own } = priceAlone(losses, delta, budget)
      const entry = { at: new Date().toISOString(), what, losses, epsilon, delta: own }
      for (;;) {
        const stored = store.read()
        const before = entriesOf(stored)
        requireRoom(path, budget, before, entry)
        // Someone else was quicker: what is left has changed.
        if (store.append(JSON.stringify(entry), stored.head)) return { number: before.length + 1, ...entry }
      }
    },
    entries: () => entriesOf(store.read()),
    state() {
      const entries = entriesOf(store.read())
      const spent = spentOf(entries, budget)
      return {
        dataset,
        created,
        ...budget,
        entries: entries.length,
        spent,
        left: {
          epsilon: Math.max(0, budget.epsilon - spent.epsilon),
          delta: Math.max(0, budget.delta - spent.delta),
        },
      }
    },
    close: store.close,
  })
}

/** The price that stands beside an entry: what it takes with composition 'sum', else for information, at all of δ. */
function priceAlone(losses: readonly Spend[], delta: number | undefined, budget: Budget) {
  if (budget.composition === 'sum') {
    if (delta !== undefined && delta !== 0) requireDelta(delta)
    return priceOf(losses, delta)
  }
  return priceOf(losses, budget.delta)
}

function requireRoom(path: string, budget: Budget, before: readonly Entry[], entry: Costed): void {
  const spent = spentOf([...before, entry], budget)
  if (isWithin(spent, budget)) return
  const now = spentOf(before, budget)
  const over = spent.delta > budget.delta && spent.epsilon <= budget.epsilon ? 'δ' : 'ε'
  const [wanted, had, all] =
    over === 'δ' ? [spent.delta, now.delta, budget.delta] : [spent.epsilon, now.epsilon, budget.epsilon]
  throw new FrostglassError(
    'policy',
    `the budget of ${path} does not allow this: ${over} would come to ${figure(wanted)} of ${figure(all)}, and ${figure(had)} is spent`,
    { hint: 'nothing was spent: ask with more noise, or leave it; a budget once stated is not raised' },
  )
}

function figure(value: number): string {
  const short = Number(value.toPrecision(6))
  return short !== 0 && short < 1e-3 ? short.toExponential() : String(short)
}

function readHeader(path: string, { header }: Stored) {
  return parsed(path, 'its header', headerShape, header)
}

function readEntry(path: string, record: string, number: number): Entry {
  return { number, ...parsed(path, `entry ${number}`, recordShape, record) }
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
  throw new FrostglassError('input', `the ledger ${path} is damaged: ${what} is not what a ledger has`, {
    hint: 'restore it from a backup, and count what was spent since as spent',
  })
}

// The privacy ledger: one budget for one data set, spent before anything is answered, by any number of processes.
// Source: composition.ts has the rules and their sources, store.ts the file, turn.ts who is next; PROOF.md what follows.
// It counts what it is told: a release made without it, or an old copy put back and compared with nothing, it cannot see.

import { basename } from 'node:path'
import { FrostglassError } from '../../errors.ts'
import { requireDelta, requireObject, requirePositive, requirePrice, shown } from '../accounting/check.ts'
import type { Budget } from './composition.ts'
import { type Composition, compositions } from './compositions.ts'
import { fingerprintOf, type Source } from './fingerprint.ts'
import { headOf, isContinued, type LedgerHead, requireHead } from './head.ts'
import { type DataEntry, type Entry, readHeader, readRecords } from './records.ts'
import { entryOf, requireData, requireText, type SpendRequest } from './request.ts'
import { requireRoom, spentSoFar } from './room.ts'
import { createStore, openStore, type Stored } from './store.ts'
import { blocking, inTurn, patiently, untilFree, type Waiting } from './turn.ts'

/** What a ledger is made with; but for the table, none of it can be changed later. */
export interface LedgerOptions {
  /**
   * The data set's name, which its owner chooses. The budget protects people, and they stay the same when the file is
   * corrected, grows, or is converted.
   */
  readonly dataset: string
  /**
   * Whose data the budget is about, 'row' unless given: or a name of what rows belong to, such as the column person_id.
   * Adjacent data differ by all of one unit's.
   */
  readonly unit?: string | undefined
  /** ε > 0, nats: for everything ever released about the data set. */
  readonly epsilon: number
  /** δ in (0, 1): well below one over the number of people. */
  readonly delta: number
  /** How entries add up; 'sum' unless given. */
  readonly composition?: Composition | undefined
  /** A file that the data set is in: then a spend states what it reads, and is refused where that is another file. */
  readonly table?: string | undefined
}

/** Where a ledger stands. */
export interface LedgerState extends Budget {
  readonly dataset: string
  /** Whose data the budget is about; undefined for a ledger that was made before there were units. */
  readonly unit: string | undefined
  readonly created: string
  /** How many spends there are. */
  readonly entries: number
  /** The file that the data set is in, where the ledger is tied to one. */
  readonly data: DataEntry['data'] | undefined
  /** By the ledger's rule, what is used of ε, and of δ. */
  readonly spent: { readonly epsilon: number; readonly delta: number }
  /** What a pure release may have, with composition 'sum'; with the others it may have more. */
  readonly left: { readonly epsilon: number; readonly delta: number }
}

/** An open ledger. Any number of processes may have it open: each spend takes the file for itself for some milliseconds. */
export interface Ledger {
  readonly path: string
  readonly dataset: string
  readonly unit: string | undefined
  readonly budget: Budget
  /**
   * Takes a price out of the budget, or refuses and takes nothing. When this returns, the entry is on the disk: draw and
   * answer then, not before. What is spent stays spent, also when the answer never comes. Nothing else runs meanwhile.
   *
   * @throws FrostglassError 'policy' when the budget does not allow it; 'usage' for a request that means nothing, or is about
   * another data set, unit or file; 'io' when the file stays locked or cannot be written; 'input' when it is damaged.
   */
  spend(request: SpendRequest): Entry
  /** As `spend`, while other work goes on. @throws also 'aborted', with nothing spent. */
  spendInTurn(request: SpendRequest, options?: { readonly signal?: AbortSignal | undefined }): Promise<Entry>
  /** What a spend states of a file that it reads; undefined where the ledger is tied to none. */
  sourceOf(path: string): Promise<Source | undefined>
  /**
   * States that the data set is in this file from now on: that it was corrected, or grew. It costs nothing, and stays
   * visible: who may state it may move a budget to other data.
   */
  tie(path: string): Promise<DataEntry>
  /** All spends, oldest first, also of other processes. @throws as `spend` does for the file. */
  entries(): readonly Entry[]
  /** The files that the data set was stated to be in since the ledger was made. @throws as `spend` does for the file. */
  sources(): readonly DataEntry[]
  /** @throws as `spend` does for the file. */
  state(): LedgerState
  /** How far the ledger has come: to be kept elsewhere, so that a copy put back is noticed. */
  head(): LedgerHead
  /** Whether all that was in the ledger at a head is in it now. @throws FrostglassError 'usage' for what is no head. */
  continues(head: Pick<LedgerHead, 'entries' | 'hash'>): boolean
  /** Gives the file free. What is recorded is on the disk already. */
  close(): void
}

/**
 * Makes a ledger and opens it. The file appears whole or not at all, readable by its owner only.
 *
 * @throws FrostglassError 'usage' for a budget outside its range or a path that is taken; 'input' for a table that cannot be
 * read; 'io' when the system refuses.
 * @example
 * ```ts
 * const ledger = await createLedger('census.ledger', { dataset: 'census', epsilon: 1, delta: 1e-6 })
 * ledger.spend({ what: 'count of people', unit: 'row', losses: [{ kind: 'discrete-laplace', scale: 10, sensitivity: 1 }] })
 * ledger.state().left.epsilon // 0.9
 * ```
 */
export async function createLedger(path: string, options: LedgerOptions): Promise<Ledger> {
  requireText('the path of a ledger', path, 'Give one such as census.ledger.')
  requireObject('what a ledger is made with', options)
  const { dataset, unit = 'row', epsilon, delta, composition = 'sum', table } = options
  requireText('the name of the data set', dataset, 'Give one such as census-2026.')
  requireText('the unit', unit, "Say 'row', or whose rows they are, such as person_id.")
  requirePositive('ε', epsilon)
  requirePrice('ε', epsilon)
  requireDelta(delta)
  if (!compositions.includes(composition))
    throw new FrostglassError(
      'usage',
      `there is no composition ${shown(composition)}`,
      `Take one of ${compositions.join(', ')}.`,
    )
  const data = table === undefined ? undefined : await dataAt(table)
  const created = new Date().toISOString()
  await createStore(path, JSON.stringify({ dataset, unit, epsilon, delta, composition, created, data }))
  return openLedger(path)
}

async function dataAt(path: string): Promise<DataEntry['data']> {
  requireText('the path of a table', path, 'Give one such as people.csv.')
  return { fingerprint: await fingerprintOf(path), table: basename(path) }
}

/**
 * Opens a ledger, checking all of it.
 *
 * @param waiting how long, and whom to tell, while other processes are before this one.
 * @throws FrostglassError 'input' when there is none, or it is damaged or another kind of file; 'unsupported' when a later
 * version made it; 'io' when it stays locked or cannot be read.
 */
export function openLedger(path: string, waiting: Waiting = {}): Ledger {
  requireText('the path of a ledger', path, 'Give one such as census.ledger.')
  requireObject('how a ledger is waited for', waiting)
  if (waiting.patience !== undefined) requirePositive('the patience', waiting.patience)
  const store = openStore(path)
  const read = () => blocking(untilFree(path, waiting, store.tryRead))
  let first: Stored
  try {
    first = read()
  } catch (error) {
    store.close()
    throw error
  }
  const { dataset, unit, created, data: recorded, ...budget } = readHeader(path, first)
  const records = (stored: Stored) => readRecords(path, stored)
  const dataNow = (sources: readonly DataEntry[]) => sources.at(-1)?.data ?? recorded

  /** Writes what `decide` makes of the chain, and answers it with its number. */
  const append = <T extends object>(decide: (stored: Stored) => T, blocks: boolean) =>
    inTurn(
      path,
      waiting,
      () => {
        let entry: (T & { number: number }) | undefined
        const done = store.tryAppend((stored) => {
          const record = decide(stored)
          const text = JSON.stringify(record)
          const number = stored.records.length + 1
          // What cannot be read back is not written: it would end the ledger for ever.
          readRecords(path, { ...stored, records: [text] })
          entry = { number, ...record }
          return text
        })
        return done ? entry : undefined
      },
      blocks,
    )

  const spending = (request: SpendRequest, blocks: boolean) => {
    const entry = entryOf(path, { dataset, unit, budget }, request)
    return append((stored) => {
      const { spends, sources } = records(stored)
      requireData(path, dataNow(sources), request.source)
      return { ...entry, spent: requireRoom(path, budget, spends, entry) }
    }, blocks)
  }

  return Object.freeze({
    path,
    dataset,
    unit,
    budget,
    spend: (request: SpendRequest): Entry => blocking(spending(request, true)),
    spendInTurn: async (request: SpendRequest, options: { readonly signal?: AbortSignal | undefined } = {}) =>
      patiently<Entry>(spending(request, false), options.signal),
    async sourceOf(table: string) {
      if (dataNow(records(read()).sources) === undefined) return undefined
      return { fingerprint: await fingerprintOf(table) }
    },
    async tie(table: string): Promise<DataEntry> {
      const data = await dataAt(table)
      return patiently<DataEntry>(
        append(() => ({ at: new Date().toISOString(), data }), false),
        undefined,
      )
    },
    entries: () => records(read()).spends,
    sources: () => records(read()).sources,
    state(): LedgerState {
      const { spends, sources } = records(read())
      const spent = spentSoFar(spends, budget)
      return {
        dataset,
        unit,
        created,
        ...budget,
        entries: spends.length,
        data: dataNow(sources),
        spent,
        left: {
          epsilon: Math.max(0, budget.epsilon - spent.epsilon),
          delta: Math.max(0, budget.delta - spent.delta),
        },
      }
    },
    head(): LedgerHead {
      const stored = read()
      return { ...headOf(stored), spent: spentSoFar(records(stored).spends, budget) }
    },
    continues(head: Pick<LedgerHead, 'entries' | 'hash'>): boolean {
      requireHead(head)
      return isContinued(read(), head)
    },
    close: store.close,
  })
}

// The head of a ledger: how far it has come, as a number and a hash, to be kept where whoever can write the file cannot.
// Source: hash chains (Haber and Stornetta 1991): the hash of an entry is that of all before it, too.
// It tells that something is gone or other than it was, not what; and nothing about entries after the one that is kept.

import { FrostglassError } from '../../errors.ts'
import { shown } from '../accounting/check.ts'
import type { Stored } from './store.ts'

/** How far a ledger has come. */
export interface LedgerHead {
  /** Entries in the chain: spends, and statements about the file that the data are in. */
  readonly entries: number
  /** SHA-256 over all of them and the budget, 64 hexadecimal digits. */
  readonly hash: string
  /** What is spent of the budget there. */
  readonly spent: { readonly epsilon: number; readonly delta: number }
}

export const headOf = ({ records, hashes }: Stored): Omit<LedgerHead, 'spent'> => ({
  entries: records.length,
  hash: hashes.at(-1)!,
})

/** Whether the chain has this head in it. */
export const isContinued = (
  { hashes }: Stored,
  { entries, hash }: Pick<LedgerHead, 'entries' | 'hash'>,
): boolean => hashes[entries] === hash

/** @throws FrostglassError 'usage' unless this is a number of entries and a hash. */
export function requireHead(head: Pick<LedgerHead, 'entries' | 'hash'>): void {
  const { entries, hash } = (head ?? {}) as { entries?: unknown; hash?: unknown }
  if (Number.isSafeInteger(entries) && (entries as number) >= 0 && /^[0-9a-f]{64}$/.test(String(hash))) return
  throw new FrostglassError(
    'usage',
    `a head is a number of entries and a hash; got ${shown(head)}`,
    'Give what ledger.head() answered.',
  )
}

/** A head as one line, `3:8f2c…`. */
export const headText = ({ entries, hash }: Pick<LedgerHead, 'entries' | 'hash'>): string =>
  `${entries}:${hash}`

/**
 * The first head in a text: the line of `headText`, or the JSON that has the same.
 * @throws FrostglassError 'usage' when there is none.
 */
export function readHead(text: string): Pick<LedgerHead, 'entries' | 'hash'> {
  const [, entries, hash] =
    /(?:^|\s)(\d+):([0-9a-f]{64})(?![0-9a-f])/.exec(text) ??
    /"entries"\s*:\s*(\d+)\s*,\s*"hash"\s*:\s*"([0-9a-f]{64})"/.exec(text) ??
    []
  if (entries !== undefined && hash !== undefined) return { entries: Number(entries), hash }
  throw new FrostglassError(
    'usage',
    'there is no head in this',
    'Give a head such as 3:8f2c… with 64 digits, as `frostglass ledger head` prints it.',
  )
}

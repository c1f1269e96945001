// The privacy ledger: a durable account of what was released about one data set.
// Source: Rogers, Roth, Ullman and Vadhan 2016 (what a budget is against an analyst who chooses as they go); PROOF.md.
// It counts what it is told, and is as trustworthy as the disk that it lies on.

export type { Budget } from './composition.ts'
export { type Composition, compositions } from './compositions.ts'
export { forUnit } from './contributions.ts'
export { fingerprintOf, type Source } from './fingerprint.ts'
export { headText, type LedgerHead, readHead } from './head.ts'
export {
  createLedger,
  type Ledger,
  type LedgerOptions,
  type LedgerState,
  openLedger,
} from './ledger.ts'
export type { DataEntry, Entry } from './records.ts'
export type { SpendRequest } from './request.ts'
export { type Spend, spendOf } from './spend.ts'
export type { Waiting } from './turn.ts'

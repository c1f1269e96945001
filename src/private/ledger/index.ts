// The privacy ledger: a durable account of what was released about one data set.
// Source: issue 12, "A privacy ledger".
// It counts what it is told, and is as trustworthy as the disk that it lies on.

export { type Budget, type Composition, compositions } from './composition.ts'
export {
  createLedger,
  type Entry,
  type Ledger,
  type LedgerOptions,
  type LedgerState,
  openLedger,
  type SpendRequest,
} from './ledger.ts'
export { type Spend, spendOf } from './spend.ts'

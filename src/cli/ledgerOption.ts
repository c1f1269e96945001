// A ledger that a command spends from: opened so that whoever waits for it is told why, once a second.
// Source: docs/how-to/keep-a-budget.md.

import { type Ledger, openLedger } from '../private/index.ts'

/** Opens a ledger for a command. @throws as `openLedger` */
export function openForSpending(path: string): Ledger {
  return openLedger(path, {
    onWait: (ahead) => process.stderr.write(`waiting for ${path}: ${ahead} before us\n`),
  })
}

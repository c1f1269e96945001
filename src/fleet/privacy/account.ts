// Paying for a node's rounds: each is an entry of the ledger, on the disk before anything of the round is computed.
// Source: src/private/ledger/PROOF.md, sections 1 (spent before drawn) and 5 (what a head that is kept elsewhere shows).
// It cannot see that ledger and state are both put back to how they were.

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError, writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import type { Ledger } from '../../private/index.ts'
import type { Source } from '../../private/ledger/fingerprint.ts'
import { headText, readHead } from '../../private/ledger/head.ts'
import type { Spend } from '../../private/ledger/spend.ts'

/** What each round costs. */
export interface RoundTerms {
  readonly losses: readonly Spend[]
  /** What a round may take of δ, where the ledger adds prices up. */
  readonly delta: number | undefined
  /** Whose data the losses are about, as the ledger is asked. */
  readonly unit: string
  readonly source?: Source | undefined
}

/** Pays for one round. When it returns, the entry is on the disk. @throws FrostglassError as `Ledger.spend`; 'policy' for an older copy */
export type PayRound = (what: string) => Promise<void>

/**
 * @param folder where the ledger's newest head is kept: it is made
 * @throws FrostglassError 'policy' where the ledger lacks what was spent from it before; 'io'
 */
export async function openAccount(ledger: Ledger, folder: string, terms: RoundTerms): Promise<PayRound> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error) => {
    throw fileError(error, folder, 'writing')
  })
  const path = join(folder, 'ledger.head')
  await requireContinued(ledger, path)
  return async (what) => {
    await requireContinued(ledger, path)
    await ledger.spendInTurn({ what, ...terms })
    // Ended before this is written, the head is an older one, which the ledger continues all the same.
    await writeFileAtomic(path, `${headText(ledger.head())}\n`, { force: true })
  }
}

async function requireContinued(ledger: Ledger, path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw fileError(error, path, 'reading')
  })
  if (text === undefined || ledger.continues(readHead(text))) return
  throw new FrostglassError(
    'policy',
    `${ledger.path} lacks what this node has spent from it: it is an older copy, or another ledger`,
    `Put the newest copy back. For another ledger take another --state folder.`,
  )
}

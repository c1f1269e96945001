// Paying for a node's rounds: each is an entry of the ledger, on the disk before anything of the round is computed.
// Source: src/private/ledger/PROOF.md, sections 1 (spent before drawn) and 5 (what a head that is kept elsewhere shows).
// How many rounds a folder has paid for is kept beside that head, so that a node that was ended does not begin to count anew.
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
  const path = join(folder, headFile)
  await requireContinued(ledger, path)
  return async (what) => {
    await requireContinued(ledger, path)
    const [before, untouched] = [await paidRounds(folder), headText(ledger.head())]
    // Counted first: ended in between, the node has a round less, and never one more.
    await writeRounds(folder, before + 1)
    try {
      await ledger.spendInTurn({ what, ...terms })
    } catch (error) {
      if (headText(ledger.head()) === untouched) await writeRounds(folder, before)
      throw error
    }
    // Ended before this is written, the head is an older one, which the ledger continues all the same.
    await writeFileAtomic(path, `${headText(ledger.head())}\n`, { force: true })
  }
}

const [headFile, roundsFile] = ['ledger.head', 'rounds.paid']

/**
 * How many rounds were paid for with this folder, by all processes that had it, whatever each of them cost.
 * @returns rounds; 0 for a folder that is new
 * @throws FrostglassError 'input' where the count is damaged, or lacks beside a head; 'io'
 */
export async function paidRounds(folder: string): Promise<number> {
  const text = await textOf(join(folder, roundsFile))
  if (text === undefined && (await textOf(join(folder, headFile))) === undefined) return 0
  if (text !== undefined && /^\d{1,9}\n$/.test(text)) return Number(text)
  throw new FrostglassError(
    'input',
    `${join(folder, roundsFile)}, which counts the rounds that were paid for, is ${text === undefined ? 'gone' : 'damaged'}`,
    'Take another --state folder: its rounds are counted anew, and the ledger still bounds them all.',
  )
}

const writeRounds = (folder: string, count: number): Promise<void> =>
  writeFileAtomic(join(folder, roundsFile), `${count}\n`, { force: true })

const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw fileError(error, path, 'reading')
  })

async function requireContinued(ledger: Ledger, path: string): Promise<void> {
  const text = await textOf(path)
  if (text === undefined || ledger.continues(readHead(text))) return
  throw new FrostglassError(
    'policy',
    `${ledger.path} lacks what this node has spent from it: it is an older copy, or another ledger`,
    `Put the newest copy back. For another ledger take another --state folder.`,
  )
}

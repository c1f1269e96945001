// A query that is slow if one person is in the table: whether it answers is a bit, and nobody paid for it.
// Source: attackers from outside; Haeberlen, Pierce and Narayan 2011 show the kind, and spend before they compute.
// It measures what is learnt from an empty budget. How long an answer takes that is paid for is a residual (docs/explanation/private-queries.md).

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asItLies, openDatabase, pathLiteral } from '../../data/duckdb.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { createLedger, type Ledger, privateQuery } from '../../private/index.ts'
import type { Exhibit, Form } from './exhibit.ts'

/** Letters in the cell that the pattern is held against: a second's work, in the one row that has the illness. */
const LETTERS = 16_000
/** Only times that are so many times apart are told apart: a busy machine makes others. */
const APART = 4
/** The quickest of so many runs is taken, for the same reason. */
const RUNS = 2

/** Patterns of this kind were tried in all ways, in time that grows with the square of the text. */
const slow = (pattern: string) =>
  `SELECT COUNT(*) FROM data WHERE CASE WHEN illness = 'rare' THEN notes LIKE '${pattern}' ELSE FALSE END`

/** A query whose budget is spent: how long it takes to be refused is free, and was an exact bit about one person. */
export const slowQuery: Exhibit = {
  name: 'slow-query',
  title: 'A query that hangs if one person is in the table',
  claim: 'Without budget nothing is told that depends on rows.',
  source: 'attackers from outside',
  mended:
    'The price is spent before any row is read; patterns take a bounded time of each cell; what takes longer than its limit is ended, and refused in the same words.',
  async run(form, { quick = false, signal } = {}) {
    const secrets = quick ? [true, false] : [true, false, false, true]
    const folder = await mkdtemp(join(tmpdir(), 'frostglass-slow-'))
    const ledger = await exhausted(join(folder, 'ill.ledger'))
    const timeOf = async (name: string, present: boolean) => {
      const table = join(folder, `${name}.csv`)
      await writeFile(table, tableWith(present))
      const times: number[] = []
      for (let i = 0; i < RUNS; i++) {
        throwIfAborted(signal)
        // Of the processor, which other programs change little: an attacker by the clock tries more often.
        const start = process.cpuUsage()
        await refused(form, table, ledger)
        const { user, system } = process.cpuUsage(start)
        times.push(user + system)
      }
      return Math.min(...times)
    }
    try {
      // The attacker knows every row but the last, and tries both at home first.
      const [without, having] = [await timeOf('without', false), await timeOf('with', true)]
      let right = 0
      for (const [i, present] of secrets.entries()) {
        const time = await timeOf(String(i), present)
        // Where nothing is learnt one answer is as good as the other, and half of the secrets are true.
        const guess = having < APART * without || time > Math.sqrt(having * without)
        if (guess === present) right++
      }
      return {
        allowed: 0,
        // Of so many fair bits, what a guesser who is right so often knows.
        measured: secrets.length * (1 - entropy(right / secrets.length)),
        unit: 'bits learnt without a spend',
      }
    } finally {
      ledger.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

const tableWith = (present: boolean): string =>
  [
    'person,illness,notes',
    ...Array.from({ length: 50 }, (_, i) => `${i},common,none`),
    `50,${present ? 'rare' : 'common'},${'a'.repeat(LETTERS)}`,
    '',
  ].join('\n')

const entropy = (p: number): number => (p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p))

async function exhausted(path: string): Promise<Ledger> {
  const ledger = await createLedger(path, { dataset: 'ill', epsilon: 0.1, delta: 1e-6 })
  spend(ledger)
  return ledger
}

const spend = (ledger: Ledger) =>
  ledger.spend({
    unit: 'row',
    what: 'count',
    losses: [{ kind: 'discrete-laplace', scale: 10, sensitivity: 1 }],
  })

/** Asks, and is refused: for want of budget, or for the pattern. */
async function refused(form: Form, table: string, ledger: Ledger): Promise<void> {
  for (const ask of form === 'before' ? [() => askedBefore(table, ledger)] : askedToday(table, ledger))
    await ask().then(
      () => {
        throw new Error('an empty budget does not answer')
      },
      (error: unknown) => {
        if (!(error instanceof FrostglassError)) throw error
      },
    )
}

/** The exact part first, as long as it takes; then the spend; then the noise, which is never drawn here. */
async function askedBefore(table: string, ledger: Ledger): Promise<void> {
  const database = await openDatabase(512)
  try {
    const connection = await database.connect()
    const rows = `read_csv(${pathLiteral(table)}, ${asItLies}, all_varchar = true)`
    await connection.runAndReadAll(slow('%a_%b').replace('FROM data', `FROM ${rows}`))
    spend(ledger)
  } finally {
    database.close()
  }
}

/** The pattern of before, which is refused now, and the slowest that is not. */
const askedToday = (table: string, ledger: Ledger) =>
  ['%a_%b', `%${'a'.repeat(61)}b%`].map(
    (pattern) => () => privateQuery(table, slow(pattern), { epsilon: 0.1, unit: 'person', ledger }),
  )

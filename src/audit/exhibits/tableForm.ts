// The form of a table read off its rows: a field that one person's row alone has, a line that one person's row breaks.
// Source: attackers from outside; what a query is refused for is told as well as what it answers.
// It asks in dry runs, which cost nothing, and with an empty budget.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../data/duckdb.ts'
import { openSource } from '../../data/source.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { createLedger, explainQuery, type Ledger, privateQuery } from '../../private/index.ts'
import type { Exhibit, Form } from './exhibit.ts'

/** Each way to learn the bit: what the row of the person is, and that of somebody else. */
const channels = [
  {
    name: 'field.jsonl',
    head: '',
    own: '{"person":7,"age":41,"diagnosis":"x"}',
    other: '{"person":7,"age":41}',
  },
  { name: 'cells.csv', head: 'person,age\n', own: '7,41,x', other: '7,41' },
  { name: 'first.data', head: '', own: '7,41,x', other: '7,41' },
] as const

export const tableForm: Exhibit = {
  name: 'table-form',
  title: 'The form of a table, read off its rows',
  claim: 'Without a spend nothing is told that depends on rows.',
  source: 'attackers from outside',
  mended:
    'Columns that would be read off rows are stated by the owner; a row that is malformed has missing cells, or is left out, and is never an error.',
  async run(form, { signal } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'frostglass-form-'))
    const ledger = await createLedger(join(folder, 'people.ledger'), {
      dataset: 'people',
      epsilon: 0.1,
      delta: 1e-6,
    })
    ledger.spend({
      unit: 'row',
      what: 'count',
      losses: [{ kind: 'discrete-laplace', scale: 10, sensitivity: 1 }],
    })
    try {
      let bits = 0
      for (const { name, head, own, other } of channels) {
        throwIfAborted(signal)
        const path = join(folder, name)
        const seen = []
        for (const row of [own, other]) {
          // The person's row first: of a file without names it says how many columns there are.
          const others = [other, other].join('\n')
          await writeFile(path, `${head}${row}\n${others}\n`)
          seen.push(await seenOf(form, path, ledger))
        }
        // What is seen follows from the rows alone, with no chance in it: different is a whole bit.
        if (seen[0] !== seen[1]) bits++
      }
      return { allowed: 0, measured: bits, unit: 'bits learnt without a spend' }
    } finally {
      ledger.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** Everything that a dry run and a query without budget say. */
async function seenOf(form: Form, path: string, ledger: Ledger): Promise<string> {
  const ask = form === 'before' ? () => askedBefore(path) : () => askedToday(path, ledger)
  return JSON.stringify(await ask().catch(said))
}

/** What an error says; other errors than ours are faults of this exhibit. */
function said(error: unknown): readonly (string | undefined)[] {
  if (error instanceof FrostglassError) return [error.code, error.message, error.hint]
  throw error
}

/** Names of columns as DuckDB finds them in the file, and whether all of it can be read, before anything is spent. */
async function askedBefore(path: string): Promise<unknown> {
  const database = await openDatabase(256)
  try {
    const connection = await database.connect()
    const { names, relation } = await openSource(connection, path, {})
    const readable = await connection.runAndReadAll(`SELECT count(*) FROM ${relation()}`).then(
      () => true,
      () => false,
    )
    return { names, readable }
  } finally {
    database.close()
  }
}

/** As the owner must ask, who states columns, and as the asker would like to. */
async function askedToday(path: string, ledger: Ledger): Promise<unknown> {
  const seen: unknown[] = []
  for (const columns of [undefined, ['person', 'age', 'diagnosis']])
    for (const sql of ['SELECT COUNT(*) FROM data', 'SELECT COUNT(diagnosis) FROM data']) {
      seen.push(await explainQuery(path, sql, { epsilon: 0.1, columns }).catch(said))
      seen.push(await privateQuery(path, sql, { epsilon: 0.1, columns, ledger }).catch(said))
    }
  return seen
}

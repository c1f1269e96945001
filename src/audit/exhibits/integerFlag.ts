// One person's 30.5, read off a private model's file: what such a file, and its refusals, once said of single rows.
// Source: attackers from outside; the definition: what two adjacent tables are told apart by with certainty has no ε.
// The form of before is the description that private training took from the rows; its gradients, noisy, are not attacked.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTable } from '../../data/index.ts'
import { throwIfAborted } from '../../errors.ts'
import { readStated } from '../../private/schema/readStated.ts'
import { type StatedSchema, taskOf } from '../../private/schema/schema.ts'
import type { Exhibit, Form } from './exhibit.ts'

const header = 'age,town,sick'
const ordinary = Array.from(
  { length: 24 },
  (_, i) => `${20 + i},${i % 3 ? 'A' : 'B'},${i % 2 ? 'yes' : 'no'}`,
)
const changed = 11

/** What somebody's row may be instead: each shows in what stands in the file, or in whether there is one. */
const others: Readonly<Record<string, string>> = {
  'a fraction': '30.5,A,yes',
  'a text for a number': 'thirty,A,yes',
  'no number': 'NaN,A,yes',
  'an infinite number': '1e400,A,yes',
  'a category of its own': '31,Z,yes',
  'a class of its own': '31,A,maybe',
  'no class': '31,A,',
  'a cell less': '31,A',
}

const stated: StatedSchema = {
  columns: [
    { name: 'age', kind: 'number', bounds: [0, 100] },
    { name: 'town', kind: 'category', values: ['A', 'B'] },
    { name: 'sick', kind: 'category', values: ['no', 'yes'] },
  ],
}

/** Before: columns, categories and classes as the rows had them went into the model's file, and what was unusual was refused by name. */
async function describedBefore(path: string): Promise<string> {
  const { schema, rows, warnings } = await readTable(path, { label: 'sick' })
  return JSON.stringify({ columns: schema.columns, label: schema.label, rows, warnings })
}

/** Today: what was stated goes into it; here is all that is known of the rows beside it, but for the changed row's own numbers. */
async function describedToday(path: string): Promise<string> {
  const { x, y, width, outputs, ...rest } = await readStated(path, taskOf(stated, 'sick'))
  x.fill(0, changed * width, (changed + 1) * width)
  y.fill(0, changed * outputs, (changed + 1) * outputs)
  return JSON.stringify({ ...rest, x: Array.from(x), y: Array.from(y) })
}

async function seen(form: Form, path: string, row: string): Promise<string> {
  await writeFile(
    path,
    `${[header, ...ordinary.map((line, i) => (i === changed ? row : line))].join('\n')}\n`,
  )
  return (form === 'before' ? describedBefore(path) : describedToday(path)).catch(
    (error: Error) => `refused: ${error.message}`,
  )
}

/** The exhibit. */
export const integerFlag: Exhibit = Object.freeze({
  name: 'integer-flag',
  title: 'One person’s 30.5, read off a private model’s file',
  claim: 'Nothing about a row leaves private training of a table but through the noise.',
  source: 'attackers from outside',
  mended:
    'What columns may hold is stated by the owner, and a cell that does not fit counts by one rule that never fails and never tells.',
  async run(form: Form, { signal }: Parameters<Exhibit['run']>[1] = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'frostglass-exhibit-'))
    try {
      const path = join(folder, 'people.csv')
      const expected = await seen(form, path, ordinary[changed]!)
      let wrong = 0
      for (const row of Object.values(others)) {
        throwIfAborted(signal)
        if ((await seen(form, path, row)) !== expected) wrong++
      }
      return {
        allowed: 0,
        measured: wrong,
        unit: `of ${Object.keys(others).length} changed rows told with certainty`,
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
})

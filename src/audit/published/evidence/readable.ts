// Refuses tables that cannot be compared: what cannot be read counts as a success of the protection in every attack.
// Source: ours. Held to it is every column of every table, by its name, and all columns together.
// A twentieth may be unreadable; of whom that is, attacks say nothing.

import { FrostglassError, printable } from '../../../errors.ts'
import { type Turn, turnsFor } from '../../../learn/pauses.ts'
import type { CodedTable, CodedTableColumn } from '../../../protect/tables/codedTable.ts'
import type { Hierarchy } from '../../../protect/tables/hierarchy.ts'
import { candidatesOf } from '../candidates.ts'
import type { PublishedEvidence } from '../contract.ts'
import { coverOf, isSuppressed } from '../labels.ts'
import { columnOf } from '../risk/classes.ts'

/** Share of the cells of a column, or of the rows, that may fit nobody. */
const mostStrange = 0.05

const spellings =
  'Spell its values in both tables alike (numbers as numbers), and give the hierarchies that made its labels.'

/** @throws FrostglassError `input` that names the column, or the columns, that cannot be compared; `aborted` */
export async function requireReadable(evidence: PublishedEvidence, signal?: AbortSignal): Promise<void> {
  const { original, published, list, previous, quasi, sensitive, hierarchies } = evidence
  for (const { name } of published.columns)
    if (!original.columns.some((column) => column.name === name))
      throw new FrostglassError(
        'input',
        `the published table has a column '${printable(name)}' that the original has not: what it tells cannot be measured`,
        'Give the original with this column under the same name, or do not publish it.',
      )
  for (const column of published.columns) {
    const own = columnOf(original, column.name, 'the original')
    const hierarchy = hierarchies?.get(column.name)
    requireLeaves(own, hierarchy)
    const cover = sensitive.includes(column.name) ? asItWas : coverOf
    requireRead(own, column, cover(own, column, hierarchy), original.rows - published.rows, 'published')
  }
  for (const column of previous?.columns ?? []) {
    const own = original.columns.find(({ name }) => name === column.name)
    if (!own) continue
    const cover = quasi.includes(column.name) ? coverOf : asItWas
    requireRead(own, column, cover(own, column, hierarchies?.get(column.name)), original.rows, 'earlier')
  }
  if (list) for (const name of quasi) requireListed(original, list, name)
  await requireOwn(evidence, turnsFor(signal))
  if (published.rows < original.rows / 2)
    throw new FrostglassError(
      'input',
      `${published.rows} rows were published of ${original.rows} in the original: of shares of all people those who are not there would hide what is told of the others`,
      'Give as the original the rows that were published, as they were.',
    )
}

/** Of a column that was not generalised. */
function asItWas(
  original: CodedTableColumn,
  other: CodedTableColumn,
): Pick<ReturnType<typeof coverOf>, 'labelsOf'> {
  const places = new Map(other.values.map((value, code) => [value, code]))
  const suppressed = other.values.flatMap((value, code) =>
    isSuppressed(value) && !original.values.includes(value) ? [code] : [],
  )
  return {
    labelsOf: original.values.map((value) => {
      const place = places.get(value)
      return Uint32Array.from(place === undefined ? suppressed : [...suppressed, place])
    }),
  }
}

const countsOf = ({ codes, values }: CodedTableColumn): Float64Array => {
  const counts = new Float64Array(values.length)
  for (const code of codes) counts[code]!++
  return counts
}

/** @param absent people whose row may be in no class */
function requireRead(
  own: CodedTableColumn,
  other: CodedTableColumn,
  { labelsOf }: Pick<ReturnType<typeof coverOf>, 'labelsOf'>,
  absent: number,
  what: 'published' | 'earlier',
): void {
  const [people, rows] = [countsOf(own), countsOf(other)]
  const read = new Uint8Array(other.values.length)
  for (const labels of labelsOf) for (const label of labels) read[label] = 1
  const strange = rows.reduce((sum, count, label) => sum + (read[label] ? 0 : count), 0)
  const named = `'${printable(own.name)}'`
  if (strange > mostStrange * other.codes.length)
    throw new FrostglassError(
      'input',
      `${strange} of ${other.codes.length} ${what} cells of ${named} fit nobody in the original: they cannot be read, were changed, or are of another table`,
      `A column that was made coarser, but is no quasi-identifier, must be as coarse in the original. ${spellings}`,
    )
  const known = new Set(own.values)
  const nothing = other.values.map((value) => isSuppressed(value) && !known.has(value))
  const suppressed = rows.reduce((sum, count, label) => sum + (nothing[label] ? count : 0), 0)
  const left = people.reduce(
    (sum, count, value) => sum + (labelsOf[value]!.some((label) => !nothing[label]) ? 0 : count),
    0,
  )
  if (left <= Math.max(0, absent) + suppressed + mostStrange * own.codes.length) return
  throw new FrostglassError(
    'input',
    `${left} of ${own.codes.length} people in the original have a value of ${named} that fits no ${what} label, and no more than ${Math.max(0, absent) + suppressed} rows were left out: one of the tables cannot be read`,
    spellings,
  )
}

/** @throws FrostglassError 'input' where a hierarchy is of other values */
function requireLeaves(own: CodedTableColumn, hierarchy: Hierarchy | undefined): void {
  if (!hierarchy) return
  const leaves = new Set(hierarchy.leaves)
  const counts = countsOf(own)
  const lacking = counts.reduce((sum, count, value) => sum + (leaves.has(own.values[value]!) ? 0 : count), 0)
  if (lacking <= mostStrange * own.codes.length) return
  throw new FrostglassError(
    'input',
    `the hierarchy of '${printable(own.name)}' lacks the values of ${lacking} of ${own.codes.length} people in the original`,
    'Give the hierarchy that made its labels, with the values as the original has them.',
  )
}

/** A list may have people of whom the original has nobody alike; it must not be that neither side is found on the other. */
function requireListed(original: CodedTable, list: CodedTable, name: string): void {
  const known = list.columns.find((column) => column.name === name)
  if (!known) return
  const own = columnOf(original, name, 'the original')
  const missing = (from: CodedTableColumn, to: CodedTableColumn): number => {
    const there = new Set(to.values)
    const cells = countsOf(from)
    return cells.reduce((sum, count, value) => sum + (there.has(from.values[value]!) ? 0 : count), 0)
  }
  const [strange, lacking] = [missing(known, own), missing(own, known)]
  if (strange <= mostStrange * list.rows || lacking <= mostStrange * original.rows) return
  throw new FrostglassError(
    'input',
    `${strange} of ${list.rows} cells of '${printable(name)}' on the public list are of nobody in the original, and ${lacking} of ${original.rows} people are not there: the list cannot be read, or is of others`,
    'Spell its values as the original does.',
  )
}

/** Rows must be of people in all columns together: what was swapped or blurred is in each of them alone. */
async function requireOwn(evidence: PublishedEvidence, turn: Turn): Promise<void> {
  const { original, published, quasi, hierarchies, list } = evidence
  const own = await candidatesOf(original, published, quasi, hierarchies, turn)
  if (own.strangeRows > mostStrange * published.rows)
    throw new FrostglassError(
      'input',
      `${own.strangeRows} of ${published.rows} published rows fit nobody in the original: their labels cannot be read, or they are of another table`,
      'Give the hierarchies that made the labels, and the table that was published from.',
    )
  const rest = published.columns.map(({ name }) => name).filter((name) => !quasi.includes(name))
  const { strangeRows } = await candidatesOf(original, published, [...quasi, ...rest], hierarchies, turn)
  if (strangeRows > mostStrange * published.rows)
    throw new FrostglassError(
      'input',
      `${strangeRows} of ${published.rows} published rows fit nobody in the original when ${rest.map((name) => `'${printable(name)}'`).join(', ')} are read, too: values were swapped or changed, and who is where cannot be told`,
      'Rows whose values were changed are audited as synthetic ones: frostglass audit synthetic.',
    )
  if (!list || !quasi.every((name) => list.columns.some((column) => column.name === name))) return
  if ((await candidatesOf(list, original, quasi, undefined, turn)).of.length > 0) return
  throw new FrostglassError(
    'input',
    'nobody in the original is on the public list: by it nobody could be named',
    'Give a list of people of whom some are in the table.',
  )
}

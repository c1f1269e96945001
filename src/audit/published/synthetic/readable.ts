// Synthetic rows under the spelling of the original, and a refusal of columns that cannot be compared, or of a control that was used.
// Source: ../evidence/spelling.ts. What is compared by other texts than the original has is never near anybody, which looks like safety.
// A column of texts that were made up anew is refused as well: what it tells cannot be told from misspelling.

import { FrostglassError, printable } from '../../../errors.ts'
import type { CodedTable, CodedTableColumn } from '../../../protect/tables/codedTable.ts'
import { seededStream } from '../../../random/seeded.ts'
import { folded, oneSpelling, respelled, spelledLike } from '../evidence/spelling.ts'
import { columnOf } from '../risk/classes.ts'
import type { SyntheticEvidence } from './contract.ts'
import { drawRows } from './neighbours.ts'
import { isNumeric, numberIn } from './numbers.ts'

/** Share of the synthetic cells that may be of no text that the original or the control has, or be no number. */
const mostUnseen = 0.05
/**
 * The same evidence under one spelling.
 * @throws FrostglassError `usage` for a column that a table lacks, `input` for one of which too much cannot be compared
 */
export function readableSynthetic({ original, control, synthetic }: SyntheticEvidence): SyntheticEvidence {
  const found = synthetic.columns.map((column) => {
    const [own, strangers] = [
      columnOf(original, column.name, 'the original table'),
      columnOf(control, column.name, 'the control table'),
    ]
    if (isNumeric([own, strangers])) {
      requireNumbers(own, strangers, column)
      return { own, strangers, column }
    }
    const meaning = oneSpelling(own.values, column.values, new Set())
    const spelled = respelled(own, meaning)
    const other = respelled(strangers, spelledLike(spelled.values, strangers.values))
    const exact = respelled(column, meaning)
    const made = respelled(
      exact,
      spelledLike(
        other.values,
        exact.values.filter((text) => !spelled.values.includes(text)),
      ),
    )
    requireSeen(new Set([...spelled.values, ...other.values]), made)
    return { own: spelled, strangers: other, column: made }
  })
  const table = (rows: number, columns: readonly CodedTableColumn[]): CodedTable => ({ rows, columns })
  return {
    original: table(
      original.rows,
      found.map(({ own }) => own),
    ),
    control: table(
      control.rows,
      found.map(({ strangers }) => strangers),
    ),
    synthetic: table(
      synthetic.rows,
      found.map(({ column }) => column),
    ),
  }
}

const refused = (name: string, what: string): FrostglassError =>
  new FrostglassError(
    'input',
    `${what} in the synthetic column '${printable(name)}': it cannot be compared`,
    'Spell its cells as the original does, in the same unit; leave a column of texts that were made up out of the rows that are audited.',
  )

/** Cells for which something is so. */
function counted({ values, codes }: CodedTableColumn, holds: (text: string) => boolean): number {
  const flags = values.map(holds)
  let sum = 0
  for (const code of codes) if (flags[code]) sum++
  return sum
}

function requireSeen(known: ReadonlySet<string>, made: CodedTableColumn): void {
  const unseen = counted(made, (text) => !known.has(text) && folded(text) !== '')
  if (unseen > mostUnseen * made.codes.length)
    throw refused(
      made.name,
      `${unseen} of ${made.codes.length} cells have texts that nobody in the original or the control has`,
    )
}

function requireNumbers(own: CodedTableColumn, strangers: CodedTableColumn, made: CodedTableColumn): void {
  const texts = counted(made, (text) => folded(text) !== '' && !Number.isFinite(numberIn(text)))
  if (texts > mostUnseen * made.codes.length)
    throw refused(made.name, `${texts} of ${made.codes.length} cells are no numbers`)
  const real = [...own.values, ...strangers.values].map(numberIn).filter((x) => !Number.isNaN(x))
  const [low, high] = real.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity] as [
    number,
    number,
  ])
  const beyond = counted(made, (text) => numberIn(text) < low || numberIn(text) > high)
  if (beyond > made.codes.length / 2)
    throw refused(
      made.name,
      `${beyond} of ${made.codes.length} numbers lie beyond all of the original and the control`,
    )
}

/** Share of the control's rows that may be rows of the original, beyond what luck does, and standard errors that are luck's. */
const [mostOverlap, doubt] = [0.05, 3]

/**
 * Refuses a control that has rows of the original: strangers would fare as people whose rows were used.
 * What luck does is seen on a part of the original that is as large as the control, held against the rest of it.
 * @throws FrostglassError `input`
 */
export function requireStrangers({ original, control }: SyntheticEvidence, seed: number): void {
  const below = seededStream(seed, 'overlap').below
  const size = Math.min(control.rows, Math.floor(original.rows / 2))
  const order = drawRows(original.rows, original.rows, below)
  const part = keysOf(original, order.subarray(0, size))
  const rest = new Set(keysOf(original, order.subarray(size)))
  const strangers = keysOf(control, drawRows(control.rows, size, below))
  const shareOf = (keys: readonly string[]) => {
    const counts = new Map<string, number>()
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
    const alone = keys.filter((key) => counts.get(key) === 1)
    return {
      people: alone.length,
      share: alone.filter((key) => rest.has(key)).length / Math.max(1, alone.length),
    }
  }
  const [luck, got] = [shareOf(part), shareOf(strangers)]
  const fewer = Math.max(1, Math.min(luck.people, got.people))
  const spread = Math.sqrt((luck.share * (1 - luck.share) + got.share * (1 - got.share) + 1 / fewer) / fewer)
  if (got.share - luck.share <= mostOverlap + doubt * spread) return
  const percent = (share: number) => `${(100 * share).toFixed(0)}%`
  throw new FrostglassError(
    'input',
    `${percent(got.share)} of the control's rows that differ from each other are rows of the original, where by luck ${percent(luck.share)} would be: the control was used`,
    'Give as --control rows of the same population that the synthetic rows were not made from.',
  )
}

/** Rows as texts. */
function keysOf({ columns }: CodedTable, rows: Int32Array): string[] {
  return Array.from(rows, (row) =>
    JSON.stringify(columns.map(({ values, codes }) => folded(values[codes[row]!]!))),
  )
}

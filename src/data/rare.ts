// Rare texts of a column, and texts that a schema does not know, as one category of their own: the column's bucket.
// Source: ours; from a column's counts, or, where it has more texts than are held in memory, from a count by DuckDB.
// What was put into a bucket cannot be had back: its cells come back as the bucket's text, and a warning says so.

import type { DuckDBConnection } from '@duckdb/node-api'
import { cleanSql } from './cleanSql.ts'
import { ask, literal } from './duckdb.ts'
import { type Plan, used } from './planned.ts'

/** A column's bucket, as the table that made it filled it. */
export type Bucket = {
  /** What stands in its cells: no text of the column, and none that counts as missing. */
  readonly text: string
  /** Fewer rows than this make a text rare. */
  readonly least: number
  /** How many different texts are in it, in how many rows, and one of them. */
  readonly texts: number
  readonly cells: number
  readonly example: string | undefined
}

/** The texts of a column that are not rare with their counts, and what is to be known of the others. */
type Split = Omit<Bucket, 'text' | 'least'> & {
  readonly kept: ReadonlyMap<string, number>
  /** Texts of the column that begin as a bucket's does. */
  readonly similar: readonly string[]
}

const beginning = '(other'

/** Splits counts that are all there. */
export function splitCounts(counts: ReadonlyMap<string, number>, least: number): Split {
  const rare = [...counts].filter(([, n]) => n < least)
  return {
    kept: new Map([...counts].filter(([, n]) => n >= least)),
    texts: rare.length,
    cells: rare.reduce((sum, [, n]) => sum + n, 0),
    example: rare[0]?.[0],
    similar: [...counts.keys()].filter((text) => text.startsWith(beginning)),
  }
}

/**
 * The same of a column that may have millions of texts; undefined where too many of them are not rare.
 * @param clean as {@link cleanSql} gives it. @param j the column's place in it
 * @param most how many texts a column may keep
 */
export async function splitBySql(
  connection: DuckDBConnection,
  clean: string,
  j: number,
  least: number,
  most: number,
): Promise<Split | undefined> {
  const texts = `(SELECT v${j} AS v, count(*) AS n FROM ${clean} WHERE v${j} IS NOT NULL GROUP BY v${j})`
  const [row] = await ask(
    connection,
    `SELECT (count(CASE WHEN n >= ${least} THEN 1 END))::DOUBLE, (count(CASE WHEN n < ${least} THEN 1 END))::DOUBLE, ` +
      `coalesce(sum(CASE WHEN n < ${least} THEN n END), 0)::DOUBLE, min(CASE WHEN n < ${least} THEN v END), ` +
      `list(v) FILTER (starts_with(v, ${literal(beginning)}) AND length(v) < 24) FROM ${texts}`,
  )
  const [frequent, rare, cells, example, similar] = row as [
    number,
    number,
    number,
    string | null,
    string[] | null,
  ]
  if (frequent > most) return undefined
  const kept = await ask(connection, `SELECT v, n::DOUBLE FROM ${texts} WHERE n >= ${least}`)
  return {
    kept: new Map((kept as [string, number][]).sort(([a], [b]) => (a < b ? -1 : 1))),
    texts: rare,
    cells,
    example: example ?? undefined,
    similar: similar ?? [],
  }
}

/**
 * The counts of a column with its rare texts as one.
 * @param nullText texts that count as missing in the file
 */
export function withBucket(
  { kept, similar, ...found }: Split,
  least: number,
  nullText: readonly string[],
): { readonly counts: ReadonlyMap<string, number>; readonly bucket: Bucket } {
  const taken = new Set([...similar, ...nullText].map((text) => text.trim()))
  let text = `${beginning})`
  for (let n = 2; taken.has(text); n++) text = `${beginning} ${n})`
  const counts = found.cells === 0 ? [...kept] : [...kept, [text, found.cells] as const]
  return {
    counts: new Map(counts.sort(([a], [b]) => (a < b ? -1 : 1))),
    bucket: { text, least, ...found },
  }
}

/** Columns of which a warning says what is in their buckets. */
const shownColumns = 8

/**
 * What to say of the buckets of a table that a schema is made from.
 * @param asked whether all columns of texts were to have one
 */
export function bucketWarnings(
  path: string,
  columns: readonly { readonly name: string; readonly bucket: Bucket; readonly kept: number }[],
  asked: boolean,
): readonly string[] {
  if (asked && columns.length === 0) return [`${path}: no column has texts that could be rare`]
  const filled = columns.filter(({ bucket }) => bucket.cells > 0)
  const said = filled.slice(0, shownColumns).map(({ name, bucket, kept }) => {
    const { text, least, texts, cells, example } = bucket
    const what = `${texts} ${texts === 1 ? 'text' : 'texts'} of fewer than ${least} rows (such as ${quoted(example!)})`
    const nothing = kept === 0 ? ', which leaves nothing to learn of this column (--ignore or --id)' : ''
    return `${path}, column ${name}: ${what} ${texts === 1 ? 'becomes' : 'become'} "${text}", ${inCells(cells)}${nothing}; such cells do not come back`
  })
  return [...said, ...more(filled.length, 'rare texts')]
}

const inCells = (cells: number) => (cells === 1 ? 'in 1 row' : `in ${cells.toLocaleString('en')} rows`)
const quoted = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text)
const more = (count: number, what: string): string[] =>
  count <= shownColumns ? [] : [`${count - shownColumns} more columns have ${what}`]

/**
 * What to say of cells that go into buckets, with examples of them: one more pass over the file, for these columns alone.
 * @param columns places among the columns in use, each with a bucket
 * @param bucketOf the text of a column's bucket, and its name
 * @param drop whether rows with a missing cell are left out
 */
export async function unknownTexts(
  connection: DuckDBConnection,
  plan: Plan,
  columns: readonly number[],
  bucketOf: (j: number) => string,
  drop: boolean,
): Promise<readonly string[]> {
  const shown = columns.slice(0, shownColumns)
  if (shown.length === 0) return []
  const all = used(plan)
  // Of wide tables these columns alone; which rows are left, where some are not, all columns say.
  const few = { ...plan, columns: shown.map((j) => all[j]!), labels: [], carried: [] }
  const clean = drop ? cleanSql(plan, { drop }) : cleanSql(few, { drop })
  const cells = shown.map((j, i) => {
    const cell = `v${drop ? j : i}`
    return `CASE WHEN TRY_CAST(${cell} AS e${j}) IS NULL THEN ${cell} END AS u${i}`
  })
  const facts = shown.map((_, i) => `count(u${i})::DOUBLE, min(u${i}), max(u${i})`)
  const [row] = await ask(
    connection,
    `SELECT ${facts.join(', ')} FROM (SELECT ${cells.join(', ')} FROM ${clean})`,
  )
  const said = shown.flatMap((j, i) => {
    const [count, first, last] = row!.slice(3 * i, 3 * i + 3) as [number, string | null, string | null]
    // Cells that hold the bucket's own text are what they were.
    if (count === 0 || first === null || last === null) return []
    const examples = first === last ? quoted(first) : `${quoted(first)} and ${quoted(last)}`
    const such = count === 1 ? `holds ${quoted(first)}, a text` : `hold texts such as ${examples}`
    const number = count === 1 ? '1 cell' : `${count.toLocaleString('en')} cells`
    return [
      `${plan.source.path}, column ${all[j]!.name}: ${number} ${such} that the key does not know or has as rare; such cells go as "${bucketOf(j)}", and do not come back`,
    ]
  })
  return [...said, ...more(columns.length, 'such cells')]
}

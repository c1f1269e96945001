// One pass over a file for what a schema and a normalisation need: counts, extremes, means, categories, medians.
// Source: docs/architecture.md#tables; DuckDB's aggregates, which need memory for distinct texts only.
// It does not promise an exact median beyond a million rows (t-digest), nor a mean to the last bit beyond 122,880.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { cleanSql } from './cleanSql.ts'
import { ask } from './duckdb.ts'
import type { ColumnForm } from './form.ts'
import { type ColumnDigits, type Learned, learnForms } from './learnForms.ts'
import { type Plan, type PlannedColumn, used } from './planned.ts'
import { type Bucket, splitBySql, splitCounts, withBucket } from './rare.ts'
import { maximumCategories, maximumIntegerClasses } from './schema.ts'
import { factsByCells, manyColumns } from './wide.ts'

/** What one numeric column holds, missing and infinite cells left out. */
export type NumericProfile = {
  readonly name: string
  readonly kind: 'numeric'
  readonly missing: number
  readonly infinite: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Only when asked for. */
  readonly median?: number | undefined
  /** Every value is a whole number. */
  readonly integer: boolean
  /** How often each value occurs, ascending, if it is a label of few whole numbers. */
  readonly counts?: ReadonlyMap<string, number> | undefined
  /** How its cells are written, where that was asked for. */
  readonly form?: ColumnForm | undefined
  /** How fine they are, where that was asked for, unless some have more digits than float64 keeps. */
  readonly digits?: ColumnDigits | undefined
}

/** What one categorical column holds. */
export type CategoricalProfile = {
  readonly name: string
  readonly kind: 'categorical'
  readonly missing: number
  /**
   * How often each text occurs, ascending by text, the rare ones as one where they share a category. Empty where a column
   * whose schema takes any text has too many.
   */
  readonly counts: ReadonlyMap<string, number>
  /** Where rare texts share a category. */
  readonly bucket?: Bucket | undefined
  /** How its cells are written, where that was asked for. */
  readonly form?: ColumnForm | undefined
}

/** Of each column in use (features, then the labels). */
export type Profile = {
  readonly rows: number
  readonly columns: readonly (NumericProfile | CategoricalProfile)[]
}

const exactMedianRows = 1_000_000

/**
 * Measures every column in use, with a second pass over the file if there are texts or classes or medians to find.
 * 10 million rows x 10 columns from Parquet: 4 s of CPU on two cores, and 11 s more for the medians.
 * @param options.drop leave out rows with a missing cell
 * @param options.median find medians as well
 * @param options.forms find out how cells are written as well
 * @throws FrostglassError `input` when the table has no rows, or a column too many distinct texts.
 */
export async function profile(
  connection: DuckDBConnection,
  plan: Plan,
  {
    drop,
    median,
    forms = false,
  }: { readonly drop: boolean; readonly median: boolean; readonly forms?: boolean | undefined },
): Promise<Profile> {
  const columns = used(plan)
  const clean = cleanSql(plan, { drop })
  if (!drop && columns.length > manyColumns) return profileByCells(connection, plan, median, forms)
  const first = columns.map((column, j) => factsSql(column.readAs, j, plan.labels.includes(column)))
  const answer = (await ask(connection, `SELECT count(*)::DOUBLE, ${first.join(', ')} FROM ${clean}`))[0]!
  const rows = answer[0] as number
  if (rows === 0)
    throw new FrostglassError(
      'input',
      `${plan.source.path} has no rows${drop ? ' without missing values' : ''}`,
      drop ? 'Fill missing values instead (--missing mean or median).' : 'Give one row or more.',
    )
  const facts: unknown[][] = []
  for (let j = 0, at = 1; j < columns.length; j++) {
    const width = columns[j]!.readAs === 'number' ? 7 : 2
    facts.push(answer.slice(at, at + width))
    at += width
  }
  const isFew = (j: number) =>
    plan.labels.includes(columns[j]!) &&
    facts[j]![5] === true &&
    (facts[j]![6] as number) <= 2 * maximumIntegerClasses
  // The estimate is off by some 5%; the exact count below decides.
  const isMany = columns.map(
    ({ readAs }, j) => readAs === 'text' && (facts[j]![1] as number) > 1.5 * maximumCategories,
  )
  const second = columns.map(({ readAs, name, rare, open }, j) => {
    if (readAs === 'text') {
      if (isMany[j] && rare === undefined && !open) throw tooMany(plan, name)
      if (isMany[j]) return 'NULL, NULL'
      return `${histogram(`v${j}`)}, NULL`
    }
    const middle = rows <= exactMedianRows ? `median(v${j})` : `approx_quantile(v${j}, 0.5)`
    return `${isFew(j) ? histogram(`v${j}::BIGINT::VARCHAR`) : 'NULL'}, ${median ? middle : 'NULL'}`
  })
  const nothing = second.every((cell) => cell === 'NULL, NULL')
  const more = nothing
    ? second.flatMap(() => [null, null])
    : (await ask(connection, `SELECT ${second.join(', ')} FROM ${clean}`))[0]!
  const written = forms ? await learnForms(connection, plan, drop) : []
  const splits = new Map<number, Split>()
  for (const [j, { name, rare }] of columns.entries()) {
    if (!isMany[j] || rare === undefined) continue
    const split = await splitBySql(connection, clean, j, rare, maximumCategories)
    if (split === undefined) throw tooMany(plan, name)
    splits.set(j, split)
  }
  return {
    rows,
    columns: columns.map((column, j) =>
      profileOf(plan, column, {
        missing: rows - (facts[j]![0] as number),
        facts: facts[j]!,
        counts: more[2 * j] as Counts | null,
        learned: written[j],
        split: splits.get(j),
        median: median ? more[2 * j + 1] : undefined,
      }),
    ),
  }
}

type Split = ReturnType<typeof splitCounts>

type Counts = readonly { readonly key: string; readonly value: number }[]

/** What was found of a column, as DuckDB gives it. */
interface Found {
  readonly missing: number
  /** As {@link factsSql} asks for them. */
  readonly facts: readonly unknown[]
  /** Null where they were not asked for. */
  readonly counts: Counts | null
  readonly median?: unknown
  readonly learned: Learned | undefined
  /** Of a column with too many texts to count them all. */
  readonly split?: Split | undefined
}

/** @throws FrostglassError `input` for too many distinct texts, and for one with a NUL character */
function profileOf(
  plan: Plan,
  { name, readAs, rare, open = false }: PlannedColumn,
  found: Found,
): NumericProfile | CategoricalProfile {
  const { missing, facts } = found
  const form = found.learned?.form === undefined ? {} : { form: found.learned.form }
  const digits = found.learned?.digits === undefined ? {} : { digits: found.learned.digits }
  if (readAs === 'text') {
    const all = sortedCounts(found.counts ?? [], (a, b) => (a < b ? -1 : 1))
    const split = rare === undefined ? undefined : (found.split ?? splitCounts(all, rare))
    const kept = split?.kept ?? all
    if (kept.size > maximumCategories && !open) throw tooMany(plan, name)
    requireText(plan, name, kept.keys())
    const bucketed = split === undefined ? { counts: all } : withBucket(split, rare!, plan.nullText)
    return { name, kind: 'categorical', missing, ...bucketed, ...form }
  }
  const [, infinite, min, max, mean, integer] = facts as [number, number, ...unknown[]]
  return {
    name,
    kind: 'numeric',
    missing,
    infinite,
    min: asNumber(min),
    max: asNumber(max),
    mean: asNumber(mean),
    median: 'median' in found ? asNumber(found.median) : undefined,
    integer: integer === true,
    ...form,
    ...digits,
    ...(found.counts === null ? {} : { counts: sortedCounts(found.counts, (a, b) => Number(a) - Number(b)) }),
  }
}

/** No FILTER: each would copy all columns, of which 300 took 3.6 s of CPU and 1.5 GB. */
function factsSql(readAs: 'number' | 'text', j: number, isLabel: boolean): string {
  if (readAs === 'text') return `count(v${j})::DOUBLE, approx_count_distinct(v${j})::DOUBLE`
  const distinct = isLabel ? `approx_count_distinct(v${j})::DOUBLE` : 'NULL'
  return (
    `count(v${j})::DOUBLE, count(CASE WHEN isinf(v${j}) THEN 1 END)::DOUBLE, min(v${j}), max(v${j}), ` +
    `avg(CASE WHEN isfinite(v${j}) THEN v${j} END), bool_and(v${j} = trunc(v${j})), ${distinct}`
  )
}

/** The same of a wide table; its labels by themselves, as those of any other. */
async function profileByCells(
  connection: DuckDBConnection,
  plan: Plan,
  median: boolean,
  forms: boolean,
): Promise<Profile> {
  const features = { ...plan, labels: [] }
  const { rows, facts } = await factsByCells(connection, features, ({ readAs }) => {
    const middle = readAs === 'number' && median ? 'median(v0)' : 'NULL'
    const counts = readAs === 'number' ? 'NULL' : histogram('v0')
    return `${factsSql(readAs, 0, false)}, ${middle}, ${counts}`
  })
  if (rows === 0)
    throw new FrostglassError('input', `${plan.source.path} has no rows`, 'Give one row or more.')
  const written = forms ? await learnForms(connection, features, false) : []
  const columns = plan.columns.map((column, j) => {
    const fact = facts[j]!
    const isText = column.readAs === 'text'
    return profileOf(plan, column, {
      missing: rows - (fact[0] as number),
      facts: fact,
      counts: isText ? (fact[3] as Counts | null) : null,
      learned: written[j],
      median: median && !isText ? fact[7] : undefined,
    })
  })
  const { labels } = plan
  if (labels.length === 0) return { rows, columns }
  const alone = await profile(connection, { ...plan, columns: [] }, { drop: false, median, forms })
  return { rows, columns: [...columns, ...alone.columns] }
}

const histogram = (cell: string) => `map_entries(histogram(${cell}))`

/** DuckDB's JSON has non-finite numbers as text, and NULL for an aggregate of nothing. */
function asNumber(value: unknown): number {
  return value === null ? Number.NaN : Number(value)
}

function sortedCounts(counts: Counts, order: (a: string, b: string) => number): Map<string, number> {
  return new Map(
    counts.map(({ key, value }) => [key, Number(value)] as const).sort((a, b) => order(a[0], b[0])),
  )
}

/** A NUL character ends a text in much of the software that tables go through, in SQL as well. */
function requireText(plan: Plan, name: string, texts: Iterable<string>): void {
  for (const text of texts)
    if (text.includes('\0'))
      throw new FrostglassError(
        'input',
        `${plan.source.path}, column ${name}: the text ${JSON.stringify(text.slice(0, 80))} holds a NUL character`,
        'Take such characters out, or leave the column out (--ignore).',
      )
}

function tooMany(plan: Plan, name: string): FrostglassError {
  return new FrostglassError(
    'input',
    `${plan.source.path}, column ${name}: more than ${maximumCategories} distinct texts, expected categories`,
    'Leave the column out (--ignore), or give its rare texts one category (--rare 10), or group its values first.',
  )
}

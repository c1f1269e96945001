// Which columns of a file are used, and as what.
// Source: ours; a file's beginning and its types say what a column is, where its owner does not.
// It does not promise that the values exist or are finite: profile.ts and table.ts check that.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { isNumber, isReadable, matches, type NumberReading, patterns } from './cells.ts'
import { classifyTexts, commaAdvice, type Reading, sampleRows } from './classify.ts'
import { numberSql, pointedSql, textSql } from './cleanSql.ts'
import { ask } from './duckdb.ts'
import type { Plan, PlannedColumn } from './planned.ts'
import {
  type ColumnSchema,
  type LabelSchema,
  labelsOf,
  maximumLabels,
  nearestName,
  type TableSchema,
} from './schema.ts'
import type { ReadAs, Source } from './source.ts'

/** What the caller may fix about columns that the file leaves open. */
export type PlanOptions = {
  /** The column to be learned, or several, of which each is hidden and none is a feature. */
  readonly label?: string | readonly string[] | undefined
  /** What the label is, where its values do not say; of several, by name. */
  readonly task?: LabelTask | Readonly<Record<string, LabelTask>> | undefined
  readonly columns?: Readonly<Record<string, 'numeric' | 'categorical' | 'ignore'>> | undefined
  /** Columns to take, the label aside: all others are ignored. */
  readonly take?: readonly string[] | undefined
  /**
   * Texts of a categorical feature that fewer rows than this have become one category, its bucket, into which texts that a
   * later table has go as well; for all such features, or for each by name. Without it every text is a category.
   */
  readonly rare?: number | Readonly<Record<string, number>> | undefined
  /** Columns to bring along as texts, as they are: never a feature, never changed. A missing cell is an empty text. */
  readonly carry?: Carry | undefined
}

/** What a label is: one of some classes, or a number. */
export type LabelTask = 'class' | 'number'

/** Names of the labels that options name. */
export function labelNames({ label = [] }: Pick<PlanOptions, 'label'>): readonly string[] {
  return typeof label === 'string' ? [label] : label
}

/** What options say that a label is. */
export function taskOfLabel({ task }: Pick<PlanOptions, 'task'>, name: string): LabelTask | undefined {
  if (typeof task !== 'object') return task
  return Object.hasOwn(task, name) ? task[name] : undefined
}

/** Columns by name, or those of which a function says so. */
export type Carry = readonly string[] | ((name: string) => boolean)

/**
 * Plans a file that nothing is known of: columns of numbers are numeric, all others categorical.
 * @throws FrostglassError `input` when a column is half numbers, half text, or none is left;
 *   `usage` when an option names a column that is not there.
 */
export async function planFile(
  connection: DuckDBConnection,
  source: Source,
  nullText: readonly string[],
  options: PlanOptions,
): Promise<Plan> {
  const { overrides, named, carried } = askedOf(source, options)
  const found = await readings(connection, source, nullText)
  const columns: PlannedColumn[] = []
  const ignored: string[] = []
  const remarks: string[] = []
  const labels: PlannedColumn[] = []
  source.names.forEach((name, index) => {
    const kind = overrides.get(name)
    if (kind === 'ignore') {
      if (!carried.some((column) => column.index === index)) ignored.push(name)
      return
    }
    requireWhole(source, name)
    const sampled = found[index]!
    if (sampled.nested !== undefined) throw nestedColumn(source, name, sampled.nested)
    const isLabel = named.includes(name)
    const given = kind ?? (isLabel && taskOfLabel(options, name) === 'number' ? 'numeric' : undefined)
    if (given === undefined) requireNumbersOrTexts(source, name, sampled)
    if (given === undefined && sampled.remark !== undefined)
      remarks.push(`${source.path}, column ${name}: ${sampled.remark}`)
    const planned = plannedColumn(source, index, sampled, given, isLabel)
    if (isLabel) labels[named.indexOf(name)] = planned
    else columns.push({ ...planned, ...rareOf(source, planned, options.rare) })
  })
  for (const [i, label] of labels.entries())
    if (label.readAs === 'number' && !label.loose && (await hasLarge(connection, source, label)))
      labels[i] = { index: label.index, name: label.name, readAs: 'text' }
  if (columns.length === 0)
    throw new FrostglassError(
      'input',
      `${source.path}: no column is left to learn from`,
      'Give it one column besides the label at least.',
    )
  return { source, nullText, columns, labels, carried, ignored, remarks }
}

/** What options ask of a file: what is said of each column, the labels in their order, and what comes along. */
interface Asked {
  readonly overrides: ReadonlyMap<string, 'numeric' | 'categorical' | 'ignore'>
  readonly named: readonly string[]
  readonly carried: readonly PlannedColumn[]
}

/** @throws FrostglassError `usage` for options that name what is not there, or the same column for two purposes */
function askedOf(source: Source, options: PlanOptions): Asked {
  const overrides = new Map(Object.entries(options.columns ?? {}))
  const { take } = options
  const named = labelNames(options)
  const tasks = typeof options.task === 'object' ? Object.keys(options.task) : []
  const wanted = [...overrides.keys(), ...(take ?? []), ...named, ...tasks]
  for (const name of wanted) if (!source.names.includes(name)) throw unknownColumn(source, name, 'usage')
  const ignoredLabel = named.find((name) => overrides.get(name) === 'ignore')
  if (ignoredLabel !== undefined)
    throw new FrostglassError(
      'usage',
      `${ignoredLabel} cannot be the label and be ignored`,
      'Take it out of one of the two.',
    )
  const twice = named.find((name, i) => named.indexOf(name) < i)
  if (twice !== undefined)
    throw new FrostglassError('usage', `the label ${twice} is named twice`, 'Name it once.')
  if (named.length > maximumLabels)
    throw new FrostglassError(
      'usage',
      `a table has at most ${maximumLabels} labels, but ${named.length} are named`,
      'Protect the others as columns like any other.',
    )
  const noLabel = tasks.find((name) => !named.includes(name))
  if (noLabel !== undefined)
    throw new FrostglassError(
      'usage',
      `the column ${noLabel} is said to be a label of a kind, and is none`,
      'Name it as a label, too.',
    )
  if (typeof options.task === 'string' && named.length > 1)
    throw new FrostglassError(
      'usage',
      `of ${named.length} labels it is not said which is a ${options.task}`,
      'Say it of each by its name.',
    )
  const carried = carriedColumns(source, options.carry ?? [])
  for (const { name } of carried) {
    const taken = named.includes(name) || overrides.has(name)
    if (taken)
      throw new FrostglassError(
        'usage',
        `the column ${name} is carried, and has another part as well`,
        'Name it once.',
      )
    overrides.set(name, 'ignore')
  }
  if (take !== undefined)
    for (const name of source.names)
      if (!take.includes(name) && !named.includes(name)) overrides.set(name, 'ignore')
  return { overrides, named, carried }
}

/** @throws FrostglassError `input` for a column that is numbers in most rows and something else in one */
function requireNumbersOrTexts(source: Source, name: string, sampled: Reading): void {
  if (sampled.thousands !== undefined)
    throw new FrostglassError(
      'input',
      `${source.path}, row ${sampled.thousands.row}, column ${name}: "${sampled.thousands.text}" has points between thousands, and with --decimal-comma a number has none`,
      'Write it without them (1234,5), or take the column as --categorical, or --ignore it.',
    )
  if (sampled.mixed !== undefined)
    throw new FrostglassError(
      'input',
      `${source.path}, row ${sampled.mixed.row}, column ${name}: expected a number as in most rows, found "${sampled.mixed.text}"`,
      `Correct the cell${source.format === 'csv' && !source.decimalComma ? commaAdvice(sampled.mixed.text) : ''}, or count its text as missing (--null-text), or take the column as --categorical.`,
    )
}

/** Of two truth values none is rare. */
function rareOf(source: Source, { index, name, readAs }: PlannedColumn, rare: PlanOptions['rare']) {
  const least = typeof rare === 'object' ? (Object.hasOwn(rare, name) ? rare[name] : undefined) : rare
  return least === undefined || readAs === 'number' || source.types[index] === 'BOOLEAN'
    ? {}
    : { rare: least }
}

/** @throws FrostglassError `usage` for a column that is not there */
function carriedColumns(source: Source, carry: Carry): PlannedColumn[] {
  const names = typeof carry === 'function' ? source.names.filter(carry) : carry
  return names.map((name) => {
    const index = source.names.indexOf(name)
    if (index < 0) throw unknownColumn(source, name, 'usage')
    requireWhole(source, name)
    return { index, name, readAs: 'text' }
  })
}

/** Whether a label has whole numbers that float64 has not: as classes they are texts, each its own. */
async function hasLarge(
  connection: DuckDBConnection,
  source: Source,
  label: PlannedColumn,
): Promise<boolean> {
  const cell = `c${label.index}`
  const sample =
    source.format === 'parquet' ? source.relation() : `(FROM ${source.relation()} LIMIT ${sampleRows})`
  const sql = `SELECT bool_or(isinf(${numberSql(source, label, [])}) AND ${matches(`${cell}::VARCHAR`, patterns.whole)}) FROM ${sample}`
  const [row] = await ask(connection, sql)
  return row![0] === true
}

/** A column as it was found, or as the owner says; a label is never a time, since classes are texts. */
function plannedColumn(
  source: Source,
  index: number,
  found: Reading,
  given: 'numeric' | 'categorical' | undefined,
  isLabel: boolean,
): PlannedColumn {
  const name = source.names[index]!
  const { time, stamp } = found
  if (
    given === 'categorical' ||
    (given === undefined && (found.readAs === 'text' || (isLabel && time !== undefined)))
  )
    return { index, name, readAs: 'text' }
  const column: PlannedColumn = {
    index,
    name,
    readAs: 'number',
    time,
    ...(stamp === undefined ? {} : { stamp, stamps: [stamp] }),
    // What was found to be numbers needs no word of the owner's: a code among later rows is refused there, as ever.
    loose: given === 'numeric' && found.readAs === 'text' && time === undefined ? true : undefined,
  }
  checkNumberType(source, column)
  return column
}

function nestedColumn(source: Source, name: string, type: string): FrostglassError {
  return new FrostglassError(
    'unsupported',
    `${source.path}, column ${name}: the type ${type} is no table cell`,
    'Declare the column ignored, or flatten it.',
  )
}

/** @throws FrostglassError `unsupported` for a column of which something is lost when it is read */
function requireWhole({ path, losses }: Source, name: string): void {
  const loss = losses?.get(name)
  if (loss !== undefined)
    throw new FrostglassError('unsupported', `${path}, column ${name}: ${loss.what}`, loss.hint)
}

/**
 * Plans a file that must fit a known schema; columns are found by name, in any order.
 * @throws FrostglassError `input` naming a column that is missing, with the likeliest other name.
 */
export function planSchema(
  source: Source,
  nullText: readonly string[],
  schema: TableSchema,
  requireLabel: boolean,
  carry: Carry = [],
): Plan {
  const find = (column: ColumnSchema | LabelSchema): PlannedColumn => {
    const { name } = column
    const index = source.names.indexOf(name)
    if (index < 0) throw unknownColumn(source, name, 'input')
    const open = 'other' in column && column.other !== undefined ? { open: true } : {}
    const planned = { index, name, ...readingOf(column), ...open }
    requireWhole(source, name)
    if (planned.readAs === 'number') checkNumberType(source, planned)
    return planned
  }
  const columns = schema.columns.map(find)
  const named = labelsOf(schema)
  // All of them or none: chunks that had some would not say which.
  const labels = requireLabel || named.every(({ name }) => source.names.includes(name)) ? named : []
  const carried = carriedColumns(source, carry)
  const feature = columns.find((column) => carried.some(({ index }) => index === column.index))
  if (feature)
    throw new FrostglassError(
      'usage',
      `${source.path}: the column ${feature.name} cannot be carried as it is: it is one of those that are learned from`,
      'Make the key without it (--ignore), or learn from a table that lacks it, or carry another column.',
    )
  const used = new Set([...columns, ...carried, ...labels].map(({ name }) => name))
  return {
    source,
    nullText,
    columns,
    labels: labels.map(find),
    carried,
    ignored: source.names.filter((name) => !used.has(name)),
    remarks: [],
  }
}

function readingOf(column: ColumnSchema | LabelSchema): NumberReading & { readonly readAs: ReadAs } {
  const loose = 'loose' in column && column.loose ? { loose: true } : {}
  if ('kind' in column) {
    if (column.kind === 'categorical') return { readAs: 'text' }
    const { time, stamps, integer } = column
    const how = time === undefined ? (integer ? { whole: true } : {}) : { time, stamps }
    return { readAs: 'number', ...loose, ...how }
  }
  return { readAs: column.task === 'number' || column.integer ? 'number' : 'text', ...loose }
}

function unknownColumn(source: Source, name: string, code: 'input' | 'usage'): FrostglassError {
  const near = nearestName(name, source.names)
  const placed = /^column\d+$/
  const unnamed = code === 'input' && placed.test(name) && !source.names.some((column) => placed.test(column))
  return new FrostglassError(
    code,
    `${source.path} has no column ${name}`,
    source.hashed
      ? `Say --comment "#" if its first line, which begins with #, is a comment and not the names (its columns are ${listed(source.names)}).`
      : unnamed
        ? `Say --no-header if this file has no line of names either, and --no-header --skip 1 if its first line has some: columns without names are called so.`
        : near === undefined
          ? `Check its columns, which are ${listed(source.names)}.`
          : `Rename ${near}, if that is meant, or check that this is the right file.`,
  )
}

/** At most eight of `names`, for a message. */
export function listed(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`
}

const nestedType = /^(STRUCT|MAP|UNION|BLOB|BIT|LIST)|\[\d*\]$/

function checkNumberType(source: Source, column: PlannedColumn): void {
  const { index, time, stamps } = column
  const type = source.types[index]!
  if (source.format !== 'parquet' || isReadable(type, column)) return
  const zone = stamps?.some((stamp) => stamp.endsWith('Z')) ? ' with a zone' : ' without a zone'
  const expected =
    time === undefined ? 'numbers' : time === 'days' ? 'dates' : `times${stamps === undefined ? '' : zone}`
  throw new FrostglassError(
    'input',
    `${source.path}, column ${source.names[index]}: expected ${expected}, found the type ${type}`,
    'Give the column the type that it had when the key or the model was made.',
  )
}

/** What a look at the types, or at the beginning of a file of texts, says of each column. */
async function readings(
  connection: DuckDBConnection,
  source: Source,
  nullText: readonly string[],
): Promise<(Reading & { readonly nested?: string | undefined })[]> {
  const byType = source.types.map(
    (type): (Reading & { readonly nested?: string | undefined }) | 'look' | 'look-for-time' => {
      if (source.format === 'csv') return 'look'
      if (nestedType.test(type)) return { readAs: 'text', nested: type }
      if (isNumber(type)) return { readAs: 'number' }
      // In JSON a date is a text; DuckDB guesses at its type, and we look ourselves.
      if (source.format === 'json')
        return type === 'JSON' ? 'look' : type === 'BOOLEAN' ? { readAs: 'text' } : 'look-for-time'
      if (type === 'DATE') return { readAs: 'number', time: 'days' }
      if (/^TIMESTAMP/.test(type)) return { readAs: 'number', time: 'seconds' }
      return { readAs: 'text' }
    },
  )
  const looked = byType.flatMap((reading, j) => (typeof reading === 'string' ? [j] : []))
  const seen = await classifyTexts(
    connection,
    source.relation(),
    looked,
    textSql(source, 0, nullText),
    pointedSql(source, 't'),
  )
  return byType.map((reading, j) => {
    if (typeof reading !== 'string') return reading
    const found = seen.get(j)!
    if (reading === 'look') return withMixture(source, found)
    return found.time === undefined ? { readAs: 'text' } : found
  })
}

/** In JSON, where 5 and "5" are two things, numbers among texts do not pass without a word. */
function withMixture(source: Source, found: Reading): Reading {
  if (source.format !== 'json' || found.mixed !== undefined) return found
  if (found.readAs === 'number')
    return { ...found, remark: 'numbers and texts of numbers are mixed: all are taken as numbers, "5" as 5' }
  return { ...found, remark: 'numbers, texts or truth values are mixed: all are taken as texts, 5 as "5"' }
}

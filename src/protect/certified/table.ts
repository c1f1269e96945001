// What a certificate is computed from: how many calibration units have each code and each value of the hidden attribute.
// Source: PROOF.md, "Setting". Records become tables here; a unit that comes twice is refused, or shares weight 1 among its rows.
// A table says nothing of which unit is whose: that units are independent is up to whoever names them.

import { FrostglassError } from '../../errors.ts'

/** Counts of units by released code and hidden attribute. Everything that `certify` needs. */
export interface CodeTable {
  /** How many codes there are; a code is a whole number in 0 … codes − 1. */
  readonly codes: number
  /** The names of the attribute's values. */
  readonly attributes: readonly string[]
  /** counts[code][attribute]: whole numbers ≥ 0. */
  readonly counts: readonly (readonly number[])[]
}

/** The same where a unit has several rows, which share weight 1 whatever their dependence (theorem B). */
export interface SharedTable {
  readonly codes: number
  readonly attributes: readonly string[]
  /** weights[code][attribute]: numbers ≥ 0, in all the number of units. */
  readonly weights: readonly (readonly number[])[]
}

/** A table of either kind. */
export type Table = CodeTable | SharedTable

/** One table a label, of one shape: what an attacker who is told the true label sees (theorem C). */
export interface LabelledTables<T extends Table = Table> {
  readonly labels: readonly string[]
  readonly tables: readonly T[]
}

/** The code counts of one person, one session, or one person in one activity (theorem D). */
export interface CodeGroups {
  readonly codes: number
  readonly attributes: readonly string[]
  /** `attribute` is an index; counts[code] are whole numbers ≥ 0. */
  readonly groups: readonly { readonly attribute: number; readonly counts: readonly number[] }[]
}

/** One released code: of which unit, and what was hidden and asked there. */
export interface CodeRecord {
  /** The person, recording, session or row that is drawn independently of the others. */
  readonly unit: string
  /** A whole number ≥ 0. */
  readonly code: number
  readonly attribute: string
  readonly label?: string | undefined
}

/** How records become tables. */
export interface CountOptions {
  /** How many codes the codebook has; default one more than the largest seen. */
  readonly codes?: number | undefined
  /** Values that the attribute may have, seen here or not: those of training data. */
  readonly attributes?: readonly string[] | undefined
}

/**
 * Counts of units, one record each.
 * @throws FrostglassError 'input' for a unit with two records: windows of one session are not independent
 */
export function countUnits(records: Iterable<CodeRecord>, options: CountOptions = {}): CodeTable {
  const rows = requireRecords(records)
  requireDistinct(rows)
  const { codes, attributes, place } = shapeOf(rows, options)
  const counts = zeros(codes, attributes.length)
  for (const row of rows) counts[row.code]![place(row)]! += 1
  return { codes, attributes, counts }
}

/** Weights of units with any number of records each: a unit's records share weight 1. */
export function shareUnits(records: Iterable<CodeRecord>, options: CountOptions = {}): SharedTable {
  const rows = requireRecords(records)
  const { codes, attributes, place } = shapeOf(rows, options)
  const each = rowsOfUnits(rows)
  const weights = zeros(codes, attributes.length)
  for (const row of rows) weights[row.code]![place(row)]! += 1 / each.get(row.unit)!
  return { codes, attributes, weights }
}

/**
 * One table a label, by the way of counting that is given.
 * @param options with `share`, a unit's records share weight 1; else a unit that comes twice is refused
 * @throws FrostglassError 'input' for a record without a label
 */
export function countByLabel(
  records: Iterable<CodeRecord>,
  options: CountOptions & { readonly share?: boolean | undefined } = {},
): LabelledTables {
  const rows = requireRecords(records)
  const labels = sortedNames(rows.map(({ label }, i) => label || missing('label', i)))
  const { codes, attributes, place } = shapeOf(rows, options)
  const parts = labels.map(() => zeros(codes, attributes.length))
  const of = indexOf(labels)
  const each = rowsOfUnits(rows)
  if (!options.share) requireDistinct(rows)
  for (const row of rows) parts[of.get(row.label!)!]![row.code]![place(row)]! += 1 / each.get(row.unit)!
  return {
    labels,
    tables: parts.map((cells) =>
      options.share ? { codes, attributes, weights: cells } : { codes, attributes, counts: cells },
    ),
  }
}

/**
 * The counts of each unit by itself, for releases of several windows (theorem D).
 * @throws FrostglassError 'input' for a unit whose records have different attributes
 */
export function countGroups(records: Iterable<CodeRecord>, options: CountOptions = {}): CodeGroups {
  const rows = requireRecords(records)
  const { codes, attributes, place } = shapeOf(rows, options)
  const groups = new Map<string, { attribute: number; counts: number[] }>()
  for (const row of rows) {
    const attribute = place(row)
    const group = groups.get(row.unit) ?? { attribute, counts: new Array<number>(codes).fill(0) }
    if (group.attribute !== attribute)
      throw new FrostglassError(
        'input',
        `unit '${row.unit}' has the attributes '${attributes[group.attribute]}' and '${row.attribute}'`,
        'Name a unit that has one: a person, or a person in one activity.',
      )
    groups.set(row.unit, group)
    group.counts[row.code]! += 1
  }
  return { codes, attributes, groups: [...groups.values()] }
}

/** The cells of a table of either kind, by code and attribute. */
export const cellsOf = (table: Table): readonly (readonly number[])[] =>
  'counts' in table ? table.counts : table.weights

/** What all cells add up to: the number of units, but for rounding where weights are shared. */
export const massOf = (cells: readonly (readonly number[])[]): number =>
  cells.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0)

/** Limits of more units take longer to compute than anybody waits. */
const mostUnits = 1e8
/** Windows of groups: so many logarithms are kept. */
const mostWindows = 1e7

/**
 * How many units a table has.
 * @throws FrostglassError 'input' unless it is a table: of one shape, without negative cells, of at least one whole unit
 */
export function requireTable(table: Table): number {
  const cells = cellsOf(table)
  const { codes, attributes } = table
  const wrong = (what: string): never => {
    throw new FrostglassError('input', `the table of codes ${what}`, 'Count units by code and attribute.')
  }
  if (!Number.isSafeInteger(codes) || codes < 1 || cells.length !== codes)
    wrong(`states ${codes} codes and has ${cells.length}`)
  if (attributes.length < 2) wrong(`needs two values of the attribute at least, and has ${attributes.length}`)
  if (new Set(attributes).size !== attributes.length) wrong('names a value of the attribute twice')
  if (massOf(cells) > mostUnits) wrong(`is of more than ${mostUnits} units`)
  const valid = 'counts' in table ? Number.isSafeInteger : Number.isFinite
  for (const [code, row] of cells.entries()) {
    if (row.length !== attributes.length) wrong(`has ${row.length} cells for code ${code}`)
    if (!row.every((cell) => valid(cell) && cell >= 0)) wrong(`has a cell of code ${code} that is no count`)
  }
  const mass = massOf(cells)
  const units = Math.round(mass)
  if (units < 1) wrong('has no unit')
  if (Math.abs(mass - units) > 1e-9 * units) wrong(`has weights of ${mass} units in all, which is not whole`)
  return units
}

/** @throws FrostglassError 'input' unless these are groups: counts of every code, and an attribute that is named */
export function requireGroups({ codes, attributes, groups }: CodeGroups): void {
  const isGroup = ({ attribute, counts }: CodeGroups['groups'][number]): boolean =>
    Number.isSafeInteger(attribute) &&
    attribute >= 0 &&
    attribute < attributes.length &&
    counts.length === codes &&
    counts.every((count) => Number.isSafeInteger(count) && count >= 0)
  const windows = massOf(groups.map(({ counts }) => counts))
  if (groups.length > 0 && groups.every(isGroup) && windows <= mostWindows) return
  throw new FrostglassError(
    'input',
    `groups with counts of ${codes} codes and one of ${attributes.length} attributes were expected, of ${mostWindows} windows at most`,
    'Count the windows of each group by code.',
  )
}

function requireRecords(records: Iterable<CodeRecord>): readonly CodeRecord[] {
  const rows = [...records]
  for (const [i, { unit, code, attribute }] of rows.entries()) {
    if (unit === '' || unit === undefined) missing('unit', i)
    if (attribute === '' || attribute === undefined) missing('attribute', i)
    if (!Number.isSafeInteger(code) || code < 0)
      throw new FrostglassError(
        'input',
        `record ${i + 1} has the code ${code}, which is no whole number of at least 0`,
        'Give the codes that the pane releases.',
      )
  }
  if (rows.length > 0) return rows
  throw new FrostglassError('input', 'there is no record', 'Give one record a unit.')
}

function missing(what: string, index: number): never {
  throw new FrostglassError(
    'input',
    `record ${index + 1} has no ${what}`,
    'Fill it in, or leave the whole unit out before calibration starts.',
  )
}

function requireDistinct(rows: readonly CodeRecord[]): void {
  const seen = new Set<string>()
  for (const { unit } of rows) {
    if (seen.has(unit))
      throw new FrostglassError(
        'input',
        `unit '${unit}' has more than one record: they are not independent units`,
        'Let the rows of a unit share its weight (--shared), or name as unit what is drawn independently.',
      )
    seen.add(unit)
  }
}

function rowsOfUnits(rows: readonly CodeRecord[]): ReadonlyMap<string, number> {
  const each = new Map<string, number>()
  for (const { unit } of rows) each.set(unit, (each.get(unit) ?? 0) + 1)
  return each
}

/** No pane has as many. */
const mostCodes = 2 ** 16

function shapeOf(rows: readonly CodeRecord[], { codes, attributes: known = [] }: CountOptions) {
  const seen = rows.reduce((most, { code }) => Math.max(most, code), 0) + 1
  if (seen > mostCodes)
    throw new FrostglassError(
      'input',
      `there is a code ${seen - 1}: codes count from 0, and ${mostCodes} are the most`,
      'Name the column that holds codes, not one of ids.',
    )
  if (codes !== undefined && seen > codes)
    throw new FrostglassError(
      'input',
      `code ${seen - 1} is not one of the codebook's ${codes}`,
      'Codes count from 0: give those of this codebook.',
    )
  const attributes = sortedNames([...known, ...rows.map(({ attribute }) => attribute)])
  const of = indexOf(attributes)
  return { codes: codes ?? seen, attributes, place: (row: CodeRecord) => of.get(row.attribute)! }
}

// By code units, not by a language's order: the same table everywhere.
const sortedNames = (names: readonly string[]): string[] =>
  [...new Set(names)].sort((a, b) => (a < b ? -1 : 1))

const indexOf = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, i) => [name, i]))

const zeros = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => new Array<number>(columns).fill(0))

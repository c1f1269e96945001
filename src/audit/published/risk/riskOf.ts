// What a table tells of who is who: uniqueness, sizes of classes, and the risk to the prosecutor, the journalist and the marketer.
// Source: El Emam 2013; ARX's risk package for the definitions: a record's risk is 1 in its class, the mean of that classes in rows.
// It holds for who knows exactly these quasi-identifiers: an attacker who knows more columns finds more.

import { FrostglassError, printable } from '../../../errors.ts'
import { turnsFor } from '../../../learn/pauses.ts'
import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import { sampleOf } from '../../../protect/tables/population/sample.ts'
import { estimateUniques } from '../../../protect/tables/population/uniques.ts'
import {
  classSizes,
  columnOf,
  type Partition,
  partitionBy,
  refined,
  underOneDictionary,
  wholePartition,
} from './classes.ts'
import { type SubsetRisk, subsetRisks } from './separation.ts'

/** How many classes have one size. JSON. */
export interface SizeCount {
  readonly size: number
  readonly classes: number
}

/** Risks of the records of a table to be found by one kind of attacker: shares from 0 to 1. JSON. */
export interface RecordRisk {
  /** Mean of the records. */
  readonly average: number
  /** Of the record that is easiest to find. */
  readonly highest: number
  /** Share of the records whose risk is above 1 in 5, 1 in 11 (9%, European Medicines Agency) and 1 in 20. */
  readonly above: { readonly fifth: number; readonly eleventh: number; readonly twentieth: number }
}

/** An estimate of how many people of a population are alone in it. JSON. */
export interface PopulationRisk {
  readonly size: number
  /** Share of the population; null where the model has no solution, which is no estimate of 0. */
  readonly uniqueness: number | null
  /** The model that Dankar's rule takes. */
  readonly by: string
}

/** What {@link riskOf} finds. JSON. */
export interface TableRisk {
  readonly rows: number
  readonly quasi: readonly string[]
  readonly classes: number
  /** Rising sizes. */
  readonly sizes: readonly SizeCount[]
  /** Share of the rows that are alone in their class. */
  readonly uniqueness: number
  /** Who knows that somebody is in the table. */
  readonly prosecutor: RecordRisk
  /** Who looks the people of a public table up; absent without one. */
  readonly journalist?:
    | (RecordRisk & { readonly populationRows: number; readonly unlisted: number })
    | undefined
  /** Share of the records that an attacker who guesses in every class gets right. */
  readonly marketer: number
  /** People who are alone in their class of a population of that size, if the table is a random sample of it; absent where it was not said. */
  readonly population?: PopulationRisk | undefined
  /** What single columns and sets of them tell apart, most first. */
  readonly subsets: readonly SubsetRisk[]
  /** The largest sets that were tried: fewer than asked where there are too many. */
  readonly largestSubset: number
}

/** How {@link riskOf} looks. */
export interface RiskOptions {
  /** People of whom the rows may be: the journalist's list. Its columns have the names of the table's. */
  readonly population?: CodedTable | undefined
  /** How many people the table was drawn from, at random. */
  readonly populationSize?: number | undefined
  /** The largest sets of columns whose distinction and separation are worked out; 4 if absent. */
  readonly largestSubset?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The risk of a table as it is.
 * @param quasi names of the quasi-identifiers
 * @throws FrostglassError `usage` for a column that is not there, named twice, or for none, a population smaller than the table;
 * `input` for a list whose values are not the table's; `aborted`
 * @example (await riskOf(table, ['age', 'sex', 'postcode'])).uniqueness
 */
export async function riskOf(
  table: CodedTable,
  quasi: readonly string[],
  options: RiskOptions = {},
): Promise<TableRisk> {
  const { population, populationSize, largestSubset = 4 } = options
  const turn = turnsFor(options.signal)
  const columns = quasiColumns(table, quasi, 'the table')
  const partition = await partitionBy(table.rows, columns, turn)
  const sizes = classSizes(partition)
  const tables = await subsetRisks(table.rows, columns, partition, { largest: largestSubset, turn })
  return {
    rows: table.rows,
    quasi: [...quasi],
    classes: partition.count,
    sizes: sizeCounts(sizes),
    uniqueness: sizes.reduce((sum, size) => sum + (size === 1 ? 1 : 0), 0) / table.rows,
    prosecutor: recordRisk(sizes, sizes, table.rows),
    ...(population ? { journalist: journalistRisk(table, population, quasi, sizes, partition) } : {}),
    marketer: partition.count / table.rows,
    ...(populationSize === undefined
      ? {}
      : { population: populationRisk(sizes, table.rows, populationSize) }),
    ...tables,
  }
}

/** The columns of quasi-identifiers. @throws FrostglassError `usage` */
export function quasiColumns(
  table: CodedTable,
  quasi: readonly string[],
  what: string,
): CodedTable['columns'] {
  if (quasi.length === 0)
    throw new FrostglassError(
      'usage',
      'no quasi-identifier is named',
      'Name what others may know of people, such as age, sex and postcode.',
    )
  if (new Set(quasi).size !== quasi.length)
    throw new FrostglassError(
      'usage',
      `a quasi-identifier is named twice: ${quasi.join(', ')}`,
      'Name each once.',
    )
  if (table.rows === 0) throw new FrostglassError('input', `${what} has no rows`, 'Give a table with rows.')
  return quasi.map((name) => columnOf(table, name, what))
}

/** How many classes have each size, rising. */
export function sizeCounts(sizes: Float64Array): SizeCount[] {
  const counts = new Map<number, number>()
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a - b).map(([size, classes]) => ({ size, classes }))
}

/**
 * Risks of records.
 * @param rows [classes] records of each class
 * @param among [classes] how many people each of them may be; 0 for none, then its risk is 0
 */
function recordRisk(rows: Float64Array, among: Float64Array, all: number): RecordRisk {
  let [average, highest, fifth, eleventh, twentieth] = [0, 0, 0, 0, 0]
  for (let c = 0; c < rows.length; c++) {
    const people = among[c]!
    if (people === 0) continue
    average += rows[c]! / people
    highest = Math.max(highest, 1 / people)
    if (people < 5) fifth += rows[c]!
    if (people < 11) eleventh += rows[c]!
    if (people < 20) twentieth += rows[c]!
  }
  return {
    average: average / all,
    highest,
    above: { fifth: fifth / all, eleventh: eleventh / all, twentieth: twentieth / all },
  }
}

/** Rows whose value in a column nobody on the list has: so many, as a share and as a number, before the list is taken for another. */
const [mostShare, mostRows] = [0.05, 10]

/** @throws FrostglassError `input` for a column whose values are not the list's: written otherwise, they would pass for people who are safe */
function requireAlike(table: CodedTable, population: CodedTable, quasi: readonly string[]): void {
  for (const name of quasi) {
    const { values, codes } = columnOf(table, name, 'the table')
    const listed = columnOf(population, name, 'the public table')
    const present = new Set<string>()
    for (let i = 0; i < listed.codes.length; i++) present.add(listed.values[listed.codes[i]!]!)
    const known = values.map((value) => present.has(value))
    let strange = 0
    for (let i = 0; i < codes.length; i++) if (!known[codes[i]!]!) strange++
    if (strange <= mostRows || strange <= mostShare * table.rows) continue
    throw new FrostglassError(
      'input',
      `${strange} of ${table.rows} rows have a value of ${printable(name)} that nobody on the public list has`,
      'Write both tables alike (25 is not 25.0, and m is not male), or leave out rows of people who are not on the list.',
    )
  }
}

/** @throws FrostglassError `usage` where the population is smaller than the table */
function populationRisk(sizes: Float64Array, rows: number, size: number): PopulationRisk {
  const sample = sampleOf({ sizes, classes: sizes.length, rows }, size)
  const { uniques, by } = estimateUniques(sample, 'Dankar')
  return { size, uniqueness: uniques === undefined ? null : uniques / size, by }
}

function journalistRisk(
  table: CodedTable,
  population: CodedTable,
  quasi: readonly string[],
  sizes: Float64Array,
  { count, classOf }: Partition,
): NonNullable<TableRisk['journalist']> {
  requireAlike(table, population, quasi)
  const people = populationSizes(table, population, quasi, { count, classOf })
  let unlisted = 0
  for (let c = 0; c < sizes.length; c++) if (people[c] === 0) unlisted += sizes[c]!
  return {
    ...recordRisk(sizes, people, table.rows),
    populationRows: population.rows,
    unlisted: unlisted / table.rows,
  }
}

/** [classes of the table] how many people of the public table are in each. */
function populationSizes(
  table: CodedTable,
  population: CodedTable,
  quasi: readonly string[],
  partition: Partition,
): Float64Array {
  const both = table.rows + population.rows
  let joined = wholePartition(both)
  for (const name of quasi) {
    const own = columnOf(table, name, 'the table')
    const { values, codes } = underOneDictionary(own, columnOf(population, name, 'the public table'))
    const all = new Uint32Array(both)
    all.set(own.codes)
    all.set(codes, table.rows)
    joined = refined(joined, all, values.length)
  }
  // Numbered by first appearance, so the table's own classes come first and in their own order.
  const people = new Float64Array(partition.count)
  for (let i = table.rows; i < both; i++) {
    const of = joined.classOf[i]!
    if (of < partition.count) people[of]!++
  }
  return people
}

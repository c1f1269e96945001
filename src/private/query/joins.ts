// Tables that are joined to the one that is asked: public tables by a key, private ones by the unit.
// Source: McSherry 2009 (PINQ): a join is bounded where one row, or one person, matches a bounded number of rows.
// PROOF.md, "Joins". That a public table is public is its owner's word.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../../errors.ts'
import { type Column, openQueryTable, type QueryTable, type TableOptions } from './columns.ts'
import { type From, type Join, refuse } from './statement.ts'

/** What is said of tables beside the one that is asked. */
export interface JoinOptions {
  /** Files of tables that are public, by the names that they have in the query. */
  readonly publicTables?: Readonly<Record<string, string>> | undefined
  /** Files of tables about the same people, by name: they are joined by the unit alone. */
  readonly privateTables?: Readonly<Record<string, string>> | undefined
  /** How many rows of a unit count in each private table that is joined, chosen at random; 1 unless given. */
  readonly joinRows?: number | undefined
}

/** All tables of a query as one. */
export interface Tables {
  /** The asked table's name: its file's, without folder and endings. */
  readonly name: string
  /** A column by its name, and by its table's where several have one of that name. @throws FrostglassError `usage` */
  column(name: string, of?: string): Column
  has(name: string, of?: string): boolean
  /** SQL that makes the public tables; nothing of it is private. */
  setup(): readonly string[]
  /** What follows FROM, with all columns that were asked for so far. */
  relation(): string
}

/** The variable of DuckDB that holds the salt of a query: see exact.ts. */
export const SALT = `getvariable('salt')`

interface Part {
  readonly alias: string
  readonly table: QueryTable
}

type Sides = { readonly from: string; readonly to: string }

/**
 * Opens the tables of a query. Public ones are read, to see that their keys are distinct; of private ones no row is.
 * @param unit the column of the asked table that says whose each row is.
 * @throws FrostglassError `unsupported` for a join that is not bounded, `usage` for a table that is not stated.
 */
export async function openTables(
  connection: DuckDBConnection,
  path: string,
  from: From,
  unit: string | undefined,
  options: TableOptions & JoinOptions,
): Promise<Tables> {
  const { nullText } = options
  const parts: Part[] = [{ alias: from.alias, table: await openQueryTable(connection, path, options) }]
  const joined: {
    readonly part: Part
    readonly join: Join
    readonly on: Sides
    readonly rows?: number | undefined
  }[] = []
  for (const [i, join] of from.joins.entries()) {
    const [file, isPublic] = fileOf(join, options)
    const table = await openQueryTable(connection, file, { nullText }, `j${i}_`)
    const part = { alias: join.alias, table }
    if (parts.some(({ alias }) => same(alias, join.alias)))
      throw new FrostglassError('usage', `two tables are called ${join.alias}`, 'Name one with AS.')
    const [left, right] = columnsOf(join, parts, part)
    if (isPublic) {
      const on = sidesOf(left, right)
      await requireDistinctKeys(connection, join.table, right.name, on.to, table.relation())
      joined.push({ part, join, on })
    } else {
      const column = unit === undefined ? undefined : parts[0]!.table.column(unit)
      if (column?.identity !== left.identity)
        throw refuse(
          `JOIN ${join.table}`,
          'one row of a person can match any number of rows of a private table unless both are joined by the privacy unit',
          `Join it by ${unit ?? 'the column of --privacy-unit'}, or state it as public if it is (--public-table).`,
        )
      joined.push({ part, join, on: { from: left.identity, to: right.identity }, rows: rowsOf(options) })
    }
    parts.push(part)
  }
  return {
    name: parts[0]!.table.name,
    column: (name, of) => columnIn(parts, name, of),
    has: (name, of) => partsWith(parts, name, of).length > 0,
    setup: () =>
      // Of a key one row, also where the file has another since its keys were looked at.
      joined.flatMap(({ part, on, rows }, i) =>
        rows === undefined
          ? [
              `CREATE OR REPLACE TEMP TABLE public_${i} AS SELECT DISTINCT ON (${on.to}) * FROM ${part.table.relation()}`,
            ]
          : [],
      ),
    relation: () =>
      joined.reduce((left, { part, join, on, rows }, i) => {
        const right = rows === undefined ? `public_${i}` : boundedSql(part.table, on.to, rows)
        return `(SELECT * FROM ${left} ${join.outer ? 'LEFT' : 'INNER'} JOIN ${right} ON ${on.from} = ${on.to})`
      }, parts[0]!.table.relation()),
  }
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

function fileOf({ table }: Join, { publicTables = {}, privateTables = {} }: JoinOptions) {
  for (const [files, isPublic] of [
    [publicTables, true],
    [privateTables, false],
  ] as const) {
    const name = Object.keys(files).find((one) => same(one, table))
    if (name !== undefined) return [files[name]!, isPublic] as const
  }
  throw refuse(
    'JOIN',
    `one row of a person can match any number of rows of ${table}, so nothing bounds what one person adds`,
    'State the table if it is public (--public-table name=file) or about the same people (--private-table name=file); else write the joined table to a file with a column that says whose each row is, and bound it by --privacy-unit.',
  )
}

function rowsOf({ joinRows = 1 }: JoinOptions): number {
  if (Number.isSafeInteger(joinRows) && joinRows >= 1 && joinRows <= 1000) return joinRows
  throw new FrostglassError(
    'usage',
    `join-rows is a whole number from 1 to 1000, but ${joinRows} came`,
    'Give how many rows of a person may count in a joined table.',
  )
}

function partsWith(parts: readonly Part[], name: string, of: string | undefined): Part[] {
  return parts.filter(({ alias, table }) => (of === undefined || same(alias, of)) && table.has(name))
}

function columnIn(parts: readonly Part[], name: string, of?: string): Column {
  const found = partsWith(parts, name, of)
  if (found.length === 0) {
    // Bounds and keys name a column by its table with a dot between.
    const [, table, rest] = of === undefined ? (/^([^.]+)\.(.+)$/.exec(name) ?? []) : []
    if (table !== undefined && partsWith(parts, rest!, table).length > 0) return columnIn(parts, rest!, table)
    const first = parts.find(({ alias }) => of === undefined || same(alias, of))
    if (first === undefined)
      throw refuse(`${of}.${name}`, 'it is no column of the table', 'Write the column’s name alone.')
    return first.table.column(name)
  }
  if (found.length > 1)
    throw new FrostglassError(
      'usage',
      `several tables have a column ${name}`,
      `Write ${found[0]!.alias}.${name}.`,
    )
  const [{ alias, table }] = found as [Part]
  const column = table.column(name)
  return partsWith(parts, name, undefined).length > 1
    ? { ...column, name: `${alias}.${column.name}` }
    : column
}

/** The column of the tables before, and that of the joined one. */
function columnsOf({ on, table }: Join, before: readonly Part[], part: Part): readonly [Column, Column] {
  const of = ([first, second]: readonly string[]): readonly [string, string | undefined] =>
    second === undefined ? [first!, undefined] : [second, first]
  const isOwn = (names: readonly string[]) => names.length === 2 && same(names[0]!, part.alias)
  if (on.some((names) => names.length > 2))
    throw refuse('JOIN', 'a column has one table', 'Write table.column.')
  const right = on.find(isOwn)
  const left = on.find((names) => names !== right)
  if (right === undefined || left === undefined || isOwn(left))
    throw refuse(
      `JOIN ${table}`,
      'which side is whose is not said',
      `Write ON ${before[0]!.alias}.key = ${part.alias}.key.`,
    )
  return [columnIn(before, ...of(left)), part.table.column(right[1]!)]
}

/** Numbers are compared as numbers where a file says that a side has them, everything else as text. */
function sidesOf(left: Column, right: Column): Sides {
  if (left.kind !== 'number' && right.kind !== 'number') return { from: left.text, to: right.text }
  if (left.number !== undefined && right.number !== undefined) return { from: left.number, to: right.number }
  throw refuse(
    'JOIN',
    `${left.name} and ${right.name} are not alike`,
    'Join numbers by numbers, texts by texts.',
  )
}

async function requireDistinctKeys(
  connection: DuckDBConnection,
  table: string,
  column: string,
  key: string,
  relation: string,
): Promise<void> {
  const [row] = (
    await connection.runAndReadAll(`SELECT count(${key}), count(DISTINCT ${key}) FROM ${relation}`)
  ).getRows()
  if (row![0] === row![1]) return
  throw new FrostglassError(
    'input',
    `the public table ${table} has a ${column} twice: a row would match several`,
    'Join it by a column whose values are distinct.',
  )
}

/** Of each unit so many rows, by its own rows and the salt alone: rows that are equal in every cell are as good as each other. */
function boundedSql(table: QueryTable, unit: string, rows: number): string {
  const cells = table.cells()
  const parts = cells.map((cell) => `coalesce(${cell}::VARCHAR, '')`)
  const hash = `substring(sha256(concat_ws('/', ${[SALT, "'j'", ...parts, 'jm'].join(', ')})), 1, 16)`
  const numbered =
    `(SELECT ${cells.join(', ')}, unnest(range(count(*))) AS jm FROM ${table.relation()} ` +
    `WHERE ${unit} IS NOT NULL GROUP BY ${cells.join(', ')})`
  return (
    `(SELECT * EXCLUDE (jm, jr) FROM (SELECT *, row_number() OVER (PARTITION BY ${unit} ` +
    `ORDER BY ${[hash, ...cells, 'jm'].join(', ')}) AS jr FROM ${numbered}) WHERE jr <= ${rows})`
  )
}

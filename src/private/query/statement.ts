// A query as DuckDB's own parser reads it, held to the clauses that we understand: SELECT … FROM table WHERE … GROUP BY.
// Source: DuckDB's json_serialize_sql; every field of every node must be known, so that no clause is passed over.
// The text that the user wrote is never run: exact.ts writes its own SQL from what was understood.

import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../../errors.ts'

/** A node of the parser's tree. */
export type Node = Readonly<Record<string, unknown>>

/** What is left of a statement when every other clause is refused. */
export interface Statement {
  readonly select: readonly Node[]
  readonly from: From
  readonly where: Node | undefined
  readonly groupBy: readonly Node[]
  readonly having: Node | undefined
}

/** A table's name, and the name that its columns may be qualified with. */
export interface NamedTable {
  readonly table: string
  readonly alias: string
}

/** A table that is joined, by one equality of two columns. */
export interface Join extends NamedTable {
  /** Rows without a match stay, with missing cells. */
  readonly outer: boolean
  /** The two columns, in the order that they were written in. */
  readonly on: readonly [readonly string[], readonly string[]]
}

/** The table that is asked, and those that are joined to it. */
export interface From extends NamedTable {
  readonly joins: readonly Join[]
}

/** The refusal of a part of a query, by name. */
export function refuse(clause: string, why: string, hint: string): FrostglassError {
  return new FrostglassError('unsupported', `${clause}: ${why}`, hint)
}

/** A query is looked at by recursion; nothing deeper than this fits on the stack, and nobody writes it. */
const LONGEST = 20_000
const DEEPEST = 200

/**
 * Parses one statement.
 * @throws FrostglassError `usage` for what is no SQL, `unsupported` naming the clause that is not understood.
 */
export async function parseStatement(connection: DuckDBConnection, sql: string): Promise<Statement> {
  const hint = 'Write one statement: SELECT …, aggregates FROM data WHERE … GROUP BY ….'
  if (sql.length > LONGEST)
    throw new FrostglassError('usage', `a query has at most ${LONGEST} characters`, hint)
  if (sql.includes('\0')) throw new FrostglassError('usage', 'the query holds a NUL character', hint)
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', [sql])
  const parsed = parsedTree(String(reader.getRows()[0]![0]), hint)
  if (parsed.error === true) {
    if (parsed.error_type === 'not implemented')
      throw refuse('the statement', 'only SELECT can be answered privately', hint)
    throw new FrostglassError('usage', `the query is no SQL: ${String(parsed.error_message)}`, hint)
  }
  const statements = parsed.statements as readonly Node[]
  if (statements.length !== 1)
    throw refuse(`${statements.length} statements`, 'one query is answered and paid for at a time', hint)
  if (depthOf(statements) > 4 * DEEPEST)
    throw refuse('the query', `it is nested more than ${DEEPEST} deep`, 'Write it flatter.')
  requireFewTexts(statements)
  const [{ node, named_param_map: parameters, ...more }] = statements as [Node]
  if (Object.keys(more).length > 0 || (parameters as readonly unknown[]).length > 0)
    throw refuse('parameters', 'a query states its values', 'Write the value in the place of ? or $name.')
  return statementOf(node as Node)
}

/** Levels of lists and objects, without recursion. */
function depthOf(tree: unknown): number {
  let depth = 0
  let level: unknown[] = [tree]
  for (; level.length > 0; depth++)
    level = level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : []))
  return depth
}

/** Functions that go through a text, each in a bounded time; with so many of them a row takes a bounded time as well. */
const textFunctions = ['~~', '!~~', '~~*', '!~~*', 'lower', 'upper', 'trim']
const MOST_TEXTS = 32

function requireFewTexts(tree: unknown): void {
  let count = 0
  let level: unknown[] = [tree]
  while (level.length > 0) {
    count += level.filter((one) => textFunctions.includes(String((one as Node | null)?.function_name))).length
    level = level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : []))
  }
  if (count > MOST_TEXTS)
    throw refuse(
      'the query',
      `it has more than ${MOST_TEXTS} of LIKE, lower, upper and trim`,
      'Ask several queries.',
    )
}

function parsedTree(text: string, hint: string): Node {
  // Whole numbers that JavaScript would round stay texts: constants.ts reads them.
  const keepDigits = (_key: string, value: unknown, { source }: { source?: string | undefined } = {}) =>
    typeof value === 'number' &&
    source !== undefined &&
    /^-?\d+$/.test(source) &&
    !Number.isSafeInteger(value)
      ? source
      : value
  try {
    return JSON.parse(text, keepDigits) as Node
  } catch (cause) {
    // The parser writes numbers beyond doubles as words that JSON does not have.
    throw new FrostglassError('usage', 'a number of the query is beyond the range of doubles', hint, cause)
  }
}

/** No content: null, '', false, an empty list, an object of such, an ORDER BY of nothing. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === '' || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  if (typeof value !== 'object') return false
  const { type, ...rest } = value as Node
  return (type === undefined || type === 'ORDER_MODIFIER') && Object.values(rest).every(isEmpty)
}

/** Refuses what a node has beyond the fields that are named; fields of no content pass. */
export function only(node: Node, fields: readonly string[], what: string): void {
  for (const [field, value] of Object.entries(node)) {
    if (fields.includes(field) || ['class', 'type', 'alias', 'query_location'].includes(field)) continue
    if (!isEmpty(value))
      throw refuse(what, `its ${field.replaceAll('_', ' ')} is not understood`, 'Leave that part out.')
  }
}

const modifiers: Readonly<Record<string, readonly [string, string]>> = {
  ORDER_MODIFIER: ['ORDER BY', 'answers come sorted by key; leave it out'],
  LIMIT_MODIFIER: ['LIMIT', 'all groups are answered and paid for; leave it out'],
  LIMIT_PERCENT_MODIFIER: ['LIMIT', 'all groups are answered and paid for; leave it out'],
  DISTINCT_MODIFIER: ['SELECT DISTINCT', 'group by the columns and count'],
}

function statementOf(node: Node): Statement {
  if (node.type === 'SET_OPERATION_NODE')
    throw refuse(
      String(node.setop_type),
      'set operations mix the rows of a person with those of others',
      'Ask two queries.',
    )
  if (node.type !== 'SELECT_NODE')
    throw refuse(String(node.type), 'it is not understood', 'Write SELECT … FROM data.')
  if (!isEmpty(node.cte_map)) throw refuse('WITH', 'the table of the file is the only one', 'Leave it out.')
  for (const { type } of node.modifiers as readonly Node[]) {
    const [clause, hint] = modifiers[String(type)] ?? [String(type), 'leave it out']
    throw refuse(clause, 'it is not answered privately', hint)
  }
  for (const [field, clause, hint] of [
    ['qualify', 'QUALIFY', 'leave it out'],
    ['sample', 'USING SAMPLE', 'leave it out'],
  ] as const)
    if (!isEmpty(node[field])) throw refuse(clause, 'it is not answered privately', hint)
  if (node.aggregate_handling !== 'STANDARD_HANDLING')
    throw refuse('GROUP BY ALL', 'keys are to be named', 'Write GROUP BY and the columns.')
  const groupBy = node.group_expressions as readonly Node[]
  const sets = node.group_sets as readonly (readonly number[])[]
  if (sets.length > 1 || (sets[0]?.length ?? 0) !== groupBy.length)
    throw refuse(
      'GROUPING SETS, ROLLUP or CUBE',
      'each set would be a query of its own',
      'Ask one query for each.',
    )
  only(
    node,
    [
      'select_list',
      'from_table',
      'where_clause',
      'group_expressions',
      'group_sets',
      'aggregate_handling',
      'having',
    ],
    'SELECT',
  )
  return {
    select: node.select_list as readonly Node[],
    from: fromOf(node.from_table as Node),
    where: (node.where_clause as Node | null) ?? undefined,
    groupBy,
    having: (node.having as Node | null) ?? undefined,
  }
}

function fromOf(from: Node): From {
  if (from.type !== 'JOIN') return { ...tableOf(from), joins: [] }
  const { joins, ...first } = fromOf(from.left as Node)
  return { ...first, joins: [...joins, joinOf(from)] }
}

const joinHint = 'Write JOIN table ON data.key = table.key, or LEFT JOIN.'

function joinOf(join: Node): Join {
  only(join, ['left', 'right', 'condition', 'join_type', 'ref_type', 'using_columns'], 'JOIN')
  if (join.ref_type !== 'REGULAR' || (join.join_type !== 'INNER' && join.join_type !== 'LEFT'))
    throw refuse(
      'JOIN',
      `one row of a person can match any number of rows in a ${String(join.ref_type)} ${String(join.join_type)} join`,
      joinHint,
    )
  const named = tableOf(join.right as Node)
  const condition = join.condition as Node | null
  const using = join.using_columns as readonly string[]
  const columns =
    using.length === 1 && condition === null
      ? [using, [named.alias, using[0]!]]
      : condition?.type === 'COMPARE_EQUAL' && condition.class === 'COMPARISON'
        ? [condition.left as Node, condition.right as Node].map((side) =>
            side.class === 'COLUMN_REF' ? (side.column_names as readonly string[]) : undefined,
          )
        : []
  const [left, right] = columns
  if (left === undefined || right === undefined)
    throw refuse('JOIN', 'tables are joined by one equality of two columns', joinHint)
  return { ...named, outer: join.join_type === 'LEFT', on: [left, right] }
}

function tableOf(from: Node): NamedTable {
  if (!isEmpty(from.sample))
    throw refuse('TABLESAMPLE', 'it would make answers depend on the order of rows', 'Leave it out.')
  switch (from.type) {
    case 'BASE_TABLE':
      only(from, ['table_name'], 'FROM')
      return { table: String(from.table_name), alias: String(from.alias || from.table_name) }
    case 'JOIN':
      throw refuse('JOIN', 'only tables are joined, not joins of tables', joinHint)
    case 'TABLE_FUNCTION':
      throw refuse(
        `${String((from.function as Node).function_name)}(…) in FROM`,
        'functions that read files or make tables are not run',
        'Name the file on the command line, and write FROM data.',
      )
    case 'SUBQUERY':
      throw refuse(
        'a subquery in FROM',
        'what one row of a person turns into is not bounded there',
        'Write FROM data.',
      )
    case 'EMPTY':
      throw refuse('SELECT without FROM', 'there is no table to ask', 'Write FROM data.')
    default:
      throw refuse(`${String(from.type)} in FROM`, 'it is not understood', 'Write FROM data.')
  }
}

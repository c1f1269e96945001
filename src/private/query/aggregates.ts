// What a select list asks for: keys of groups, and aggregates that have a private answer.
// Source: DuckDB's names of aggregates; docs/reference/private-sql.md says what each means here.
// Arithmetic over aggregates is refused: do it on the answers, which are private already.

import { FrostglassError } from '../../errors.ts'
import { constantNumber } from './constants.ts'
import { columnNamed, expressionOf, type Scope } from './expression.ts'
import { type Condition, conditionOf } from './having.ts'
import type { MomentFunction } from './moments.ts'
import { type Node, only, refuse, type Statement } from './statement.ts'
import { as, type Expression } from './typed.ts'

/** A column that rows are grouped by. */
export interface Key {
  readonly name: string
  readonly form: 'number' | 'text'
  readonly sql: string
  /** Of a histogram, whose keys are 0, 1, …: the upper ends of its bins, and their names. `sql` is the number that falls into one. */
  readonly edges?: readonly number[] | undefined
  readonly bins?: readonly string[] | undefined
}

/** One asked-for answer. */
export type Aggregate =
  | { readonly kind: 'rows'; readonly name: string }
  | {
      readonly kind: 'moment'
      readonly name: string
      readonly function: MomentFunction
      readonly of: Operand
    }
  | { readonly kind: 'distinct'; readonly name: string; readonly of: Operand }
  | { readonly kind: 'quantile'; readonly name: string; readonly quantile: number; readonly of: Operand }

/** What an aggregate is taken of. */
export interface Operand {
  readonly expression: Expression
  /** The same for the same expression. */
  readonly id: string
  /** The column, where it is one alone. */
  readonly column: string | undefined
  /** The column or the answer's name, for messages. */
  readonly label: string
}

/**
 * The select list, read. `order` says for each item which key or which aggregate it is; aggregates of HAVING alone come last
 * and are in none.
 */
export interface SelectList {
  readonly keys: readonly Key[]
  readonly aggregates: readonly Aggregate[]
  readonly order: readonly { readonly key?: number | undefined; readonly aggregate?: number | undefined }[]
  /** What must hold of the answers of a group that is shown. */
  readonly having?: Condition | undefined
}

const moments: Readonly<Record<string, MomentFunction>> = {
  count: 'count',
  sum: 'sum',
  avg: 'avg',
  mean: 'avg',
  var_pop: 'var_pop',
  var_samp: 'var_samp',
  variance: 'var_samp',
  stddev_pop: 'stddev_pop',
  stddev_samp: 'stddev_samp',
  stddev: 'stddev_samp',
}

const quantiles: Readonly<Record<string, number | undefined>> = {
  min: 0,
  max: 1,
  median: 0.5,
  quantile: undefined,
  quantile_cont: undefined,
  quantile_disc: undefined,
}

const understood = 'COUNT, SUM, AVG, VARIANCE, STDDEV, MIN, MAX, MEDIAN, QUANTILE_CONT and HISTOGRAM'

/** A node as text, the same for the same expression: without its alias and its place, columns by what they are. */
function idOf(node: Node, { table }: Scope): string {
  const canonical = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(canonical)
    if (part === null || typeof part !== 'object') return part
    const kept = Object.entries(part).filter(([field]) => field !== 'query_location' && field !== 'alias')
    return Object.fromEntries(
      kept.map(([field, value]) => [
        field,
        field === 'column_names' ? columnId(value as string[]) : canonical(value),
      ]),
    )
  }
  const columnId = (names: readonly string[]): string => {
    const [name, of] = names.toReversed() as [string, string | undefined]
    return (table.has(name, of) ? table.column(name, of).name : names.join('.')).toLowerCase()
  }
  return JSON.stringify(canonical(node))
}

/** @throws FrostglassError `unsupported` naming what is neither a key nor an aggregate, `usage` for unknown columns. */
export function selectListOf(statement: Statement, scope: Scope): SelectList {
  const { select } = statement
  const grouped = statement.groupBy.map((node) => groupedNode(node, select, scope))
  // Keys are taken as they are: bounds are for what is added up.
  const unclamped: Scope = { ...scope, clamped: false }
  const keys: Key[] = grouped.map((node) => keyOf(node, select, unclamped))
  const ids = grouped.map((node) => idOf(node, scope))
  const aggregates: Aggregate[] = []
  const asked: string[] = []
  const order = select.map((node) => {
    const key = ids.indexOf(idOf(node, scope))
    if (key >= 0) return { key }
    if (histogramOf(node)) {
      if (select.length > 1 || keys.length > 0)
        throw refuse('HISTOGRAM', 'it makes groups of its own, and is asked for alone', 'Ask a query for it.')
      keys.push(binsOf(node, unclamped))
      aggregates.push({ kind: 'rows', name: 'count' })
      return { aggregate: 0 }
    }
    aggregates.push(aggregateOf(node, scope))
    asked.push(idOf(node, scope))
    return { aggregate: aggregates.length - 1 }
  })
  if (aggregates.length === 0)
    throw refuse('SELECT', 'no aggregate is asked for', `Take one of ${understood}.`)
  const shown = keys[0]?.bins === undefined ? order : [{ key: 0 }, { aggregate: 0 }]
  const names = [...keys, ...aggregates].map(({ name }) => name.toLowerCase())
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined)
    throw new FrostglassError('usage', `two answers are named ${twice}`, 'Name one with AS.')
  if (statement.having === undefined) return { keys, aggregates, order: shown }
  if (statement.groupBy.length === 0) throw refuse('HAVING', 'it chooses among groups', 'Add GROUP BY.')
  const having = conditionOf(statement.having, (node) => {
    const place = placeOfAnswer(node, aggregates, asked, scope)
    if (place >= 0) return place
    if (node.class !== 'FUNCTION')
      throw refuse(
        'HAVING',
        'only aggregates and numbers are compared there',
        'Put what is asked of keys or of single rows into WHERE.',
      )
    aggregates.push(aggregateOf(node, scope))
    asked.push(idOf(node, scope))
    return aggregates.length - 1
  })
  return { keys, aggregates, order: shown, having }
}

/** The place of an answer that HAVING names by its alias, or by asking for the same again; −1 for another. */
function placeOfAnswer(
  node: Node,
  aggregates: readonly Aggregate[],
  asked: readonly string[],
  scope: Scope,
): number {
  if (node.class !== 'COLUMN_REF') return asked.indexOf(idOf(node, scope))
  const names = node.column_names as readonly string[]
  if (names.length > 1 || scope.table.has(names[0]!)) return -1
  return aggregates.findIndex(({ name }) => name.toLowerCase() === names[0]!.toLowerCase())
}

/** GROUP BY 1 and GROUP BY alias mean an item of the select list. */
function groupedNode(node: Node, select: readonly Node[], { table }: Scope): Node {
  if (node.class === 'CONSTANT') {
    const place = (node.value as Node).value
    const item = typeof place === 'number' ? select[place - 1] : undefined
    if (item === undefined) throw refuse('GROUP BY', 'a constant is no key', 'Name columns.')
    return item
  }
  if (node.class === 'COLUMN_REF') {
    const [name, of] = (node.column_names as readonly string[]).toReversed()
    if (!table.has(name!, of)) {
      const item = select.find(({ alias }) => String(alias).toLowerCase() === name!.toLowerCase())
      if (item !== undefined) return item
    }
  }
  return node
}

function keyOf(node: Node, select: readonly Node[], scope: Scope): Key {
  const expression = expressionOf(node, scope)
  const alias = select.find((item) => idOf(item, scope) === idOf(node, scope))?.alias
  const name = String(alias || node.alias || nameOf(node))
  if (expression.kind === 'number') return { name, form: 'number', sql: expression.number! }
  const text =
    expression.text ??
    `(CASE WHEN ${expression.truth} THEN 'true' WHEN NOT ${expression.truth} THEN 'false' END)`
  return { name, form: 'text', sql: text }
}

/** What a column of the answer is called that has no alias: a few words of its own. */
function nameOf(node: Node): string {
  if (node.class === 'COLUMN_REF') return String((node.column_names as readonly string[]).at(-1))
  if (node.class !== 'FUNCTION') return 'value'
  const name = String(node.function_name)
  if (name === 'count_star') return 'count'
  const inner = (node.children as readonly Node[]).find((child) => child.class !== 'CONSTANT')
  const word = /^\w+$/.test(name) ? `${name}${node.distinct === true ? '_distinct' : ''}` : 'value'
  return inner === undefined ? word : `${word}_${nameOf(inner)}`
}

function aggregateOf(node: Node, scope: Scope): Aggregate {
  if (node.class === 'STAR')
    throw refuse('SELECT *', 'rows are never shown', `Ask for aggregates: ${understood}.`)
  if (node.class === 'COLUMN_REF')
    throw refuse(
      `the column ${nameOf(node)}`,
      'it is neither grouped by nor inside an aggregate, and rows are never shown',
      `Add it to GROUP BY, or take an aggregate of it: ${understood}.`,
    )
  if (node.class === 'WINDOW')
    throw refuse(
      'a window function (OVER)',
      'it gives an answer for each row, and rows are never shown',
      'Use GROUP BY.',
    )
  if (node.class === 'SUBQUERY')
    throw refuse('a subquery', 'one query is answered at a time', 'Ask it on its own.')
  if (node.class !== 'FUNCTION')
    throw refuse('an expression outside aggregates', 'it is not answered privately', `Take ${understood}.`)
  const sql = String(node.function_name)
  if (node.filter !== null)
    throw refuse('FILTER', 'it is not understood', 'Write SUM(CASE WHEN … THEN 1 ELSE 0 END), or use WHERE.')
  if ((node.order_bys as Node & { orders: readonly unknown[] }).orders.length > 0)
    throw refuse(`ORDER BY in ${sql}`, 'it is not understood', 'Leave it out.')
  const name = String(node.alias || nameOf(node))
  if (sql === 'count_star') {
    only(node, ['function_name'], 'COUNT(*)')
    return { kind: 'rows', name }
  }
  const known = Object.hasOwn(moments, sql) || Object.hasOwn(quantiles, sql)
  if (!known || (node.schema !== '' && node.schema !== 'main'))
    throw refuse(
      node.is_operator ? `the operator ${sql} outside aggregates` : `${sql}(…)`,
      'it has no private answer here',
      node.is_operator ? 'Compute with the answers: they are private already.' : `Take ${understood}.`,
    )
  only(node, ['function_name', 'children', 'distinct', 'schema'], sql)
  const [argument, ...more] = node.children as readonly Node[]
  if (argument === undefined) throw refuse(`${sql}()`, 'it wants a column', `Write ${sql}(column).`)
  if (argument.alias)
    throw refuse(`the name ${String(argument.alias)} in ${sql}(…)`, 'it is not understood', 'Leave it out.')
  const of = operandOf(argument, name, scope)
  if (node.distinct === true && sql !== 'count')
    throw refuse(
      `${sql}(DISTINCT …)`,
      'only COUNT(DISTINCT …) has a private answer here',
      'Leave DISTINCT out.',
    )
  if (Object.hasOwn(quantiles, sql)) {
    const quantile = quantiles[sql] ?? fractionOf(sql, more)
    if (quantiles[sql] !== undefined && more.length > 0)
      throw refuse(`${sql}(…)`, 'one argument is understood', 'Leave the others out.')
    return { kind: 'quantile', name, quantile, of }
  }
  if (more.length > 0) throw refuse(`${sql}(…)`, 'one argument is understood', 'Leave the others out.')
  if (node.distinct === true) return { kind: 'distinct', name, of }
  return { kind: 'moment', name, function: moments[sql]!, of }
}

function operandOf(node: Node, name: string, scope: Scope): Operand {
  const expression = expressionOf(node, scope)
  const column = node.class === 'COLUMN_REF' ? columnNamed(node, scope).name : undefined
  return { expression, id: idOf(node, scope), column, label: column ?? name }
}

function fractionOf(sql: string, rest: readonly Node[]): number {
  const fraction = constantNumber(rest[0]) ?? Number.NaN
  if (rest.length !== 1 || !(fraction >= 0 && fraction <= 1))
    throw refuse(`${sql}(…)`, 'it wants a column and a number from 0 to 1', `Write ${sql}(column, 0.9).`)
  return fraction
}

const histogramOf = (node: Node): boolean => node.class === 'FUNCTION' && node.function_name === 'histogram'

/** HISTOGRAM(x, [a, b, c]): how many x are ≤ a, in (a, b], in (b, c], and above c. */
function binsOf(node: Node, scope: Scope): Key {
  only(node, ['function_name', 'children', 'schema'], 'HISTOGRAM')
  const [argument, list, ...more] = node.children as readonly Node[]
  const edges =
    list?.function_name === 'list_value'
      ? (list.children as readonly Node[]).map((child) => expressionOf(child, scope).constant)
      : []
  const numbers = edges.filter((edge) => typeof edge === 'number')
  const ordered = numbers.every((edge, i) => i === 0 || numbers[i - 1]! < edge)
  if (more.length > 0 || numbers.length === 0 || numbers.length < edges.length || !ordered)
    throw refuse(
      'HISTOGRAM',
      'it wants a column and the upper ends of its bins, in order: bins chosen by the data would tell of them',
      'Write HISTOGRAM(age, [20, 40, 60]).',
    )
  const x = as('number', expressionOf(argument!, scope), 'HISTOGRAM')
  const bins = [
    `≤ ${numbers[0]}`,
    ...numbers.slice(1).map((edge, i) => `${numbers[i]} … ${edge}`),
    `> ${numbers.at(-1)}`,
  ]
  return {
    name: String(node.alias || nameOf(node)),
    form: 'number',
    sql: x,
    edges: numbers,
    bins,
  }
}

// Expressions over one row: comparisons, arithmetic, CASE and a few functions, typed, and written anew as SQL.
// Source: DuckDB's tree of a statement; IEEE 754 arithmetic, which has a value for everything; interval arithmetic.
// Nothing here can fail on a row: no casts but TRY_CAST, no dates, no regular expressions, doubles in all arithmetic.

import { literal } from '../../data/duckdb.ts'
import type { FrostglassError } from '../../errors.ts'
import type { Column } from './columns.ts'
import { numberOf } from './constants.ts'
import { functions } from './functions.ts'
import type { Tables } from './joins.ts'
import { likeSql, patterns } from './patterns.ts'
import { type Bounds, clamp } from './ranges.ts'
import { type Node, only, refuse } from './statement.ts'
import { alike, as, chosen, type Expression, numberConstant, plain } from './typed.ts'

/** What names mean. */
export interface Scope {
  readonly table: Pick<Tables, 'column' | 'has'>
  /** Where columns are held to lie; a column of a file without types that is named here holds numbers. */
  readonly bounds: ReadonlyMap<string, Bounds>
  /** Whether columns are held there: what is added up is, what rows are chosen or grouped by is not. */
  readonly clamped: boolean
}

/** A subexpression of the tree as an expression. @throws FrostglassError `unsupported`, naming what is not understood. */
export function expressionOf(node: Node, scope: Scope): Expression {
  switch (node.class) {
    case 'COLUMN_REF':
      return columnOf(node, scope)
    case 'CONSTANT':
      return constantOf(node)
    case 'CAST':
      return castOf(node)
    case 'COMPARISON':
      return comparisonOf(node, scope)
    case 'CONJUNCTION': {
      only(node, ['children'], 'AND or OR')
      const word =
        node.type === 'CONJUNCTION_AND' ? ' AND ' : node.type === 'CONJUNCTION_OR' ? ' OR ' : undefined
      if (word === undefined) throw unknown(String(node.type))
      return plain(
        'truth',
        `(${childrenOf(node, scope)
          .map((e) => as('truth', e, word.trim()))
          .join(word)})`,
      )
    }
    case 'BETWEEN': {
      only(node, ['input', 'lower', 'upper'], 'BETWEEN')
      const [x, low, high] = alike(
        [node.input, node.lower, node.upper].map((part) => expressionOf(part as Node, scope)),
        'BETWEEN',
      )
      return plain('truth', `(${x} BETWEEN ${low} AND ${high})`)
    }
    case 'OPERATOR':
      return operatorOf(node, scope)
    case 'CASE':
      return caseOf(node, scope)
    case 'FUNCTION':
      return functionOf(node, scope)
    default:
      throw unknown(named[String(node.class)] ?? String(node.class))
  }
}

const named: Readonly<Record<string, string>> = {
  WINDOW: 'a window function (OVER)',
  SUBQUERY: 'a subquery',
  STAR: '*',
  LAMBDA: 'a lambda',
  PARAMETER: 'a parameter',
  COLLATE: 'COLLATE',
}

const unknown = (what: string): FrostglassError =>
  refuse(
    what,
    'it is not understood in an expression over one row',
    'Take comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, CASE, + − * /, abs, floor, ceil, round, least, greatest, coalesce, lower, upper, trim.',
  )

const childrenOf = (node: Node, scope: Scope): Expression[] =>
  (node.children as readonly Node[]).map((child) => {
    // f(name := x), and what looks like a hexadecimal number: DuckDB reads 0x1F as 0 with a name.
    if (child.alias)
      throw refuse(
        `the name ${String(child.alias)} in an expression`,
        'it is not understood',
        'Leave it out.',
      )
    return expressionOf(child, scope)
  })

/** The column that a node names. @throws FrostglassError `usage`, `unsupported` */
export function columnNamed(node: Node, { table }: Scope): Column {
  only(node, ['column_names'], 'a column')
  const names = node.column_names as readonly string[]
  if (names.length > 2)
    throw refuse(names.join('.'), 'it is no column of the table', 'Write the column’s name alone.')
  const [name, of] = names.toReversed() as [string, string | undefined]
  return table.column(name, of)
}

function columnOf(node: Node, scope: Scope): Expression {
  const { bounds, clamped: holds } = scope
  const column = columnNamed(node, scope)
  const stated = bounds.get(column.name)
  const range = holds ? stated : undefined
  const clamped =
    column.number === undefined || range === undefined ? column.number : clamp(column.number, range)
  return {
    kind: column.kind === 'open' && stated !== undefined ? 'number' : column.kind,
    text: column.text,
    number: clamped,
    truth: column.truth,
    whole: false,
    range,
    unbounded: range === undefined ? column.name : undefined,
  }
}

function constantOf(node: Node): Expression {
  only(node, ['value'], 'a constant')
  const { type, is_null: isNull, value } = node.value as { type: Node; is_null: boolean; value: unknown }
  if (isNull)
    return {
      kind: 'open',
      number: 'NULL::DOUBLE',
      text: 'NULL::VARCHAR',
      truth: 'NULL::BOOLEAN',
      whole: true,
      range: undefined,
      unbounded: undefined,
    }
  if (type.id === 'VARCHAR') return plain('text', literal(String(value)), String(value))
  if (type.id === 'BOOLEAN') return plain('truth', value === true ? 'TRUE' : 'FALSE', value === true)
  return numberConstant(numberOf(node.value as Node))
}

/** TRUE and FALSE come as casts of the texts t and f; every other cast is refused. */
function castOf(node: Node): Expression {
  const child = node.child as Node
  const value = (child.value as Node | undefined)?.value
  if (
    (node.cast_type as Node).id === 'BOOLEAN' &&
    child.class === 'CONSTANT' &&
    (value === 't' || value === 'f')
  )
    return plain('truth', value === 't' ? 'TRUE' : 'FALSE', value === 't')
  throw refuse(
    'CAST',
    'a cast can fail on the one row that has a strange cell',
    'Leave it out: cells are numbers where a number is wanted, and missing where they are none.',
  )
}

const comparisons: Readonly<Record<string, string>> = {
  COMPARE_EQUAL: '=',
  COMPARE_NOTEQUAL: '<>',
  COMPARE_LESSTHAN: '<',
  COMPARE_GREATERTHAN: '>',
  COMPARE_LESSTHANOREQUALTO: '<=',
  COMPARE_GREATERTHANOREQUALTO: '>=',
  COMPARE_DISTINCT_FROM: 'IS DISTINCT FROM',
  COMPARE_NOT_DISTINCT_FROM: 'IS NOT DISTINCT FROM',
}

function comparisonOf(node: Node, scope: Scope): Expression {
  const sign = comparisons[String(node.type)]
  if (sign === undefined) throw unknown(String(node.type))
  only(node, ['left', 'right'], sign)
  const [left, right] = alike(
    [expressionOf(node.left as Node, scope), expressionOf(node.right as Node, scope)],
    sign,
  )
  return plain('truth', `(${left} ${sign} ${right})`)
}

function operatorOf(node: Node, scope: Scope): Expression {
  only(node, ['children'], String(node.type))
  const parts = childrenOf(node, scope)
  const [first] = parts as [Expression]
  switch (node.type) {
    case 'OPERATOR_NOT':
      return plain('truth', `(NOT ${as('truth', first, 'NOT')})`)
    case 'OPERATOR_IS_NULL':
    case 'OPERATOR_IS_NOT_NULL': {
      const form = first.kind === 'open' ? 'text' : first.kind
      const word = node.type === 'OPERATOR_IS_NULL' ? 'IS NULL' : 'IS NOT NULL'
      return plain('truth', `(${as(form, first, word)} ${word})`)
    }
    case 'COMPARE_IN':
    case 'COMPARE_NOT_IN': {
      const word = node.type === 'COMPARE_IN' ? 'IN' : 'NOT IN'
      const [x, ...list] = alike(parts, word)
      return plain('truth', `(${x} ${word} (${list.join(', ')}))`)
    }
    case 'OPERATOR_COALESCE':
      return chosen('coalesce', parts, (sqls) => `coalesce(${sqls.join(', ')})`)
    default:
      throw unknown(String(node.type).replace(/^(OPERATOR|COMPARE)_/, ''))
  }
}

function caseOf(node: Node, scope: Scope): Expression {
  only(node, ['case_checks', 'else_expr'], 'CASE')
  const checks = node.case_checks as readonly { when_expr: Node; then_expr: Node }[]
  const when = checks.map((check) => as('truth', expressionOf(check.when_expr, scope), 'WHEN'))
  const results = [...checks.map((check) => check.then_expr), node.else_expr as Node].map((part) =>
    expressionOf(part, scope),
  )
  return chosen('CASE', results, (sqls) => {
    const arms = when.map((test, i) => `WHEN ${test} THEN ${sqls[i]}`)
    return `(CASE ${arms.join(' ')} ELSE ${sqls.at(-1)} END)`
  })
}

function functionOf(node: Node, scope: Scope): Expression {
  const name = String(node.function_name)
  if (node.schema !== '' && node.schema !== 'main') throw unknown(`${String(node.schema)}.${name}`)
  only(node, ['function_name', 'children', 'is_operator', 'schema'], name)
  if (!Object.hasOwn(patterns, name) && !Object.hasOwn(functions, name)) throw unknown(`${name}(…)`)
  const parts = childrenOf(node, scope)
  if (Object.hasOwn(patterns, name)) {
    const [text, pattern] = parts as [Expression, Expression]
    if (typeof pattern.constant !== 'string')
      throw refuse('LIKE', 'its pattern is to be a text in quotes', 'Write the pattern out.')
    return plain('truth', likeSql(name, as('text', text, 'LIKE'), pattern.constant))
  }
  const { of, count = 1, write } = functions[name]!
  if (count > 0 && parts.length !== count && !(/^[+-]$/.test(name) && parts.length === 1))
    throw refuse(
      `${name}(…)`,
      `${count} argument${count > 1 ? 's are' : ' is'} understood`,
      'Leave the others out.',
    )
  return write(
    parts,
    parts.map((part) => as(of, part, name)),
  )
}

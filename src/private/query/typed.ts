// What an expression is: a number, a text or true and false, as SQL, with what is known of it whatever the row.
// Source: ours; cells of a file without types are numbers and texts at once, as their place wants.
// It reads no tree: expression.ts does.

import { doubleLiteral } from '../../data/duckdb.ts'
import { type Bounds, hull } from './ranges.ts'
import { refuse } from './statement.ts'

/** What an expression is of a row. An `open` one is a number or a text, as its place wants. */
export interface Expression {
  readonly kind: 'number' | 'text' | 'truth' | 'open'
  readonly number?: string | undefined
  readonly text?: string | undefined
  readonly truth?: string | undefined
  /** Whole numbers, whatever the row. */
  readonly whole: boolean
  /** Where its numbers lie, whatever the row; undefined where a column in it has no bounds. */
  readonly range: Bounds | undefined
  /** The first column in it that has no bounds. */
  readonly unbounded: string | undefined
  /** Its value where it is the same for every row. */
  readonly constant?: number | string | boolean | undefined
}

export type Form = 'number' | 'text' | 'truth'
const nouns: Readonly<Record<Form, string>> = { number: 'a number', text: 'text', truth: 'true or false' }

/** The SQL of an expression as what its place wants. @throws FrostglassError `unsupported` where it is something else. */
export function as(form: Form, expression: Expression, where: string): string {
  const sql = expression[form]
  if (sql !== undefined) return sql
  throw refuse(where, `${nouns[form]} is wanted here`, 'Compare numbers with numbers, and texts with texts.')
}

/** A number. @param whole whether it is where all parts are @param of its parts */
export const numeric = (
  sql: string,
  whole: boolean,
  range: Bounds | undefined,
  of: readonly Expression[],
): Expression => ({
  kind: 'number',
  number: sql,
  whole: whole && of.every((part) => part.whole),
  range:
    range !== undefined && Number.isFinite(range.lower) && Number.isFinite(range.upper) ? range : undefined,
  unbounded: of.find((part) => part.unbounded !== undefined)?.unbounded,
})

/** A text, or true and false. */
export const plain = (kind: 'text' | 'truth', sql: string, constant?: string | boolean): Expression => ({
  kind,
  [kind]: sql,
  whole: false,
  range: undefined,
  unbounded: undefined,
  constant,
})

/** A number that is the same in every row. */
export const numberConstant = (value: number): Expression => ({
  ...numeric(doubleLiteral(value), true, { lower: value, upper: value }, []),
  whole: Number.isSafeInteger(value),
  constant: value,
})

/** SQL of several expressions as one kind: numbers if one of them is, else truth values, else texts. */
export function alike(parts: readonly Expression[], where: string): string[] {
  const kinds = parts.map(({ kind }) => kind)
  const form = kinds.includes('number') ? 'number' : kinds.includes('truth') ? 'truth' : 'text'
  return parts.map((part) => as(form, part, where))
}

/** An expression whose value is that of one of its parts. */
export function chosen(
  where: string,
  parts: readonly Expression[],
  write: (sqls: readonly string[]) => string,
): Expression {
  const values = parts.filter(({ number }) => number !== 'NULL::DOUBLE')
  // Texts of a file without types stay numbers, too, where a number is wanted.
  if (parts.every(({ kind }) => kind === 'open'))
    return {
      kind: 'open',
      number: write(parts.map(({ number }) => number!)),
      text: write(parts.map(({ text }) => text!)),
      whole: false,
      range: hull(values.map(({ range }) => range)),
      unbounded: values.find(({ unbounded }) => unbounded !== undefined)?.unbounded,
    }
  const sql = write(alike(parts, where))
  if (values.some(({ kind }) => kind === 'number'))
    return numeric(sql, true, hull(values.map(({ range }) => range)), values)
  return plain(values.some(({ kind }) => kind === 'truth') ? 'truth' : 'text', sql)
}

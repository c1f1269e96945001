// LIKE and its kin, of the patterns alone whose time hardly depends on the text that they are held against.
// Source: DuckDB 1.5: patterns of % alone are matched piece by piece from the left, in time linear in the text; with _ they
// are matched by trying all ways, in time that grows with a power of the length: 37 s for 20,000 texts of 1,000 letters.
// Texts are cut before (columns.ts), so a pattern takes 6 µs at most of a row (measured; docs/explanation/private-queries.md).

import { literal } from '../../data/duckdb.ts'
import { refuse } from './statement.ts'

/** DuckDB's names of LIKE and its kin. */
export const patterns: Readonly<Record<string, string>> = {
  '~~': 'LIKE',
  '!~~': 'NOT LIKE',
  '~~*': 'ILIKE',
  '!~~*': 'NOT ILIKE',
}

const LONGEST = 64
const MOST_WILD = 8

/**
 * SQL of a text held against a pattern.
 * @param name DuckDB's name of the operator
 * @throws FrostglassError `unsupported` for patterns that are long or have too many wildcards.
 */
export function likeSql(name: string, text: string, pattern: string): string {
  const short = pattern.replace(/%+/g, '%')
  const wild = short.split('%').length - 1
  const hint = 'Write a simpler pattern: how long it takes must not tell of the texts.'
  if ([...short].length > LONGEST)
    throw refuse('LIKE', `its pattern has more than ${LONGEST} characters`, hint)
  if (wild > MOST_WILD) throw refuse('LIKE', `its pattern has more than ${MOST_WILD} %`, hint)
  if (short.includes('_') && short.slice(0, -1).includes('%'))
    throw refuse('LIKE', 'with _ the only % is at the end of the pattern', hint)
  const operator = patterns[name]!
  return operator.endsWith('ILIKE')
    ? `(lower(${text}) ${operator.replace('ILIKE', 'LIKE')} lower(${literal(short)}))`
    : `(${text} ${operator} ${literal(short)})`
}

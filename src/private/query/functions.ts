// The functions and signs that an expression may have, each with what it makes of ranges.
// Source: DuckDB's functions of these names; IEEE 754, which has a value for everything.
// None of them can fail on a row. What is not here is refused.

import { around, each, hull, pairs } from './ranges.ts'
import { type Expression, type Form, numberConstant, numeric, plain } from './typed.ts'

/** A function that is understood. */
export interface KnownFunction {
  readonly of: Form
  /** How many arguments; 0 for any number. */
  readonly count?: number | undefined
  write(parts: readonly Expression[], sqls: readonly string[]): Expression
}

const arithmetic = (sign: string, f: (x: number, y: number) => number): KnownFunction => ({
  of: 'number',
  count: 2,
  write: (parts, sqls) =>
    numeric(`(${sqls.join(` ${sign} `)})`, true, pairs(parts[0]!.range, parts[1]!.range, f), parts),
})

/** Functions that never fall; `toWhole` says that their values are whole. */
const monotone = (name: string, f: (x: number) => number): KnownFunction => ({
  of: 'number',
  write: (parts, sqls) => ({
    ...numeric(`${name}(${sqls[0]})`, true, each(parts[0]!.range, f), parts),
    whole: true,
  }),
})

const extreme = (name: string): KnownFunction => ({
  of: 'number',
  count: 0,
  write: (parts, sqls) =>
    numeric(`${name}(${sqls.join(', ')})`, true, hull(parts.map(({ range }) => range)), parts),
})

const ofText = (name: string): KnownFunction => ({
  of: 'text',
  write: (_, sqls) => plain('text', `${name}(${sqls[0]})`),
})

const plus = arithmetic('+', (x, y) => x + y)
const minus = arithmetic('-', (x, y) => x - y)

/** By DuckDB's names. */
export const functions: Readonly<Record<string, KnownFunction>> = {
  '+': {
    ...plus,
    write: (parts, sqls) => (parts.length === 2 ? plus.write(parts, sqls) : parts[0]!),
  },
  '-': {
    ...minus,
    write: (parts, sqls) => {
      if (parts.length === 2) return minus.write(parts, sqls)
      const { constant } = parts[0]!
      if (typeof constant === 'number') return numberConstant(-constant)
      return numeric(
        `(- ${sqls[0]})`,
        true,
        each(parts[0]!.range, (x) => -x),
        parts,
      )
    },
  },
  '*': arithmetic('*', (x, y) => x * y),
  '/': {
    of: 'number',
    count: 2,
    write: (parts, sqls) => {
      const by = parts[1]!.range
      const range = by && by.lower * by.upper > 0 ? pairs(parts[0]!.range, by, (x, y) => x / y) : undefined
      return { ...numeric(`(${sqls.join(' / ')})`, false, range, parts), whole: false }
    },
  },
  abs: {
    of: 'number',
    write: (parts, sqls) => {
      const range = parts[0]!.range
      const inside = range && range.lower < 0 && range.upper > 0 ? [0] : []
      const found = range && around([Math.abs(range.lower), Math.abs(range.upper), ...inside])
      return numeric(`abs(${sqls[0]})`, true, found, parts)
    },
  },
  floor: monotone('floor', Math.floor),
  ceil: monotone('ceil', Math.ceil),
  ceiling: monotone('ceil', Math.ceil),
  // Halves go away from zero in DuckDB; one more at both ends holds either way.
  round: {
    ...monotone('round', Math.round),
    write: (parts, sqls) => {
      const range = parts[0]!.range
      const wider = range && { lower: Math.floor(range.lower), upper: Math.ceil(range.upper) }
      return { ...numeric(`round(${sqls[0]})`, true, wider, parts), whole: true }
    },
  },
  least: extreme('least'),
  greatest: extreme('greatest'),
  lower: ofText('lower'),
  upper: ofText('upper'),
  trim: ofText('trim'),
}

// Numbers that a query states, as the doubles that arithmetic here is in.
// Source: DuckDB's tree of a statement: whole numbers of several widths, decimals with a scale, doubles.
// A whole number that no double is is refused; a fraction is rounded to the nearest double, as everywhere.

import { FrostglassError } from '../../errors.ts'
import { type Node, refuse } from './statement.ts'

/**
 * The number of a constant's node.
 * @throws FrostglassError `unsupported` for what is no number, and for whole numbers that are no doubles.
 */
export function numberOf({ type, value }: Node): number {
  const { id, type_info: info } = type as Node
  if ((id === 'DOUBLE' || id === 'FLOAT') && typeof value === 'number') return value + 0
  const digits = digitsOf(value)
  if (digits !== undefined && id === 'DECIMAL')
    return Number(`${digits}e${-Number((info as Node).scale)}`) + 0
  if (digits === undefined || !/^U?((TINY|SMALL|BIG|HUGE)INT|INTEGER)$/.test(String(id)))
    throw refuse(`a constant of type ${String(id)}`, 'it is not understood', 'Take numbers and texts.')
  const number = Number(digits)
  if (BigInt(number) !== digits)
    throw refuse(
      `the number ${digits}`,
      'whole numbers beyond 2^53 are rounded in doubles, and this one is none of those that are kept',
      `Write ${number.toExponential()}, if that is meant.`,
    )
  return number
}

/** A whole number; those beyond 64 bits come in two halves, those beyond 2^53 as text (see statement.ts). */
function digitsOf(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  if (typeof value === 'string') return /^-?\d+$/.test(value) ? BigInt(value) : undefined
  if (value === null || typeof value !== 'object') return undefined
  const { upper, lower } = value as Node
  const [high, low] = [digitsOf(upper), digitsOf(lower)]
  return high === undefined || low === undefined ? undefined : (high << 64n) + low
}

/** A constant's number where a node is one; undefined for any other node. */
export function constantNumber(node: Node | undefined): number | undefined {
  if (node?.class !== 'CONSTANT' || (node.value as Node).is_null === true) return undefined
  try {
    return numberOf(node.value as Node)
  } catch (error) {
    if (error instanceof FrostglassError) return undefined
    throw error
  }
}

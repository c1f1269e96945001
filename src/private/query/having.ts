// HAVING: which groups of an answer are shown, by their noisy answers.
// Source: what is computed from private answers is private (post-processing; Dwork and Roth 2014, proposition 2.1).
// It does not see true values: a group near the edge is shown or not by its noise, and its bar is then too hopeful.

import { numberOf } from './constants.ts'
import type { NoisyAnswer } from './moments.ts'
import { type Node, only, refuse } from './statement.ts'

/** One side of a comparison: an answer, by its place, or a number. */
type Side = { readonly answer: number } | { readonly number: number }

/** What must hold of a group's answers. */
export type Condition =
  | { readonly kind: 'compare'; readonly sign: string; readonly sides: readonly [Side, Side] }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }

const signs: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  COMPARE_EQUAL: (a, b) => a === b,
  COMPARE_NOTEQUAL: (a, b) => a !== b,
  COMPARE_LESSTHAN: (a, b) => a < b,
  COMPARE_GREATERTHAN: (a, b) => a > b,
  COMPARE_LESSTHANOREQUALTO: (a, b) => a <= b,
  COMPARE_GREATERTHANOREQUALTO: (a, b) => a >= b,
}

/**
 * The condition of a HAVING clause.
 * @param answerOf the place of the answer that a node asks for, which it may add to those asked for.
 * @throws FrostglassError `unsupported` for anything but comparisons of aggregates and numbers.
 */
export function conditionOf(node: Node, answerOf: (node: Node) => number): Condition {
  const inner = (part: unknown) => conditionOf(part as Node, answerOf)
  const side = (part: unknown) => sideOf(part as Node, answerOf)
  switch (node.class) {
    case 'CONJUNCTION':
      only(node, ['children'], 'HAVING')
      return {
        kind: node.type === 'CONJUNCTION_AND' ? 'and' : 'or',
        parts: (node.children as readonly unknown[]).map(inner),
      }
    case 'COMPARISON': {
      only(node, ['left', 'right'], 'HAVING')
      if (!Object.hasOwn(signs, String(node.type))) break
      return { kind: 'compare', sign: String(node.type), sides: [side(node.left), side(node.right)] }
    }
    case 'BETWEEN': {
      only(node, ['input', 'lower', 'upper'], 'HAVING')
      const input = side(node.input)
      const compare = (sign: string, other: unknown): Condition => ({
        kind: 'compare',
        sign,
        sides: [input, side(other)],
      })
      return {
        kind: 'and',
        parts: [
          compare('COMPARE_GREATERTHANOREQUALTO', node.lower),
          compare('COMPARE_LESSTHANOREQUALTO', node.upper),
        ],
      }
    }
    case 'OPERATOR':
      if (node.type !== 'OPERATOR_NOT') break
      only(node, ['children'], 'HAVING')
      return { kind: 'not', part: inner((node.children as readonly unknown[])[0]) }
    default:
  }
  throw refuse(
    'HAVING',
    `${String(node.type ?? node.class)} is not understood there`,
    'Compare aggregates with numbers, joined by AND, OR and NOT; what is asked of keys or of single rows belongs in WHERE.',
  )
}

function sideOf(node: Node, answerOf: (node: Node) => number): Side {
  if (node.class !== 'CONSTANT') return { answer: answerOf(node) }
  const value = node.value as Node
  if (value.is_null === true)
    throw refuse('HAVING', 'NULL is no number', 'Compare aggregates with numbers: no answer is missing.')
  return { number: numberOf(value) }
}

/** Whether a condition holds of a group's answers. */
export function holds(condition: Condition, answers: readonly NoisyAnswer[]): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => holds(part, answers))
    case 'or':
      return condition.parts.some((part) => holds(part, answers))
    case 'not':
      return !holds(condition.part, answers)
    default: {
      const [a, b] = condition.sides.map((side) =>
        'number' in side ? side.number : answers[side.answer]!.value,
      )
      return signs[condition.sign]!(a!, b!)
    }
  }
}

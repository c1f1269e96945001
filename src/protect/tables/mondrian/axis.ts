// One quasi-identifier as a partition sees it: its values in a row, where they may be cut, what a range of them is called.
// Source: LeFevre, DeWitt, Ramakrishnan, "Mondrian Multidimensional K-Anonymity" (ICDE 2006), section 3; for trees, cuts between siblings.
// It does not promise that neighbours in an order are alike: the order is the owner's knowledge.

import { FrostglassError, printable } from '../../../errors.ts'
import type { CodedTableColumn } from '../codedTable.ts'
import { readDecimal } from '../hierarchies/decimals.ts'
import { rangeLabel, setLabel } from '../hierarchies/labels.ts'
import { climb } from '../hierarchies/tree.ts'
import type { Hierarchy } from '../hierarchy.ts'

/** Places from the first to the last, both in. */
export interface Span {
  readonly low: number
  readonly high: number
}

/** A column's values in a row. A span is what rows have; its cover is what the label says of them. */
export interface Axis {
  readonly name: string
  /** [codes] where each value stands. */
  readonly placeOf: Uint32Array
  readonly places: number
  /** What the label of a span says: the span itself, or whole nodes of a tree about it. */
  cover(span: Span): Span
  /** Share of the domain that a cover has beyond one value, 0 … 1: what the quality model Loss charges a cell. */
  share(cover: Span): number
  /** The last places of lower parts that a span may be cut behind, rising; nothing: behind any. */
  cuts(span: Span): readonly number[] | undefined
  label(cover: Span): string
}

/** An axis whose values are in order: those of `order`, and what lies between any two. */
function lineAxis(
  name: string,
  values: readonly string[],
  order: readonly string[],
  share: (span: Span) => number,
): Axis {
  const placeIn = new Map(order.map((value, place) => [value, place]))
  const hasMissing = order[0] === ''
  return Object.freeze({
    name,
    placeOf: Uint32Array.from(values, (value) => placeIn.get(value)!),
    places: order.length,
    cover: (span: Span) => span,
    // A missing cell is no neighbour of the first value: a range with both says all of the domain, and is cut between them first.
    share: (span: Span) => (hasMissing && span.low === 0 && span.high > 0 ? 1 : share(span)),
    cuts: ({ low, high }: Span) => (hasMissing && low === 0 && high > 0 ? [0] : undefined),
    label({ low, high }: Span) {
      const last = order[high]!
      if (!hasMissing || low > 0 || high === 0) return rangeLabel(order[low]!, last)
      return `{missing, ${rangeLabel(order[1]!, last)}}`
    },
  })
}

/**
 * Numbers, as wide as they are far apart. A missing cell stands apart.
 * @param values distinct texts of the column, by code
 * @throws FrostglassError `input` for a text that is no number
 */
export function numberAxis(name: string, values: readonly string[]): Axis {
  const numbers = new Map(
    values.map((value) => {
      const number = Number(value)
      if (value !== '' && readDecimal(value) === undefined)
        throw new FrostglassError(
          'input',
          `the column ${printable(name)} is one of numbers, but "${printable(value)}" is none`,
          'State an order for it, or give it a hierarchy.',
        )
      return [value, value === '' ? Number.NEGATIVE_INFINITY : number]
    }),
  )
  const order = values.toSorted((a, b) => numbers.get(a)! - numbers.get(b)! || (a < b ? -1 : 1))
  const places = order.map((value) => numbers.get(value)!)
  const lowest = places.find((number) => number !== Number.NEGATIVE_INFINITY) ?? 0
  const breadth = (places.at(-1) ?? 0) - lowest
  return lineAxis(name, values, order, ({ low, high }) =>
    low === high || breadth <= 0 ? 0 : (places[high]! - places[low]!) / breadth,
  )
}

/**
 * Categories in a stated order, each as wide as any other.
 * @param values distinct texts of the column, by code
 * @param order all of them, from the first to the last; a missing cell may be left out and stands apart
 * @throws FrostglassError `input` for a value that the order lacks or has twice
 */
export function orderedAxis(name: string, values: readonly string[], order: readonly string[]): Axis {
  const known = new Set(order)
  if (known.size < order.length)
    throw new FrostglassError(
      'input',
      `the order of ${printable(name)} has a value twice`,
      'Take one of them out.',
    )
  const missing = values.find((value) => value !== '' && !known.has(value))
  if (missing !== undefined)
    throw new FrostglassError(
      'input',
      `the order of ${printable(name)} lacks the value "${printable(missing)}"`,
      'Say where it stands.',
    )
  const line = values.includes('') && !known.has('') ? ['', ...order] : order
  return lineAxis(name, values, line, ({ low, high }) =>
    low === high ? 0 : (high - low) / (line.length - 1),
  )
}

/** A column with a hierarchy: cut between the children of the lowest node that has all of a span. Codes are its leaves. */
export function treeAxis(name: string, { leaves, levels }: Hierarchy): Axis {
  // Leaves in a row so that every node is a span.
  const order = leaves.map((_, leaf) => leaf)
  order.sort((a, b) => {
    for (let level = levels.length - 1; level >= 0; level--) {
      const groupOf = levels[level]!.groupOf
      if (groupOf[a] !== groupOf[b]) return groupOf[a]! - groupOf[b]!
    }
    return 0
  })
  const placeOf = new Uint32Array(leaves.length)
  order.forEach((leaf, place) => {
    placeOf[leaf] = place
  })
  // [levels][places] group of each place, and [levels][groups] the span of each.
  const groupAt = levels.map(({ groupOf }) => Uint32Array.from(order, (leaf) => groupOf[leaf]!))
  const spans = levels.map(({ labels }, level) => {
    const found = labels.map(() => ({ low: leaves.length, high: -1 }))
    groupAt[level]!.forEach((group, place) => {
      const span = found[group]!
      span.low = Math.min(span.low, place)
      span.high = Math.max(span.high, place)
    })
    return found
  })
  const nodeAt = (level: number, place: number) => spans[level]![groupAt[level]![place]!]!
  /** The lowest level at which a span is one node; one above the top where there is none. */
  const meeting = ({ low, high }: Span) => {
    const level = groupAt.findIndex((groups) => groups[low] === groups[high])
    return level < 0 ? levels.length : level
  }
  const childrenOf = ({ low, high }: Span, level: number) => {
    const children: Span[] = []
    for (let place = low; place <= high; place = children.at(-1)!.high + 1)
      children.push(nodeAt(level, place))
    return children
  }
  return Object.freeze({
    name,
    placeOf,
    places: leaves.length,
    cover(span: Span) {
      const level = meeting(span)
      if (level === 0) return span
      return { low: nodeAt(level - 1, span.low).low, high: nodeAt(level - 1, span.high).high }
    },
    share: ({ low, high }: Span) => (leaves.length < 2 ? 0 : (high - low) / (leaves.length - 1)),
    cuts(span: Span) {
      const level = meeting(span)
      return level === 0
        ? []
        : childrenOf(span, level - 1)
            .slice(0, -1)
            .map(({ high }) => high)
    },
    label(cover: Span) {
      const level = meeting(cover)
      const labelAt = (at: number, place: number) => levels[at]!.labels[groupAt[at]![place]!]!
      if (level < levels.length) {
        const node = nodeAt(level, cover.low)
        if (node.low === cover.low && node.high === cover.high) return labelAt(level, cover.low)
      }
      return setLabel(childrenOf(cover, level - 1).map(({ low }) => labelAt(level - 1, low)))
    },
  })
}

/**
 * The axis of a column where nothing but a hierarchy may be stated: its tree, or numbers if all values are, or else a tree of one level,
 * whose ranges are sets of values in the order of their codes.
 */
export function axisOf({ name, values }: Omit<CodedTableColumn, 'codes'>, hierarchy?: Hierarchy): Axis {
  if (hierarchy !== undefined) return treeAxis(name, hierarchy)
  const said = values.filter((value) => value !== '')
  if (said.length > 0 && said.every((value) => readDecimal(value) !== undefined))
    return numberAxis(name, values)
  return treeAxis(name, climb(values, [], `the hierarchy of ${name}`))
}

// Mondrian: rows cut at the median of the widest column, again and again, while all parts pass; then one cell a column and part.
// Source: LeFevre, DeWitt, Ramakrishnan, "Mondrian Multidimensional K-Anonymity" (ICDE 2006), figure 3; strict and relaxed cuts.
// A greedy partition, no optimum. It protects what its models say of each class and no more: who knows the algorithm and the
// counts of a table may learn of its cuts where the models' thresholds did not let it cut.

import { FrostglassError } from '../../../errors.ts'
import { type Turn, turnsFor } from '../../../learn/pauses.ts'
import type { DistinctRows } from '../codedTable.ts'
import type { Axis, Span } from './axis.ts'
import { classCheck, type PartitionModel, rowsOf, type Segment, sumOf } from './classChecks.ts'
import { type Candidate, candidateCuts, cutSegment, halves } from './cuts.ts'

/** A partition of the rows, and what is published of them. */
export interface Partition {
  readonly classes: number
  /** [classes] rows of each. */
  readonly rows: Float64Array
  /** [columns][classes] the covers of the cells, as places of the axis. */
  readonly covers: readonly (readonly Span[])[]
  /** [columns] the labels, and [classes] which one each class has. */
  readonly cells: readonly { readonly labels: readonly string[]; readonly labelOf: Uint32Array }[]
  /** Which rows are in which class: of one distinct row once where cuts are strict, in several classes where they are relaxed. */
  readonly pieces: {
    readonly distinct: Uint32Array
    readonly classOf: Uint32Array
    readonly rows: Float64Array
  }
  /** [columns] the share of its domain that a cell covers, on average over the rows: 0 … 1. */
  readonly losses: readonly number[]
}

/** What is partitioned, and how. */
export interface PartitionOptions {
  readonly distinct: DistinctRows
  /** One for each quasi-identifier. */
  readonly axes: readonly Axis[]
  readonly models: readonly PartitionModel[]
  /** Rows that are equal in the column that is cut may go to both sides: more classes, of more equal size. Needs no public table. */
  readonly relaxed?: boolean | undefined
  /** [columns] how much more than others a column wants to be cut; 1 by default. */
  readonly weights?: readonly number[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** A part: its segment and the span that its rows have on each axis. */
interface Part {
  readonly segment: Segment
  readonly spans: readonly Span[]
}

/** The smallest spans with all rows of a segment. */
function spansOf(segment: Segment, { quasi }: DistinctRows, axes: readonly Axis[]): readonly Span[] {
  return axes.map(({ placeOf, places }, column) => {
    const codes = quasi[column]!
    let [low, high] = [places, -1]
    for (let piece = 0; piece < segment.distinct.length; piece++) {
      if (segment.rows[piece] === 0) continue
      const place = placeOf[codes[segment.distinct[piece]!]!]!
      if (place < low) low = place
      if (place > high) high = place
    }
    return { low, high }
  })
}

/** Rows of the public table in the cells of a part. */
function populationOf(
  { segment, spans }: Part,
  { quasi, population }: DistinctRows,
  axes: readonly Axis[],
): number {
  if (population === undefined) return 0
  const covers = axes.map((axis, column) => axis.cover(spans[column]!))
  return segment.distinct.reduce((sum, row) => {
    const inside = covers.every(({ low, high }, column) => {
      const place = axes[column]!.placeOf[quasi[column]![row]!]!
      return place >= low && place <= high
    })
    return inside ? sum + population[row]! : sum
  }, 0)
}

/** Distinct rows in an order that does not depend on the table's. */
function canonical({ count, quasi, sensitive }: DistinctRows, axes: readonly Axis[]): Uint32Array {
  const keys = [...quasi.map((codes, column) => (row: number) => axes[column]!.placeOf[codes[row]!]!)]
  keys.push(...sensitive.map((codes) => (row: number) => codes[row]!))
  return Uint32Array.from({ length: count }, (_, row) => row).sort((a, b) => {
    for (const key of keys) if (key(a) !== key(b)) return key(a) - key(b)
    return 0
  })
}

function requireWeights(weights: readonly number[] | undefined, columns: number): readonly number[] {
  const list = weights ?? Array.from({ length: columns }, () => 1)
  if (list.length !== columns || list.some((weight) => !Number.isFinite(weight) || weight < 0))
    throw new FrostglassError(
      'usage',
      `${columns} columns have the weights ${list.join(', ')}`,
      'Give each column one weight, 0 or above.',
    )
  return list
}

/** The parts that no cut improves. */
async function cutAll(options: PartitionOptions, first: Segment, turn: Turn): Promise<readonly Part[]> {
  const { distinct, axes, models, relaxed = false } = options
  const weights = requireWeights(options.weights, axes.length)
  const check = classCheck(distinct, models)
  const partOf = (segment: Segment): Part => ({ segment, spans: spansOf(segment, distinct, axes) })
  const failing = (part: Part) => check(part.segment, populationOf(part, distinct, axes))
  const whole = partOf(first)
  const failed = failing(whole)
  if (failed !== undefined)
    throw new FrostglassError(
      'policy',
      `all rows together do not have ${failed.model.says}: no partition of them begins`,
      'Ask for less, or publish fewer columns as sensitive.',
    )
  /** The two sides of a cut, where both pass. */
  const sidesOf = (segment: Segment, column: number, candidate: Candidate): readonly Part[] | undefined => {
    const sides = cutSegment(segment, distinct.quasi[column]!, axes[column]!, candidate)
    const parts: Part[] = []
    for (const side of sides) {
      if (rowsOf(side) === 0) return undefined
      // Spans are only wanted before the check where a public table is counted in them.
      if (distinct.population === undefined && check(side, 0) !== undefined) return undefined
      const part = partOf(side)
      if (distinct.population !== undefined && failing(part) !== undefined) return undefined
      parts.push(part)
    }
    return parts
  }
  const cut = ({ segment, spans }: Part): readonly Part[] | undefined => {
    const wanted = axes
      .map((axis, column) => ({ column, want: weights[column]! * axis.share(axis.cover(spans[column]!)) }))
      .filter(({ column }) => spans[column]!.low < spans[column]!.high)
      .sort((a, b) => b.want - a.want || a.column - b.column)
    for (const { column } of wanted) {
      const axis = axes[column]!
      const allowed = axis.cuts(spans[column]!)
      const codes = distinct.quasi[column]!
      const candidates =
        relaxed && allowed === undefined
          ? [halves(segment, codes, axis)]
          : candidateCuts(segment, codes, axis, allowed)
      for (const candidate of candidates) {
        const sides = sidesOf(segment, column, candidate)
        if (sides !== undefined) return sides
      }
    }
    return undefined
  }
  const done: Part[] = []
  const open = [whole]
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const sides = cut(part)
    if (sides === undefined) done.push(part)
    else open.push(...sides)
    await turn()
  }
  return done
}

/** Parts whose cells are the same are one class of what is published; classes stand in the order of their cells. */
async function classesOf(
  parts: readonly Part[],
  axes: readonly Axis[],
  turn: Turn,
): Promise<readonly Part[]> {
  const labelled = new Map<string, Part[]>()
  for (const { segment, spans } of parts) {
    await turn()
    const part = { segment, spans: spans.map((span, column) => axes[column]!.cover(span)) }
    const key = JSON.stringify(part.spans.map((span, column) => axes[column]!.label(span)))
    const same = labelled.get(key)
    if (same === undefined) labelled.set(key, [part])
    else same.push(part)
  }
  const merged = [...labelled.values()].map((same) => {
    if (same.length === 1) return same[0]!
    const rows = new Map<number, number>()
    for (const { segment } of same)
      segment.distinct.forEach((row, piece) => {
        rows.set(row, (rows.get(row) ?? 0) + segment.rows[piece]!)
      })
    return {
      segment: { distinct: Uint32Array.from(rows.keys()), rows: Float64Array.from(rows.values()) },
      spans: same[0]!.spans,
    }
  })
  return merged.sort((a, b) => {
    for (let column = 0; column < axes.length; column++) {
      const [x, y] = [a.spans[column]!, b.spans[column]!]
      if (x.low !== y.low || x.high !== y.high) return x.low - y.low || x.high - y.high
    }
    return 0
  })
}

/** Throws unless a finished partition has what its models ask of each class and of the table. */
async function requirePassing(
  classes: readonly Part[],
  { distinct, axes, models }: PartitionOptions,
  turn: Turn,
): Promise<void> {
  const check = classCheck(distinct, models)
  const sizes = Float64Array.from(classes, ({ segment }) => rowsOf(segment))
  const rows = sumOf(sizes)
  const populations: number[] = []
  const failing: ReturnType<typeof check>[] = []
  for (const part of classes) {
    await turn()
    const people = populationOf(part, distinct, axes)
    populations.push(people)
    failing.push(check(part.segment, people))
  }
  // People of the public table whom no cell says: a class without rows.
  const outside = sumOf(distinct.population ?? []) - sumOf(populations)
  const nobody: Segment = { distinct: new Uint32Array(0), rows: new Float64Array(0) }
  const failed =
    failing.find((model) => model !== undefined) ??
    (outside > 0 ? check(nobody, outside) : undefined) ??
    models.find(({ tablePasses }) => tablePasses?.({ sizes, classes: sizes.length, rows }) === false)
  if (failed !== undefined)
    throw new FrostglassError(
      'policy',
      `the partition does not have ${failed.model.says}: nothing is published`,
      'Ask for larger classes, or search the lattice of hierarchies instead.',
    )
}

/** Segments one after another, with their numbers. */
function piecesOf(classes: readonly Part[]): Partition['pieces'] {
  const count = classes.reduce((sum, { segment }) => sum + segment.distinct.length, 0)
  const pieces = {
    distinct: new Uint32Array(count),
    classOf: new Uint32Array(count),
    rows: new Float64Array(count),
  }
  let at = 0
  for (const [number, { segment }] of classes.entries()) {
    pieces.distinct.set(segment.distinct, at)
    pieces.rows.set(segment.rows, at)
    pieces.classOf.fill(number, at, at + segment.distinct.length)
    at += segment.distinct.length
  }
  return pieces
}

/**
 * Cuts the rows into classes that all pass the models, and says each class's cell in each column.
 * The same rows in any order give the same classes.
 * @throws FrostglassError `policy` if all rows together do not pass a model, or the finished partition does not
 * @throws FrostglassError `usage` for weights that do not fit, or relaxed cuts beside a public table; `aborted`
 */
export async function mondrian(options: PartitionOptions): Promise<Partition> {
  const { distinct, axes, relaxed = false } = options
  const turn = turnsFor(options.signal)
  if (relaxed && distinct.population !== undefined)
    throw new FrostglassError(
      'usage',
      'relaxed cuts tear equal rows apart, and a public table does not say which of its rows follow',
      'Take strict cuts.',
    )
  const order = relaxed
    ? canonical(distinct, axes)
    : Uint32Array.from({ length: distinct.count }, (_, row) => row)
  const first: Segment = { distinct: order, rows: Float64Array.from(order, (row) => distinct.rows[row]!) }
  if (rowsOf(first) === 0)
    throw new FrostglassError('input', 'the table to partition has no rows', 'Give it some.')
  const classes = await classesOf(await cutAll(options, first, turn), axes, turn)
  await requirePassing(classes, options, turn)
  const rows = Float64Array.from(classes, ({ segment }) => rowsOf(segment))
  const total = sumOf(rows)
  const covers = axes.map((_, column) => classes.map(({ spans }) => spans[column]!))
  const cells: Partition['cells'][number][] = []
  for (const [column, axis] of axes.entries()) {
    await turn()
    const codeOf = new Map<string, number>()
    const labelOf = Uint32Array.from(covers[column]!, (cover) => {
      const label = axis.label(cover)
      const code = codeOf.get(label) ?? codeOf.size
      codeOf.set(label, code)
      return code
    })
    cells.push({ labels: [...codeOf.keys()], labelOf })
  }
  return Object.freeze({
    classes: classes.length,
    rows,
    covers,
    cells,
    pieces: piecesOf(classes),
    losses: axes.map(
      (axis, column) =>
        covers[column]!.reduce((sum, cover, number) => sum + rows[number]! * axis.share(cover), 0) / total,
    ),
  })
}

/**
 * The class of each row of a table.
 * @param distinctOf [rows] which distinct row each is
 */
export function classOfRows({ pieces }: Partition, distinctOf: ArrayLike<number>): Uint32Array {
  // [distinct rows] the first piece of each that has rows left, and [pieces] the next of the same row.
  let distinct = 0
  for (const row of pieces.distinct) if (row >= distinct) distinct = row + 1
  const head = new Int32Array(distinct).fill(-1)
  const next = new Int32Array(pieces.distinct.length)
  for (let piece = next.length - 1; piece >= 0; piece--) {
    const row = pieces.distinct[piece]!
    next[piece] = head[row]!
    head[row] = piece
  }
  const left = pieces.rows.slice()
  const classOf = new Uint32Array(distinctOf.length)
  for (let i = 0; i < classOf.length; i++) {
    const row = distinctOf[i]!
    while (left[head[row]!] === 0) head[row] = next[head[row]!]!
    const piece = head[row]!
    left[piece]!--
    classOf[i] = pieces.classOf[piece]!
  }
  return classOf
}

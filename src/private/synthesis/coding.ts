// Cells as codes and codes as cells: a category by its place, a number by its bin.
// Source: PROOF.md, section 1. Every cell has a code or none; nothing fails for what a cell holds.
// A number that comes back is drawn evenly from its bin: within a bin nothing of the rows is kept.

import { drawBelow } from '../../random/integers.ts'
import { drawUniform, type RandomSource } from '../../random/source.ts'
import { type Cell, numberOf, placeReader } from '../schema/cell.ts'
import type { BinnedNumber, SynthesisColumn } from './domain.ts'

/** A column with its codes: first the bins or the values, then numbers that stand alone, then the empty cell. */
export interface CutColumn {
  readonly column: SynthesisColumn
  /** Of numbers, where bins begin, and the last ends: bin i holds edge i up to below edge i + 1. Ascending. */
  readonly edges?: readonly number[] | undefined
}

/** How many codes a column has. */
export function codesOf({ column, edges }: CutColumn): number {
  if (column.kind === 'category') return column.values.length
  return edges!.length - 1 + (column.alone?.length ?? 0) + (column.empty ? 1 : 0)
}

/** The number behind the last that a column holds: where its last bin ends. */
const endOf = ({ bounds: [, upper], whole }: BinnedNumber): number => (whole ? upper + 1 : upper)

/** How many bins a column is cut into. */
export function binsOf({ bounds: [lower, upper], bins = 16, whole }: BinnedNumber): number {
  return whole ? Math.min(bins, upper - lower + 1) : bins
}

/**
 * Edges evenly between the bounds; of whole numbers at whole ones, in whole numbers: a rounding would join two of them, and leave a bin
 * without any. Where doubles lie further apart than bins would, there are fewer bins.
 */
export function evenEdges(column: BinnedNumber): number[] {
  const [lower] = column.bounds
  const bins = binsOf(column)
  const end = endOf(column)
  const cuts = Array.from({ length: bins - 1 }, (_, i) => {
    const share = (i + 1) / bins
    if (!column.whole) return lower * (1 - share) + end * share
    const [all, many] = [BigInt(end) - BigInt(lower), BigInt(bins)]
    return Number(BigInt(lower) + (BigInt(i + 1) * all + many - 1n) / many)
  })
  return edgesAt(column, cuts)
}

/** Edges at cuts between the bounds, wherever they came from. */
export function edgesAt(column: BinnedNumber, cuts: readonly number[]): number[] {
  const [lower] = column.bounds
  const end = endOf(column)
  const whole = column.whole ? cuts.map(Math.ceil) : cuts
  const between = [...new Set(whole)].filter((cut) => cut > lower && cut < end).sort((a, b) => a - b)
  return [lower, ...between, end]
}

/** Cells of a column of numbers as numbers within the bounds; undefined for a cell that stays empty. */
export function boundedReader(
  column: BinnedNumber,
  nullText: ReadonlySet<string>,
): (cell: Cell) => number | undefined {
  const [lower, upper] = column.bounds
  const missing = column.missing ?? lower / 2 + upper / 2
  return (cell) => {
    const number = numberOf(cell, nullText)
    if (number === undefined && column.empty) return undefined
    const held = Math.min(Math.max(number ?? missing, lower), upper)
    return column.whole ? Math.floor(held) : held
  }
}

/** Cells of a column as codes, −1 for one that has none. */
export function codeReader(coded: CutColumn, nullText: ReadonlySet<string>): (cell: Cell) => number {
  const { column } = coded
  if (column.kind === 'category') {
    const place = placeReader(column)
    const other = column.other === undefined ? -1 : column.values.indexOf(column.other)
    return (cell) => {
      const found = place(cell)
      return found >= 0 ? found : other
    }
  }
  const edges = coded.edges!
  const bins = edges.length - 1
  const alone = new Map((column.alone ?? []).map((x, i) => [x, bins + i]))
  const read = boundedReader(column, nullText)
  return (cell) => {
    const number = read(cell)
    return number === undefined ? codesOf(coded) - 1 : (alone.get(number) ?? binAt(edges, number))
  }
}

/** The bin of a number within the bounds; the upper bound is in the last. */
function binAt(edges: readonly number[], number: number): number {
  let [low, high] = [0, edges.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (edges[middle]! <= number) low = middle
    else high = middle
  }
  return low
}

/** Codes of a column of numbers as numbers, evenly from their bins; NaN is the empty cell. */
export function numberDrawer(coded: CutColumn, random: RandomSource): (code: number) => number {
  const column = coded.column as BinnedNumber
  const edges = coded.edges!
  const bins = edges.length - 1
  return (code) => {
    if (code >= bins) return column.alone?.[code - bins] ?? Number.NaN
    const [from, to] = [edges[code]!, edges[code + 1]!]
    if (column.whole) return from + drawBelow(to - from, random)
    const share = drawUniform(random)
    return Math.min(from * (1 - share) + to * share, column.bounds[1])
  }
}

// Which values a published label may stand for: itself, a group of a hierarchy, a range, a prefix, a set, or anything.
// Source: the forms that ARX, sdcMicro and Mondrian write; hierarchies where the auditor has them, as they are public with the table.
// A label that is read too widely makes attacks weaker, so what fits no form stands for itself alone, and is counted.

import type { CodedTableColumn } from '../../protect/tables/codedTable.ts'
import { unitsOf } from '../../protect/tables/hierarchies/dates.ts'
import { type LabelReading, readLabel } from '../../protect/tables/hierarchies/labels.ts'
import type { Hierarchy } from '../../protect/tables/hierarchy.ts'

/** Which labels of a published column cover each value of the original one. */
export interface Cover {
  /** [original values] published labels that may stand for it, rising. */
  readonly labelsOf: readonly Uint32Array[]
  /** Published labels that stand for no original value. */
  readonly strange: number
  /** Whether every label is a value as it was. */
  readonly plain: boolean
}

/** Reads every label of a published column. */
export function coverOf(
  original: CodedTableColumn,
  published: CodedTableColumn,
  hierarchy?: Hierarchy,
): Cover {
  const places = new Map(original.values.map((value, code) => [value, code]))
  const covering: number[][] = original.values.map(() => [])
  const halfOpen = touching(original, published)
  let strange = 0
  let plain = true
  published.values.forEach((label, code) => {
    const values = new Set(inHierarchy(label, places, hierarchy))
    const own = places.get(label)
    if (own !== undefined) values.add(own)
    if (values.size === 0) {
      const fits = halfOpen(label) ?? reading(label) ?? listReading(readLabel(label), { places, hierarchy })
      if (fits) for (const [v, value] of original.values.entries()) if (fits(value)) values.add(v)
    }
    if (values.size === 0) strange++
    if (values.size !== 1 || own === undefined) plain = false
    for (const value of values) covering[value]!.push(code)
  })
  return { labelsOf: covering.map((labels) => Uint32Array.from(labels)), strange, plain }
}

/** A closed range of numbers by its ends, in brackets or with a dash. */
function closedRange(label: string): readonly [low: number, high: number] | undefined {
  const text = label.trim()
  const found = /^\[.*\]$/.test(text) ? bracketed.exec(text)?.slice(2, 4) : between.exec(text)?.slice(1, 3)
  if (!found || found.some((end) => end === undefined || end === '')) return undefined
  const [low, high] = [Number(found[0]), Number(found[1])]
  return low < high ? [low, high] : undefined
}

/**
 * Reads 20-22, 22-24, … as programs mean it that write bins by their edges: each edge is in one of the two. Which of them the rows tell;
 * where neither can be, as of a partition that divides people who are alike, both ends are in.
 */
function touching(
  original: CodedTableColumn,
  published: CodedTableColumn,
): (label: string) => Fits | undefined {
  const ranges = published.values.flatMap((label, code) => {
    const ends = closedRange(label)
    return ends === undefined ? [] : [{ label, code, low: ends[0], high: ends[1] }]
  })
  ranges.sort((a, b) => a.low - b.low || a.high - b.high)
  const apart = ranges.every(({ low }, i) => i === 0 || ranges[i - 1]!.high <= low)
  if (!apart || !ranges.some(({ low }, i) => i > 0 && ranges[i - 1]!.high === low)) return () => undefined
  const people = new Float64Array(original.values.length)
  for (const code of original.codes) people[code]!++
  const rows = new Float64Array(published.values.length)
  for (const code of published.codes) rows[code]!++
  const numbers = original.values.map((value) => (value.trim() === '' ? Number.NaN : Number(value)))
  // The edge that no other bin has is in the outermost one.
  const [least, most] = [ranges[0]!.low, ranges.at(-1)!.high]
  const readings = [
    (low: number, high: number) => (x: number) => x >= low && (x < high || (x === high && high === most)),
    (low: number, high: number) => (x: number) => (x > low || (x === low && low === least)) && x <= high,
  ]
  const beyond = readings.map((within) =>
    ranges.reduce((sum, { code, low, high }) => {
      const fits = within(low, high)
      const fitting = numbers.reduce((all, x, v) => all + (fits(x) ? people[v]! : 0), 0)
      return sum + Math.max(0, rows[code]! - fitting)
    }, 0),
  )
  const best = beyond[0]! <= beyond[1]! ? 0 : 1
  if (beyond[best]! > mostBeyond * published.codes.length) return () => undefined
  const meant = new Map(ranges.map(({ label, low, high }) => [label, readings[best]!(low, high)]))
  return (label) => {
    const fits = meant.get(label)
    return fits && ((value) => value.trim() !== '' && fits(Number(value)))
  }
}

/** Share of the rows that may be more than people fit, before a reading is given up. */
const mostBeyond = 0.01

/** Whether a label says nothing; where the original has the same text, it says that. */
export const isSuppressed = (label: string): boolean => /^\s*(\*+|any|all)?\s*$/i.test(label)

/** Codes of the leaves that a hierarchy has under a label, at whatever level. */
function inHierarchy(label: string, places: ReadonlyMap<string, number>, hierarchy?: Hierarchy): number[] {
  if (!hierarchy) return []
  return hierarchy.levels.flatMap(({ labels, groupOf }) => {
    const group = labels.indexOf(label)
    if (group < 0) return []
    return hierarchy.leaves.flatMap((leaf, l) => {
      const code = groupOf[l] === group ? places.get(leaf) : undefined
      return code === undefined ? [] : [code]
    })
  })
}

type Fits = (value: string) => boolean

const numeral = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\d{4}-\d{2}(?:-\d{2})?`
const bracketed = new RegExp(
  `^([[(\\]])\\s*(${numeral}|\\*|-?inf|-?∞)?\\s*[,;]\\s*(${numeral}|\\*|inf|\\+inf|∞)?\\s*([\\])[])$`,
  'i',
)
const between = new RegExp(`^(${numeral})\\s*(?:-|–|\\.\\.|to|bis)\\s*(${numeral})$`, 'i')
const beyond = new RegExp(`^(<=|>=|<|>|≤|≥)\\s*(${numeral})$`, 'i')
const upward = new RegExp(`^(${numeral})\\s*\\+$`)

/** What a label says by its form; undefined where it has none. */
function reading(label: string): Fits | undefined {
  const text = label.trim()
  if (isSuppressed(text)) return () => true
  const interval = bracketed.exec(text)
  if (interval) {
    const [, open, low, high, close] = interval
    return within(bound(low), bound(high), open === '[', close === ']')
  }
  // A year, month, week or quarter of dates: 1980-02 is no range. A number may be a year, and where no date begins so it is none.
  if (/^\d{4}(-(0[1-9]|1[0-2]|W\d{2}|Q[1-4]))?$/.test(text))
    return (value) => value.startsWith(`${text}-`) || unitsOf(value).includes(text)
  // Of dates, from a year to a year; of numbers, a range as any.
  const years = /^(\d{4})-(\d{4})$/.exec(text)
  if (years) {
    const numbers = within(years[1], years[2], true, true)
    return (value) => numbers(/^\d{4}-\d{2}(-|$)/.test(value) ? value.slice(0, 4) : value)
  }
  const range = between.exec(text)
  if (range) return within(range[1], range[2], true, true)
  const side = beyond.exec(text)
  if (side) {
    const [, sign, end] = side
    const closed = sign !== '<' && sign !== '>'
    return /[<≤]/.test(sign!) ? within(undefined, end, true, closed) : within(end, undefined, closed, true)
  }
  const from = upward.exec(text)
  if (from) return within(from[1], undefined, true, true)
  return masked(text)
}

/** A code with stars at one end. One star may be any rest; of several each is one character, of which a shorter code has none. */
function masked(text: string): Fits | undefined {
  const [, before, after] = /^(?:([^*]+)\*+|\*+([^*]+))$/.exec(text) ?? []
  const kept = before ?? after
  if (kept === undefined) return undefined
  const longest = text.length - kept.length === 1 ? Number.POSITIVE_INFINITY : text.length
  return (value) =>
    value.length <= longest && (before === undefined ? value.endsWith(kept) : value.startsWith(kept))
}

/** What members of a set may be: values of the original, and labels of the hierarchy. */
interface Known {
  readonly places: ReadonlyMap<string, number>
  readonly hierarchy: Hierarchy | undefined
}

/** What a set says, or a range of texts: the order of these is the hierarchy's. */
function listReading(read: LabelReading, known: Known): Fits | undefined {
  const { hierarchy } = known
  if (read.kind === 'set') {
    const members = read.members.map((member) =>
      member.kind === 'value'
        ? memberOf(member.value, known)
        : (rangeOf(member) ?? listReading(member, known) ?? (() => false)),
    )
    return (value) => members.some((fits) => fits(value))
  }
  if (read.kind !== 'range' || !hierarchy) return undefined
  const places = new Map(hierarchy.leaves.map((leaf, l) => [leaf, l]))
  const [first, last] = [places.get(read.first), places.get(read.last)]
  if (first === undefined || last === undefined) return undefined
  return (value) => {
    const place = places.get(value)
    return place !== undefined && place >= first && place <= last
  }
}

/** A member of a set: a value, or, as a partition by a hierarchy writes them, the label of a group. */
function memberOf(label: string, { places, hierarchy }: Known): Fits {
  const leaves = new Set(
    hierarchy?.levels.flatMap(({ labels, groupOf }) => {
      const group = labels.indexOf(label)
      return group < 0 ? [] : hierarchy.leaves.filter((_, leaf) => groupOf[leaf] === group)
    }),
  )
  // A missing cell is no label of all, and a value that the original has is that.
  const isLabel = leaves.size === 0 && label !== '' && !places.has(label)
  const fits = isLabel ? reading(label) : undefined
  return (value) => value === label || leaves.has(value) || fits?.(value) === true
}

/** A range of numbers or dates within a set. */
const rangeOf = (read: LabelReading): Fits | undefined =>
  read.kind === 'range' ? reading(`[${read.first}, ${read.last}]`) : undefined

/** An end of an interval; undefined where it is open for ever. */
const bound = (text: string | undefined): string | undefined =>
  text === undefined || /^(\*|[-+]?inf|[-+]?∞)$/i.test(text) ? undefined : text

/** Between two ends, as numbers or, of dates, as texts. */
function within(
  low: string | undefined,
  high: string | undefined,
  closedLow: boolean,
  closedHigh: boolean,
): Fits {
  const isDate = [low, high].some((end) => end !== undefined && /^\d{4}-\d{2}/.test(end))
  const compared = (a: string, b: string) => (isDate ? (a < b ? -1 : Number(a > b)) : Number(a) - Number(b))
  return (value) => {
    if (value.trim() === '' || (!isDate && Number.isNaN(Number(value)))) return false
    const above = low === undefined ? 1 : compared(value, low)
    const below = high === undefined ? 1 : compared(high, value)
    return (above > 0 || (closedLow && above === 0)) && (below > 0 || (closedHigh && below === 0))
  }
}

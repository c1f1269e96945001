// Who may be where: people by their quasi-identifiers, published rows by their labels, and which classes each person may be in.
// Source: the linkage that k-anonymity bounds (Sweeney 2002). A trie of the published classes is walked by each kind of people.
// A row that is suppressed in every column may be anybody's: it counts only for those whom no other row fits.

import type { Turn } from '../../learn/pauses.ts'
import type { CodedTable } from '../../protect/tables/codedTable.ts'
import type { Hierarchy } from '../../protect/tables/hierarchy.ts'
import { type Cover, coverOf, isSuppressed } from './labels.ts'
import { classSizes, columnOf, firstRows, groupedRows, type Partition, partitionBy } from './risk/classes.ts'

/** People of a table, by what they are in the quasi-identifiers. */
export interface PeopleKinds extends Partition {
  /** [kinds] people of each. */
  readonly sizes: Float64Array
}

/** Published rows, by their labels. */
export interface PublishedClasses extends Partition {
  readonly sizes: Float64Array
}

/** Which published classes may have people of each kind. */
export interface ClassCandidates {
  readonly people: PeopleKinds
  readonly classes: PublishedClasses
  /** [kinds + 1] where the classes of each kind begin in `of`. */
  readonly start: Uint32Array
  readonly of: Uint32Array
  /** [kinds] published rows that may be a person's of the kind. */
  readonly rows: Float64Array
  /** Published rows that are of nobody: a class has more of them than people fit it. */
  readonly strangeRows: number
}

/** Finds who may be where. @throws FrostglassError `usage` for a column that is not there, `aborted` */
export async function candidatesOf(
  original: CodedTable,
  published: CodedTable,
  quasi: readonly string[],
  hierarchies: ReadonlyMap<string, Hierarchy> | undefined,
  turn: Turn,
): Promise<ClassCandidates> {
  const own = quasi.map((name) => columnOf(original, name, 'the original'))
  const labels = quasi.map((name) => columnOf(published, name, 'the published table'))
  const people = withSizes(await partitionBy(original.rows, own, turn))
  const classes = withSizes(await partitionBy(published.rows, labels, turn))
  const [kindRow, classRow] = [firstRows(people), firstRows(classes)]
  const covers = own.map((column, j) => coverOf(column, labels[j]!, hierarchies?.get(quasi[j]!)))
  const kinds = own.map(({ codes }) => Uint32Array.from(kindRow, (row) => codes[row]!))
  const labelled = labels.map(({ codes }) => Uint32Array.from(classRow, (row) => codes[row]!))
  const found = await walk(kinds, labelled, covers, { people: people.sizes, classes, turn })
  return { people, classes, ...found }
}

const withSizes = (partition: Partition): PeopleKinds => ({ ...partition, sizes: classSizes(partition) })

/** The classes sorted by their labels are the trie: a node is a run of them. */
async function walk(
  kinds: readonly Uint32Array[],
  labels: readonly Uint32Array[],
  covers: readonly Cover[],
  {
    people,
    classes,
    turn,
  }: { readonly people: Float64Array; readonly classes: PublishedClasses; readonly turn: Turn },
): Promise<Pick<ClassCandidates, 'start' | 'of' | 'rows' | 'strangeRows'>> {
  const depth = labels.length
  const sorted = Uint32Array.from({ length: classes.count }, (_, c) => c).sort((a, b) => {
    for (let j = 0; j < depth; j++)
      if (labels[j]![a] !== labels[j]![b]) return labels[j]![a]! - labels[j]![b]!
    return 0
  })
  const firstFrom = (column: Uint32Array, label: number, low: number, high: number): number => {
    let [from, to] = [low, high]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (column[sorted[middle]!]! < label) from = middle + 1
      else to = middle
    }
    return from
  }
  const found: number[] = []
  const descend = (kind: number, j: number, low: number, high: number): void => {
    if (j === depth) {
      for (let at = low; at < high; at++) found.push(sorted[at]!)
      return
    }
    const column = labels[j]!
    const covering = covers[j]!.labelsOf[kinds[j]![kind]!]!
    let at = low
    for (const label of covering) {
      at = firstFrom(column, label, at, high)
      if (at >= high) return
      if (column[sorted[at]!] !== label) continue
      const end = firstFrom(column, label + 1, at, high)
      descend(kind, j + 1, at, end)
      at = end
    }
  }
  const anybody = wholly(labels, covers, classes.count)
  const start = new Uint32Array(people.length + 1)
  const rows = new Float64Array(people.length)
  const of: number[] = []
  const fitting = new Float64Array(classes.count)
  for (let kind = 0; kind < people.length; kind++) {
    if ((kind & 255) === 0) await turn()
    found.length = 0
    descend(kind, 0, 0, classes.count)
    const named = found.filter((c) => anybody[c] === 0)
    for (const c of found) fitting[c]! += people[kind]!
    for (const c of named.length > 0 ? named : found) {
      of.push(c)
      rows[kind]! += classes.sizes[c]!
    }
    start[kind + 1] = of.length
  }
  let strangeRows = 0
  for (let c = 0; c < classes.count; c++) strangeRows += Math.max(0, classes.sizes[c]! - fitting[c]!)
  return { start, of: Uint32Array.from(of), rows, strangeRows }
}

/** [classes] 1 where every label covers every value of its column, and values differ. */
function wholly(labels: readonly Uint32Array[], covers: readonly Cover[], count: number): Uint8Array {
  const all = covers.map(({ labelsOf }) => {
    const seen = new Map<number, number>()
    for (const covering of labelsOf) for (const label of covering) seen.set(label, (seen.get(label) ?? 0) + 1)
    return (label: number) => labelsOf.length > 1 && seen.get(label) === labelsOf.length
  })
  return Uint8Array.from({ length: count }, (_, c) =>
    Number(
      labels.every((column, j) => covers[j]!.labelsOf.length <= 1 || all[j]!(column[c]!)) &&
        covers.some(({ labelsOf }) => labelsOf.length > 1),
    ),
  )
}

/** What the candidate rows of each kind have in one column. */
export interface Mixtures {
  /** Values of the column, of original and published rows under one dictionary. */
  readonly values: readonly string[]
  /** [people] each one's true value. */
  readonly truth: Uint32Array
  /** Rows of each value, of the whole published table. */
  readonly whole: Float64Array
  /** [classes + 1] where the counts of each class begin. */
  readonly start: Uint32Array
  readonly value: Uint32Array
  readonly count: Float64Array
}

/** What each published class has in a column that was not generalised. A cell that is suppressed says nothing of anybody. */
export function mixturesOf(
  original: CodedTable,
  published: CodedTable,
  name: string,
  classes: PublishedClasses,
): Mixtures {
  const released = columnOf(published, name, 'the published table')
  const own = columnOf(original, name, 'the original')
  const places = new Map(released.values.map((value, code) => [value, code]))
  const values = [...released.values]
  const translated = own.values.map((value) => {
    const place = places.get(value)
    if (place !== undefined) return place
    values.push(value)
    return values.length - 1
  })
  const known = new Set(own.values)
  const nothing = released.values.map((text) => isSuppressed(text) && !known.has(text))
  const whole = new Float64Array(values.length)
  const start = new Uint32Array(classes.count + 1)
  const [value, count]: [number[], number[]] = [[], []]
  const grouped = groupedRows(classes.count, classes.classOf)
  const tally = new Float64Array(values.length)
  for (let c = 0; c < classes.count; c++) {
    const present: number[] = []
    for (let at = grouped.start[c]!; at < grouped.start[c + 1]!; at++) {
      const code = released.codes[grouped.rows[at]!]!
      if (nothing[code]) continue
      if (tally[code] === 0) present.push(code)
      tally[code]!++
    }
    for (const code of present.sort((a, b) => a - b)) {
      value.push(code)
      count.push(tally[code]!)
      whole[code]! += tally[code]!
      tally[code] = 0
    }
    start[c + 1] = value.length
  }
  return {
    values,
    truth: translatedCodes(own.codes, translated),
    whole,
    start,
    value: Uint32Array.from(value),
    count: Float64Array.from(count),
  }
}

/** A plain loop: `from` with a function takes ten times as long. */
function translatedCodes(codes: ArrayLike<number>, to: readonly number[]): Uint32Array {
  const translated = new Uint32Array(codes.length)
  for (let i = 0; i < codes.length; i++) translated[i] = to[codes[i]!]!
  return translated
}

/** A sum of the counts of several classes, by value: reused between calls. */
export interface Mixture {
  readonly values: number[]
  /** [all values] counts; only those of `values` are not 0. */
  readonly counts: Float64Array
  total: number
}

/** Adds up the mixtures of a kind's candidates. */
export function mixer({ of, start }: ClassCandidates, mixtures: Mixtures): (kind: number) => Mixture {
  const mixture: Mixture = { values: [], counts: new Float64Array(mixtures.values.length), total: 0 }
  return (kind) => {
    for (const value of mixture.values) mixture.counts[value] = 0
    mixture.values.length = 0
    mixture.total = 0
    for (let at = start[kind]!; at < start[kind + 1]!; at++) {
      const c = of[at]!
      for (let e = mixtures.start[c]!; e < mixtures.start[c + 1]!; e++) {
        const value = mixtures.value[e]!
        if (mixture.counts[value] === 0) mixture.values.push(value)
        mixture.counts[value]! += mixtures.count[e]!
        mixture.total += mixtures.count[e]!
      }
    }
    return mixture
  }
}

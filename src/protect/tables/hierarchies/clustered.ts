// Hierarchies built from the data: neighbouring numbers joined where that loses least, rare categories joined first.
// Source: agglomerative clustering with Iyengar's loss (2002) for numbers; Huffman's order (1952) for categories.
// What it builds depends on the table: it is published with the labels, and says something of rows that no privacy model counts.

import { FrostglassError, printable } from '../../../errors.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { commaAdvice, readDecimal } from './decimals.ts'
import { rangeLabel, setLabel } from './labels.ts'
import { createHierarchy, everything } from './tree.ts'

/** What an owner is told of a hierarchy that was built from rows. */
export const clusteredWarning =
  'this hierarchy was built from the table: its labels are published, and which values they join follows from how many rows have each'

/** A column as clustering sees it. */
export interface CountedValues {
  /** Distinct values. */
  readonly values: readonly string[]
  /** [values] rows that have each. */
  readonly counts: ArrayLike<number>
}

/** Pairs of groups, the cheapest first; ties by place, so that the result is one. */
interface Candidate {
  readonly cost: number
  readonly left: number
  readonly right: number
  /** What both were when the cost was computed: a candidate whose groups have changed since is stale. */
  readonly version: number
}

const before = (a: Candidate, b: Candidate) => a.cost < b.cost || (a.cost === b.cost && a.left < b.left)

/** A binary heap of candidates. */
function push(heap: Candidate[], item: Candidate): void {
  let at = heap.push(item) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(item, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = item
}

function pop(heap: Candidate[]): Candidate {
  const first = heap[0]!
  const last = heap.pop()!
  if (heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
    if (!before(heap[child]!, last)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
  return first
}

/** How many groups each level has: a share 1 / `fanOut` of those below, rounded up, until one would be left. */
function targets(leaves: number, fanOut: number): readonly number[] {
  if (!Number.isInteger(fanOut) || fanOut < 2)
    throw new FrostglassError('usage', `a clustered hierarchy joins ${fanOut} groups`, 'Join 2 or more.')
  const list: number[] = []
  for (let groups = Math.ceil(leaves / fanOut); groups > 1; groups = Math.ceil(groups / fanOut))
    list.push(groups)
  return list
}

/** [targets] the group of each place, groups numbered by their first place, as merges proceed until so many groups are left. */
function cuts(
  places: number,
  wanted: readonly number[],
  merge: () => readonly [number, number],
): readonly Uint32Array[] {
  // A union-find whose roots are the smallest places.
  const root = Uint32Array.from({ length: places }, (_, place) => place)
  const find = (place: number): number => {
    while (root[place] !== place) {
      root[place] = root[root[place]!]!
      place = root[place]!
    }
    return place
  }
  let groups = places
  return wanted.map((count) => {
    for (; groups > count; groups--) {
      const [a, b] = merge()
      const [low, high] = [find(a), find(b)].sort((x, y) => x - y) as [number, number]
      root[high] = low
    }
    return Uint32Array.from({ length: places }, (_, place) => find(place))
  })
}

/** Merges of neighbours: each adds least to Σ rows · width. */
function neighbourMerges(
  numbers: readonly number[],
  rows: readonly number[],
): () => readonly [number, number] {
  const [first, last] = [numbers.map((_, i) => i), numbers.map((_, i) => i)]
  const weight = [...rows]
  const [previous, next] = [numbers.map((_, i) => i - 1), numbers.map((_, i) => i + 1)]
  const version = new Uint32Array(numbers.length)
  const heap: Candidate[] = []
  const width = (group: number) => numbers[last[group]!]! - numbers[first[group]!]!
  const offer = (left: number) => {
    const right = next[left]!
    if (left < 0 || right >= numbers.length) return
    const joined = numbers[last[right]!]! - numbers[first[left]!]!
    const cost =
      (weight[left]! + weight[right]!) * joined - weight[left]! * width(left) - weight[right]! * width(right)
    push(heap, { cost, left, right, version: version[left]! + version[right]! })
  }
  for (let i = 0; i + 1 < numbers.length; i++) offer(i)
  return () => {
    for (;;) {
      const { left, right, version: seen } = pop(heap)
      if (next[left] !== right || version[left]! + version[right]! !== seen) continue
      weight[left]! += weight[right]!
      last[left] = last[right]!
      next[left] = next[right]!
      // A group that is gone is nobody's left neighbour again.
      next[right] = -1
      if (next[left]! < numbers.length) previous[next[left]!] = left
      version[left]!++
      if (previous[left]! >= 0) offer(previous[left]!)
      offer(left)
      return [left, right]
    }
  }
}

/** Merges of the two rarest groups. */
function rarestMerges(rows: readonly number[]): () => readonly [number, number] {
  const weight = [...rows]
  const heap: Candidate[] = []
  rows.forEach((cost, left) => {
    push(heap, { cost, left, right: left, version: 0 })
  })
  return () => {
    const [a, b] = [pop(heap).left, pop(heap).left]
    const joined = Math.min(a, b)
    weight[joined] = weight[a]! + weight[b]!
    push(heap, { cost: weight[joined]!, left: joined, right: joined, version: 0 })
    return [a, b]
  }
}

/** A hierarchy whose levels are cuts of the merges; missing cells stay apart below the top. */
function clustered(
  column: CountedValues,
  places: readonly number[],
  fanOut: number,
  merge: () => readonly [number, number],
  label: (group: readonly string[]) => string,
  what: string,
): Hierarchy {
  const { values } = column
  const labels = cuts(places.length, targets(places.length, fanOut), merge).map((groupOf) => {
    const groups = new Map<number, string[]>()
    groupOf.forEach((group, place) => {
      const value = values[places[place]!]!
      const members = groups.get(group)
      if (members === undefined) groups.set(group, [value])
      else members.push(value)
    })
    const said = new Map([...groups].map(([group, members]) => [group, label(members)]))
    const level = values.map(() => '')
    groupOf.forEach((group, place) => {
      level[places[place]!] = said.get(group)!
    })
    return level
  })
  return createHierarchy(values, [...labels, values.map(() => everything)], what)
}

/**
 * Numbers in ranges `[20, 29]` that follow the rows: few rows make wide ranges.
 * @param fanOut how many groups become one from level to level, on average; 2 or more
 * @throws FrostglassError `input` for a value that is no number
 */
export function clusteredNumbers(column: CountedValues, fanOut: number, what: string): Hierarchy {
  const numbers = column.values.map((text) => {
    if (text !== '' && readDecimal(text) === undefined)
      throw new FrostglassError(
        'input',
        `${what} is one of numbers, but "${printable(text)}" is no number`,
        `Cluster categories, or count its text as missing (--null-text)${commaAdvice(text)}.`,
      )
    return Number(text)
  })
  const places = column.values
    .map((_, leaf) => leaf)
    .filter((leaf) => column.values[leaf] !== '')
    .sort((a, b) => numbers[a]! - numbers[b]!)
  const merge = neighbourMerges(
    places.map((leaf) => numbers[leaf]!),
    places.map((leaf) => column.counts[leaf]!),
  )
  return clustered(column, places, fanOut, merge, (group) => rangeLabel(group[0]!, group.at(-1)!), what)
}

/**
 * Categories in sets `{Laos, Scotland}`, the rarest joined first. It knows nothing of what the categories mean.
 * @param fanOut how many groups become one from level to level, on average; 2 or more
 */
export function clusteredCategories(column: CountedValues, fanOut: number, what: string): Hierarchy {
  const places = column.values.map((_, leaf) => leaf).filter((leaf) => column.values[leaf] !== '')
  const merge = rarestMerges(places.map((leaf) => column.counts[leaf]!))
  return clustered(column, places, fanOut, merge, setLabel, what)
}

// What local recoding publishes, and which nodes its reader knows to have failed.
// Source: ARX's local recoding; "Exposing Privacy Risks in Anonymizing Clinical Data" (arXiv 2509.03350), for what the order of nodes tells.
// The reader knows the algorithm, k, the share of rows a round, and the hierarchies: all of it is public, or should be taken to be.

import { FrostglassError } from '../../../errors.ts'
import type { CodedTableColumn } from '../codedTable.ts'
import { everything } from '../hierarchies/tree.ts'
import type { Hierarchy } from '../hierarchy.ts'

/** One round: the node that was taken, for the rows that no round before had published. */
export interface LocalRound {
  /** [quasi-identifiers] */
  readonly levels: readonly number[]
  /** Rows that had to be in classes large enough, for a node to pass. */
  readonly needed: number
}

/** A published class. */
export interface LocalClass {
  readonly round: number
  /** [quasi-identifiers] groups at the round's levels: with the round, the class's labels. */
  readonly groups: readonly number[]
  readonly rows: number
}

/** A table published by rounds. */
export interface LocalRelease {
  readonly hierarchies: readonly Hierarchy[]
  readonly rounds: readonly LocalRound[]
  readonly classes: readonly LocalClass[]
  /** Rows that no round published. */
  readonly suppressed: number
}

/** What is published of a column: its labels, and [classes] which one each class has. */
export interface PublishedCells {
  readonly labels: readonly string[]
  readonly labelOf: Uint32Array
}

/** [quasi-identifiers] the cells of the classes. */
export function cellsOfRelease({ hierarchies, rounds, classes }: LocalRelease): readonly PublishedCells[] {
  return hierarchies.map(({ levels }, column) => {
    const codeOf = new Map<string, number>()
    const labelOf = Uint32Array.from(classes, ({ round, groups }) => {
      const label = levels[rounds[round]!.levels[column]!]!.labels[groups[column]!]!
      const code = codeOf.get(label) ?? codeOf.size
      codeOf.set(label, code)
      return code
    })
    return { labels: [...codeOf.keys()], labelOf }
  })
}

/** Rows that a round must publish at least: a share of all rows, or the rest. */
export const neededRows = (share: number, rows: number, left: number): number =>
  Math.min(left, Math.max(1, Math.ceil(share * rows - 1e-9)))

/** A node of which it is known that its classes were small, among the rows of a round and those behind it. */
export interface FailedNode {
  readonly levels: readonly number[]
  readonly round: number
  /** No class of it has more rows. */
  readonly cap: number
}

/** No class had more rows at a node that failed: a class of k or more counts, and `needed` of such rows would have passed. */
const capOf = (k: number, needed: number) => Math.max(k, needed) - 1

/** Behind a round, what was not published is in classes below k at its node. */
const behind = ({ rounds }: LocalRelease, k: number): readonly FailedNode[] =>
  rounds.map(({ levels }, round) => ({ levels, round: round + 1, cap: k - 1 }))

/**
 * What failed where the loss of a node never falls as a level rises and suppressed rows cost no more than their labels (balance 0): every
 * node below the one that was taken. Those one level below say it all: classes of the others are parts of theirs.
 */
export function failedBelow(release: LocalRelease, k: number): readonly FailedNode[] {
  const finer = release.rounds.flatMap(({ levels, needed }, round) =>
    levels.flatMap((level, column) =>
      level === 0 ? [] : [{ levels: levels.with(column, level - 1), round, cap: capOf(k, needed) }],
    ),
  )
  return [...finer, ...behind(release, k)]
}

/**
 * What failed where all know in which order nodes are tried, as they do if the loss follows from the levels alone.
 * @param order all nodes, from the least loss
 */
export function failedBefore(
  release: LocalRelease,
  k: number,
  order: readonly (readonly number[])[],
): readonly FailedNode[] {
  const placeOf = new Map(order.map((levels, place) => [levels.join(), place]))
  const below = (a: readonly number[], b: readonly number[]) =>
    a.every((level, column) => level <= b[column]!)
  const earlier = release.rounds.flatMap(({ levels, needed }, round) => {
    const nodes = order.slice(0, placeOf.get(levels.join())!)
    // A node below another that failed says nothing more.
    return nodes
      .filter((node) => !nodes.some((other) => other !== node && below(node, other)))
      .map((node) => ({ levels: node, round, cap: capOf(k, needed) }))
  })
  return [...earlier, ...behind(release, k)]
}

/** What a reader of a published table is given beside it. */
export interface PublicRounds {
  /** One for each column. */
  readonly hierarchies: readonly Hierarchy[]
  /** [rounds][columns] the levels of each round, in their order. */
  readonly levels: readonly (readonly number[])[]
  /** Share of all rows that a round published at least. */
  readonly share: number
  /** Rows that are left out of the published table; 0 unless given. Those that it has as stars are counted by themselves. */
  readonly leftOut?: number | undefined
}

/**
 * The release that a published table is, by its labels. A row of stars is suppressed, unless a round published at the top.
 * @param columns published quasi-identifiers, all of them: labels and a code a row
 * @throws FrostglassError `input` for a row whose labels are of no round, or of two that do not mean the same
 */
export function readRelease(
  columns: readonly Pick<CodedTableColumn, 'values' | 'codes'>[],
  { hierarchies, levels, share, leftOut = 0 }: PublicRounds,
): LocalRelease {
  const groupOf = levels.map((node) =>
    hierarchies.map((hierarchy, column) => {
      const { labels } = hierarchy.levels[node[column]!]!
      const numbers = new Map(labels.map((label, group) => [label, group]))
      return columns[column]!.values.map((label) => numbers.get(label))
    }),
  )
  const leavesOf = (round: number, groups: readonly number[]) =>
    groups.map((group, column) =>
      hierarchies[column]!.levels[levels[round]![column]!]!.groupOf.reduce(
        (text, own, leaf) => (own === group ? `${text} ${leaf}` : text),
        '',
      ),
    )
  const stars = columns.map(({ values }) => values.indexOf(everything))
  const classes = new Map<string, { round: number; groups: readonly number[]; rows: number }>()
  let suppressed = leftOut
  const rows = columns[0]?.codes.length ?? 0
  for (let row = 0; row < rows; row++) {
    const codes = columns.map((column) => column.codes[row]!)
    const key = codes.join()
    const known = classes.get(key)
    if (known !== undefined) {
      known.rows++
      continue
    }
    const found = levels.flatMap((_, round) => {
      const groups = codes.map((code, column) => groupOf[round]![column]![code])
      return groups.every((group) => group !== undefined) ? [{ round, groups }] : []
    })
    const [first, ...others] = found
    if (first === undefined && codes.every((code, column) => code === stars[column])) suppressed++
    else if (
      first === undefined ||
      others.some(
        (other) => `${leavesOf(other.round, other.groups)}` !== `${leavesOf(first.round, first.groups)}`,
      )
    )
      throw new FrostglassError(
        'input',
        `row ${row + 1} of the published table has the labels of ${first === undefined ? 'no round' : 'several rounds'}`,
        'Give the hierarchies and the levels of the rounds by which it was published.',
      )
    // Of rounds that mean the same the first one published: it left nothing of such a cell behind.
    else classes.set(key, { ...first, rows: 1 })
  }
  const list = [...classes.values()]
  const all = rows + leftOut
  let left = all
  return {
    hierarchies,
    rounds: levels.map((node, round) => {
      const needed = neededRows(share, all, left)
      left -= list.filter((one) => one.round === round).reduce((sum, one) => sum + one.rows, 0)
      return { levels: node, needed }
    }),
    classes: list,
    suppressed,
  }
}

// The combinatorial refinement attack: what a table published by local recoding says of the values that it generalised, to a reader
// without any other data. Each node that was not taken would have published more: so its classes were small, and counts have caps.
// Source: Chhillar, Righi, Sutter, Kornaropoulos, arXiv 2509.03350 (the idea; the programme here is our own derivation).
// What it says is certain is certain (the bounds are the programme's dual). It may miss more: large classes are read a column at a time.

import { turnsFor } from '../../../learn/pauses.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { type CountSystem, countProgram, propagatedBounds } from './countProgram.ts'
import type { FailedNode, LocalClass, LocalRelease } from './release.ts'

/** What is certain of one class. */
export interface RefinedClass {
  /** The class's number in the release; all of them and then the suppressed rows. */
  readonly class: number
  readonly rows: number
  /** Combinations of leaves that its labels allow, and those that are still possible; 0 where only columns were read. */
  readonly combinations: number
  readonly possible: number
  /** Rows whose combination of leaves is certain to be there. */
  readonly certainRows: number
  /** [quasi-identifiers][leaves of the label] a leaf, and bounds of how many rows have it. */
  readonly columns: readonly (readonly {
    readonly leaf: number
    readonly least: number
    readonly most: number
  }[])[]
}

/** How much may be asked of a class. */
export interface RefinementLimits {
  /** Combinations that are read together; beyond, columns are read one by one. Default 64. */
  readonly combinations?: number | undefined
  /** Combinations of all classes, up to which the whole table is one programme. Default 200. */
  readonly together?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A class with its leaves. */
interface OpenClass extends LocalClass {
  readonly number: number
  readonly levels: readonly number[]
  /** [quasi-identifiers] */
  readonly leaves: readonly (readonly number[])[]
}

/** An unknown: how many rows of a class have these leaves in the columns that are read. */
interface Unknown {
  readonly of: OpenClass
  /** [quasi-identifiers] a leaf of each column; of a column that is not read, any of the class's. */
  readonly leaves: readonly number[]
}

const groupAt = ({ levels }: Hierarchy, level: number, leaf: number) => levels[level]!.groupOf[leaf]!

/** Classes with their leaves, the suppressed rows behind them. */
function openClasses({ hierarchies, rounds, classes, suppressed }: LocalRelease): readonly OpenClass[] {
  const leavesOf = hierarchies.map(({ levels }) =>
    levels.map(({ labels, groupOf }) => {
      const groups = labels.map(() => [] as number[])
      groupOf.forEach((group, leaf) => {
        groups[group]!.push(leaf)
      })
      return groups
    }),
  )
  const published = classes.map((one, number) => {
    const { levels } = rounds[one.round]!
    const leaves = one.groups.map((group, column) => leavesOf[column]![levels[column]!]![group]!)
    return { ...one, number, levels, leaves }
  })
  if (suppressed === 0) return published
  const all = {
    round: rounds.length,
    groups: hierarchies.map(() => 0),
    rows: suppressed,
    number: classes.length,
    // Above every level: no label is finer than none.
    levels: hierarchies.map(({ levels }) => levels.length),
    leaves: hierarchies.map(({ leaves }) => leaves.map((_, leaf) => leaf)),
  }
  return [...published, all]
}

const combinationsOf = ({ leaves }: OpenClass) => leaves.reduce((product, { length }) => product * length, 1)

/** Unknowns of a class over some columns: every combination of its leaves there. */
function unknownsOf(of: OpenClass, columns: ReadonlySet<number>): readonly Unknown[] {
  const combinations = of.leaves.reduce<readonly (readonly number[])[]>(
    (tuples, leaves, column) =>
      tuples.flatMap((tuple) =>
        (columns.has(column) ? leaves : leaves.slice(0, 1)).map((leaf) => [...tuple, leaf]),
      ),
    [[]],
  )
  return combinations.map((leaves) => ({ of, leaves }))
}

/** The attacker's view: what is the same for all classes. */
interface View {
  readonly hierarchies: readonly Hierarchy[]
  readonly failed: readonly FailedNode[]
  readonly rounds: LocalRelease['rounds']
  /** Cells that rounds published, as {@link cellOf} names them. */
  readonly published: readonly ReadonlySet<string>[]
}

const cellOf = (hierarchies: readonly Hierarchy[], levels: readonly number[], leaves: readonly number[]) =>
  hierarchies.map((hierarchy, column) => groupAt(hierarchy, levels[column]!, leaves[column]!)).join()

/** Whether a node's cell about an unknown has all that the unknown stands for: columns that are not read are wide enough. */
const covers = (levels: readonly number[], { of }: Unknown, columns: ReadonlySet<number>) =>
  levels.every((level, column) => columns.has(column) || level >= of.levels[column]!)

/** The system of some classes over some columns, and its unknowns. */
function systemOf(view: View, classes: readonly OpenClass[], columns: ReadonlySet<number>) {
  const { hierarchies, failed, rounds, published } = view
  const unknowns = classes
    .flatMap((of) => unknownsOf(of, columns))
    // What a round published it published whole: nothing of such a cell is left behind it.
    .filter((unknown) =>
      rounds
        .slice(0, unknown.of.round)
        .every(
          ({ levels }, round) =>
            !covers(levels, unknown, columns) ||
            !published[round]!.has(cellOf(hierarchies, levels, unknown.leaves)),
        ),
    )
  const caps = new Map<string, { members: readonly number[]; cap: number }>()
  for (const { levels, round, cap } of failed) {
    const cells = new Map<string, number[]>()
    unknowns.forEach((unknown, index) => {
      if (unknown.of.round < round || !covers(levels, unknown, columns)) return
      const cell = cellOf(hierarchies, levels, unknown.leaves)
      const members = cells.get(cell)
      if (members === undefined) cells.set(cell, [index])
      else members.push(index)
    })
    for (const members of cells.values()) {
      const rows = [...new Set(members.map((index) => unknowns[index]!.of))].reduce(
        (sum, of) => sum + of.rows,
        0,
      )
      const key = members.join()
      if (cap < rows && cap < (caps.get(key)?.cap ?? Number.POSITIVE_INFINITY))
        caps.set(key, { members, cap })
    }
  }
  const system: CountSystem = {
    counts: unknowns.length,
    totals: classes.map((of) => ({
      members: [...unknowns.keys()].filter((index) => unknowns[index]!.of === of),
      total: of.rows,
    })),
    caps: [...caps.values()],
  }
  return { system, unknowns }
}

/** What is certain of classes that are read together over some columns. */
function readTogether(view: View, classes: readonly OpenClass[], columns: ReadonlySet<number>) {
  const { system, unknowns } = systemOf(view, classes, columns)
  const bounds = propagatedBounds(system)
  // Without a cap nothing couples the counts: what passing on says is all.
  const program = system.caps.length === 0 ? undefined : countProgram(system, bounds)
  const boundsOf = (members: readonly number[]) => {
    const sum = (of: Float64Array) => members.reduce((all, index) => all + of[index]!, 0)
    const open = program !== undefined && members.some((index) => bounds.least[index]! < bounds.most[index]!)
    return open
      ? { least: program.least(members), most: program.most(members) }
      : { least: sum(bounds.least), most: sum(bounds.most) }
  }
  return classes.map((of) => {
    const own = [...unknowns.keys()].filter((index) => unknowns[index]!.of === of)
    const single = own.map((index) => boundsOf([index]))
    return {
      possible: single.filter(({ most }) => most > 0).length,
      certain: single.reduce((sum, { least }) => sum + least, 0),
      columns: of.leaves.map((leaves, column) =>
        !columns.has(column)
          ? undefined
          : leaves.map((leaf) => {
              const { least, most } = boundsOf(
                own.filter((index) => unknowns[index]!.leaves[column] === leaf),
              )
              return { leaf, least, most: Math.min(most, of.rows) }
            }),
      ),
    }
  })
}

/**
 * Reads a release: class by class, or all of it in one programme where it is small.
 * @param failed what the reader knows to have failed: `failedBelow`, `failedBefore`
 * @returns one entry a class with labels above level 0, and one of the suppressed rows if there are any
 * @throws FrostglassError `aborted`
 */
export async function refineRelease(
  release: LocalRelease,
  failed: readonly FailedNode[],
  { combinations = 64, together = 200, signal }: RefinementLimits = {},
): Promise<readonly RefinedClass[]> {
  const turn = turnsFor(signal)
  const { hierarchies, rounds, classes } = release
  const view: View = {
    hierarchies,
    failed,
    rounds,
    published: rounds.map(
      (_, round) => new Set(classes.filter((one) => one.round === round).map(({ groups }) => groups.join())),
    ),
  }
  const all = new Set(hierarchies.keys())
  const open = openClasses(release).filter((of) => combinationsOf(of) > 1)
  const told = (
    of: OpenClass,
    { possible, certain, columns }: ReturnType<typeof readTogether>[number],
  ): RefinedClass => ({
    class: of.number,
    rows: of.rows,
    combinations: combinationsOf(of),
    possible,
    certainRows: certain,
    columns: columns.map((column) => column!),
  })
  if (open.reduce((sum, of) => sum + combinationsOf(of), 0) <= together) {
    const read = readTogether(view, open, all)
    return open.map((of, at) => told(of, read[at]!))
  }
  const refined: RefinedClass[] = []
  for (const of of open) {
    await turn()
    if (combinationsOf(of) <= combinations) {
      refined.push(told(of, readTogether(view, [of], all)[0]!))
      continue
    }
    const columns: RefinedClass['columns'][number][] = []
    for (const column of of.leaves.keys()) {
      await turn()
      columns.push(readTogether(view, [of], new Set([column]))[0]!.columns[column]!)
    }
    refined.push({
      class: of.number,
      rows: of.rows,
      combinations: combinationsOf(of),
      possible: 0,
      certainRows: 0,
      columns,
    })
  }
  return refined
}

/** What a reader rebuilds of a release, in numbers. */
export interface RefinementFinding {
  /** Rows that were published with labels above level 0, and those whose values are certain to be there in full. */
  readonly rows: number
  readonly certainRows: number
  /** Cells that were published with a label of several values, and those of which one value is certain. */
  readonly cells: number
  readonly certainCells: number
  /** Values that such cells could have by their labels, and still can, on average over the cells. */
  readonly values: number
  readonly possibleValues: number
}

/** Counts what {@link refineRelease} found of the published classes; suppressed rows are left out. */
export function refinementFinding(
  refined: readonly RefinedClass[],
  { classes }: Pick<LocalRelease, 'classes'>,
): RefinementFinding {
  const published = refined.filter((one) => one.class < classes.length)
  const sum = (of: (one: RefinedClass) => number) => published.reduce((all, one) => all + of(one), 0)
  const cells = (of: (column: RefinedClass['columns'][number]) => number) => (one: RefinedClass) =>
    one.columns.filter(({ length }) => length > 1).reduce((all, column) => all + of(column), 0)
  const generalised = sum((one) => one.rows * cells(() => 1)(one))
  const mean = (of: (column: RefinedClass['columns'][number]) => number) =>
    generalised === 0 ? 0 : sum((one) => one.rows * cells(of)(one)) / generalised
  return {
    rows: sum(({ rows }) => rows),
    certainRows: sum(({ certainRows }) => certainRows),
    cells: generalised,
    certainCells: sum(cells((column) => column.reduce((all, { least }) => all + least, 0))),
    values: mean((column) => column.length),
    possibleValues: mean((column) => column.filter(({ most }) => most > 0).length),
  }
}

// Local recoding: a table is generalised, what is suppressed of it is generalised again on its own, and so on until nothing passes.
// Source: ARX's local recoding ("optimizeIterativeFast"): each round publishes at least a share of all rows.
// It does not promise what global recoding does: who knows the algorithm can take part of it back. `refinement.ts` measures how much.

import { FrostglassError } from '../../../errors.ts'
import { type Turn, turnsFor } from '../../../learn/pauses.ts'
import type { ColumnCodes, DistinctRows } from '../codedTable.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { classCheck, type PartitionModel, sumOf } from '../mondrian/classChecks.ts'
import { type ReadyProblem, readyProblem, type SearchProblem } from '../search/problem.ts'
import { type SearchOptions, searchLattice } from '../search/search.ts'
import { cellsOfRelease, type LocalClass, type LocalRelease, type LocalRound, neededRows } from './release.ts'

/** ARX's default: share of all rows that a round publishes at least. */
export const roundShare = 0.01

/** How rounds go. */
export interface LocalOptions {
  /** Share of all rows that a round publishes at least, above 0 and at most 1. Default {@link roundShare}. */
  readonly share?: number | undefined
  /** How each round searches. */
  readonly search?: SearchOptions | undefined
}

/** A table published by rounds. */
export interface LocalRecoding {
  /** What is published: no more than its reader sees. */
  readonly release: LocalRelease
  /** [distinct rows] its class, or −1 where it is suppressed: the owner's. */
  readonly classOf: Int32Array
  /** [quasi-identifiers] the share of its domain that a cell covers, on average over the rows; a suppressed one all of it. */
  readonly losses: readonly number[]
}

/** Distinct rows with some left out. */
function takeRows({ quasi, sensitive, rows }: DistinctRows, left: Uint32Array): DistinctRows {
  const take = <T extends ColumnCodes | Float64Array>(from: T): T => {
    const to = from.slice(0, left.length) as T
    left.forEach((row, at) => {
      to[at] = from[row]!
    })
    return to
  }
  return { count: left.length, quasi: quasi.map(take), sensitive: sensitive.map(take), rows: take(rows) }
}

/** The problem of the rows that are left, held to what the models ask of the whole table. */
function remaining(whole: ReadyProblem, left: Uint32Array, needed: number): SearchProblem {
  const distinct = takeRows(whole.distinct, left)
  const rows = sumOf(distinct.rows)
  return {
    ...whole,
    distinct,
    suppression: (rows - needed) / rows,
    models: whole.models.map((model, number) => ({ ...model, prepare: () => whole.ready[number]! })),
  }
}

/** The rows that a search publishes; nothing where none passes. */
async function searchRound(problem: SearchProblem, options: SearchOptions, first: boolean) {
  try {
    return await searchLattice(problem, options)
  } catch (error) {
    if (!first && error instanceof FrostglassError && error.code === 'input') return undefined
    throw error
  }
}

function requireFit(problem: SearchProblem, share: number): void {
  if (!(share > 0 && share <= 1))
    throw new FrostglassError(
      'usage',
      `a round publishes the share ${share} of the rows`,
      'Take one above 0 and up to 1.',
    )
  const asking = problem.models.find(({ needsPopulation }) => needsPopulation)
  if (asking !== undefined)
    throw new FrostglassError(
      'usage',
      `${asking.says} counts people of a public table, and local recoding does not say which class they are in`,
      'Search the lattice without local recoding, or ask for k-anonymity.',
    )
}

/** Throws unless what is published has what the models ask of its classes and of it; classes with the same labels are one. */
async function requirePassing(
  whole: ReadyProblem,
  release: LocalRelease,
  classOf: Int32Array,
  turn: Turn,
): Promise<void> {
  const cells = cellsOfRelease(release)
  const labelled = new Map<string, number[]>()
  classOf.forEach((number, row) => {
    if (number < 0) return
    const key = cells.map(({ labelOf }) => labelOf[number]!).join()
    const members = labelled.get(key)
    if (members === undefined) labelled.set(key, [row])
    else members.push(row)
  })
  const check = classCheck(whole.distinct, whole.ready)
  const segments = [...labelled.values()].map((members) => ({
    distinct: Uint32Array.from(members),
    rows: Float64Array.from(members, (row) => whole.distinct.rows[row]!),
  }))
  const sizes = Float64Array.from(segments, ({ rows }) => sumOf(rows))
  const view = { sizes, classes: sizes.length, rows: sumOf(sizes) }
  let failed: PartitionModel | undefined = whole.ready.find(
    ({ tablePasses }) => tablePasses?.(view) === false,
  )
  for (const segment of segments) {
    await turn()
    failed ??= check(segment, 0)
  }
  if (failed !== undefined)
    throw new FrostglassError(
      'policy',
      `the rounds together do not have ${failed.model.says}: nothing is published`,
      'Search the lattice without local recoding.',
    )
}

/** Share of a domain that each group of a level covers, 0 for one leaf, 1 for all. */
function sharesOf({ leaves, levels }: Hierarchy, level: number): Float64Array {
  const sizes = new Float64Array(levels[level]!.labels.length)
  for (const group of levels[level]!.groupOf) sizes[group]!++
  return sizes.map((size) => (leaves.length < 2 ? 0 : (size - 1) / (leaves.length - 1)))
}

/**
 * Publishes a table by rounds. Models compare with the whole table in every round.
 * @param problem `suppression` is the share of rows that may be left over in the end; here it is 1 by default
 * @throws FrostglassError `input` if the first round finds nothing, or more rows are left over than may be; `usage` for a share that is
 * none, a model that needs a public table; `policy` if the rounds together do not pass; `aborted`
 */
export async function recodeLocally(
  problem: SearchProblem,
  { share = roundShare, search = {} }: LocalOptions = {},
): Promise<LocalRecoding> {
  requireFit(problem, share)
  const turn = turnsFor(search.signal)
  const whole = readyProblem({ ...problem, suppression: problem.suppression ?? 1 })
  const { distinct, hierarchies } = whole
  const classOf = new Int32Array(distinct.count).fill(-1)
  const rounds: LocalRound[] = []
  const classes: (LocalClass & { rows: number })[] = []
  let left = Uint32Array.from({ length: distinct.count }, (_, row) => row).filter(
    (row) => distinct.rows[row]! > 0,
  )
  while (left.length > 0) {
    await turn()
    const rows = left.reduce((sum, row) => sum + distinct.rows[row]!, 0)
    const needed = neededRows(share, whole.rows, rows)
    const found = await searchRound(remaining(whole, left, needed), search, rounds.length === 0)
    if (found === undefined) break
    const { levels, kept } = found
    const round = rounds.push({ levels, needed }) - 1
    const numbers = new Map<string, number>()
    left.forEach((row, at) => {
      if (kept[at] === 0) return
      const groups = hierarchies.map(
        (hierarchy, column) => hierarchy.levels[levels[column]!]!.groupOf[distinct.quasi[column]![row]!]!,
      )
      const key = groups.join()
      const number = numbers.get(key) ?? classes.push({ round, groups, rows: 0 }) - 1
      numbers.set(key, number)
      classes[number]!.rows += distinct.rows[row]!
      classOf[row] = number
    })
    left = left.filter((_, at) => kept[at] === 0)
  }
  const suppressed = left.reduce((sum, row) => sum + distinct.rows[row]!, 0)
  if (suppressed > whole.most)
    throw new FrostglassError(
      'input',
      `${suppressed} rows pass in no round, and ${whole.most} may be suppressed`,
      'Allow more suppression, or ask for less.',
    )
  const release = { hierarchies, rounds, classes, suppressed }
  await requirePassing(whole, release, classOf, turn)
  return {
    release,
    classOf,
    losses: hierarchies.map((hierarchy, column) => {
      const shares = rounds.map(({ levels }) => sharesOf(hierarchy, levels[column]!))
      const covered = classes.reduce(
        (sum, { round, groups, rows }) => sum + rows * shares[round]![groups[column]!]!,
        0,
      )
      return (covered + suppressed) / whole.rows
    }),
  }
}

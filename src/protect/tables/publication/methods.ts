// The ways to make a table coarser, each to the same result: a label a cell, and which rows are published.
// Source: docs/tables.md#search, #multidimensional-and-local.
// Each way holds its own result to all models again; none hides more than the models say.

import { FrostglassError } from '../../../errors.ts'
import { turnsFor } from '../../../learn/pauses.ts'
import type { CodedTable, CodedTableColumn } from '../codedTable.ts'
import { roomForCodes } from '../codeTexts.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { recodeLocally } from '../localRecoding/recode.ts'
import { refinementFinding, refineRelease } from '../localRecoding/refinement.ts'
import { cellsOfRelease, type FailedNode, failedBelow, type LocalRelease } from '../localRecoding/release.ts'
import { localRecodingWarning } from '../localRecoding/warning.ts'
import { axisOf } from '../mondrian/axis.ts'
import { axisNotes } from '../mondrian/axisNotes.ts'
import { classOfRows, mondrian } from '../mondrian/partition.ts'
import { createNumberer } from '../numberRows.ts'
import { publishTable } from '../publishTable.ts'
import { sharesOf } from '../quality/shares.ts'
import { mostExactNodes } from '../search/exact.ts'
import { readyProblem } from '../search/problem.ts'
import type { SearchOptions, SearchResult } from '../search/search.ts'
import { type Asked, poseTable } from './pose.ts'
import type { ReadRoles } from './statedRoles.ts'

/** One node by a search (proved best, or best found), a partition, or rounds. */
export const methods = ['exact', 'heuristic', 'mondrian', 'local'] as const
export type Method = (typeof methods)[number]

/** How a table is made coarser. */
export interface MethodOptions extends Pick<SearchOptions, 'signal' | 'onProgress' | 'milliseconds'> {
  /** Default: `exact` where the lattice has two million nodes at most, else `heuristic`. */
  readonly method?: Method | undefined
  /** Of `mondrian`: rows that are equal in the column that is cut may go to both sides. */
  readonly relaxed?: boolean | undefined
  /** Of `local`: k, where k-anonymity alone is asked and suppressed rows cost no more than their labels: its reader knows which nodes failed. */
  readonly failsBelow?: number | undefined
}

/** A table that may be published. */
export interface Coarser {
  readonly method: Method
  /** Every column of the table, generalised. */
  readonly columns: readonly CodedTableColumn[]
  /** [rows of the table] 1 for a row that is published. */
  readonly kept: Uint8Array
  readonly rows: number
  /** Rows of each published class, rising. */
  readonly sizes: Float64Array
  /** [quasi-identifiers] share of its domain that a cell covers beyond one value, a mean over all rows; a suppressed one all of it. */
  readonly losses: readonly number[]
  /** Of a node. */
  readonly node?: SearchResult | undefined
  /** Of rounds: what their reader sees, and what the reader knows to have failed. */
  readonly rounds?: { readonly release: LocalRelease; readonly failed: readonly FailedNode[] } | undefined
  readonly warnings: readonly string[]
  /** What only the owner is told: it may name cells. */
  readonly notes?: readonly string[] | undefined
}

type Found = Omit<Coarser, 'rows' | 'sizes'>

/**
 * Makes a table coarser.
 * @throws FrostglassError `input` where nothing passes, naming what is nearest; `usage` for what the method cannot have; `policy`
 * where a result does not pass its models; `aborted`
 */
export async function coarsen(
  table: CodedTable,
  roles: ReadRoles,
  asked: Asked,
  options: MethodOptions,
  list?: CodedTable,
): Promise<Coarser> {
  const found = await byMethod(table, roles, asked, options, list)
  let rows = 0
  for (const one of found.kept) rows += one
  const names = new Set(roles.quasi.map(({ name }) => name))
  const sizes = () =>
    sizesOf(
      found.columns.filter(({ name }) => names.has(name)),
      found.kept,
      rows,
    )
  return { ...found, rows, sizes: found.node?.sizes ?? sizes() }
}

async function byMethod(
  table: CodedTable,
  roles: ReadRoles,
  asked: Asked,
  options: MethodOptions,
  list: CodedTable | undefined,
): Promise<Found> {
  const { method } = options
  if (options.relaxed === true && method !== 'mondrian')
    throw new FrostglassError(
      'usage',
      'only mondrian has relaxed cuts',
      'Say --method mondrian, or leave it out.',
    )
  if (method === 'mondrian') return byPartition(table, roles, asked, options, list)
  if (method === 'local') return byRounds(table, roles, asked, options)
  return byNode(table, roles, asked, options, list)
}

async function byNode(
  table: CodedTable,
  roles: ReadRoles,
  asked: Asked,
  { method, signal, onProgress, milliseconds }: MethodOptions,
  list: CodedTable | undefined,
): Promise<Found> {
  const way = method === undefined ? undefined : method === 'exact' ? 'exact' : 'bottom-up'
  const { result, columns, kept } = await publishTable(
    table,
    roles,
    asked,
    { way, signal, onProgress, milliseconds },
    list,
  )
  return {
    method: method ?? (result.nodes <= mostExactNodes ? 'exact' : 'heuristic'),
    columns,
    kept,
    losses: roles.quasi.map(({ name, hierarchy }, j) =>
      lossAt(table.columns.find((one) => one.name === name)!, hierarchy, result.levels[j]!, kept),
    ),
    node: result,
    warnings: [],
  }
}

/** Mean share that the labels of a level cover of a column's domain, beyond one value. */
function lossAt(
  { values, codes }: CodedTableColumn,
  hierarchy: Hierarchy,
  level: number,
  kept: Uint8Array,
): number {
  const { leaves } = hierarchy
  if (leaves.length < 2) return 0
  const leafOf = new Map(leaves.map((leaf, i) => [leaf, i]))
  const shares = sharesOf(hierarchy)[level]!
  const costs = values.map((value) => (shares[leafOf.get(value)!]! * leaves.length - 1) / (leaves.length - 1))
  let sum = 0
  for (let i = 0; i < codes.length; i++) sum += kept[i] === 1 ? costs[codes[i]!]! : 1
  return sum / codes.length
}

async function byPartition(
  table: CodedTable,
  roles: ReadRoles,
  asked: Asked,
  { relaxed, signal }: MethodOptions,
  list: CodedTable | undefined,
): Promise<Found> {
  if (asked.suppression)
    throw new FrostglassError(
      'usage',
      'mondrian suppresses no row',
      'Leave --suppress out, or search the lattice (--method exact).',
    )
  const turn = turnsFor(signal)
  const { problem, quasi, of } = poseTable(table, roles, asked, list)
  const { distinct, ready, weights } = readyProblem(problem)
  await turn()
  const axes = roles.quasi.map(({ hierarchy, stated }, j) =>
    axisOf(quasi[j]!, stated ? hierarchy : undefined),
  )
  const partition = await mondrian({ distinct, axes, models: ready, relaxed, weights, signal })
  const classes = classOfRows(partition, of)
  await turn()
  const place = new Map(roles.quasi.map(({ name }, j) => [name, j]))
  return {
    method: 'mondrian',
    columns: table.columns.map((column) => {
      const j = place.get(column.name)
      if (j === undefined) return column
      const { labels, labelOf } = partition.cells[j]!
      return relabelled(column.name, labels, classes, (number) => labelOf[number]!)
    }),
    kept: new Uint8Array(table.rows).fill(1),
    losses: partition.losses,
    warnings: [],
    notes: axisNotes(table, roles),
  }
}

async function byRounds(
  table: CodedTable,
  roles: ReadRoles,
  asked: Asked,
  { signal, onProgress, failsBelow }: MethodOptions,
): Promise<Found> {
  const { problem, of } = poseTable(table, roles, asked)
  const { release, classOf, losses } = await recodeLocally(problem, { search: { signal, onProgress } })
  const nodes = release.hierarchies.reduce((product, { levels }) => product * levels.length, 1)
  // Where a round did not look at every node, nobody knows what failed.
  const failed = failsBelow !== undefined && nodes <= mostExactNodes ? failedBelow(release, failsBelow) : []
  const finding = refinementFinding(await refineRelease(release, failed, { signal }), release)
  const cells = cellsOfRelease(release)
  const place = new Map(roles.quasi.map(({ name }, j) => [name, j]))
  return {
    method: 'local',
    columns: table.columns.map((column) => {
      const j = place.get(column.name)
      if (j === undefined) return column
      const { labels, labelOf } = cells[j]!
      return relabelled(column.name, labels, of, (d) => (classOf[d]! < 0 ? 0 : labelOf[classOf[d]!]!))
    }),
    kept: keptOf(of, classOf),
    losses,
    rounds: { release, failed },
    warnings: [localRecodingWarning(finding)],
  }
}

function keptOf(of: Uint32Array, classOf: Int32Array): Uint8Array {
  const kept = new Uint8Array(of.length)
  for (let i = 0; i < of.length; i++) kept[i] = classOf[of[i]!]! < 0 ? 0 : 1
  return kept
}

function relabelled(
  name: string,
  values: readonly string[],
  rows: Uint32Array,
  labelOf: (row: number) => number,
): CodedTableColumn {
  const codes = roomForCodes(rows.length, values.length)
  for (let i = 0; i < rows.length; i++) codes[i] = labelOf(rows[i]!)
  return { name, values, codes }
}

/** Sizes of the classes of what is published, counted anew. */
function sizesOf(quasi: readonly CodedTableColumn[], kept: Uint8Array, rows: number): Float64Array {
  const published = new Uint32Array(rows)
  for (let i = 0, at = 0; i < kept.length; i++) if (kept[i] === 1) published[at++] = i
  const { count, of } = createNumberer().number(
    rows,
    quasi.map(({ codes, values }) => ({ codes, values: values.length })),
    published,
  )
  const sizes = new Float64Array(count)
  for (let i = 0; i < rows; i++) sizes[of[i]!]! += 1
  return sizes.sort()
}

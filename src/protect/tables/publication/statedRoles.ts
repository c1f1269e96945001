// Roles as somebody stated them, with the hierarchies that are read or built for them.
// Source: docs/tables.md#hierarchies.
// A hierarchy that is stated is held to every value of the table; one that is built from the rows is warned of.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../../../data/files.ts'
import { FrostglassError, printable } from '../../../errors.ts'
import type { CodedTable, CodedTableColumn } from '../codedTable.ts'
import {
  type HierarchyRule,
  hierarchyByRule,
  hierarchyFileOf,
  readHierarchyOption,
} from '../hierarchies/specification.ts'
import { climb } from '../hierarchies/tree.ts'
import type { Hierarchy } from '../hierarchy.ts'

/** Columns by name, and how each is made coarser. */
export interface StatedRoles {
  readonly quasi: readonly string[]
  readonly sensitive: readonly string[]
  /** By column; these go before the folder's. */
  readonly rules: ReadonlyMap<string, HierarchyRule>
  /** A folder of files, `age.csv` a column. */
  readonly folder?: string | undefined
  /** By quasi-identifier: how much its loss counts. */
  readonly weights: ReadonlyMap<string, number>
}

/** A quasi-identifier with its hierarchy. */
export interface StatedQuasi {
  readonly name: string
  readonly hierarchy: Hierarchy
  readonly weight: number | undefined
  /** Whether the hierarchy was stated; else a cell is kept or becomes a star. */
  readonly stated: boolean
}

/** Roles that can be posed. */
export interface ReadRoles {
  readonly quasi: readonly StatedQuasi[]
  readonly sensitive: readonly { readonly name: string; readonly hierarchy?: Hierarchy | undefined }[]
  readonly warnings: readonly string[]
}

/** @throws FrostglassError `usage` where a column is named twice, or something is stated of a column without a role */
export function requireRoles({ quasi, sensitive, rules, weights }: StatedRoles): void {
  if (quasi.length === 0)
    throw new FrostglassError(
      'usage',
      'no column is a quasi-identifier',
      'Name those by which somebody could know a person (--quasi age,sex); where all are sensitive there is nothing to make coarser.',
    )
  const names = [...quasi, ...sensitive]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new FrostglassError(
      'usage',
      `column '${printable(twice)}' is named twice`,
      'A column is a quasi-identifier or sensitive, once.',
    )
  const odd =
    [...rules.keys()].find((name) => !names.includes(name)) ??
    [...weights.keys()].find((name) => !quasi.includes(name))
  if (odd !== undefined)
    throw new FrostglassError(
      'usage',
      `something is stated of '${printable(odd)}', which is ${names.includes(odd) ? 'sensitive and has no weight' : 'neither a quasi-identifier nor sensitive'}`,
      'Name it by --quasi, or leave that out.',
    )
}

/**
 * Reads and builds hierarchies one by one, in the words in which they are stated.
 * @param list a public list: its values must be in the hierarchies, too
 * @param reader of a column, what turns a text of its file into the value that the table has: a missing cell is one, however it is written
 * @throws FrostglassError `io` for a folder that cannot be read; what it returns throws `io`, `input`, `usage` as hierarchies do
 */
export async function hierarchyReader(
  table: CodedTable,
  { rules, folder }: Pick<StatedRoles, 'rules' | 'folder'>,
  list?: CodedTable,
  reader: (column: string) => (text: string) => string = () => (text) => text,
): Promise<{
  /** Of a column; undefined where none is stated. */
  readonly hierarchyOf: (name: string) => Promise<Hierarchy | undefined>
  /** Grows as hierarchies are built. */
  readonly warnings: readonly string[]
}> {
  const files =
    folder === undefined
      ? []
      : await readdir(folder).catch((error) => {
          throw fileError(error, folder, 'reading')
        })
  const warnings: string[] = []
  const hierarchyOf = async (name: string) => {
    const file = hierarchyFileOf(name, files)
    const rule =
      rules.get(name) ??
      (file === undefined ? undefined : ({ kind: 'file', path: join(folder!, file) } as const))
    if (rule === undefined) return undefined
    const text = rule.kind === 'file' ? await textOf(rule.path) : undefined
    const counted = countedValues(
      columnIn(table, name),
      list?.columns.find((one) => one.name === name),
    )
    const { hierarchy, warning } = hierarchyByRule(name, rule, counted, text, reader(name))
    if (warning !== undefined) warnings.push(`${name}: ${warning}`)
    return hierarchy
  }
  return { hierarchyOf, warnings }
}

/** By column, as `--hierarchy` says them. @throws FrostglassError `usage` where one cannot be read, or two are of one column */
export function readRules(hierarchies: readonly string[]): ReadonlyMap<string, HierarchyRule> {
  const rules = new Map<string, HierarchyRule>()
  for (const said of hierarchies) {
    const { column, rule } = readHierarchyOption(said)
    if (rules.has(column))
      throw new FrostglassError(
        'usage',
        `two hierarchies are stated of ${printable(column)}`,
        'State one for each column.',
      )
    rules.set(column, rule)
  }
  return rules
}

/**
 * Reads and builds the hierarchies.
 * @param list a public list: its values must be in the hierarchies, too
 * @throws FrostglassError `io` for a file or folder that cannot be read; `input`, `usage` as hierarchies do
 */
export async function readRoles(
  table: CodedTable,
  stated: StatedRoles,
  list?: CodedTable,
  reader?: (column: string) => (text: string) => string,
): Promise<ReadRoles> {
  const { quasi, sensitive, weights } = stated
  const { hierarchyOf, warnings } = await hierarchyReader(table, stated, list, reader)
  const read: StatedQuasi[] = []
  for (const name of quasi) {
    const hierarchy = await hierarchyOf(name)
    if (hierarchy && hierarchy.levels.at(-1)!.labels.length !== 1)
      throw new FrostglassError(
        'input',
        `the hierarchy of ${printable(name)} does not end in one label for all: its last level has ${hierarchy.levels.at(-1)!.labels.length}`,
        'Add a last level, such as *; or take out a line of names, which a hierarchy file has not.',
      )
    const values = () =>
      countedValues(
        columnIn(table, name),
        list?.columns.find((one) => one.name === name),
      ).values
    read.push({
      name,
      hierarchy: hierarchy ?? climb(values(), [], `the hierarchy of ${name}`),
      weight: weights.get(name),
      stated: hierarchy !== undefined,
    })
  }
  const hidden: ReadRoles['sensitive'][number][] = []
  for (const name of sensitive) hidden.push({ name, hierarchy: await hierarchyOf(name) })
  return { quasi: read, sensitive: hidden, warnings }
}

const columnIn = ({ columns }: CodedTable, name: string): CodedTableColumn =>
  columns.find((one) => one.name === name)!

/** Values of a column and how many rows have each; those of a list alone count as none. */
function countedValues({ values, codes }: CodedTableColumn, more: CodedTableColumn | undefined) {
  const counts = new Float64Array(values.length)
  for (let i = 0; i < codes.length; i++) counts[codes[i]!]! += 1
  const known = new Set(values)
  const others = (more?.values ?? []).filter((value) => !known.has(value))
  return { values: [...values, ...others], counts: [...counts, ...others.map(() => 0)] }
}

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error) => {
    throw fileError(error, path, 'reading')
  })

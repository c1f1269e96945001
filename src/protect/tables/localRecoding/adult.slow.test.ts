// Mondrian and local recoding on Adult (../shared/data): the figures that docs/tables.md states, and the attack held to the truth.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clusteredCategories, clusteredNumbers } from '../hierarchies/clustered.ts'
import { readHierarchy } from '../hierarchies/file.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { kAnonymity } from '../models/kAnonymity.ts'
import { treeAxis } from '../mondrian/axis.ts'
import { mondrian } from '../mondrian/partition.ts'
import { atLeast, distinctRowsOf } from '../mondrian/testing.ts'
import { loss } from '../quality/loss.ts'
import { searchLattice } from '../search/search.ts'
import { recodeLocally } from './recode.ts'
import { type RefinementFinding, refinementFinding, refineRelease } from './refinement.ts'
import { failedBelow } from './release.ts'

const folder = resolve(import.meta.dirname, '../../../../../shared/data/arx-adult')
const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length

/** Rows of some of Adult's columns, and their hierarchies. */
function adult(names?: readonly string[]) {
  const [header = [], ...rows] = readFileSync(join(folder, 'adult.csv'), 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(';'))
  const columns = names ?? header
  const hierarchies = columns.map((name) =>
    readHierarchy(readFileSync(join(folder, `adult_hierarchy_${name}.csv`), 'utf8'), name),
  )
  const places = columns.map((name) => header.indexOf(name))
  return { columns, hierarchies, rows: rows.map((row) => places.map((place) => row[place]!)) }
}

/** Rebuilds a local recoding, and holds what is called certain to the rows. */
async function attacked(rows: readonly (readonly string[])[], hierarchies: readonly Hierarchy[], k: number) {
  const { distinct } = distinctRowsOf(
    rows,
    hierarchies.map(({ leaves }) => leaves),
  )
  const recoding = await recodeLocally({
    distinct,
    hierarchies,
    models: [kAnonymity({ k })],
    quality: loss({ balance: 0 }),
  })
  const { release, classOf } = recoding
  expect(release.classes.every((one) => one.rows >= k)).toBe(true)
  const refined = await refineRelease(release, failedBelow(release, k))
  const members = [...release.classes, null].map(() => [] as number[])
  classOf.forEach((number, row) => {
    members.at(number)!.push(row)
  })
  let wrong = 0
  for (const one of refined)
    one.columns.forEach((column, at) => {
      const truth = new Map<number, number>()
      for (const row of members[one.class]!) {
        const leaf = distinct.quasi[at]![row]!
        truth.set(leaf, (truth.get(leaf) ?? 0) + distinct.rows[row]!)
      }
      for (const { leaf, least, most } of column) {
        const count = truth.get(leaf) ?? 0
        if (count < least || count > most) wrong++
      }
    })
  expect(wrong).toBe(0)
  return { recoding, finding: refinementFinding(refined, release) }
}

describe.skipIf(!existsSync(folder))('Adult, nine columns (../shared/data)', () => {
  it('loses less by Mondrian and by local recoding than at any node', async () => {
    const { columns, hierarchies, rows } = adult()
    const { distinct } = distinctRowsOf(
      rows,
      hierarchies.map(({ leaves }) => leaves),
    )
    const axes = columns.map((name, column) => treeAxis(name, hierarchies[column]!))
    const partition = await mondrian({ distinct, axes, models: [atLeast(5)] })
    expect(partition.classes).toBe(3741)
    expect(Math.min(...partition.rows)).toBe(5)
    expect(mean(partition.losses)).toBeCloseTo(0.0512, 4)
    const node = await searchLattice({
      distinct,
      hierarchies,
      models: [kAnonymity({ k: 5 })],
      quality: loss({ aggregate: 'arithmetic mean' }),
      suppression: 0.04,
    })
    expect(node.loss[0]).toBeCloseTo(0.2928, 4)
    expect(node.suppressed).toBe(1178)
  })

  it('loses less at a node of hierarchies that were built from its rows', async () => {
    const { columns, hierarchies, rows } = adult()
    const built = hierarchies.map((hierarchy, column) => {
      const counts = new Map<string, number>()
      for (const row of rows) counts.set(row[column]!, (counts.get(row[column]!) ?? 0) + 1)
      const counted = {
        values: hierarchy.leaves,
        counts: hierarchy.leaves.map((leaf) => counts.get(leaf) ?? 0),
      }
      if (columns[column] === 'age') return clusteredNumbers(counted, 3, 'age')
      return hierarchy.leaves.length > 2 ? clusteredCategories(counted, 3, columns[column]!) : hierarchy
    })
    const { distinct } = distinctRowsOf(
      rows,
      hierarchies.map(({ leaves }) => leaves),
    )
    const quality = loss({ aggregate: 'arithmetic mean' })
    const problem = {
      distinct,
      hierarchies: built,
      models: [kAnonymity({ k: 5 })],
      quality,
      suppression: 0.04,
    }
    expect((await searchLattice(problem)).loss[0]).toBeCloseTo(0.2084, 4)
  })

  it('is rebuilt in part where it was recoded locally', async () => {
    const { hierarchies, rows } = adult()
    const { recoding, finding } = await attacked(rows, hierarchies, 5)
    expect(mean(recoding.losses)).toBeCloseTo(0.0591, 4)
    expect(finding).toMatchObject({ rows: 23470, certainRows: 371, cells: 52434, certainCells: 1095 })
  })

  it('is rebuilt the more, the smaller the table: 200 rows of three columns', async () => {
    const { hierarchies, rows } = adult(['age', 'sex', 'race'])
    const found: RefinementFinding[] = []
    for (let start = 0; start + 200 <= rows.length; start += 200)
      found.push((await attacked(rows.slice(start, start + 200), hierarchies, 3)).finding)
    expect(found.length).toBe(150)
    const share = (part: keyof RefinementFinding, whole: keyof RefinementFinding) =>
      found.reduce((sum, one) => sum + one[part], 0) / found.reduce((sum, one) => sum + one[whole], 0)
    expect(share('certainRows', 'rows')).toBeCloseTo(0.1041, 4)
    expect(mean(found.map(({ values }) => values))).toBeCloseTo(21.483, 3)
    expect(mean(found.map(({ possibleValues }) => possibleValues))).toBeCloseTo(17.162, 3)
  })
})

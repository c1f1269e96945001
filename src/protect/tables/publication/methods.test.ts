// Methods on small random tables, held to what is published: by brute force, and with the people of a public list counted.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CodedTable } from '../codedTable.ts'
import { codeColumn, codedTableOf } from '../codeTexts.ts'
import { readHierarchy } from '../hierarchies/file.ts'
import type { PrivacyModel } from '../model.ts'
import { deltaPresence } from '../models/deltaPresence.ts'
import { distinctDiversity } from '../models/distinctDiversity.ts'
import { kAnonymity } from '../models/kAnonymity.ts'
import { kMap } from '../models/kMap.ts'
import { loss } from '../quality/loss.ts'
import { coarsen, type MethodOptions } from './methods.ts'

const age = readHierarchy('20;2*;*\n21;2*;*\n30;3*;*\n31;3*;*\n', 'the hierarchy of age')
const town = readHierarchy('A;n;*\nB;n;*\nC;s;*\n', 'the hierarchy of town')
const hierarchies = [age, town]
const roles = {
  quasi: [
    { name: 'age', hierarchy: age, weight: undefined, stated: true },
    { name: 'town', hierarchy: town, weight: undefined, stated: true },
  ],
  sensitive: [{ name: 'ill' }],
  warnings: [],
}
type Person = readonly [age: number, town: number, ill: number]
const person = fc.tuple(fc.nat(3), fc.nat(2), fc.nat(2))

const tableOf = (people: readonly Person[]): CodedTable =>
  codedTableOf([
    codeColumn(
      'age',
      people.map(([a]) => age.leaves[a]!),
      age.leaves,
    ),
    codeColumn(
      'town',
      people.map(([, t]) => town.leaves[t]!),
      town.leaves,
    ),
    codeColumn(
      'ill',
      people.map(([, , i]) => `ill ${i}`),
    ),
  ])

/** Published rows as texts, by their place in the table. */
const textsOf = ({
  columns,
  kept,
}: Awaited<ReturnType<typeof coarsen>>): readonly (readonly string[] | null)[] =>
  Array.from(kept, (one, row) =>
    one === 1 ? columns.map(({ values, codes }) => values[codes[row]!]!) : null,
  )

const run = (
  people: readonly Person[],
  models: readonly PrivacyModel[],
  options: MethodOptions,
  list?: readonly Person[],
) =>
  coarsen(
    tableOf(people),
    roles,
    { models, quality: loss(), suppression: options.method === 'mondrian' ? 0 : 1 },
    options,
    list && tableOf(list),
  )

describe('every method', () => {
  it.each([
    { method: 'exact' },
    { method: 'heuristic' },
    { method: 'mondrian' },
    { method: 'mondrian', relaxed: true },
    { method: 'local' },
  ] as const)(
    '$method: classes have k rows and l values, labels are of the row’s own values, sizes and losses fit',
    async (options) => {
      await fc.assert(
        fc.asyncProperty(fc.array(person, { minLength: 6, maxLength: 30 }), async (people) => {
          // Two illnesses at least, or the model itself is refused.
          const some: Person[] = [...people, [0, 0, 0], [0, 0, 1]]
          const models = [kAnonymity({ k: 2 }), distinctDiversity({ l: 2, sensitive: 'ill' })]
          const found = await run(some, models, options)
          const classes = new Map<string, string[]>()
          textsOf(found).forEach((texts, row) => {
            if (!texts) return
            const [a, t, ill] = texts as [string, string, string]
            expect(ill).toBe(`ill ${some[row]![2]}`)
            for (const [j, label] of [a, t].entries()) {
              const own = hierarchies[j]!.levels.map(
                ({ labels, groupOf }) => labels[groupOf[some[row]![j]!]!]!,
              )
              // Mondrian may write a set of siblings.
              if (!label.startsWith('{')) expect(own).toContain(label)
              else expect(own.some((one) => label.slice(1, -1).split(', ').includes(one))).toBe(true)
            }
            const key = JSON.stringify([a, t])
            classes.set(key, [...(classes.get(key) ?? []), ill])
          })
          for (const ills of classes.values()) {
            expect(ills.length).toBeGreaterThanOrEqual(2)
            expect(new Set(ills).size).toBeGreaterThanOrEqual(2)
          }
          expect([...found.sizes]).toEqual(
            [...classes.values()].map(({ length }) => length).toSorted((x, y) => x - y),
          )
          expect(found.rows).toBe(found.sizes.reduce((sum, size) => sum + size, 0))
          for (const one of found.losses) expect(one).toBeGreaterThanOrEqual(0)
          for (const one of found.losses) expect(one).toBeLessThanOrEqual(1)
          if (found.rows === 0) expect(found.losses).toEqual([1, 1])
        }),
        { numRuns: 40 },
      )
    },
  )
})

describe('a public list', () => {
  /** People of a list whose labels are those of a published row. */
  const behind = (list: readonly Person[], levels: readonly number[], texts: readonly string[]) =>
    list.filter((one) =>
      hierarchies.every(({ levels: all }, j) => {
        const { labels, groupOf } = all[levels[j]!]!
        return labels[groupOf[one[j]!]!] === texts[j]
      }),
    ).length

  it('has k people behind every published row, and the shares that δ-presence allows', async () => {
    const both = fc.array(fc.tuple(person, fc.boolean()), { minLength: 8, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(both, async (drawn) => {
        const list = drawn.map(([one]) => one)
        const people = drawn.filter(([, inside], i) => inside || i === 0).map(([one]) => one)
        const mapped = await run(people, [kMap({ k: 3 })], { method: 'exact' }, list)
        for (const texts of textsOf(mapped))
          if (texts) expect(behind(list, mapped.node!.levels, texts)).toBeGreaterThanOrEqual(3)
        const most = Math.min(1, people.length / list.length + 0.1)
        const present = await run(people, [deltaPresence({ least: 0, most })], { method: 'exact' }, list)
        const published = textsOf(present).filter((texts) => texts !== null)
        for (const texts of published) {
          const rows = published.filter((other) => other[0] === texts[0] && other[1] === texts[1]).length
          const all = behind(list, present.node!.levels, texts)
          expect(rows / all).toBeLessThanOrEqual(most + 1e-9)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('has k people behind every class of a partition, too', async () => {
    const covers = (label: string, j: number, leaf: number) => {
      const own = hierarchies[j]!.levels.map(({ labels, groupOf }) => labels[groupOf[leaf]!]!)
      return own.some(
        (one) => one === label || (label.startsWith('{') && label.slice(1, -1).split(', ').includes(one)),
      )
    }
    const both = fc.array(fc.tuple(person, fc.boolean()), { minLength: 8, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(both, async (drawn) => {
        const list = drawn.map(([one]) => one)
        const people = drawn.filter(([, inside], i) => inside || i === 0).map(([one]) => one)
        const cut = await run(people, [kMap({ k: 3 })], { method: 'mondrian' }, list)
        for (const texts of textsOf(cut)) {
          const all = list.filter((one) => [0, 1].every((j) => covers(texts![j]!, j, one[j]!)))
          expect(all.length).toBeGreaterThanOrEqual(3)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('must have the table’s people, each as often as they have rows', async () => {
    const twice: Person[] = [
      [0, 0, 0],
      [0, 0, 1],
    ]
    const once: Person[] = [
      [0, 0, 2],
      [1, 1, 0],
      [2, 2, 0],
    ]
    await expect(run(twice, [kMap({ k: 1 })], { method: 'exact' }, once)).rejects.toThrow(
      /1 rows of the table/,
    )
    await expect(run(twice, [kMap({ k: 2 })], { method: 'local' }, twice)).rejects.toMatchObject({
      code: 'usage',
    })
  })
})

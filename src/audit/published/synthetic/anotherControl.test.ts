import { describe, expect, it } from 'vitest'
import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import { seededStream } from '../../../random/seeded.ts'
import { halfCopied, people, shuffled, tableOf } from '../testing.ts'
import { requireAnother } from './anotherControl.ts'
import { auditSynthetic } from './auditSynthetic.ts'
import { syntheticSight } from './contract.ts'

const [original, control, synthetic] = [people(400, 1), people(400, 2), people(400, 3)]

/** Numbers written with a needless end, as another program would. */
const spelled = (table: CodedTable): CodedTable => ({
  ...table,
  columns: table.columns.map((column) => ({
    ...column,
    values: column.values.map((value) => (/^\d+\.\d+$/.test(value) ? `${value}0` : value)),
  })),
})

describe('a control', () => {
  it.each([
    ['is the original', original, 'the control is the original'],
    ['is the original in another order', shuffled(original, 1), 'the control is the original'],
    ['is the original, spelled otherwise', spelled(original), 'the control is the original'],
    ['is half of the original', halfCopied(control, original), 'the control was used'],
  ])('that %s is refused', async (_, held, says) => {
    await expect(
      auditSynthetic({ original, control: held, synthetic }, { name: 'x.csv', seed: 0 }),
    ).rejects.toThrow(says)
  })

  it('is not refused where people are alike, and is where they are the very same', () => {
    const draw = (seed: number) => {
      const source = seededStream(seed, 'alike')
      const cells = () => Array.from({ length: 300 }, () => source.below(4))
      return tableOf({ a: cells(), b: cells() })
    }
    const [one, other] = [draw(1), draw(2)]
    const sight = (held: CodedTable) =>
      syntheticSight({ original: one, control: held, synthetic: { ...one } })
    expect(() => requireAnother(sight(other))).not.toThrow()
    expect(() => requireAnother(sight(shuffled(one, 3)))).toThrow('is the original')
    expect(() => requireAnother(syntheticSight({ original, control, synthetic }))).not.toThrow()
  })
})

describe('a seed', () => {
  it('draws the same whatever order the rows have in the files', async () => {
    const [a, b] = [1, 2].map((seed) =>
      auditSynthetic(
        {
          original: shuffled(original, seed),
          control: shuffled(control, seed + 10),
          synthetic: shuffled(synthetic, seed + 20),
        },
        { name: 'x.csv', seed: 0, attacks: 60 },
      ),
    )
    const measured = async (report: typeof a) =>
      (await report!).findings
        .map(({ seconds: _, ...rest }) => rest)
        .sort((one, other) => (`${one.attack} ${one.about}` < `${other.attack} ${other.about}` ? -1 : 1))
    expect(await measured(b)).toEqual(await measured(a))
  })

  it('tells how far it is within an attack', async () => {
    const told: number[] = []
    await auditSynthetic(
      { original, control, synthetic },
      { name: 'x.csv', seed: 0, attacks: 60, onProgress: (done, total) => told.push(done / total) },
    )
    expect(told[0]).toBeLessThan(0.05)
    expect(told.at(-1)).toBe(1)
    expect(told.length).toBeGreaterThan(30)
    for (const [i, share] of told.entries()) if (i > 0) expect(share).toBeGreaterThanOrEqual(told[i - 1]!)
  })
})

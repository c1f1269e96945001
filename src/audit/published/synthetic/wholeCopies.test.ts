import { describe, expect, it } from 'vitest'
import { turnsFor } from '../../../learn/pauses.ts'
import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import { seededStream } from '../../../random/seeded.ts'
import { people, tableOf } from '../testing.ts'
import { syntheticSight } from './contract.ts'
import { isNumeric, numberIn } from './numbers.ts'
import { readableSynthetic, requireStrangers } from './readable.ts'
import { wholeCopies } from './wholeCopies.ts'

const rows = 800
const [original, control, fresh] = [people(rows, 1), people(rows, 2), people(rows, 3)]

/** Cells of a table, by column. */
const cellsOf = (table: CodedTable): Record<string, string[]> =>
  Object.fromEntries(
    table.columns.map(({ name, values, codes }) => [name, Array.from(codes, (code) => values[code]!)]),
  )

/** Rows of other people, of which the first are those of the original, changed. */
function copied(
  count: number,
  change: (name: string, cell: string, row: number) => string = (_, cell) => cell,
) {
  const [from, to] = [cellsOf(original), cellsOf(fresh)]
  return tableOf(
    Object.fromEntries(
      Object.entries(to).map(([name, cells]) => [
        name,
        cells.map((cell, r) => (r < count ? change(name, from[name]![r]!, r) : cell)),
      ]),
    ),
  )
}

async function upper(synthetic: CodedTable, tables = { original, control }): Promise<number> {
  const sight = syntheticSight({ ...tables, synthetic })
  const [found] = await wholeCopies.find(sight, { seed: 1, attacks: 2000, turn: turnsFor(undefined) })
  // Where everybody is like others nobody is copied.
  return found === undefined ? 0 : found.metrics[0]!.interval[1]
}

describe('whole copies', () => {
  it.each([
    ['5% of the rows', 40, undefined],
    ['1% of the rows', 8, undefined],
    [
      '5%, with one column of each changed',
      40,
      (_: string, cell: string, row: number) => (row % 5 === 0 ? 't9' : cell),
    ],
    ['5%, with the day changed', 40, (name: string, cell: string) => (name === 'day' ? '400' : cell)],
    [
      '5%, with numbers blurred',
      40,
      (name: string, cell: string) => (name === 'wage' ? String(Number(cell) + 1) : cell),
    ],
  ])('are found: %s', async (_, count, change) => {
    expect(await upper(copied(count, change))).toBeGreaterThan(0.01)
  })

  it('are none in rows of other people', async () => {
    expect(await upper(fresh)).toBeLessThan(0.01)
  })

  it('are none where all people are alike, though every row occurs', async () => {
    const source = seededStream(4, 'coarse')
    const coarse = () =>
      tableOf({
        a: Array.from({ length: 1000 }, () => source.below(4)),
        b: Array.from({ length: 1000 }, () => source.below(3)),
        c: Array.from({ length: 1000 }, () => source.below(3)),
      })
    expect(await upper(coarse(), { original: coarse(), control: coarse() })).toBe(0)
  })

  it('are none among many columns of few values, where rows of others are near by luck', async () => {
    const source = seededStream(5, 'middling')
    const middling = () =>
      tableOf(
        Object.fromEntries(
          Array.from({ length: 6 }, (_, c) => [`c${c}`, Array.from({ length: 800 }, () => source.below(4))]),
        ),
      )
    expect(await upper(middling(), { original: middling(), control: middling() })).toBeLessThan(0.01)
  })
})

describe('tables that cannot be compared', () => {
  const rewritten = (name: string, write: (cell: string) => string) => {
    const cells = cellsOf(original)
    return tableOf({ ...cells, [name]: cells[name]!.map(write) })
  }

  it.each([
    ['texts in another language', 'ill', (cell: string) => `Fall ${cell}`, 'nobody in the original'],
    ['numbers with a unit', 'age', (cell: string) => `${cell} y`, 'are no numbers'],
    ['numbers in another unit', 'wage', (cell: string) => String(Number(cell) * 100), 'lie beyond all'],
  ])('are refused: %s', (_, name, write, message) => {
    expect(() => readableSynthetic({ original, control, synthetic: rewritten(name, write) })).toThrow(message)
  })

  it('are compared whatever their spelling', async () => {
    const cells = cellsOf(original)
    const synthetic = tableOf({
      age: cells.age!.map((cell) => `${cell}0`),
      wage: cells.wage!.map((cell) => cell.replace('.', ',')),
      town: cells.town!.map((cell) => cell.toUpperCase()),
      ill: cells.ill!.map((cell) => ` ${cell}`),
      day: cells.day!.map((cell, r) => (r === 0 ? 'x' : `${cell}.0`)),
    })
    const evidence = readableSynthetic({ original, control, synthetic })
    const sight = syntheticSight(evidence)
    expect(sight.synthetic.features.map(({ isNumber }) => isNumber)).toEqual([true, true, false, false, true])
    for (const [c, { values }] of sight.synthetic.features.entries())
      expect([...values].slice(1)).toEqual([...sight.original.features[c]!.values].slice(1))
    expect(numberIn('1e999')).toBeNaN()
    expect(isNumeric(tableOf({ a: ['', 'NA'] }).columns)).toBe(false)
  })

  it('are a control that was used, in whole or in part, and no other', () => {
    const half = (one: CodedTable, other: CodedTable) => {
      const [from, to] = [cellsOf(one), cellsOf(other)]
      return tableOf(
        Object.fromEntries(
          Object.keys(from).map((name) => [
            name,
            from[name]!.map((cell, r) => (r % 2 === 0 ? cell : to[name]![r]!)),
          ]),
        ),
      )
    }
    const held = (strangers: CodedTable) => () =>
      requireStrangers({ original, control: strangers, synthetic: fresh }, 1)
    expect(held(original)).toThrow('the control was used')
    expect(held(half(original, control))).toThrow('the control was used')
    expect(held(control)).not.toThrow()
    const coarse = (seed: number) => {
      const source = seededStream(seed, 'coarse control')
      return tableOf({
        a: Array.from({ length: 400 }, () => source.below(20)),
        b: Array.from({ length: 400 }, () => source.below(20)),
      })
    }
    for (let seed = 1; seed <= 20; seed++) {
      const evidence = { original: coarse(seed), control: coarse(seed + 100), synthetic: coarse(seed + 200) }
      expect(() => requireStrangers(evidence, seed)).not.toThrow()
    }
  })
})

import { describe, expect, it } from 'vitest'
import { choiceOf, columnsOfChoice, controlChoice, salesChoices, splitsOfChoice } from './carSales.ts'
import { paperShape, seriesSplits } from './splits.ts'

const window = paperShape.past + paperShape.ahead

describe('the splits of 44 months', () => {
  const splits = seriesSplits(44)

  it('are 18, moved on by one month, and use all 44', () => {
    expect(splits).toHaveLength(18)
    splits.forEach((split, i) => {
      expect(split.months).toEqual([i, i + 21])
      expect([split.train.length, split.validation.length, split.test.length]).toEqual([13, 4, 4])
      expect(split.train[0]).toBe(i)
    })
    expect(splits.at(-1)!.test.at(-1)! + window).toBe(44)
  })

  it('share one window between neighbouring blocks, and no other', () => {
    for (const { train, validation, test } of splits) {
      expect(train.filter((w) => validation.includes(w))).toEqual([train.at(-1)])
      expect(validation.filter((w) => test.includes(w))).toEqual([validation.at(-1)])
      expect(train.filter((w) => test.includes(w))).toEqual([])
    }
  })

  it('would not be 18 with another overlap', () => {
    const counts = [7, 8, 9, 10, 11].map((overlap) => seriesSplits(44, { ...paperShape, overlap }).length)
    expect(counts).toEqual([14, 16, 18, 20, 22])
    expect(() => seriesSplits(44, { ...paperShape, overlap: 0 })).toThrow(
      'a split of 45 months does not fit 44',
    )
  })

  it('are strict where no foretold month was foretold before', () => {
    const foretold = (first: readonly number[]) =>
      new Set(first.flatMap((w) => Array.from({ length: 3 }, (_, h) => w + 6 + h)))
    for (const { train, validation, test, strict } of splits) {
      const seen = foretold([...train, ...validation])
      const clean = test.filter((w) => [...foretold([w])].every((month) => !seen.has(month)))
      expect(strict).toEqual(clean)
      expect(strict).toHaveLength(1)
    }
  })
})

describe('the choices of sales', () => {
  it('have six complete series each', () => {
    for (const choice of [...salesChoices, controlChoice]) {
      const columns = columnsOfChoice(choice)
      expect(columns).toHaveLength(6)
      for (const column of columns) {
        expect(column).toHaveLength(choice.months)
        expect(column.every((v) => Number.isInteger(v) && v > 0)).toBe(true)
      }
      expect(choiceOf(choice.name)).toBe(choice)
    }
    expect(salesChoices.map((choice) => splitsOfChoice(choice).length)).toEqual([18, 18, 18, 18])
  })

  it('start with the target in the month that they name', () => {
    expect(columnsOfChoice(salesChoices[0])[0]!.at(-1)).toBe(1688)
    expect(columnsOfChoice(salesChoices[1]!)[0]![0]).toBe(2884)
  })

  it('refuse months without a number', () => {
    const tooEarly = { ...salesChoices[0], from: '2008-01' }
    expect(() => columnsOfChoice(tooEarly)).toThrow("'electric' has no number")
    expect(() => choiceOf('machines')).toThrow(RangeError)
  })
})

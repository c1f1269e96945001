import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { averageRiskModel, sampleUniqueness } from './sampleRisk.ts'
import { factsOf, tableOf } from './testing.ts'

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 })
const threshold = fc.double({ min: 0, max: 1, noNaN: true })
const models = (at: number) => [averageRiskModel({ risk: at }), sampleUniqueness({ share: at })]
const passes = (model: ReturnType<typeof averageRiskModel>, of: readonly number[]) =>
  model.prepare(factsOf([[...of]])).tablePasses!(tableOf(of))

describe('average risk and sample uniqueness', () => {
  it('are what their definitions say, row by row', () => {
    fc.assert(
      fc.property(sizes, threshold, (of, at) => {
        const rows = of.flatMap((size) => Array.from({ length: size }, () => size))
        const [risk, share] = models(at)
        expect(passes(risk!, of)).toBe(rows.reduce((sum, size) => sum + 1 / size, 0) / rows.length <= at)
        expect(passes(share!, of)).toBe(rows.filter((size) => size === 1).length / rows.length <= at)
      }),
    )
  })

  it('two classes as one never break them, nor a weaker threshold', () => {
    fc.assert(
      fc.property(sizes, threshold, threshold, (of, one, other) => {
        fc.pre(of.length > 1)
        models(Math.min(one, other)).forEach((model, i) => {
          expect(model.monotone).toBe(true)
          if (!passes(model, of)) return
          expect(passes(model, [of[0]! + of[1]!, ...of.slice(2)])).toBe(true)
          expect(passes(models(Math.max(one, other))[i]!, of)).toBe(true)
        })
      }),
    )
  })

  it('pass at the threshold itself and a table without rows, and refuse what is no share', () => {
    expect(passes(averageRiskModel({ risk: 1 / 3 }), [3, 3, 3])).toBe(true)
    expect(passes(averageRiskModel({ risk: 1 / 3 - 2 ** -54 }), [3, 3, 3])).toBe(false)
    expect(passes(sampleUniqueness({ share: 0.2 }), [1, 4])).toBe(true)
    for (const model of models(0)) expect(passes(model, [])).toBe(true)
    expect(() => averageRiskModel({ risk: -0.1 })).toThrow('risk is -0.1, and must be a number from 0 to 1')
    expect(() => sampleUniqueness({ share: 2 })).toThrow('share is 2, and must be a number from 0 to 1')
  })
})

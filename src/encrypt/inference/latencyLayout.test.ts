import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldRotations, walkRotations } from '../ckks/diagonals.ts'
import { layoutOf, meeting, outputAt, type Product } from './latencyLayout.ts'

const rotated = (v: Float64Array, steps: number) => v.map((_, i) => v[(i + steps) % v.length]!)

/** What linear.ts does with ciphertexts, on plain numbers: products by diagonals, summed up over the span. */
function multiplied(
  own: Product,
  slots: number,
  vector: Float64Array,
  at: (place: number, output: number) => number,
): Float64Array {
  const { diagonals, baby } = own.walk
  let sum = new Float64Array(slots)
  for (let giant = 0; giant < diagonals; giant += baby) {
    const inner = new Float64Array(slots)
    for (let step = 0; step < baby; step++)
      rotated(vector, step).forEach((v, slot) => {
        const { place, output } = meeting(own, slots, giant + step, slot)
        inner[slot]! += v * at(place, output)
      })
    rotated(inner, giant).forEach((v, slot) => {
      sum[slot]! += v
    })
  }
  for (const step of foldRotations(own.period, own.span)) sum = sum.map((v, i) => v + rotated(sum, step)[i]!)
  return sum
}

describe('a matrix in parts', () => {
  it('is multiplied by a vector that repeats', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4),
        fc.constantFrom(1, 2, 4, 8),
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.integer({ min: -9, max: 9 })),
        (parts, baby, rows, numbers) => {
          const slots = 32
          const period = 8
          const walk = { diagonals: period, baby, stride: 1 }
          const own: Product = { walk, period, span: slots / parts, later: false }
          const next = () => numbers.next().value as number
          const x = Array.from({ length: rows }, next)
          const outputs = parts * period
          const w = Array.from({ length: rows * outputs }, next)
          // In every span once.
          const vector = Float64Array.from({ length: slots }, (_, slot) => x[slot % own.span] ?? 0)
          const got = multiplied(own, slots, vector, (place, o) =>
            place < rows ? w[place * outputs + o]! : 0,
          )
          for (let slot = 0; slot < slots; slot++) {
            if (slot % own.span >= period && parts > 1) continue
            const o = outputAt(own, slot)
            expect(got[slot]).toBe(x.reduce((sum, v, i) => sum + v * w[i * outputs + o]!, 0))
          }
        },
      ),
    )
  })

  it('takes fewer rotations than walks of a square root, and fewer keys', () => {
    const products = layoutOf({
      slots: 4096,
      block: 256,
      filters: 5,
      ciphertexts: 2,
      outputs: [100, 10],
      levels: 5,
    })
    const [convolution, units, classes] = products as [Product, Product, Product]
    expect(convolution).toEqual({
      walk: { diagonals: 8, baby: 2, stride: 256 },
      period: 2048,
      span: 4096,
      later: true,
    })
    // Maps lie in the slots twice: each copy is multiplied by half of the units.
    expect(units).toMatchObject({ period: 64, span: 2048, later: true })
    expect(classes.period).toBe(16)
    expect(classes.span).toBe(4096)
    const steps = new Set(
      products.flatMap((one) => [...walkRotations(one.walk), ...foldRotations(one.period, one.span)]),
    )
    expect(steps.size).toBeLessThan(28)
  })

  it('leaves a zero behind the outputs of the last layer', () => {
    for (const outputs of [1, 2, 3, 4, 7, 8, 10, 1000]) {
      const last = layoutOf({
        slots: 4096,
        block: 4,
        filters: 1,
        ciphertexts: 1,
        outputs: [outputs],
        levels: 3,
      })[1]!
      expect(last.period).toBeGreaterThan(outputs)
      expect(last.span).toBe(4096)
    }
  })
})

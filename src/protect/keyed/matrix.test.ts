import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import { drawSecret, stream } from '../../secret/index.ts'
import { boundedMatrix, conditionBound, glorotMatrix, haarOrthogonal, invert } from './matrix.ts'

const golden = JSON.parse(readFileSync(new URL('./golden/matrix.json', import.meta.url), 'utf8'))
const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const sizes = fc.integer({ min: 1, max: 40 })
const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 })

function distanceFromIdentity(size: number, a: Float64Array, b: Float64Array): number {
  const product = Matrix.from1DArray(size, size, a).mmul(Matrix.from1DArray(size, size, b))
  return product.sub(Matrix.eye(size, size)).abs().max()
}

describe('bounded', () => {
  it('has its inverse to rounding and a condition number within the bound, at every size', () => {
    fc.assert(
      fc.property(sizes, secrets, (size, master) => {
        const { forward, inverse } = boundedMatrix(size, stream(master, 'matrix', 1))
        expect(distanceFromIdentity(size, forward, inverse)).toBeLessThan(1e-14 * Math.max(4, size))
        const svd = new SingularValueDecomposition(Matrix.from1DArray(size, size, forward))
        expect(svd.condition).toBeLessThanOrEqual(conditionBound * (1 + 1e-12))
      }),
      { numRuns: 40 },
    )
  })

  it('does not keep distances, as an orthogonal matrix would', () => {
    const { forward } = boundedMatrix(10, stream(secret, 'matrix', 1))
    const m = Matrix.from1DArray(10, 10, forward)
    expect(m.mmul(m.transpose()).sub(Matrix.eye(10, 10)).abs().max()).toBeGreaterThan(0.1)
  })

  it('is the recorded one for the recorded secret', () => {
    const { forward } = boundedMatrix(3, stream(secret, 'matrix', 1))
    golden.bounded.forEach((x: number, i: number) => {
      expect(forward[i]).toBeCloseTo(x, 14)
    })
  })
})

describe('haarOrthogonal', () => {
  it('is orthogonal', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const q = haarOrthogonal(size, stream(drawSecret(), 'matrix'))
        const transposed = Float64Array.from(Matrix.from1DArray(size, size, q).transpose().to1DArray())
        expect(distanceFromIdentity(size, q, transposed)).toBeLessThan(1e-13)
      }),
      { numRuns: 30 },
    )
  })

  // Over O(k), k ≥ 2: E tr Q = 0, E (tr Q)² = 1, E Q₁₁² = 1/k. Without the sign correction E tr Q is far from 0.
  it('has the trace and the entries of the Haar measure, within 3.9 standard errors (false alarm 3e-4)', () => {
    const draws = 4000
    const size = 5
    const random = stream(secret, 'matrix', 9)
    let trace = 0
    let square = 0
    let corner = 0
    for (let d = 0; d < draws; d++) {
      const q = haarOrthogonal(size, random)
      let t = 0
      for (let i = 0; i < size; i++) t += q[i * size + i]!
      trace += t / draws
      square += (t * t) / draws
      corner += (q[0]! * q[0]!) / draws
    }
    const error = 3.9 / Math.sqrt(draws)
    expect(Math.abs(trace)).toBeLessThan(error)
    expect(Math.abs(square - 1)).toBeLessThan(error * Math.sqrt(2))
    expect(Math.abs(corner - 1 / size)).toBeLessThan(
      error * Math.sqrt((2 * (size - 1)) / (size * size * (size + 2))),
    )
  })
})

describe('glorot', () => {
  it('stays within the Glorot limit and is inverted to its own condition number', () => {
    fc.assert(
      fc.property(sizes, secrets, (size, master) => {
        const { forward, inverse } = glorotMatrix(size, stream(master, 'matrix', 1))
        const limit = Math.sqrt(6 / (size + size))
        expect(forward.every((x) => Math.abs(x) <= limit)).toBe(true)
        const { condition } = new SingularValueDecomposition(Matrix.from1DArray(size, size, forward))
        expect(distanceFromIdentity(size, forward, inverse)).toBeLessThan(1e-14 * condition + 1e-13)
      }),
      { numRuns: 40 },
    )
  })

  it('is the recorded one for the recorded secret', () => {
    expect(Array.from(glorotMatrix(3, stream(secret, 'matrix', 1)).forward)).toEqual(golden.glorot)
  })

  it('refuses a singular matrix', () => {
    expect(() => invert(2, Float64Array.of(1, 2, 2, 4))).toThrow('singular to working precision')
    expect(() => invert(2, Float64Array.of(1, 1, 1, 1 + 1e-13))).toThrow('singular to working precision')
  })
})

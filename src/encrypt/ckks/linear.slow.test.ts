import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../random/seeded.ts'
import { ckksParameters } from '../seal/parameters.ts'
import {
  backwardDiagonal,
  type DiagonalPlan,
  diagonalPlan,
  forwardDiagonal,
  periodic,
  rotationsOf,
} from './diagonals.ts'
import { columnsTimes, plainDiagonals, rowsTimes } from './linear.ts'
import { type CkksOwner, createCkksOwner } from './owner.ts'
import { type CkksService, openCkksService } from './service.ts'

const source = seededRandom(8)
const matrix = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => 2 * source.uniform() - 1))
const from = (x: readonly (readonly number[])[]) => (row: number, column: number) => x[row]?.[column] ?? 0
const rotated = (v: Float64Array, steps: number) => v.map((_, i) => v[(i + steps) % v.length]!)

describe('diagonals', () => {
  // The same products on plain arrays: what linear.ts does with ciphertexts.
  it.each([
    [16, 4, 10],
    [16, 3, 16],
    [32, 8, 1],
    [8, 8, 8],
    [8, 1, 5],
  ])('of %d slots and %d columns multiply %d rows', (slots, columns, rows) => {
    const plan = diagonalPlan(columns, slots)
    const x = matrix(rows, columns)
    const w = matrix(1, columns)[0]!
    const e = Float64Array.from({ length: slots }, (_, i) => (i < rows ? 2 * source.uniform() - 1 : 7))
    const walk = (diagonal: typeof forwardDiagonal, vector: Float64Array) => {
      const sum = new Float64Array(slots)
      for (let giant = 0; giant < plan.columns; giant += plan.baby) {
        const inner = new Float64Array(slots)
        for (let step = 0; step < plan.baby; step++) {
          const own = diagonal(plan, giant + step, from(x))
          rotated(vector, step).forEach((v, i) => {
            inner[i]! += v * own[i]!
          })
        }
        rotated(inner, giant).forEach((v, i) => {
          sum[i]! += v
        })
      }
      return sum
    }
    const z = walk(forwardDiagonal, periodic(plan, w))
    for (let row = 0; row < slots; row++)
      expect(z[row]).toBeCloseTo(row < rows ? x[row]!.reduce((s, v, f) => s + v * w[f]!, 0) : 0, 12)
    let g = walk(backwardDiagonal, e)
    for (let step = plan.columns; step < slots; step *= 2) g = g.map((v, i) => v + rotated(g, step)[i]!)
    for (let slot = 0; slot < slots; slot++) {
      const f = slot % plan.columns
      expect(g[slot]).toBeCloseTo(
        x.reduce((s, row, i) => s + (row[f] ?? 0) * e[i]!, 0),
        12,
      )
    }
  })

  it('need few rotations, and refuse what does not fit', () => {
    expect(rotationsOf(diagonalPlan(256, 4096)).length).toBe(15 + 15 + 4)
    expect(() => diagonalPlan(20, 16)).toThrow(RangeError)
    expect(() => diagonalPlan(0, 16)).toThrow(RangeError)
  })
})

describe('on ciphertexts', () => {
  const parameters = ckksParameters(2, 30)
  let owner: CkksOwner
  let service: CkksService
  let plan: DiagonalPlan
  beforeAll(async () => {
    owner = await createCkksOwner(parameters)
    plan = diagonalPlan(5, owner.slots)
    service = await openCkksService(
      owner.evaluationKeys({ relinearisation: true, rotations: rotationsOf(plan) }),
    )
  })
  afterAll(() => {
    service?.close()
    owner?.close()
  })

  it.each(['plain', 'encrypted'] as const)('%s matrices of two blocks of rows', (kind) => {
    const x = [matrix(owner.slots, 5), matrix(300, 5)]
    const w = [0.5, -1, 2, 0.25, -0.75]
    const errors = x.map((rows) => rows.map(() => source.uniform() - 0.5))
    const scale = 2 ** parameters.precision
    const diagonals = (direction: 'forward' | 'backward') =>
      x.map((rows) =>
        kind === 'plain'
          ? plainDiagonals(service, plan, direction, from(rows), {
              level: 2,
              scale: service.factorScale(2, scale),
            })
          : Array.from({ length: plan.columns }, (_, k) => ({
              encrypted: service.read(
                owner.encrypt(
                  (direction === 'forward' ? forwardDiagonal : backwardDiagonal)(plan, k, from(rows)),
                ),
              ),
            })),
      )
    const vector = service.read(owner.encrypt(periodic(plan, w)))
    const z = rowsTimes(service, plan, diagonals('forward'), vector)
    x.forEach((rows, block) => {
      const got = owner.decrypt(service.write(z[block]!), { most: 100 })
      rows.forEach((row, i) => {
        expect(Math.abs(got[i]! - row.reduce((s, v, f) => s + v * w[f]!, 0))).toBeLessThan(2e-3)
      })
    })
    const g = columnsTimes(
      service,
      plan,
      diagonals('backward'),
      errors.map((e) => service.read(owner.encrypt(e))),
    )
    const got = owner.decrypt(service.write(g), { most: 500 })
    for (let f = 0; f < plan.columns; f++) {
      const expected = x.reduce(
        (s, rows, block) => s + rows.reduce((t, row, i) => t + (row[f] ?? 0) * errors[block]![i]!, 0),
        0,
      )
      // Four thousand noises add up.
      expect(Math.abs(got[f]! - expected)).toBeLessThan(0.05)
      expect(Math.abs(got[f + plan.columns]! - expected)).toBeLessThan(0.05)
    }
  })
})

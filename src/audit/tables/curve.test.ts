import { beforeAll, describe, expect, it } from 'vitest'
import { readWheat } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { layered } from '../../protect/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { linearInversion } from './attacks/linear.ts'
import { curvePoints, knownRows, leakAttacks, leakCost } from './curve.ts'
import { type Evidence, numericAttributes } from './evidence.ts'
import { recoveryAttack } from './recovery.ts'

let columns: Float64Array[]
let names: string[]

beforeAll(async () => {
  const table = await readWheat()
  columns = table.columns as Float64Array[]
  names = table.schema.columns.map((c) => c.name)
})

function evidence(released: readonly Float64Array[]): Evidence {
  return {
    attributes: numericAttributes(names, columns),
    features: columns,
    released,
    scheme: { name: 'layered', activation: 'tanh', layers: 1 },
  }
}

const options = { seed: 0, effort: 'quick' } as const
const secret = new Uint8Array(32).fill(5)

describe('what a leak costs', () => {
  it('finds that one layer gives half of the cells by k + 1 rows at the latest, and says by which attack', async () => {
    const pane = layered.fit(columns, { layers: 1, activation: 'tanh', matrix: 'bounded', secret })
    const cost = await leakCost(evidence(pane.protect(columns)), [linearInversion], options)
    expect(cost.half?.attack).toBe('linear-inversion')
    expect(cost.half!.known).toBeLessThanOrEqual(8)
    expect(cost.half!.share).toBeGreaterThanOrEqual(0.5)
    expect(cost.target).toBe(0.5)
    // The answer and the largest number below it were both measured.
    const steps = knownRows(evidence(columns))
    const before = steps[steps.indexOf(cost.half!.known) - 1]
    expect(cost.points.map((p) => p.known)).toContain(before)
    expect(cost.points.find((p) => p.known === before)!.cells5).toBeLessThan(0.5)
  })

  it('finds no number of rows where nothing leaks', async () => {
    const source = seededStream(3, 'noise')
    const noise = columns.map((c) => c.map(() => 0.9 * (2 * source.uniform() - 1)))
    const cost = await leakCost(evidence(noise), [linearInversion], options)
    expect(cost.half).toBeUndefined()
    expect(cost.tried).toBe(100)
    expect(Math.max(...cost.points.map((p) => p.cells5))).toBeLessThan(cost.chance + 0.1)
  })

  it('takes halfway from chance to all as half, where chance hits half', async () => {
    // Nearly all cells are equal, so that their mean hits nearly all.
    const flat = columns.map((c) => c.map((_, r) => (r % 70 === 0 ? 1 : 0)))
    const constant: Evidence = {
      ...evidence(flat),
      features: flat,
      attributes: numericAttributes(names, flat),
    }
    const guessNothing = recoveryAttack({
      name: 'nothing',
      title: 'Nothing',
      standpoint: 'leak',
      reads: ['columns'],
      holds: ['pairs'],
      needs: 'nothing',
      source: 'this test',
      fewest: 0,
      recover: (view) => ({ features: view.unseen.map((c) => new Float64Array(c.length)) }),
    })
    const cost = await leakCost(constant, [guessNothing], options)
    expect(cost.chance).toBeGreaterThan(0.5)
    expect(cost.target).toBeCloseTo((1 + cost.chance) / 2, 12)
    // Guessing 0 everywhere is what chance does: it must not count as a leak.
    expect(cost.half).toBeUndefined()
  })

  it('draws each point over several draws, and stops when it is told to', async () => {
    const pane = layered.fit(columns, { layers: 2, activation: 'tanh', matrix: 'bounded', secret })
    const of = evidence(pane.protect(columns))
    const [point] = await curvePoints(of, leakAttacks([linearInversion], of), 20, { ...options, draws: 3 })
    expect(point!.draws).toBe(3)
    expect(point!.interval[0]).toBeLessThan(point!.cells5)
    expect(point!.interval[1]).toBeGreaterThan(point!.cells5)
    const stop = leakCost(of, [linearInversion], { ...options, signal: AbortSignal.abort() })
    await expect(stop).rejects.toBeInstanceOf(FrostglassError)
  })

  it('refuses a table that is too small', async () => {
    const tiny = columns.map((c) => c.slice(0, 3))
    await expect(leakCost({ ...evidence(tiny), features: tiny }, [linearInversion], options)).rejects.toThrow(
      RangeError,
    )
  })
})

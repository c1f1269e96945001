import { describe, expect, it } from 'vitest'
import { evidenceOf, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { layered } from '../../../protect/index.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import type { Evidence } from '../evidence.ts'
import { classGeometry } from './classGeometry.ts'
import { classNaming } from './classNaming.ts'

const options = { known: 20, seed: 1, effort: 'quick' } as const

/** Classes of equal size, each with a centre and a spread of its own, relabelled by the seed. */
function classesOf(count: number, each: number, seed: number, { alike = false, layers = 1 } = {}): Evidence {
  const random = seededStream(seed, 'classes')
  const rows = count * each
  const original = Int32Array.from({ length: rows }, (_, r) => r % count)
  const centres = Array.from({ length: count }, () => Array.from({ length: 5 }, () => 1.5 * random.normal()))
  const spreads = Array.from({ length: count }, () => 0.5 + random.uniform())
  const features = noiseColumns(rows, 5, seed).map((column, j) =>
    column.map((x, r) => (alike ? x : centres[original[r]!]![j]! + spreads[original[r]!]! * x)),
  )
  const codes = shuffle(upTo(count), random)
  const secret = new Uint8Array(32).fill(seed + 1)
  const released =
    layers === 1
      ? mixed(features, seed)
      : layered.fit(features, { layers, activation: 'tanh', matrix: 'bounded', secret }).protect(features)
  const labels = { classes: count, original, released: original.map((c) => codes[c]!) }
  const scheme = layers === 1 ? undefined : ({ name: 'layered', activation: 'tanh', layers } as const)
  return { ...evidenceOf(features, released, scheme), labels }
}

const shareOf = async (attack: typeof classNaming, evidence: Evidence, seed: number, known = 20) =>
  metricOf(await attack.run(evidence, { ...options, seed, known }), 'labels').value

describe('classes by known rows', () => {
  it('are all named by twenty rows, of equal size or not', async () => {
    for (const seed of [1, 2, 3]) {
      expect(await shareOf(classNaming, classesOf(3, 60, seed), seed)).toBe(1)
    }
  })

  it('are named as far as rows of them are known, the last one by exclusion', async () => {
    const evidence = classesOf(2, 60, 4)
    expect(await shareOf(classNaming, evidence, 4, 1)).toBe(1)
    const many = await classNaming.run(classesOf(10, 20, 5), { ...options, known: 5 })
    const { value, chance } = metricOf(many, 'labels')
    expect(chance).toBe(1 / 10)
    expect(value).toBeGreaterThan(0.2)
    expect(value).toBeLessThan(1)
    expect(many.notes[0]).toMatch(/name [2-5] of 10 classes/)
  })

  it('are not without any', async () => {
    await expect(classNaming.run(classesOf(2, 30, 6), { ...options, known: 0 })).rejects.toThrow(RangeError)
  })
})

describe('classes by their geometry', () => {
  it('are named though all are of one size', async () => {
    for (const [count, layers] of [
      [2, 1],
      [3, 1],
      [4, 3],
      [8, 1],
    ] as const) {
      const shares: number[] = []
      for (const seed of [1, 2, 3, 4]) {
        shares.push(await shareOf(classGeometry, classesOf(count, 80, seed, { layers }), seed))
      }
      const mean = shares.reduce((a, b) => a + b) / shares.length
      expect(mean, `${count} classes, ${layers} layers`).toBeGreaterThan(0.7)
    }
  })

  it('are at chance where classes do not differ', async () => {
    const shares: number[] = []
    for (let seed = 0; seed < 30; seed++) {
      // The public sample is half of the table: with as many rows of each class in both, sizes tell nothing.
      shares.push(await shareOf(classGeometry, classesOf(3, 20, seed, { alike: true }), seed))
    }
    const mean = shares.reduce((a, b) => a + b) / shares.length
    // Of 30 permutations of three the mean share has a deviation of 0.06.
    expect(Math.abs(mean - 1 / 3)).toBeLessThan(0.2)
  })
})

import { describe, expect, it } from 'vitest'
import { evidenceOf, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import type { Attack } from '../attack.ts'
import type { Attribute, Evidence, LabelColumn } from '../evidence.ts'
import { lookupPairs } from './lookupPairs.ts'
import { lookupPeople } from './lookupPeople.ts'
import { lookupStrangers } from './lookupStrangers.ts'

const options = { known: 20, effort: 'quick' } as const
const seeds = [0, 1, 2]

/** A category and one-hot features of it. */
function category(name: string, codes: Int32Array, categories: number, feature: number) {
  const attribute: Attribute = { name, kind: 'categorical', feature, categories }
  const features = Array.from({ length: categories }, (_, c) =>
    Float64Array.from(codes, (code) => Number(code === c)),
  )
  return { attribute, features }
}

/** Visits from 0 to 10 and one of 5,000, a severity that goes with them, and a column that does not; noise leaves. */
function visits(seed: number, rows = 400): Evidence {
  const random = seededStream(seed, 'visits')
  const number = Float64Array.from({ length: rows }, () => Math.floor(11 * random.uniform() ** 1.3))
  const severity = category('severity', Int32Array.from(number), 11, 0)
  const other = category(
    'other',
    Int32Array.from(number, () => Math.floor(3 * random.uniform())),
    3,
    11,
  )
  number[7] = 5000
  return {
    attributes: [severity.attribute, other.attribute],
    features: [...severity.features, ...other.features],
    released: noiseColumns(rows, 2, seed),
    scheme: { name: 'planted', layers: 1 },
    target: { original: number, released: number.map((t) => 0.3 - 0.0017 * t) },
  }
}

/** Three kinds of grain, which differ in five measures by a deviation or two. */
function grains(seed: number, rows = 300): Evidence {
  const random = seededStream(seed, 'grains')
  const original = Int32Array.from({ length: rows }, () => Math.floor(3 * random.uniform() ** 1.4))
  const features = Array.from({ length: 5 }, (_, j) =>
    Float64Array.from(
      original,
      (c) => (c - 1) * (1 + j / 4) + (j > 2 ? Number(c === 1) : 0) + random.normal() / 2,
    ),
  )
  const codes = shuffle(upTo(3), random)
  const labels = { classes: 3, original, released: original.map((c) => codes[c]!) }
  return { ...evidenceOf(features, mixed(features, seed)), labels }
}

async function shareOf(attack: Attack, evidence: Evidence, seed: number, name: string) {
  const { attributes } = await attack.run(evidence, { ...options, seed })
  return attributes!.find((a) => a.name === name)!.metrics!.find((m) => m.name === 'cells5')!
}

describe('cells by the label', () => {
  it('are named where they go with a number, whatever the columns hide and however far out one number is', async () => {
    for (const seed of seeds) {
      const evidence = visits(seed)
      for (const [attack, least] of [
        [lookupPeople, 0.98],
        [lookupStrangers, 0.95],
        [lookupPairs, 0.6],
      ] as const) {
        const { value, chance } = await shareOf(attack, evidence, seed, 'severity')
        expect(value, `${attack.name} ${seed}`).toBeGreaterThan(least)
        expect(chance).toBeLessThan(0.25)
        const other = await shareOf(attack, evidence, seed, 'other')
        expect(other.value).toBeLessThan(other.chance + 0.1)
      }
    }
  })

  it('are told by classes: more than the likeliest constant tells', async () => {
    for (const seed of seeds) {
      const evidence = grains(seed)
      const [people, pairs] = await Promise.all(
        [lookupPeople, lookupPairs].map(async (attack) =>
          metricOf(await attack.run(evidence, { ...options, seed }), 'cells5'),
        ),
      )
      expect(people!.value, `people ${seed}`).toBeGreaterThan(people!.chance + 0.05)
      expect(pairs!.value, `pairs ${seed}`).toBeGreaterThan(pairs!.chance + 0.05)
    }
  })

  it('are told by several labels together, which tell more than each alone', async () => {
    for (const seed of seeds) {
      const random = seededStream(seed, 'labels together')
      const rows = 400
      const [a, b] = [3, 4].map((count) =>
        Int32Array.from({ length: rows }, () => Math.floor(count * random.uniform() ** 1.6)),
      ) as [Int32Array, Int32Array]
      const cell = category(
        'both',
        a.map((x, r) => (x + b[r]!) % 3),
        3,
        0,
      )
      const labelOf = (name: string, own: Int32Array, classes: number): LabelColumn => {
        const codes = shuffle(upTo(classes), random)
        return { name, labels: { classes, original: own, released: own.map((c) => codes[c]!) } }
      }
      const evidence: Evidence = {
        attributes: [cell.attribute],
        features: cell.features,
        released: noiseColumns(rows, 2, seed),
        scheme: { name: 'planted', layers: 1 },
        labelColumns: [labelOf('a', a, 3), labelOf('b', b, 4)],
      }
      const { value } = await shareOf(lookupPeople, evidence, seed, 'both')
      expect(value, `seed ${seed}`).toBeGreaterThan(0.95)
    }
  })

  it('are guessed as the constant where nothing goes with the label', async () => {
    for (const seed of seeds) {
      const evidence = visits(seed)
      const mixed = shuffle(upTo(400), seededStream(seed, 'mixed'))
      const { original, released } = evidence.target!
      const target = {
        original: Float64Array.from(mixed, (r) => original[r]!),
        released: Float64Array.from(mixed, (r) => released[r]!),
      }
      const { value, chance } = metricOf(
        await lookupPeople.run({ ...evidence, target }, { ...options, seed }),
        'cells5',
      )
      expect(value).toBeLessThan(chance + 0.06)
      expect(value).toBeGreaterThan(chance - 0.06)
    }
  })

  it('need a label that varies', () => {
    const { target, ...without } = visits(0)
    expect(lookupPeople.applies(without)).toBe(false)
    const same = new Float64Array(target!.original.length)
    expect(lookupPairs.applies({ ...without, target: { original: same, released: same } })).toBe(false)
    expect(lookupStrangers.applies({ ...without, target: target! })).toBe(true)
  })
})

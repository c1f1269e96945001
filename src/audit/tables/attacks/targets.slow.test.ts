import { describe, expect, it } from 'vitest'
import { clinicalEvidence } from '../../../../test/clinicalEvidence.ts'
import { diabetesLike } from '../../../../test/clinicalTables.ts'
import { evidenceOf, independentColumns, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import type { Evidence } from '../evidence.ts'
import { targetInversion } from './targetInversion.ts'
import { targetLinkage } from './targetLinkage.ts'
import { targetPairs } from './targetPairs.ts'
import { targetPeople } from './targetPeople.ts'
import { targetShape } from './targetShape.ts'

const options = { known: 20, seed: 1, effort: 'quick' } as const

/** What left of the number is of other people: a release that tells nothing of it. */
function unrelated(evidence: Evidence, seed: number): Evidence {
  const random = seededStream(seed, 'unrelated')
  const released = evidence.target!.released.map(() => random.normal())
  return { ...evidence, target: { ...evidence.target!, released } }
}

describe.each([targetPairs, targetPeople, targetShape])('$name', (attack) => {
  it('names the number of everybody, whatever line hides it and however many layers', async () => {
    for (const seed of [0, 1, 2, 3]) {
      const evidence = clinicalEvidence(diabetesLike(seed), 'number', 18, seed)
      const finding = await attack.run(evidence, { ...options, seed })
      expect(metricOf(finding, 'labels').value, `seed ${seed}`).toBe(1)
      expect(metricOf(finding, 'labels').chance).toBeLessThan(0.1)
    }
  })

  it('is at chance where what left is of others', async () => {
    const evidence = unrelated(clinicalEvidence(diabetesLike(1), 'number', 1, 1), 1)
    const { value, chance } = metricOf(await attack.run(evidence, options), 'labels')
    expect(value).toBeLessThan(chance + 0.03)
  })

  it('is for tables with a number to be predicted that varies', () => {
    const features = independentColumns(50, 2, 1)
    const evidence = evidenceOf(features, features)
    expect(attack.applies(evidence)).toBe(false)
    const target = (values: Float64Array) => ({ target: { original: values, released: values } })
    expect(attack.applies({ ...evidence, ...target(new Float64Array(50)) })).toBe(false)
    expect(attack.applies({ ...evidence, ...target(features[0]!) })).toBe(true)
  })
})

describe('linkage by the hidden number', () => {
  it('finds nearly everybody of a diabetes-like table behind 3 to 20 layers', async () => {
    for (const layers of [3, 18]) {
      const evidence = clinicalEvidence(diabetesLike(layers), 'number', layers, layers)
      const { rows, metrics } = await targetLinkage.run(evidence, options)
      expect(rows).toBe(221)
      expect(metrics[0]!.value, `${layers} layers`).toBeGreaterThan(0.9)
    }
  })

  it('stays near what the number alone tells where the columns are noise', async () => {
    const { target, features, attributes, scheme } = clinicalEvidence(diabetesLike(4), 'number', 1, 4)
    const evidence = { features, attributes, scheme, released: noiseColumns(442, 10, 4), target: target! }
    const { metrics } = await targetLinkage.run(evidence, options)
    // Of some 220 people some two share a number: half of them may be named by it alone.
    const shares = new Map<number, number>()
    for (const t of target!.original) shares.set(t, (shares.get(t) ?? 0) + 1)
    const alone = target!.original.reduce((sum, t) => sum + 1 / Math.max(1, shares.get(t)! / 2) / 442, 0)
    expect(metrics[0]!.value).toBeLessThan(alone + 0.1)
  })

  it('is at chance without a line, and where people and rows have nothing in common', async () => {
    const evidence = unrelated(clinicalEvidence(diabetesLike(5), 'number', 1, 5), 5)
    const without = await targetLinkage.run(evidence, options)
    expect(without.metrics[0]!.value).toBeLessThan(0.03)
    const order = shuffle(upTo(442), seededStream(5, 'strange rows'))
    const strange = {
      ...evidence,
      released: evidence.released.map((column) => Float64Array.from(order, (r) => column[r]!)),
    }
    const finding = await targetLinkage.run(strange, options)
    expect(finding.metrics[0]!.value).toBeLessThan(0.03)
  })
})

describe('inversion by the hidden number', () => {
  it('gives the cells of people of whom nothing was known', async () => {
    const evidence = clinicalEvidence(diabetesLike(2), 'number', 3, 2)
    const finding = await targetInversion.run(evidence, options)
    expect(finding.rows).toBe(221)
    expect(metricOf(finding, 'cells5').value).toBeGreaterThan(0.85)
  })

  it('guesses the mean where no line is found', async () => {
    const evidence = unrelated(clinicalEvidence(diabetesLike(3), 'number', 3, 3), 3)
    const finding = await targetInversion.run(evidence, options)
    expect(Math.abs(metricOf(finding, 'explained').value)).toBeLessThan(0.05)
    expect(finding.notes).toEqual(['No line was found.'])
  })
})

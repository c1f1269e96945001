import { describe, expect, it } from 'vitest'
import { clinicalEvidence } from '../../../../test/clinicalEvidence.ts'
import { diabetesLike, wineLike } from '../../../../test/clinicalTables.ts'
import { evidenceOf, independentColumns, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import { alternatingInversion } from './alternatingInversion.ts'
import { alternatingLinkage } from './alternatingLinkage.ts'
import { landmarkLinkage } from './landmarkLinkage.ts'
import { linearInversion } from './linear.ts'

const options = { known: 20, seed: 1, effort: 'quick' } as const
const means = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

describe('linkage by turns', () => {
  it('links everybody through a linear map', async () => {
    const features = independentColumns(300, 5, 1)
    const finding = await alternatingLinkage.run(evidenceOf(features, mixed(features, 1)), options)
    expect(metricOf(finding, 'rank1').value).toBeGreaterThan(0.99)
  })

  it('stays at chance on a release that has nothing to do with the table', async () => {
    const hits: number[] = []
    for (const seed of [1, 2, 3]) {
      const evidence = evidenceOf(independentColumns(200, 5, seed), noiseColumns(200, 5, seed))
      const finding = await alternatingLinkage.run(evidence, { ...options, seed })
      hits.push(metricOf(finding, 'rank1').value * finding.rows)
    }
    // Of 90 people chance names one.
    expect(means(hits)).toBeLessThan(4)
  })

  it('does not use the order of rows', async () => {
    const features = independentColumns(200, 4, 3)
    const order = shuffle(upTo(200), seededStream(1, 'alternating test'))
    const unlike = mixed(features, 3).map((column) => Float64Array.from(order, (r) => column[r]!))
    const finding = await alternatingLinkage.run(evidenceOf(features, unlike), options)
    expect(metricOf(finding, 'rank1').value * finding.rows).toBeLessThan(6)
  })

  it('takes classes that known rows name as evidence', async () => {
    const evidence = clinicalEvidence(wineLike(1), 'class', 8, 1)
    const { labels: _, ...without } = evidence
    const share = async (e: typeof evidence) =>
      metricOf(await alternatingLinkage.run(e, options), 'rank1').value
    expect(await share(evidence)).toBeGreaterThanOrEqual(await share(without))
  })

  it('links far more of a wine-like table behind three layers than distances do', async () => {
    for (const seed of [1, 2, 3]) {
      const evidence = clinicalEvidence(wineLike(seed), 'class', 3, seed)
      const finding = await alternatingLinkage.run(evidence, { ...options, seed })
      const before = await landmarkLinkage.run(evidence, { ...options, seed })
      expect(metricOf(finding, 'rank1').value).toBeGreaterThan(0.95)
      expect(metricOf(finding, 'rank1').value).toBeGreaterThan(metricOf(before, 'rank1').value)
    }
  })
})

describe('inversion by turns', () => {
  it('recovers nine cells of ten where a line recovers six', async () => {
    const found: number[] = []
    for (const [table, kind, layers] of [
      [wineLike(1), 'class', 3],
      [wineLike(2), 'class', 3],
      [diabetesLike(1), 'number', 5],
    ] as const) {
      const evidence = clinicalEvidence(table, kind, layers, 2)
      const finding = await alternatingInversion.run(evidence, options)
      const line = await linearInversion.run(evidence, options)
      expect(finding.rows).toBe(line.rows)
      expect(metricOf(finding, 'cells5').value).toBeGreaterThan(metricOf(line, 'cells5').value + 0.15)
      found.push(metricOf(finding, 'cells5').value)
    }
    expect(means(found)).toBeGreaterThan(0.9)
  })

  it('says what it gets of those who are not on the list, apart', async () => {
    const features = independentColumns(120, 4, 5)
    const finding = await alternatingInversion.run(evidenceOf(features, mixed(features, 5)), options)
    expect(finding.rows).toBe(100)
    expect(finding.notes.join(' ')).toMatch(/50 of 50 people.*Raw rows of 50 of the 100.*100\.0% \(cells5\)/)
  })

  it('stays at what chance gives on noise', async () => {
    const evidence = evidenceOf(independentColumns(200, 4, 6), noiseColumns(200, 4, 6))
    const { value, chance } = metricOf(await alternatingInversion.run(evidence, options), 'cells5')
    expect(value).toBeLessThan(chance + 0.02)
  })

  it('needs two known rows', async () => {
    const features = independentColumns(60, 3, 7)
    const evidence = evidenceOf(features, mixed(features, 7))
    await expect(alternatingInversion.run(evidence, { ...options, known: 1 })).rejects.toThrow(RangeError)
    const finding = await alternatingInversion.run(evidence, { ...options, known: 2 })
    expect(Number.isFinite(metricOf(finding, 'cells5').value)).toBe(true)
  })
})

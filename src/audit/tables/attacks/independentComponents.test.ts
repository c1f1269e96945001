import { describe, expect, it } from 'vitest'
import { evidenceOf, independentColumns, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { layered } from '../../../protect/index.ts'
import { metricOf } from '../../finding.ts'
import type { Attribute, Evidence } from '../evidence.ts'
import { independentComponents } from './independentComponents.ts'
import { ordinalInversion } from './ordinalInversion.ts'
import { sortedMarginals } from './sortedMarginals.ts'

const options = { known: 0, seed: 1, effort: 'quick' } as const

describe('independent components', () => {
  it('unmix independent columns behind a linear map, without a known row', async () => {
    const features = independentColumns(2000, 4, 1)
    const finding = await independentComponents.run(evidenceOf(features, mixed(features, 1)), options)
    expect(metricOf(finding, 'correlation').value).toBeGreaterThan(0.98)
    expect(metricOf(finding, 'cells5').value).toBeGreaterThan(0.8)
    expect(metricOf(finding, 'cells5').value).toBeGreaterThan(metricOf(finding, 'cells5').chance + 0.4)
  })

  it('unmix them behind one layer with its activation and bias', async () => {
    const features = independentColumns(1500, 3, 2)
    const pane = layered.fit(features, {
      layers: 1,
      activation: 'tanh',
      matrix: 'bounded',
      secret: new Uint8Array(32).fill(9),
    })
    const finding = await independentComponents.run(
      evidenceOf(features, pane.protect(features), pane.about),
      options,
    )
    expect(metricOf(finding, 'correlation').value).toBeGreaterThan(0.97)
    expect(metricOf(finding, 'explained').value).toBeGreaterThan(0.9)
  })

  it('stay at chance on a release that has nothing to do with the table', async () => {
    const features = independentColumns(1000, 4, 3)
    const finding = await independentComponents.run(evidenceOf(features, noiseColumns(1000, 4, 3)), options)
    expect(metricOf(finding, 'correlation').value).toBeLessThan(0.12)
    expect(metricOf(finding, 'cells5').value).toBeLessThanOrEqual(metricOf(finding, 'cells5').chance + 0.02)
    expect(metricOf(finding, 'explained').value).toBeLessThan(0)
  })

  it('cannot unmix Gaussian columns: there every rotation looks the same', async () => {
    const features = noiseColumns(1000, 4, 4)
    const finding = await independentComponents.run(evidenceOf(features, mixed(features, 4)), options)
    expect(metricOf(finding, 'explained').value).toBeLessThan(0.5)
  })

  it('guess means from constant columns', async () => {
    const features = independentColumns(50, 2, 5)
    const constant = features.map(() => new Float64Array(50).fill(1))
    const finding = await independentComponents.run(evidenceOf(features, constant), options)
    expect(metricOf(finding, 'explained').value).toBeCloseTo(0, 12)
    expect(metricOf(finding, 'correlation').value).toBe(0)
  })
})

describe('sorted marginals', () => {
  it('recover columns that were only bent and reordered, exactly', async () => {
    const features = independentColumns(300, 4, 6).filter((_, j) => j !== 1)
    const bent = features.toReversed().map((c) => c.map((x) => -0.01 * x))
    const finding = await sortedMarginals.run(evidenceOf(features, bent), options)
    expect(metricOf(finding, 'cells1').value).toBe(1)
    expect(metricOf(finding, 'explained').value).toBe(1)
  })

  it('do not unmix what a matrix mixed as components do, and stay at chance on noise', async () => {
    const features = independentColumns(2000, 4, 1)
    const own = await sortedMarginals.run(evidenceOf(features, mixed(features, 1)), options)
    const unmixed = await independentComponents.run(evidenceOf(features, mixed(features, 1)), options)
    expect(metricOf(own, 'explained').value).toBeLessThan(metricOf(unmixed, 'explained').value - 0.3)
    const noise = await sortedMarginals.run(evidenceOf(features, noiseColumns(2000, 4, 2)), options)
    expect(metricOf(noise, 'correlation').value).toBeLessThan(0.1)
    expect(metricOf(noise, 'explained').value).toBeLessThan(0)
  })

  it('say nothing of categories: no metric of them, and a note; and are not run where nothing else is', async () => {
    const [number] = independentColumns(200, 1, 7)
    const yes = Float64Array.from(number!, (_, r) => (r % 4 === 0 ? 1 : 0))
    const [n, c]: Attribute[] = [
      { name: 'n', kind: 'numeric', feature: 0, minimum: 0, maximum: Math.max(...number!) },
      { name: 'c', kind: 'categorical', feature: 1, categories: 2 },
    ]
    const evidence: Evidence = {
      attributes: [n!, c!],
      features: [number!, yes, yes.map((x) => 1 - x)],
      released: [number!.map((x) => 2 * x)],
      scheme: { name: 'planted', layers: 1 },
    }
    for (const attack of [sortedMarginals, independentComponents, ordinalInversion]) {
      expect(attack.applies(evidence)).toBe(true)
      const categories = {
        ...evidence,
        attributes: [{ ...c!, feature: 0 }],
        features: [yes, yes.map((x) => 1 - x)],
      }
      expect(attack.applies(categories)).toBe(false)
      expect(attack.whyNot!(categories)).toMatch(/guesses numbers alone/)
    }
    const finding = await sortedMarginals.run(evidence, options)
    expect(finding.attributes!.map((a) => a.within5)).toEqual([1])
    expect(metricOf(finding, 'cells5').value).toBe(1)
    expect(finding.notes.join(' ')).toMatch(/Categories are not guessed/)
  })
})

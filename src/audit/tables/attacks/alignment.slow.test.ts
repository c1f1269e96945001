import { describe, expect, it } from 'vitest'
import { evidenceOf, independentColumns, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { layered, rotation } from '../../../protect/index.ts'
import { metricOf } from '../../finding.ts'
import { align } from './align.ts'
import { blindAlignment } from './blindAlignment.ts'
import { crowdInversion } from './crowdInversion.ts'
import { unmix } from './fastIca.ts'
import { principalAxes } from './principalAxes.ts'
import { whiten } from './whitening.ts'

const options = { known: 0, seed: 1, effort: 'quick' } as const

it('finds the rotation between a cloud and its turned copy', () => {
  const columns = mixed(independentColumns(300, 4, 1), 1)
  const fixed = whiten(columns).white
  const turned = whiten(mixed(columns, 2)).white
  const { rotation: found, distance } = align(turned, fixed, options)
  expect(distance).toBeLessThan(1e-9)
  for (const [d, column] of unmix(turned, found).entries()) expect(column[17]).toBeCloseTo(fixed[d]![17]!, 8)
  expect(() => align(turned.slice(1), fixed, options)).toThrow(/3 directions/)
})

describe('blind alignment', () => {
  it('recovers most of a mixed table from a sample of other people', async () => {
    const features = mixed(independentColumns(1600, 4, 2), 1)
    const finding = await blindAlignment.run(evidenceOf(features, mixed(features, 2)), options)
    expect(finding.known).toBe(0)
    expect(finding.rows).toBe(800)
    expect(metricOf(finding, 'explained').value).toBeGreaterThan(0.85)
  })

  it('stays at chance on a release that has nothing to do with the table', async () => {
    const features = mixed(independentColumns(600, 4, 3), 1)
    const finding = await blindAlignment.run(evidenceOf(features, noiseColumns(600, 4, 3)), options)
    expect(metricOf(finding, 'explained').value).toBeLessThan(0)
    expect(metricOf(finding, 'cells5').value).toBeLessThan(metricOf(finding, 'cells5').chance + 0.05)
  })

  it('is for releases that lost no column', () => {
    const features = independentColumns(20, 3, 4)
    expect(blindAlignment.applies(evidenceOf(features, features))).toBe(true)
    expect(blindAlignment.applies(evidenceOf(features, features.slice(1)))).toBe(false)
  })
})

describe('crowd inversion', () => {
  it('gives every cell behind one layer, exactly, without a known row', async () => {
    const features = mixed(independentColumns(400, 5, 7), 1)
    const pane = layered.fit(features, {
      layers: 1,
      activation: 'tanh',
      matrix: 'bounded',
      secret: new Uint8Array(32).fill(2),
    })
    const evidence = evidenceOf(features, pane.protect(features), pane.about)
    const finding = await crowdInversion.run(evidence, options)
    expect(finding).toMatchObject({ known: 0, rows: 200 })
    expect(Math.max(...finding.attributes!.map((a) => a.largestError))).toBeLessThan(1e-9)
  })

  it('stays at chance on a release that has nothing to do with the table', async () => {
    const features = mixed(independentColumns(400, 5, 8), 1)
    const finding = await crowdInversion.run(evidenceOf(features, noiseColumns(400, 5, 8)), options)
    expect(metricOf(finding, 'explained').value).toBeLessThan(0.05)
    expect(metricOf(finding, 'cells5').value).toBeLessThan(metricOf(finding, 'cells5').chance + 0.05)
  })
})

describe('principal axes', () => {
  const secret = new Uint8Array(32).fill(5)

  it('undo a rotation by a sample of other people, translated or not', async () => {
    const features = independentColumns(2000, 4, 5)
    for (const translation of [false, true]) {
      const pane = rotation.fit(features, { translation, secret })
      const finding = await principalAxes.run(
        evidenceOf(features, pane.protect(features), pane.about),
        options,
      )
      expect(metricOf(finding, 'explained').value).toBeGreaterThan(0.9)
    }
  })

  it('stay at chance on noise, and are for rotations alone', async () => {
    const features = independentColumns(1000, 4, 6)
    const noise = evidenceOf(features, noiseColumns(1000, 4, 6), { name: 'rotation', layers: 1 })
    const finding = await principalAxes.run(noise, options)
    expect(metricOf(finding, 'explained').value).toBeLessThan(0)
    expect(principalAxes.applies(noise)).toBe(true)
    expect(principalAxes.applies(evidenceOf(features, features))).toBe(false)
  })
})

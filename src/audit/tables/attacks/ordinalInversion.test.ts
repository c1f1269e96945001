import { expect, it } from 'vitest'
import { evidenceOf, independentColumns, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { metricOf } from '../../finding.ts'
import { splitRows, viewOf } from '../evidence.ts'
import { guessByOrder, ordinalInversion } from './ordinalInversion.ts'

const options = { known: 30, seed: 1, effort: 'quick' } as const

it('recovers most of a linear map from ranks alone', async () => {
  const features = noiseColumns(300, 5, 1)
  const finding = await ordinalInversion.run(evidenceOf(features, mixed(features, 1)), options)
  expect(metricOf(finding, 'explained').value).toBeGreaterThan(0.8)
})

it('gets nothing from noise', async () => {
  const evidence = evidenceOf(independentColumns(300, 5, 2), noiseColumns(300, 5, 2))
  const { value, chance } = metricOf(await ordinalInversion.run(evidence, options), 'cells5')
  expect(value).toBeLessThan(chance + 0.02)
})

it('does not see the known values, only their order', () => {
  const features = independentColumns(200, 3, 3)
  const evidence = evidenceOf(features, mixed(features, 3))
  const view = viewOf(evidence, splitRows(200, 30, 1))
  const bent = view.known.original.map((column) => column.map((x) => x ** 3 + 5))
  expect(guessByOrder({ ...view, known: { ...view.known, original: bent } })).toEqual(guessByOrder(view))
})

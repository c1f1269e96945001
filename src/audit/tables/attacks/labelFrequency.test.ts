import { expect, it } from 'vitest'
import { evidenceOf, independentColumns } from '../../../../test/plantedEvidence.ts'
import { metricOf } from '../../finding.ts'
import type { Evidence } from '../evidence.ts'
import { labelFrequency } from './labelFrequency.ts'

const options = { known: 0, seed: 1, effort: 'quick' } as const
const features = independentColumns(120, 1, 1)

/** A table with so many rows of each class, relabelled. */
function labelled(counts: readonly number[], codes: readonly number[]): Evidence {
  const original = Int32Array.from(counts.flatMap((count, c) => new Array<number>(count).fill(c)))
  const labels = { classes: counts.length, original, released: original.map((c) => codes[c]!) }
  return { ...evidenceOf(features, features), labels }
}

it('names every class where frequencies differ, under any relabelling', async () => {
  for (const codes of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 0, 2],
  ]) {
    const finding = await labelFrequency.run(labelled([60, 40, 20], codes), options)
    expect(metricOf(finding, 'labels')).toMatchObject({ value: 1, chance: 1 / 3 })
  }
})

it('is at chance among classes of one frequency, and gives the expected share', async () => {
  const equal = await labelFrequency.run(labelled([40, 40, 40], [2, 0, 1]), options)
  expect(metricOf(equal, 'labels').value).toBeCloseTo(1 / 3, 12)
  // 60 rows are named rightly, and of the other 60 half.
  const tied = await labelFrequency.run(labelled([30, 60, 30], [1, 2, 0]), options)
  expect(metricOf(tied, 'labels').value).toBeCloseTo((60 + 30) / 120, 12)
  expect(tied.notes.join(' ')).toMatch(/equally frequent/)
})

it('is for tables with classes', async () => {
  const without = evidenceOf(features, features)
  expect(labelFrequency.applies(without)).toBe(false)
  expect(labelFrequency.applies(labelled([60, 60], [0, 1]))).toBe(true)
  await expect(labelFrequency.run(without, options)).rejects.toThrow(RangeError)
})

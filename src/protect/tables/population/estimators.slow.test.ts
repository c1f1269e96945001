// How far the estimators are off: Adult as a population of 30,162, ten samples of each size, whose truth is known.
// The table of docs/tables.md is made of what this prints.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { adultClasses, adultColumns, hasAdult } from '../models/adultTesting.ts'
import { tableOf } from '../models/testing.ts'
import { sampleOf } from './sample.ts'
import { estimateUniques, type PopulationModel, populationModels } from './uniques.ts'

/** Sizes of the classes that rows drawn without replacement fall in. */
function drawn(sizes: readonly number[], share: number, seed: number): number[] {
  const classOfRow = sizes.flatMap((size, c) => Array.from({ length: size }, () => c))
  const rows = Math.round(share * classOfRow.length)
  const random = seededStream(seed, 'sample of Adult')
  const counts = new Map<number, number>()
  for (let i = 0; i < rows; i++) {
    const j = i + Math.floor(random.uniform() * (classOfRow.length - i))
    const chosen = classOfRow[j]!
    classOfRow[j] = classOfRow[i]!
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
  }
  return [...counts.values()]
}

/** Least, mean and most of estimate over truth, of ten samples. */
function ratios(node: readonly number[], share: number): Record<PopulationModel, readonly number[]> {
  const sizes = adultClasses(adultColumns, node, undefined).views.map((view) => view.rows)
  const population = sizes.reduce((sum, size) => sum + size, 0)
  const truth = sizes.filter((size) => size === 1).length
  const samples = Array.from({ length: 10 }, (_, seed) =>
    sampleOf(tableOf(drawn(sizes, share, seed + 1)), population),
  )
  const of = (model: PopulationModel) => {
    const found = samples
      .map((sample) => estimateUniques(sample, model).uniques! / truth)
      .sort((a, b) => a - b)
    return [found[0]!, found.reduce((sum, ratio) => sum + ratio, 0) / found.length, found.at(-1)!]
  }
  return Object.fromEntries(populationModels.map((model) => [model, of(model)])) as Record<
    PopulationModel,
    number[]
  >
}

const raw = adultColumns.map(() => 0)
/** Ages in tens, education, workclass, country and occupation one level up: a tenth of the rows is alone. */
const coarser = [0, 2, 0, 0, 1, 0, 1, 1, 0]

describe.skipIf(!hasAdult)('samples of Adult (skipped without ../shared/data)', () => {
  it.each([
    [0.01, 0.15, 5],
    [0.1, 0.6, 1.5],
    [0.2, 0.9, 1.25],
    [0.5, 0.95, 1.1],
  ])('of a share of %s: estimates between %s and %s of the truth', (share, low, high) => {
    for (const node of [raw, coarser]) {
      const found = ratios(node, share)
      console.info(
        `${share} at ${node.join('')}: ${populationModels.map((model) => `${model} ${found[model].map((r) => r.toFixed(2)).join(' ')}`).join(', ')}`,
      )
      for (const model of populationModels) {
        expect(found[model][0]).toBeGreaterThan(low)
        expect(found[model][2]).toBeLessThan(high)
      }
    }
  })
})

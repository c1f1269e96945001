import { describe, expect, it } from 'vitest'
import { independentColumns, mixed } from '../../../../test/plantedEvidence.ts'
import { layered } from '../../../protect/index.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import type { Evidence } from '../evidence.ts'
import { equalRowPeople, equalRowStrangers } from './equalRowFrequencies.ts'
import { equalRowLookup } from './equalRowLookup.ts'
import { equalRowsOf } from './equalRows.ts'
import { linearInversion } from './linear.ts'

const options = { known: 20, effort: 'quick' } as const
const seeds = [0, 1, 2]

/** Codes of categories in five columns, behind layers as one number each. */
function behindLayers(
  codes: readonly Float64Array[],
  categories: number,
  layers: number,
  seed: number,
): Evidence {
  const secret = new Uint8Array(32).fill(seed + 1)
  const pane = layered.fit(codes, { layers, activation: 'tanh', matrix: 'bounded', secret })
  return {
    attributes: codes.map((_, j) => ({
      name: `c${j}`,
      kind: 'categorical',
      feature: categories * j,
      categories,
    })),
    features: codes.flatMap((column) =>
      Array.from({ length: categories }, (_, c) => column.map((code) => Number(code === c))),
    ),
    released: pane.protect(codes),
    scheme: pane.about,
  }
}

/** Yes and no in columns that do not go together. */
function yesAndNo(seed: number, rows = 1500): Evidence {
  const random = seededStream(seed, 'yes and no')
  const codes = [0.5, 0.42, 0.35, 0.28, 0.2].map((share) =>
    Float64Array.from({ length: rows }, () => Number(random.uniform() < share)),
  )
  return behindLayers(codes, 2, 24, seed)
}

/** Twenty-four kinds of people, each rarer than the one before, in columns of five categories. */
function kindsOfPeople(seed: number, rows = 1000): Evidence {
  const random = seededStream(seed, 'kinds of people')
  const kinds = Array.from({ length: 24 }, () =>
    Array.from({ length: 5 }, () => Math.floor(5 * random.uniform())),
  )
  const total = kinds.reduce((sum, _, k) => sum + 0.86 ** k, 0)
  const drawn = Array.from({ length: rows }, () => {
    const at = total * random.uniform()
    return kinds.find((_, k) => (1 - 0.86 ** (k + 1)) / 0.14 >= at) ?? kinds[0]!
  })
  const codes = [0, 1, 2, 3, 4].map((j) => Float64Array.from(drawn, (kind) => kind[j]!))
  return behindLayers(codes, 5, 20, seed)
}

describe('equal rows', () => {
  it('are told from others by nine digits', () => {
    const { codes, first, counts } = equalRowsOf([
      Float64Array.of(0.1 + 0.2, 1, 0.3, 1.00001),
      Float64Array.of(5, 5, 5, 5),
    ])
    expect([...codes]).toEqual([0, 1, 0, 2])
    expect([...first]).toEqual([0, 1, 3])
    expect([...counts]).toEqual([2, 1, 1])
  })

  it('of known rows are looked up: more than a line tells', async () => {
    for (const seed of seeds) {
      const evidence = yesAndNo(seed)
      const [found, line] = await Promise.all(
        [equalRowLookup, linearInversion].map(async (attack) =>
          metricOf(await attack.run(evidence, { ...options, seed }), 'cells5'),
        ),
      )
      expect(found!.value, `seed ${seed}`).toBeGreaterThan(line!.value + 0.01)
      expect(found!.value, `seed ${seed}`).toBeGreaterThan(0.8)
    }
  })

  it('are matched with kinds of people by their frequencies, without any known row', async () => {
    for (const attack of [equalRowPeople, equalRowStrangers]) {
      const beyond: number[] = []
      for (const seed of seeds) {
        const { value, chance } = metricOf(
          await attack.run(kindsOfPeople(seed), { ...options, seed }),
          'cells5',
        )
        beyond.push(value - chance)
      }
      expect(beyond.reduce((a, b) => a + b) / beyond.length, `${attack.name} ${beyond}`).toBeGreaterThan(0.04)
      expect(Math.max(...beyond), `${attack.name} ${beyond}`).toBeGreaterThan(0.1)
    }
  })

  it('are not sought where there are none, or too many kinds of them', () => {
    const features = independentColumns(60, 3, 1)
    const { attributes: _, ...rest } = yesAndNo(0, 60)
    const different: Evidence = {
      ...rest,
      attributes: features.map((_, j) => ({
        name: `n${j}`,
        kind: 'numeric',
        feature: j,
        minimum: 0,
        maximum: 1,
      })),
      features,
      released: mixed(features, 1),
    }
    const twice = (columns: readonly Float64Array[]) =>
      columns.map((column) =>
        Float64Array.from({ length: 8 * column.length }, (_, r) => column[r >> 1] ?? r >> 1),
      )
    const many = { ...different, features: twice(features), released: twice(different.released) }
    for (const attack of [equalRowLookup, equalRowPeople, equalRowStrangers]) {
      expect(attack.applies(different)).toBe(false)
      expect(attack.whyNot!(different)).toMatch(/Fewer than a tenth/)
    }
    expect(equalRowLookup.applies(many)).toBe(true)
    expect(equalRowPeople.applies(many)).toBe(false)
    expect(equalRowPeople.whyNot!(many)).toMatch(/more than 200 kinds/)
  })
})

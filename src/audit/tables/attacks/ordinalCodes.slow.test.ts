import { describe, expect, it } from 'vitest'
import { mixed } from '../../../../test/plantedEvidence.ts'
import { seededStream } from '../../../random/seeded.ts'
import type { Attribute, Evidence } from '../evidence.ts'
import { alignedLinkage } from './alignedLinkage.ts'
import { blindAlignment } from './blindAlignment.ts'
import { crowdInversion } from './crowdInversion.ts'
import { codingOf } from './ordinalCodes.ts'

/** An exponential, an infection of 15%, and three regions, the categories mixed as one number each. */
function patients(seed: number, rows = 300): Evidence {
  const random = seededStream(seed, 'ordinal patients')
  const draw = (value: () => number) => Float64Array.from({ length: rows }, value)
  const number = draw(() => -Math.log(1 - random.uniform()))
  const yes = draw(() => Number(random.uniform() < 0.15))
  const region = draw(() => Math.floor(3 * random.uniform() ** 1.8))
  const hot = (codes: Float64Array, count: number) =>
    Array.from({ length: count }, (_, c) => codes.map((code) => Number(code === c)))
  const attributes: Attribute[] = [
    { name: 'n', kind: 'numeric', feature: 0, minimum: 0, maximum: Math.max(...number) },
    { name: 'infected', kind: 'categorical', feature: 1, categories: 2 },
    { name: 'region', kind: 'categorical', feature: 3, categories: 3 },
  ]
  const left = [number, yes, region.map((c) => (2 * c + seed) % 3)]
  return {
    attributes,
    features: [number, ...hot(yes, 2), ...hot(region, 3)],
    released: mixed(left, seed),
    scheme: { name: 'planted', layers: 1 },
  }
}

describe('clouds of columns where categories left as one number each', () => {
  it('are laid on each other in the order that the categories seem to have', async () => {
    for (const seed of [0, 1, 2]) {
      const evidence = patients(seed)
      for (const attack of [blindAlignment, crowdInversion]) {
        expect(attack.applies(evidence)).toBe(true)
        const { attributes } = await attack.run(evidence, { known: 0, seed, effort: 'quick' })
        const own = attributes!.find(({ name }) => name === 'infected')!
        expect(own.within5, `${attack.name} ${seed}`).toBeGreaterThan(0.95)
      }
      expect(alignedLinkage.applies(evidence)).toBe(true)
    }
  })

  it('are not where fewer columns left than there are attributes', () => {
    const { released, ...rest } = patients(0)
    for (const attack of [blindAlignment, crowdInversion, alignedLinkage])
      expect(attack.applies({ ...rest, released: released.slice(1) })).toBe(false)
  })

  it('go back to the categories they came from', () => {
    const { attributes, features, released, scheme } = patients(1)
    const coding = codingOf(attributes, features, released, scheme, { seed: 1, effort: 'quick' })
    const codes = coding.code(features)
    expect(codes).toHaveLength(3)
    expect(coding.decode(codes)).toEqual(features)
  })
})

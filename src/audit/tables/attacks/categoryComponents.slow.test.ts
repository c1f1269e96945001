import { describe, expect, it } from 'vitest'
import { evidenceOf, independentColumns, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { layered } from '../../../protect/index.ts'
import { seededStream } from '../../../random/seeded.ts'
import type { Attribute, Evidence } from '../evidence.ts'
import { categoryComponents } from './categoryComponents.ts'

const options = { known: 0, effort: 'quick' } as const

/** Four normal columns, an infection of 15%, a sex of 58%, and three regions; categories leave as one number each. */
function patients(seed: number, { rows = 900, layers = 2 } = {}): Evidence {
  const random = seededStream(seed, 'patients')
  const numbers = Array.from({ length: 4 }, () => Float64Array.from({ length: rows }, () => random.normal()))
  const codes = [[0.15], [0.58], [0.3, 0.5]].map((bounds) =>
    Float64Array.from({ length: rows }, () => {
      const u = random.uniform()
      return bounds.filter((bound) => u >= bound).length
    }),
  )
  // The key's own order of the regions is secret.
  const left = [...numbers, codes[0]!, codes[1]!, codes[2]!.map((c) => (c + seed) % 3)]
  const secret = new Uint8Array(32).fill(seed + 1)
  const pane = layered.fit(left, { layers, activation: 'tanh', matrix: 'bounded', secret })
  const attributes: Attribute[] = [...evidenceOf(numbers, numbers).attributes]
  const features = [...numbers]
  codes.forEach((column, j) => {
    const categories = j === 2 ? 3 : 2
    const name = ['infected', 'sex', 'region'][j]!
    attributes.push({ name, kind: 'categorical', feature: features.length, categories })
    for (let c = 0; c < categories; c++) features.push(column.map((code) => Number(code === c)))
  })
  return { attributes, features, released: pane.protect(left), scheme: pane.about }
}

describe('categories from components', () => {
  it('are named by what is public alone, where they left as numbers in a secret order', async () => {
    for (const seed of [0, 1, 2]) {
      const finding = await categoryComponents.run(patients(seed), { ...options, seed })
      for (const name of ['infected', 'sex']) {
        const own = finding.attributes!.find((a) => a.name === name)!
        expect(own.within5, `${name}, seed ${seed}`).toBeGreaterThan(0.97)
      }
      expect(finding.attributes).toHaveLength(3)
    }
  })

  it('stay near what their frequencies alone give where nothing left', async () => {
    for (const seed of [0, 1, 2]) {
      const evidence = { ...patients(seed), released: noiseColumns(900, 7, seed) }
      const { metrics } = await categoryComponents.run(evidence, { ...options, seed })
      expect(metrics[0]!.value).toBeLessThan(metrics[0]!.chance + 0.05)
    }
  })

  it('are not sought in a table of numbers', () => {
    const columns = independentColumns(50, 3, 1)
    expect(categoryComponents.applies(evidenceOf(columns, columns))).toBe(false)
  })
})

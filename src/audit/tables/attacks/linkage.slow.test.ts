import { describe, expect, it } from 'vitest'
import { evidenceOf, independentColumns, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { projection } from '../../../protect/index.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import { rowAttack } from '../rows.ts'
import { alignedLinkage } from './alignedLinkage.ts'
import { distanceLinkage } from './distanceLinkage.ts'
import { landmarkLinkage } from './landmarkLinkage.ts'

const options = { known: 10, seed: 1, effort: 'quick' } as const
const attacks = [distanceLinkage, alignedLinkage, landmarkLinkage]

describe.each(attacks)('$name', (attack) => {
  it('links people through a linear map far above chance', async () => {
    const features = independentColumns(400, 5, 1)
    const finding = await attack.run(evidenceOf(features, mixed(features, 1)), options)
    const rank1 = metricOf(finding, 'rank1')
    expect(rank1.chance).toBe(1 / finding.rows)
    expect(metricOf(finding, 'rank5').chance).toBe(5 / finding.rows)
    expect(rank1.interval[0]).toBeGreaterThan(20 * rank1.chance)
    expect(metricOf(finding, 'rank5').value).toBeGreaterThan(rank1.value)
  })

  it('stays at chance on a release that has nothing to do with the table', async () => {
    const features = independentColumns(400, 5, 2)
    const finding = await attack.run(evidenceOf(features, noiseColumns(400, 5, 2)), options)
    // Of some 200 people, chance names one; more than six would happen once in ten thousand times.
    expect(metricOf(finding, 'rank1').value * finding.rows).toBeLessThan(7)
    expect(metricOf(finding, 'rank5').value * finding.rows).toBeLessThan(16)
  })

  it('does not use the order of rows', async () => {
    const features = independentColumns(300, 4, 3)
    const released = mixed(features, 3)
    const order = shuffle(upTo(300), seededStream(1, 'linkage test'))
    const unlike = released.map((column) => Float64Array.from(order, (r) => column[r]!))
    const finding = await attack.run(evidenceOf(features, unlike), options)
    expect(metricOf(finding, 'rank1').value * finding.rows).toBeLessThan(7)
  })
})

it('landmarks link rows of a projection, which keeps distances roughly', async () => {
  const features = independentColumns(400, 6, 4)
  const pane = projection.fit(features, { dimensions: 4, secret: new Uint8Array(32).fill(1) })
  const evidence = evidenceOf(features, pane.protect(features), pane.about)
  const finding = await landmarkLinkage.run(evidence, { ...options, known: 20 })
  expect(metricOf(finding, 'rank1').interval[0]).toBeGreaterThan(5 * metricOf(finding, 'rank1').chance)
  expect(alignedLinkage.applies(evidence)).toBe(false)
  await expect(landmarkLinkage.run(evidence, { ...options, known: 0 })).rejects.toThrow(/1 known rows/)
})

describe('ranks', () => {
  const blind = (match: Parameters<typeof rowAttack>[0]['match']) =>
    rowAttack({
      name: 'any',
      title: 'any',
      standpoint: 'blind',
      reads: ['columns'],
      holds: ['people'],
      needs: 'nothing',
      source: 'test',
      fewest: 0,
      match,
    })
  const features = independentColumns(40, 2, 5)
  const evidence = evidenceOf(features, features)

  it('count ties, and what is no number, as resolved at random', async () => {
    for (const value of [3, Number.NaN]) {
      const finding = await blind(({ people }) => new Float64Array(people[0]!.length ** 2).fill(value)).run(
        evidence,
        options,
      )
      expect(finding.rows).toBe(20)
      expect(metricOf(finding, 'rank1').value).toBeCloseTo(1 / 20, 12)
      expect(metricOf(finding, 'rank5').value).toBeCloseTo(5 / 20, 12)
    }
  })

  it('are right where rows and people agree', async () => {
    const finding = await blind(({ people, released }) => {
      const count = people[0]!.length
      return Float64Array.from({ length: count * count }, (_, i) =>
        Math.abs(released[0]![Math.floor(i / count)]! - people[0]![i % count]!),
      )
    }).run(evidence, options)
    expect(metricOf(finding, 'rank1')).toMatchObject({ value: 1, interval: [1, 1] })
  })
})

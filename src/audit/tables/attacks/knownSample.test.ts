import { describe, expect, it } from 'vitest'
import { evidenceOf, independentColumns, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { projection, rotation } from '../../../protect/index.ts'
import { type AttackOptions, metricOf } from '../../finding.ts'
import { type Evidence, splitRows } from '../evidence.ts'
import { knownSample } from './knownSample.ts'

const secret = new Uint8Array(32).fill(8)
const leak = (known: number): AttackOptions => ({ known, seed: 1, effort: 'quick' })

/** Six correlated columns through a projection to four. */
function projected(participants: number, rows = 300): Evidence {
  const features = mixed(independentColumns(rows, 6, 1), 1)
  const pane = projection.fit(features, { dimensions: 4, participants, secret })
  return {
    ...evidenceOf(features, pane.protect(features), pane.about),
    ...(pane.participantsOf ? { participants: pane.participantsOf(rows) } : {}),
  }
}

describe('known samples', () => {
  it('give a rotation away exactly from as many rows as columns: one fewer than a line needs', async () => {
    const features = mixed(independentColumns(200, 5, 2), 2)
    const pane = rotation.fit(features, { secret })
    const evidence = evidenceOf(features, pane.protect(features), pane.about)
    const exact = await knownSample.run(evidence, leak(5))
    expect(Math.max(...exact.attributes!.map((a) => a.largestError))).toBeLessThan(1e-8)
    const short = await knownSample.run(evidence, leak(4))
    expect(Math.max(...short.attributes!.map((a) => a.largestError))).toBeGreaterThan(1e-3)
  })

  it('recover of independent columns as much as the projection kept: four of six directions', async () => {
    const features = independentColumns(600, 6, 5)
    const pane = projection.fit(features, { dimensions: 4, secret })
    const finding = await knownSample.run(evidenceOf(features, pane.protect(features), pane.about), leak(200))
    const { value, baseline } = metricOf(finding, 'explained')
    // Other columns tell nothing here, so that all of it is a leak.
    expect(baseline).toBeLessThan(0.05)
    expect(value).toBeGreaterThan(0.5)
    expect(value).toBeLessThan(0.8)
  })

  it('say of a participant of whom no row is known only the mean of everybody', async () => {
    const shared = projected(1)
    const { known } = splitRows(300, 60, 1)
    const other = projection.fit(shared.features, { dimensions: 4, secret: new Uint8Array(32).fill(9) })
    const others = other.protect(shared.features)
    const whose = new Int32Array(300).fill(1)
    for (const r of known) whose[r] = 0
    // The known rows are one participant's, all others another's with a matrix of its own.
    const released = shared.released.map((y, i) => y.map((v, r) => (whose[r] === 0 ? v : others[i]![r]!)))
    const finding = await knownSample.run({ ...shared, released, participants: whose }, leak(60))
    expect(metricOf(finding, 'explained').value).toBeCloseTo(0, 9)
  })

  it('lose by a matrix for each participant, until rows of each are known', async () => {
    const explained = async (participants: number, known: number) =>
      metricOf(await knownSample.run(projected(participants), leak(known)), 'explained').value
    const [shared, own, many] = [await explained(1, 24), await explained(10, 24), await explained(10, 150)]
    expect(own).toBeLessThan(shared - 0.2)
    expect(many).toBeGreaterThan(shared - 0.1)
  })

  it('stay at chance on noise', async () => {
    const features = independentColumns(300, 5, 3)
    const finding = await knownSample.run(evidenceOf(features, noiseColumns(300, 5, 3)), leak(60))
    expect(metricOf(finding, 'explained').value).toBeLessThan(0.05)
  })

  it('are for linear protections, from two rows', async () => {
    const features = independentColumns(20, 2, 4)
    const bent = evidenceOf(features, features, { name: 'layered', activation: 'tanh', layers: 1 })
    expect(knownSample.applies(bent)).toBe(false)
    await expect(knownSample.run(evidenceOf(features, features), leak(1))).rejects.toThrow(RangeError)
  })
})

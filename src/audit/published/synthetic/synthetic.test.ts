import { describe, expect, it } from 'vitest'
import { turnsFor } from '../../../learn/pauses.ts'
import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import { seededStream } from '../../../random/seeded.ts'
import { halfCopied, people, tableOf } from '../testing.ts'
import { syntheticAttacks } from './attacks.ts'
import { type SyntheticAttack, syntheticSight } from './contract.ts'
import { inferenceByClassifier, inferenceByNearest } from './inference.ts'
import { linkabilityByOne, linkabilityByTies } from './linkability.ts'
import { membershipByDensity, membershipByDistance, membershipByNearest } from './membership.ts'
import { residualRisk } from './residual.ts'
import { singlingByOne, singlingByThree } from './singlingOut.ts'

const [original, control, fresh] = [people(600, 1), people(600, 2), people(600, 3)]
const options = { seed: 4, attacks: 300, turn: () => undefined }

/** The first metric of an attack. */
const risk = async (attack: SyntheticAttack, synthetic: CodedTable, about?: string, held = control) => {
  const found = await attack.find(syntheticSight({ original, control: held, synthetic }), options)
  return (about === undefined ? found[0]! : found.find((finding) => finding.about === about)!).metrics[0]!
}

describe('the residual risk', () => {
  it('is that of Anonymeter', () => {
    // anonymeter 1.1.0: EvaluationResults(n_attacks=500, n_success=120, n_baseline=10, n_control=80).risk()
    const { value, interval } = residualRisk({ hits: 120, attempts: 500 }, { hits: 80, attempts: 500 })
    expect(value).toBeCloseTo(0.09480453841626077, 14)
    expect(interval[0]).toBeCloseTo(0.038289756120436516, 14)
    expect(interval[1]).toBeCloseTo(0.15131932071208504, 14)
  })

  it('is nothing where strangers fare as well, and all where they do not', async () => {
    expect(residualRisk({ hits: 50, attempts: 100 }, { hits: 60, attempts: 100 }).value).toBe(0)
    expect(residualRisk({ hits: 1000, attempts: 1000 }, { hits: 0, attempts: 1000 }).value).toBeGreaterThan(
      0.99,
    )
    expect(() => residualRisk({ hits: 0, attempts: 0 }, { hits: 0, attempts: 1 })).toThrow('needs attempts')
  })
})

describe('attacks on synthetic rows', () => {
  it.each([
    [singlingByOne, undefined, 0.9],
    [singlingByThree, undefined, 0.9],
    [linkabilityByOne, undefined, 0.6],
    [linkabilityByTies, undefined, 0.6],
    [inferenceByNearest, 'ill', 0.5],
    [inferenceByNearest, 'wage', 0.5],
    [membershipByDistance, undefined, 0.95],
    [membershipByNearest, undefined, 0.95],
    [membershipByDensity, undefined, 0.6],
  ] as const)('succeed on the rows themselves ($name)', async (attack, about, least) => {
    expect((await risk(attack, original, about)).value).toBeGreaterThan(least)
  })

  it.each([
    [singlingByOne, undefined],
    [singlingByThree, undefined],
    [linkabilityByOne, undefined],
    [linkabilityByTies, undefined],
    [inferenceByNearest, 'ill'],
    [inferenceByNearest, 'wage'],
    [inferenceByClassifier, 'ill'],
  ] as const)('are at nothing on rows of other people ($0.name $1)', async (attack, about) => {
    const { value, interval } = await risk(attack, fresh, about)
    expect(interval[0]).toBe(0)
    expect(value).toBeLessThan(0.1)
  })

  it.each([membershipByDistance, membershipByDensity])(
    'are at half on rows of other people ($name)',
    async (attack) => {
      const { interval } = await risk(attack, fresh)
      expect(interval[0]).toBeLessThan(0.5)
      expect(interval[1]).toBeGreaterThan(0.5)
    },
  )

  it('carry a smaller control over to as many rows as were used', async () => {
    const small = people(150, 5)
    const fair = await risk(singlingByThree, fresh, undefined, small)
    expect(fair.interval[0]).toBeLessThan(0.05)
    expect(fair.value).toBeLessThan(0.12)
    expect((await risk(singlingByThree, original, undefined, small)).value).toBeGreaterThan(0.9)
  })

  it('find half of the rows copied', async () => {
    const half = halfCopied(original, fresh)
    const { value } = await risk(singlingByThree, half)
    expect(value).toBeGreaterThan(0.2)
    expect(value).toBeLessThan(0.65)
    expect((await risk(membershipByDistance, half)).value).toBeGreaterThan(0.65)
  })

  it('tell members of whom less than half were copied, and jittered', async () => {
    const source = seededStream(8, 'jitter')
    const draw = (rows: number) =>
      Array.from({ length: rows }, () => [40 + 15 * source.normal(), 75 + 12 * source.normal()] as const)
    const table = (cells: readonly (readonly [number, number])[]) =>
      tableOf({
        age: cells.map(([age]) => age.toFixed(4)),
        weight: cells.map(([, weight]) => weight.toFixed(4)),
      })
    const [used, kept, others] = [draw(1500), draw(1500), draw(1500)]
    // Some four tenths of what neighbours are apart.
    const near = () => 0.15 * source.normal()
    const made = others.map((other, i) =>
      i < 675 ? ([used[i]![0] + near(), used[i]![1] + near()] as const) : other,
    )
    const sight = syntheticSight({ original: table(used), control: table(kept), synthetic: table(made) })
    const told = async (attack: SyntheticAttack) =>
      (await attack.find(sight, { seed: 1, attacks: 1500, turn: turnsFor(undefined) }))[0]!.metrics[0]!.value
    const best = Math.max(await told(membershipByNearest), await told(membershipByDistance))
    expect(best).toBeGreaterThan(0.6)
  })

  it('read one column of texts alone', () => {
    const one = tableOf({ town: Array.from({ length: 50 }, (_, i) => `t${i % 5}`) })
    const sight = syntheticSight({ original: one, control: one, synthetic: one })
    const able = syntheticAttacks
      .filter((attack) => attack.obstacle(sight) === undefined)
      .map(({ name }) => name)
    expect(able).toEqual([
      'singling-out-univariate',
      'membership-density',
      'membership-nearest',
      'membership-distance',
      'whole-copies',
    ])
  })
})

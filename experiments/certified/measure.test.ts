import { describe, expect, it } from 'vitest'
import { tensor } from '../../src/graph/index.ts'
import { seededRandom } from '../../src/random/seeded.ts'
import { attackVectors } from './attackers.ts'
import { candidatesOf, type Plan } from './candidates.ts'
import { lawNames, measureCoverage, mistakeNames } from './coverage.ts'
import { entropy, information } from './information.ts'
import {
  attackShare,
  countJoint,
  informedAttackShare,
  type Joint,
  mapOf,
  released,
  toldShare,
} from './joint.ts'
import { type Measured, measureRelease } from './measure.ts'
import { sessionsOf, voteOf } from './sessions.ts'

/** Two cells, of labels 0 and 1; the counts by attribute are those of a table with known limits. */
const joint: Joint = [
  [
    [28, 9],
    [2, 1],
  ],
  [
    [1, 5],
    [4, 50],
  ],
]
const measured: Measured = {
  calibration: joint,
  attackTest: joint,
  attributes: ['a', 'b'],
  labels: ['no', 'yes'],
  sampling: 'iid',
  unit: 'row',
  rule: [0, 1],
}

describe('counts', () => {
  it('are of rows by cell, label and attribute, and pass through a channel', () => {
    const of = {
      cell: Int32Array.of(0, 1, 1, 0),
      label: Int32Array.of(0, 1, 0, 0),
      attribute: Int32Array.of(1, 0, 0, 1),
    }
    const counts = countJoint(of, Int32Array.of(0, 1, 3), { cells: 2, labels: 2, attributes: 2 })
    expect(counts).toEqual([
      [
        [0, 2],
        [0, 0],
      ],
      [
        [0, 0],
        [1, 0],
      ],
    ])
    expect(released(joint, mapOf([0, 0], 1))).toEqual([
      [
        [29, 14],
        [6, 51],
      ],
    ])
    expect(
      released(joint, [
        [0.5, 0.5],
        [0, 1],
      ])[0],
    ).toEqual([
      [14, 4.5],
      [1, 0.5],
    ])
  })

  it('are attacked by the rule that others teach', () => {
    expect(attackShare(joint, joint)).toBeCloseTo(0.85, 12)
    const turned = joint.map((cell) => cell.map((row) => row.toReversed()))
    expect(attackShare(turned, joint)).toBeCloseTo(0.15, 12)
    expect(informedAttackShare(joint, joint)).toBeCloseTo((28 + 2 + 5 + 50) / 100, 12)
  })

  it('tell of the label what they tell', () => {
    expect(entropy([1, 1, 0, 2])).toBeCloseTo(1.5 * Math.LN2, 12)
    expect(
      information([
        [3, 0],
        [0, 3],
      ]),
    ).toBeCloseTo(Math.LN2, 12)
    expect(
      information([
        [1, 2],
        [2, 4],
      ]),
    ).toBeCloseTo(0, 12)
    expect(
      toldShare([
        [[3], [0]],
        [[0], [3]],
      ]),
    ).toBeCloseTo(1, 12)
  })
})

describe('a release', () => {
  it('is measured as its table says: δ = 0.001', () => {
    const found = measureRelease(
      { release: { kind: 'k-means', codes: 2 }, channel: mapOf([0, 1], 2), decided: [0, 1] },
      measured,
    )
    expect(found.estimate).toBeCloseTo(0.85, 12)
    expect(found.upper.toFixed(6)).toBe('0.939514')
    expect(found.accuracy).toBeCloseTo((37 + 54) / 100, 12)
    expect(found.floor).toBeCloseTo((29 + 51) / 100, 12)
    const stratified = measureRelease(
      { release: { kind: 'k-means', codes: 2 }, channel: mapOf([0, 1], 2), decided: [0, 1] },
      { ...measured, sampling: 'stratified' },
    )
    expect(stratified.upper).toBe(found.upper)
  })

  it('of a channel is certified by theorem B, and right as often as its chances say', () => {
    const channel = [
      [0.5, 0.5],
      [0, 1],
    ]
    const found = measureRelease(
      { release: { kind: 'channel', codes: 2, loss: 0 }, channel, decided: [0, 1] },
      measured,
    )
    expect(found.estimate).toBeCloseTo((15 + 60) / 100, 12)
    expect(found.accuracy).toBeCloseTo((0.5 * 37 + 0.5 * 3 + 54) / 100, 12)
  })
})

it('candidates of a plan: every cut, merges inside labels, channels of the accuracy that is asked', async () => {
  const cells: Joint = [0, 0, 1, 1].map((label, c) =>
    [0, 1].map((y) => (y === label ? [20 + 9 * c, 30 - 7 * c] : [1, 1])),
  )
  const chosen = (labelOf: number[], cells: Joint) => ({ labelOf, train: cells, validation: cells })
  const plan: Plan = {
    cuts: [1, 2],
    finest: 2,
    merged: [{ codes: 3, betas: [0, 1] }],
    channelCells: 2,
    losses: [0, 0.1],
  }
  const whole = released(cells, mapOf([0, 0, 1, 1], 2))
  const found = await candidatesOf(
    [
      { cut: { perLabel: 1 }, chosen: chosen([0, 1], whole) },
      { cut: { perLabel: 2 }, chosen: chosen([0, 0, 1, 1], cells) },
    ],
    plan,
  )
  expect(found.map(({ cut, candidate: { release } }) => [cut.perLabel, release.kind])).toEqual([
    [1, 'k-means'],
    [2, 'k-means'],
    [2, 'merged'],
    [2, 'merged'],
    [2, 'channel'],
    [2, 'channel'],
  ])
  for (const { cut, candidate } of found) {
    const from = cut.perLabel === 1 ? whole : cells
    const all = from.flat(2).reduce((a, b) => a + b, 0)
    const { accuracy } = measureRelease(candidate, { ...measured, calibration: from, attackTest: from })
    expect(accuracy).toBeGreaterThanOrEqual(1 - 8 / all - (candidate.release.loss ?? 0) - 1e-3)
  }
  for (const { candidate } of found.slice(2, 4)) {
    expect(candidate.release.codes).toBe(3)
    expect(candidate.decided.filter((label) => label === 0).length).toBeGreaterThan(0)
  }
})

describe('attackers', () => {
  it('find what is planted, and nothing in noise', async () => {
    const random = seededRandom(1)
    const rows = (count: number) => {
      const of = Int32Array.from({ length: count }, () => random.below(2))
      const x = Float32Array.from({ length: 4 * count }, () => random.normal())
      const planted = x.map((v, i) => (i % 4 === 2 ? v + 4 * of[i >> 2]! : v))
      return { of, noise: tensor(x, [count, 4]), planted: tensor(planted, [count, 4]) }
    }
    const [own, judged] = [rows(800), rows(800)]
    const options = { classes: 2, seed: 0, epochs: 80 }
    const found = await attackVectors(
      { x: own.planted, of: own.of },
      { x: judged.planted, of: judged.of },
      options,
    )
    for (const { value } of [found.linear, found.mlp]) expect(value).toBeGreaterThan(0.95)
    const blind = await attackVectors(
      { x: own.noise, of: own.of },
      { x: judged.noise, of: judged.of },
      options,
    )
    for (const { value } of [blind.linear, blind.mlp]) expect(value).toBeLessThan(0.57)
  })
})

describe('sessions', () => {
  it('are windows of one person in one activity, in order; the majority votes, the first of equals', () => {
    const records = {
      label: { names: ['walking', 'sitting'], of: Int32Array.of(0, 0, 1, 0, 0, 0, 1) },
      attributes: { user: { names: ['1', '2'], of: Int32Array.of(0, 0, 0, 0, 1, 0, 0) } },
    }
    const sessions = sessionsOf(records as never, Int32Array.of(0, 1, 2, 3, 4, 5, 6), 2)
    expect(sessions.map((rows) => [...rows])).toEqual([
      [0, 1],
      [3, 5],
      [2, 6],
    ])
    expect(voteOf(Int32Array.of(1, 1, 0, 2), Int32Array.of(0, 1, 2), 3)).toBe(1)
    expect(voteOf(Int32Array.of(2, 1, 1, 2), Int32Array.of(0, 1, 2, 3), 3)).toBe(1)
  })
})

describe('coverage', () => {
  it('limits are wrong in no more draws than δ says, and in some where one rule is best', () => {
    for (const of of lawNames.slice(0, 4)) {
      const { violations } = measureCoverage({ kind: 'coverage', of, draws: 300, seed: 1 })
      // δ = 5%; three deviations of 300 draws.
      expect(violations['binomial'], of).toBeLessThanOrEqual(0.088)
      expect(violations['kl'], of).toBeLessThanOrEqual(violations['binomial']!)
    }
    const { violations } = measureCoverage({ kind: 'coverage', of: lawNames[0]!, draws: 300, seed: 1 })
    expect(violations['binomial']).toBeGreaterThan(0)
  })

  it('each mistake breaks its limit, and what the interface gives holds', () => {
    for (const of of mistakeNames) {
      const { violations } = measureCoverage({ kind: 'coverage', of, draws: 60, seed: 3 })
      expect(violations['naive'], of).toBeGreaterThan(0.05)
      expect(violations['held'], of).toBeLessThanOrEqual(0.134)
    }
  })
})

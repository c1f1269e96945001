import { describe, expect, it } from 'vitest'
import { dense, sequential } from '../../learn/index.ts'
import { metricOf } from '../finding.ts'
import type { SeenUpdates, UpdateEvidence, UpdateFacts } from './contract.ts'
import { denseLeak } from './denseLeak.ts'
import { seenOf, updateAttack } from './frame.ts'
import { judgeRows, matched, separateRows } from './guessedRows.ts'
import { guessCounts, labelLeak, roundedTo } from './labelLeak.ts'
import { observedGradient } from './observed.ts'
import { likelierRows } from './priorOfRows.ts'
import { askedOf, drawnRows, evidenceFrom } from './testing.ts'
import { alignment, likelihoodRatioOfUpdate } from './updateMembership.ts'

const [width, classes] = [12, 4]
const rows = drawnRows(400, width, classes, 1)
const own = drawnRows(160, width, classes, 2)
const network = (activation: 'relu' | 'tanh') =>
  sequential([dense({ units: 64, activation }), dense({ units: classes })], { input: [width] })
const options = { seed: 1, effort: 'quick' } as const
const evidence = (given: Partial<UpdateFacts>, messages = 5, activation: 'relu' | 'tanh' = 'relu') =>
  evidenceFrom(network(activation), rows, given, messages, { own })
const found = async (given: UpdateEvidence, attack = denseLeak) => attack.run(given, options)

describe('the frame', () => {
  it('gives an attack what the server saw, and no truth', async () => {
    const given = await evidence({})
    let seen: SeenUpdates | undefined
    const spy = updateAttack<number>({
      name: 'spy',
      title: 'spy',
      aim: 'rows',
      needs: 'nothing',
      source: 'this test',
      obstacle: () => undefined,
      async guess(what) {
        seen = what
        return 7
      },
      judge: (guess, truth) => ({ rows: truth.rows.length, metrics: [], notes: [`${guess}`] }),
    })
    const finding = await found(given, spy)
    expect(seen).not.toHaveProperty('truth')
    const holds = new Set(Object.values(seen!))
    for (const hidden of [given.truth, given.truth.rows, ...given.truth.rows])
      expect(holds).not.toContain(hidden)
    expect(finding).toMatchObject({ attack: 'spy', standpoint: 'server', rows: 5, notes: ['7'] })
  })
})

describe('rows of a dense layer', () => {
  it.each([
    ['a gradient', {}],
    ['an update of one step', { sends: 'update', rate: 0.3 }],
    ['a gradient that was cut off', { clip: 0.05 }],
  ] as const)('are exact from one row: %s', async (_, given) => {
    for (const activation of ['relu', 'tanh'] as const) {
      const finding = await found(await evidence(given, 5, activation))
      expect(metricOf(finding, 'cells1').value).toBe(1)
      expect(metricOf(finding, 'cells1').chance).toBeLessThan(0.2)
      expect(finding.measures[0]).toMatchObject({ value: 1 })
    }
  })

  it('are found in a batch and in a sum of nodes, and nothing is taken for a row that is none', async () => {
    for (const given of [
      { rows: 6 },
      { rows: 6, clip: 0.1 },
      { nodes: 6 },
      { rows: 2, nodes: 3, clip: 0.1 },
    ]) {
      const finding = await found(await evidence(given, 3))
      // Of every row all cells or, guessed by the constant, nothing: so shares within 1% are those of whole rows.
      expect(finding.measures[0]!.value, JSON.stringify(given)).toBeGreaterThan(0.8)
    }
    const crowded = await evidence({ rows: 100 }, 1)
    expect((await found(crowded)).measures[0]!.value).toBeLessThan(0.3)
  })

  it('are not told apart where all rows are active at all units, nor behind noise', async () => {
    expect((await found(await evidence({ rows: 4 }, 3, 'tanh'))).measures[0]!.value).toBe(0)
    expect((await found(await evidence({ rows: 4, noise: 1e-3 }, 3))).measures[0]!.value).toBe(0)
  })

  it('are blurred by noise as it grows, and averaged over units by who knows its law', async () => {
    const near = async (noise: number) =>
      metricOf(await found(await evidence({ clip: 1, noise }, 20)), 'cells5').value
    const [little, some, much] = [await near(1e-3), await near(5e-2), await near(1)]
    expect(little).toBeGreaterThan(0.95)
    expect(some).toBeLessThan(little)
    expect(much).toBeLessThan(0.4)
    // One unit alone, the first that is active, has noise / slope on each number.
    const given = await evidence({ clip: 1, noise: 5e-2 }, 20)
    const single = given.sent.map((_, m) => {
      const { values } = observedGradient(seenOf(given), m)
      const bias = values.subarray(width * 64, width * 64 + 64)
      const unit = bias.findIndex((b) => Math.abs(b) > 0.03)
      return [Float64Array.from({ length: width }, (_, j) => values[j * 64 + unit]! / bias[unit]!)]
    })
    const naive = judgeRows(single, given.truth, seenOf(given), 1, [])
    expect(naive.metrics[0]!.value).toBeLessThan(some)
  })

  it('are likelier with rows of its own to go by, where noise leaves doubt', async () => {
    const blurred = await evidence({ clip: 1, noise: 0.3 }, 40)
    const { own: _, ...alone } = blurred
    const error = async (given: UpdateEvidence) => metricOf(await found(given), 'cells5').value
    expect(await error(blurred)).toBeGreaterThan(await error(alone))
    const likelier = likelierRows(own)!
    const row = separateRows(rows)[0]!
    likelier(row, 1e-12).forEach((v, j) => void expect(v).toBeCloseTo(row[j]!, 6))
    const far = likelier(row, 1e12)
    likelier(
      row.map((v) => -v),
      1e12,
    ).forEach((v, j) => void expect(v).toBeCloseTo(far[j]!, 6))
  })
})

describe('classes', () => {
  it('of one row are its negative slope, whatever was cut off', async () => {
    for (const given of [{}, { sends: 'update', rate: 0.5, clip: 0.01 }] as const) {
      const finding = await found(await evidence(given, 40), labelLeak)
      expect(metricOf(finding, 'labels').value).toBe(1)
      expect(metricOf(finding, 'labels').chance).toBeLessThan(0.5)
    }
  })

  it('of a batch are counted, far better than the best constant', async () => {
    for (const given of [{ rows: 16 }, { rows: 16, clip: 0.05 }, { rows: 4, nodes: 4, clip: 0.05 }]) {
      const finding = await found(await evidence(given, 10), labelLeak)
      const { value, chance } = metricOf(finding, 'labels')
      expect(value, JSON.stringify(given)).toBeGreaterThan(0.9)
      expect(chance).toBeLessThan(0.85)
    }
  })

  it('are counted without rows of its own, somewhat', async () => {
    const { own: _, ...alone } = await evidence({ rows: 8, clip: 0.05 }, 10)
    expect(metricOf(await found(alone, labelLeak), 'labels').value).toBeGreaterThan(0.7)
  })

  it('drown in noise', async () => {
    const { value, chance } = metricOf(
      await found(await evidence({ clip: 0.1, noise: 1 }, 60), labelLeak),
      'labels',
    )
    expect(value).toBeLessThan(chance + 0.25)
  })

  it('are whole numbers of the right sum', async () => {
    expect([...roundedTo(Float64Array.of(1.6, -0.3, 2.5, 0), 4)]).toEqual([2, 0, 2, 0])
    expect([...roundedTo(new Float64Array(3), 2)].reduce((a, b) => a + b)).toBe(2)
    const given = await evidence({ rows: 7 }, 2)
    for (const counts of await guessCounts(seenOf(given), 1)) expect(counts.reduce((a, b) => a + b)).toBe(7)
  })
})

describe('membership', () => {
  const asked = async (given: Partial<UpdateFacts>, messages = 6) => {
    const plain = await evidence(given, messages)
    const { candidates, member } = askedOf(rows, plain, 100)
    return { ...plain, candidates, truth: { ...plain.truth, member } }
  }
  const area = async (given: Partial<UpdateFacts>, attack: typeof alignment, messages?: number) =>
    metricOf(await attack.run(await asked(given, messages), options), 'member').value

  it('is told by the angle, and better by the ratio of likelihoods', async () => {
    for (const given of [
      { rows: 16 },
      { rows: 16, sends: 'update', steps: 3, rate: 0.1 },
      { nodes: 16, clip: 0.5 },
    ] as const) {
      const [angle, ratio] = [await area(given, alignment), await area(given, likelihoodRatioOfUpdate)]
      expect(angle, JSON.stringify(given)).toBeGreaterThan(0.6)
      expect(ratio, JSON.stringify(given)).toBeGreaterThan(Math.max(0.9, angle))
    }
  })

  it('drowns in noise, and in a crowd with it', async () => {
    for (const attack of [alignment, likelihoodRatioOfUpdate]) {
      expect(Math.abs((await area({ rows: 16, clip: 0.5, noise: 5 }, attack)) - 0.5)).toBeLessThan(0.12)
      const crowd = await area({ nodes: 150, clip: 0.5, noise: 0.5 }, attack, 2)
      expect(crowd).toBeLessThan(await area({ nodes: 2, clip: 0.5, noise: 0.5 }, attack, 20))
    }
  })

  it('of messages and rows that have nothing to do with each other is a guess', async () => {
    const given = await asked({ rows: 16 })
    const { candidates } = askedOf(drawnRows(400, width, classes, 3), given, 100)
    const finding = await likelihoodRatioOfUpdate.run({ ...given, candidates }, options)
    expect(Math.abs(metricOf(finding, 'member').value - 0.5)).toBeLessThan(0.12)
  })
})

describe('the judge', () => {
  it('pairs each row with one guess, the nearest pairs first', () => {
    const [a, b, c] = [
      [0, 0],
      [1, 1],
      [5, 5],
    ].map((v) => Float64Array.from(v)) as [Float64Array, Float64Array, Float64Array]
    const [nearA, nearC] = [Float64Array.of(0.1, 0), Float64Array.of(5, 5.2)]
    expect(matched([a, b, c], [nearC, nearA])).toEqual([nearA, undefined, nearC])
  })

  it('counts cells by their range, and gives who says nothing the constant', async () => {
    const given = await evidence({ rows: 4 }, 1)
    const truth = separateRows(given.truth.rows[0]!)
    const off = truth.map((row) => row.map((v) => v + 0.02))
    const judged = (guesses: readonly Float64Array[]) =>
      judgeRows([guesses], given.truth, { ...seenOf(given), domain: [0, 1] }, 1, []).metrics.map(
        ({ value }) => value,
      )
    expect(judged(truth)).toEqual([1, 1])
    expect(judged(off)).toEqual([1, 0])
    const [silent] = judgeRows([[]], given.truth, seenOf(given), 1, []).metrics
    expect(silent!.value).toBe(silent!.chance)
  })
})

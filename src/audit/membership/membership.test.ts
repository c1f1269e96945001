import { describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../../graph/index.ts'
import { adam, dense, fit, predict, sequential, takeRows } from '../../learn/index.ts'
import { upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { attackMembership } from './attackModel.ts'
import { likelihoodRatio } from './lira.ts'
import { trueClassLogits } from './scores.ts'
import { layerShadows, shadowHalves, shadowScores } from './shadows.ts'
import { classScores } from './threshold.ts'

/** Points of two classes that no line parts, so that what is right of a row must be learned by heart. */
function points(rows: number, seed: number) {
  const source = seededStream(seed, 'points')
  const x = tensor(
    Float32Array.from({ length: rows * 20 }, () => source.normal()),
    [rows, 20],
  )
  return { x, labels: Int32Array.from({ length: rows }, () => Number(source.uniform() < 0.5)) }
}

const recipe = {
  layers: [dense({ units: 32, activation: 'tanh' as const }), dense({ units: 2 })],
  optimizer: adam({ learningRate: 0.02 }),
  epochs: 25,
  batch: 32,
}
const candidates = points(240, 1)
const member = shadowHalves(240, 4, 9)[0]!
const labelTensor = (labels: Int32Array): Tensor => tensor(labels, [labels.length], 'int32')
const trainOn = async (rows: Int32Array, seed: number) => {
  const { layers, ...rest } = recipe
  const model = sequential(layers, { input: [20] })
  const data = takeRows({ x: candidates.x, y: labelTensor(candidates.labels) }, rows)
  const { weights } = await fit(model, data, { ...rest, loss: 'categoricalCrossEntropy', seed })
  return (x: Tensor) => predict(model, weights, x, { loss: 'categoricalCrossEntropy' })
}

describe('membership', () => {
  it('of a network that learned by heart is told, best by likelihood ratios with shadow models', async () => {
    const target = await trainOn(
      upTo(240).filter((row) => member[row]),
      77,
    )
    const shadows = await shadowScores(candidates, trainOn, { count: 8, seed: 5 })
    const found = await attackMembership(target, { ...candidates, member, shadows }, 1)
    const [threshold, byClass, online, offline] = found
    expect(found.map(({ attack }) => attack)).toEqual([
      'threshold',
      'class-threshold',
      'lira-online',
      'lira-offline',
    ])
    for (const { auc } of found) expect(auc.value).toBeGreaterThan(0.7)
    expect(online!.auc.value).toBeGreaterThan(threshold!.auc.value)
    expect(online!.auc.value).toBeGreaterThan(0.85)
    expect(online!.hitsAtHundredth.value).toBeGreaterThan(threshold!.hitsAtHundredth.value)
    expect(offline!.auc.value).toBeGreaterThan(0.75)
    // Half of the others taught the adversary what each class gets.
    expect([threshold!.members, byClass!.members]).toEqual([threshold!.members, threshold!.members])
    expect(byClass!.others).toBe(Math.ceil(threshold!.others / 2))
    expect(threshold!.curve.at(0)).toEqual({ falseAlarms: 0, hits: 0 })
    expect(threshold!.curve.at(-1)).toEqual({ falseAlarms: 1, hits: 1 })
  })

  it('of a model that never saw the candidates stays at chance', async () => {
    const stranger = points(240, 2)
    const { layers, ...rest } = recipe
    const model = sequential(layers, { input: [20] })
    const { weights } = await fit(
      model,
      { x: stranger.x, y: labelTensor(stranger.labels) },
      { ...rest, loss: 'categoricalCrossEntropy', seed: 3 },
    )
    const shadows = await layerShadows(candidates, recipe, { count: 4, seed: 5, workers: 2 })
    const answers = (x: Tensor) => predict(model, weights, x, { loss: 'categoricalCrossEntropy' })
    for (const { auc } of await attackMembership(answers, { ...candidates, member, shadows }, 1)) {
      expect(auc.interval[0]).toBeLessThan(0.5)
      expect(auc.interval[1]).toBeGreaterThan(0.5)
    }
    // The same models, whoever trains them.
    const here = await shadowScores(candidates, trainOn, { count: 4, seed: 5 })
    expect(here.included).toEqual(shadows.included)
    here.scores.forEach((scores, s) => {
      scores.forEach((score, i) => void expect(shadows.scores[s]![i]).toBeCloseTo(score, 3))
    })
  })
})

describe('likelihood ratios', () => {
  it('are those of the normal densities, by hand', () => {
    const included = [Uint8Array.of(1, 0), Uint8Array.of(1, 0), Uint8Array.of(0, 1), Uint8Array.of(0, 1)]
    const scores = [
      [4, 1],
      [6, -1],
      [0, 2],
      [2, 4],
    ].map((row) => Float64Array.from(row))
    const target = Float64Array.of(5, 0)
    // Means 5 and 1, 3 and 0; the variances of both rows and sides are 2.
    const online = likelihoodRatio(target, { scores, included }, 'online')
    expect(online[0]).toBeCloseTo(16 / 4, 12)
    expect(online[1]).toBeCloseTo(-9 / 4, 12)
    const offline = likelihoodRatio(target, { scores, included }, 'offline')
    expect(Array.from(offline)).toEqual([4 / Math.sqrt(2), 0])
    expect(() => likelihoodRatio(target, { scores: scores.slice(0, 3), included }, 'offline')).toThrow(
      /candidate 0 was left out by 1 shadow models/,
    )
  })

  it('take a row’s own variance from many shadow models on', () => {
    const source = seededStream(1, 'spread')
    const target = Float64Array.of(3, 3)
    const included = shadowHalves(2, 64, 1)
    // Both rows are answered at 0 on average, the first with deviation 1, the second with 10.
    const scores = included.map(() => Float64Array.of(source.normal(), 10 * source.normal()))
    const own = likelihoodRatio(target, { scores, included }, 'offline')
    expect(own[0]! / own[1]!).toBeGreaterThan(4)
    const few = { scores: scores.slice(0, 60), included: included.slice(0, 60) }
    const common = likelihoodRatio(target, few, 'offline')
    expect(Math.abs(common[0]! - common[1]!)).toBeLessThan(0.6)
  })
})

describe('scores', () => {
  it('are log odds of the true class, also where nothing is left of the others', async () => {
    const answers = async () => tensor(Float32Array.of(0.25, 0.75, 1, 0, 0, 1), [3, 2])
    const scores = await trueClassLogits(answers, {
      x: tensor(new Float32Array(3), [3, 1]),
      labels: [1, 0, 0],
    })
    expect(scores[0]).toBeCloseTo(Math.log(3), 6)
    expect(scores[1]).toBeCloseTo(Math.log(1e30), 6)
    expect(scores[2]).toBeCloseTo(-Math.log(1e30), 6)
    const x = tensor(new Float32Array(3), [3, 1])
    await expect(trueClassLogits(answers, { x, labels: [0, 1] })).rejects.toThrow(/\[3,2\], but 2 rows/)
    await expect(trueClassLogits(answers, { x, labels: [0, 1, 2] })).rejects.toThrow(/row 3 has class 2/)
  })

  it('by class take off what others of the class get', () => {
    // Class 1 is harder: its members score below the others of class 0.
    const labels = Int32Array.from({ length: 400 }, (_, i) => i % 2)
    const kinds = Uint8Array.from({ length: 400 }, (_, i) => Number(i < 200))
    const source = seededStream(4, 'classes')
    const scores = Float64Array.from(
      { length: 400 },
      (_, i) => 2 * kinds[i]! - 20 * labels[i]! + source.normal(),
    )
    const { scores: own, rows } = classScores(scores, labels, kinds, 1)
    expect(rows.length).toBe(300)
    const mean = (label: number) => {
      const of = rows.map((row, i) => (labels[row] === label && kinds[row] ? own[i]! * 1e6 : Number.NaN))
      const known = Array.from(of).filter(Number.isFinite)
      return known.reduce((a, b) => a + b, 0) / known.length / 1e6
    }
    expect(Math.abs(mean(0) - mean(1))).toBeLessThan(0.7)
  })

  it('of shadow models need an even number of at least 4, half of them with each row', async () => {
    const halves = shadowHalves(50, 6, 1)
    for (let row = 0; row < 50; row++) expect(halves.reduce((n, own) => n + own[row]!, 0)).toBe(3)
    for (const count of [2, 5, 0]) {
      expect(() => shadowHalves(10, count, 1)).toThrow(`${count} shadow models will not do`)
    }
    const signal = AbortSignal.abort()
    await expect(shadowScores(candidates, trainOn, { count: 4, seed: 1, signal })).rejects.toMatchObject({
      code: 'aborted',
    })
  })
})

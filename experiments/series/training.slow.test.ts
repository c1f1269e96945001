import { describe, expect, it } from 'vitest'
import { rmsprop } from '../../src/learn/index.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { seededSecret } from '../../src/random/seededSecret.ts'
import { paperShape, type SeriesSplit, seriesSplits } from './splits.ts'
import { type Arm, errorOf, type Forecast, type Frozen, forecast } from './training.ts'

const paper = { matrix: 'glorot', precision: 'float32', standardise: false } as const
const full = { matrix: 'bounded', precision: 'float64', standardise: true } as const
const recipe = {
  optimizer: rmsprop({ learningRate: 0.1 }),
  activation: 'sigmoid',
  epochs: 60,
  patience: 60,
} as const

/** A target that repeats, three months later, what the second predictor showed; the others are noise. */
function planted(months: number, unit: number): Float64Array[] {
  const random = seededStream(5, 'planted series')
  const lead = Float64Array.from({ length: months + 3 }, () => 3 + random.normal())
  const noise = () => Float64Array.from({ length: months }, () => 10 * random.normal())
  const target = lead.slice(0, months).map((v) => unit * (v + 0.05 * random.normal()))
  return [target, lead.slice(3), noise(), noise(), noise(), noise()]
}

const [split] = seriesSplits(140, { ...paperShape, train: 80, validation: 30, test: 30 }) as [SeriesSplit]

function run(arm: Arm, frozen: Frozen, columns = planted(140, 1)): Promise<Forecast> {
  return forecast(columns, split, { arm, frozen, secret: seededSecret(1, 'test'), recipe, seed: 2 })
}

const none: Frozen = { layers: 0, activation: 'identity' }

describe('a forecast from protected months', () => {
  it('takes from its predictors what they know, and nothing when they are zeros', async () => {
    const [plain, zeros] = [await run(full, none), await run('blind', none)]
    const deviation = 1
    expect(zeros.trained!.test).toBeGreaterThan(0.8 * deviation)
    expect(plain.trained!.test).toBeLessThan(0.6 * zeros.trained!.test)
  })

  it('keeps it behind bounded layers, and loses it behind sigmoids that nobody scales back', async () => {
    const frozen = { layers: 3, activation: 'sigmoid' } as const
    const zeros = (await run('blind', none)).trained!.test
    expect((await run(full, frozen)).trained!.test).toBeLessThan(0.7 * zeros)
    expect((await run(paper, frozen)).trained!.test).toBeGreaterThan(0.9 * zeros)
  })

  it('is impossible where exponentials overflow', async () => {
    const frozen = { layers: 8, activation: 'exp' } as const
    const { shape, trained } = await run(paper, frozen)
    expect(trained).toBeUndefined()
    expect(shape.largest).toBeNull()
    expect((await run(paper, { ...frozen, layers: 1 })).shape.largest).toBeLessThan(20)
  })

  it('is impossible where only a later month overflows', async () => {
    const columns = planted(140, 1)
    columns[2]![split.months[1] + 1] = 1e6
    const { shape, trained } = await run(full, { layers: 5, activation: 'exp' }, columns)
    expect(trained).toBeUndefined()
    expect(shape.largest).toBeLessThan(20)
    expect(shape.later).toBeNull()
  })

  it('has errors in the unit of the target, and gives the same again', async () => {
    const small = (await run(full, none)).trained!
    const large = (await run(full, none, planted(140, 250))).trained!
    expect(large.test / small.test).toBeCloseTo(250, 3)
    expect((await run(full, none)).trained).toEqual(small)
  })
})

it('the error of a rule is the root of the mean square over foretold months', () => {
  const actual = Float64Array.from({ length: 20 }, (_, i) => 100 * i)
  expect(errorOf(actual, [0, 4], (window, month) => 100 * (window + 6 + month))).toBe(0)
  expect(errorOf(actual, [0, 4], (window) => 100 * (window + 5))).toBeCloseTo(100 * Math.sqrt(14 / 3), 9)
})

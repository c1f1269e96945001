import { describe, expect, it } from 'vitest'
import { average } from '../estimates.ts'
import { reported } from '../reporting.ts'
import { type PaperActivation, paperActivations, type Trial } from '../wheat.ts'
import type { ClassificationAnswer, ClassificationTask, SettingName } from './classification.ts'
import { classificationExperiment } from './index.ts'
import { classificationMeans } from './means.ts'

async function measured(
  setting: SettingName,
  activation: PaperActivation,
  layers: number,
  seeds: readonly number[],
): Promise<Trial[]> {
  const found: Trial[] = []
  for (const seed of seeds) {
    const task: ClassificationTask = { measure: 'accuracy', setting, activation, depths: [layers], seed }
    const answer = (await classificationExperiment.run(task)) as ClassificationAnswer
    if (answer.measure === 'accuracy') found.push(...answer.trials[0]!)
  }
  return found
}
const accuracy = async (...of: Parameters<typeof measured>) =>
  average(await measured(...of), (t) => t.accuracy)

describe('frozen layers', () => {
  const seeds = [0, 1, 2]

  it('of the paper: a deep sigmoid is at chance, in float64 too, but standardising finds its signal', async () => {
    const base = await accuracy('paper', 'sigmoid', 0, seeds)
    expect(base).toBeGreaterThan(0.91)
    expect(await accuracy('paper', 'sigmoid', 10, seeds)).toBeLessThan(0.45)
    expect(await accuracy('paper-float64', 'sigmoid', 10, seeds)).toBeLessThan(0.45)
    const wide = await accuracy('standardised-float64', 'sigmoid', 10, seeds)
    expect(wide).toBeGreaterThan(0.75)
    expect(await accuracy('standardised-float32', 'sigmoid', 10, seeds)).toBeLessThan(wide)
  })

  it('of the paper: exp overflows', async () => {
    const deep = await measured('paper', 'exp', 10, [0, 1])
    expect(deep.every((t) => t.diverged)).toBe(true)
  })

  it('of all seven stages: three of tanh stay within four points of the base, exp does not overflow', async () => {
    const base = await accuracy('full', 'tanh', 0, seeds)
    expect(await accuracy('full', 'tanh', 3, seeds)).toBeGreaterThan(base - 0.04)
    expect(await accuracy('full', 'exp', 10, [0, 1])).toBeGreaterThan(0.7)
  })
})

describe('tasks', () => {
  const tasks = (quick: boolean, seeds?: number) =>
    classificationExperiment.tasks({ quick, seed: 3, seeds }) as ClassificationTask[]

  it('are the same for the same settings, with every depth of the paper', () => {
    expect(tasks(false)).toEqual(tasks(false))
    const paper = tasks(false).filter((t) => t.measure === 'accuracy' && t.setting === 'paper')
    expect(paper.length).toBe(3 * 20)
    const depths = paper.flatMap((t) => (t.measure === 'accuracy' && t.seed === 3 ? t.depths : []))
    expect(new Set(depths)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
  })

  it('measure each base once a seed', () => {
    for (const own of [tasks(true), tasks(false, 4)]) {
      const bases = own.flatMap((t) =>
        t.measure === 'accuracy' && t.depths.includes(0) ? [`${t.setting} ${t.seed}`] : [],
      )
      expect(new Set(bases).size).toBe(bases.length)
      const all = own.flatMap((t) => (t.measure === 'accuracy' ? [`${t.setting} ${t.seed}`] : []))
      expect(new Set(bases)).toEqual(new Set(all))
    }
  })
})

describe('the report', () => {
  const settings = { quick: true, seed: 0, seeds: 2 }
  const tasks = classificationExperiment.tasks(settings) as ClassificationTask[]
  // Planted: tanh loses two points a layer, twice the epochs; sigmoid nothing; exp overflows from 3 layers on.
  const planted = (activation: PaperActivation, layers: number, seed: number): Trial[] => {
    const diverged = activation === 'exp' && layers >= 3
    const level = 0.9 + 0.01 * seed - (activation === 'tanh' ? 0.02 * layers : 0)
    return [-0.02, -0.01, 0, 0.01, 0.02].map((fold) => ({
      accuracy: diverged ? 1 / 3 : level + fold,
      epochs: diverged ? 0 : activation === 'tanh' && layers > 0 ? 200 : 100,
      diverged,
    }))
  }
  const answers = tasks.map((task): ClassificationAnswer => {
    if (task.measure === 'accuracy') {
      return { measure: 'accuracy', trials: task.depths.map((d) => planted(task.activation, d, task.seed)) }
    }
    const eleven = Array.from({ length: 11 }, (_, k) => k)
    if (task.measure === 'time') {
      return {
        measure: 'time',
        epochMilliseconds: 2,
        inModel: eleven.map((k) => 1 + k / 10),
        beforehand: 1.01,
        protectMilliseconds: 3,
      }
    }
    const overflow = (k: number) => task.activation === 'exp' && k > 3
    return {
      measure: 'signal',
      deviations: eleven.map((k) => (overflow(k) ? null : 4 ** -k)),
      roundings: eleven.map((k) => (overflow(k) ? null : 6e-8 * 4 ** k)),
      dimensions: { glorot: eleven.map(() => 2), bounded: eleven.map(() => 2.5) },
    }
  })
  const means = classificationMeans(tasks, answers)

  it('finds planted slopes and departures', () => {
    const of = (activation: string) =>
      means.departures.find((d) => d.setting === 'paper' && d.activation === activation)!
    expect(of('tanh').slope.value).toBeCloseTo(-0.02, 9)
    expect(of('tanh').slope.interval[1]).toBeLessThan(0)
    // The base's sd is some 1.6 points: one layer costs more.
    expect(of('tanh').outside).toEqual([1, 2, 3, 5, 10])
    // One sd of each: two layers cost more.
    expect(of('tanh').apart).toEqual([2, 3, 5, 10])
    expect(of('sigmoid').slope.value).toBeCloseTo(0, 9)
    expect(of('sigmoid').outside).toEqual([])
    expect(of('exp').outside).toEqual([3, 5, 10])
  })

  it('pairs differences by seed', () => {
    const point = means.points.find((p) => p.setting === 'full' && p.activation === 'tanh' && p.layers === 3)!
    expect(point.difference.value).toBeCloseTo(-0.06, 9)
    expect(point.difference.interval[1] - point.difference.interval[0]).toBeLessThan(1e-9)
    expect(point.epochRatio!.value).toBe(2)
    const lost = means.points.find((p) => p.setting === 'paper' && p.activation === 'exp' && p.layers === 10)!
    expect(lost).toMatchObject({ diverged: 1, epochs: null, epochRatio: null })
  })

  it('multiplies the time of an epoch by their number', () => {
    const at = (activation: string, layers: number) =>
      means.time.find((t) => t.activation === activation && t.layers === layers)!
    expect(at('tanh', 10).inModel!.value).toBeCloseTo(2 * 2, 9)
    expect(at('tanh', 10).beforehand!.value).toBeCloseTo(2 * 1.01, 9)
    expect(at('tanh', 10).seconds).toBeCloseTo((200 * 2 * 2) / 1000, 9)
    expect(at('exp', 10).inModel).toBeNull()
  })

  it('takes a loss apart without a rest', () => {
    expect(means.losses.length).toBeGreaterThan(5)
    for (const { lost, float32, scaling, layersThemselves } of means.losses) {
      expect(float32.value + scaling.value + layersThemselves.value).toBeCloseTo(lost.value, 9)
    }
  })

  it('shows nothing that is not a number, and every activation', async () => {
    const report = await reported(classificationExperiment, tasks, answers, settings)
    expect(report.page).not.toMatch(/NaN|undefined|Infinity|null/)
    expect(report.page).toContain('not from 1 on')
    for (const activation of paperActivations) expect(report.summary).toContain(activation)
    expect(JSON.parse(JSON.stringify(report.data))).toEqual(report.data)
  })
})

import { describe, expect, it } from 'vitest'
import { keyActivationNames } from '../../src/protect/index.ts'
import { reported } from '../reporting.ts'
import { stagesExperiment } from './index.ts'
import { type StagesAnswer, type StagesTask, stageChanges } from './stages.ts'

const settings = { quick: true, seed: 0, seeds: 4 }
const tasks = stagesExperiment.tasks(settings) as StagesTask[]

describe('stages', () => {
  it('are every invertible activation, and each stage by itself', () => {
    for (const name of keyActivationNames) expect(stageChanges[name]).toEqual({ activation: name })
    expect(new Set(tasks.map((t) => t.change)).size).toBe(Object.keys(stageChanges).length + 1)
  })

  it('train: sigmoid and tanh are one function, and a bare permutation changes little', async () => {
    const of = async (change?: string) => {
      const task: StagesTask = { change, depths: [change ? 3 : 0], seed: 1 }
      return ((await stagesExperiment.run(task)) as StagesAnswer).trials[0]!
    }
    const mean = (trials: readonly { accuracy: number }[]) =>
      trials.reduce((sum, t) => sum + t.accuracy / trials.length, 0)
    const [none, tanh, sigmoid, rows] = [
      await of(),
      await of('tanh'),
      await of('sigmoid'),
      await of('rows in order'),
    ]
    expect(mean(none)).toBeGreaterThan(0.9)
    expect(Math.abs(mean(sigmoid) - mean(tanh))).toBeLessThan(0.01)
    expect(Math.abs(mean(rows) - mean(tanh))).toBeLessThan(0.04)
  })

  it('reports a planted effect and no other', async () => {
    const answers = tasks.map(({ change, depths, seed }) => ({
      trials: depths.map(() =>
        [0, 1, 2, 3, 4].map((fold) => ({
          // Each key is good or bad by itself; elu costs three points whatever the key.
          accuracy: 0.9 + 0.01 * ((seed * 7 + fold) % 3) - (change === 'elu' ? 0.03 : 0),
          epochs: change ? 110 : 100,
          diverged: false,
        })),
      ),
    }))
    const report = await reported(stagesExperiment, tasks, answers, settings)
    expect(report.page).toContain('1 of 13 changes differ')
    expect(report.page).toContain('elu at 3 (−3.0 [−3.0, −3.0])')
    expect(report.page).toContain('1.10 [1.10, 1.10]')
    expect(report.page).not.toMatch(/NaN|undefined/)
    expect(report.summary).toContain('without bias')
  })
})

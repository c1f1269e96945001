import { describe, expect, it } from 'vitest'
import { reported } from '../reporting.ts'
import { type Choice, epochLimits, type GridAnswer, type GridTask, ownChoice } from './grid.ts'
import { gridExperiment } from './index.ts'

const good: Choice = { ...ownChoice, rate: 0.01, batch: 21 }
// Too slow to leave chance within its epochs.
const bad: Choice[] = [8, 9, 10, 11, 12].map((neurons) => ({
  ...ownChoice,
  optimizer: 'adadelta',
  rate: 0.001,
  neurons,
  batch: 70,
}))

describe('the grid', () => {
  const full = gridExperiment.tasks({ quick: false, seed: 0 }) as GridTask[]

  it('holds what the paper varied, each choice once, and ours', () => {
    const all = full.flatMap((t) => t.choices)
    expect(new Set(all.map((c) => JSON.stringify(c))).size).toBe(all.length)
    const levels = (factor: keyof Choice) => new Set(all.map((c) => c[factor]))
    expect(levels('optimizer')).toEqual(new Set(['sgd', 'rmsprop', 'adagrad', 'adadelta', 'adam']))
    expect(levels('neurons')).toEqual(new Set([8, 9, 10, 11, 12, 13]))
    expect(levels('layers')).toEqual(new Set([1, 2, 3]))
    expect(levels('batch')).toEqual(new Set([1, 10, 21, 70]))
    expect(all).toContainEqual(ownChoice)
    for (const batch of levels('batch')) expect(epochLimits[batch as number]).toBeGreaterThan(0)
    expect(full.filter((t) => t.choices.length === 0).length).toBe(1)
  })

  it('never measures a champion on the seed that chose it', () => {
    for (const { seed, fresh } of full) expect(fresh).not.toContain(seed)
  })

  it('finds the one good choice of a block, by halving', async () => {
    const task: GridTask = { choices: [...bad, good], seed: 0, fresh: [1] }
    const answer = (await gridExperiment.run(task)) as GridAnswer
    expect(answer.champion).toEqual(good)
    expect(answer.searched.length).toBe(6)
    // 6 on one fold, 2 on two more, 2 on the last two, and five fresh ones.
    expect(answer.trainings).toBe(6 + 4 + 4 + 5)
    expect(answer.chosenBy).toBeGreaterThan(0.85)
    for (const t of answer.trials[0]!) expect(t.accuracy).toBeGreaterThan(0.8)
  })

  it('ranks champions by what has not chosen them, and sets ours among them', async () => {
    const measured = (accuracy: number) => [
      [accuracy, accuracy].map((a) => ({ accuracy: a, epochs: 50, diverged: false })),
    ]
    const search = (choices: readonly Choice[], accuracy: number) =>
      choices.map((choice) => ({ choice, accuracy, epochs: 50, diverged: false }))
    const tasks: GridTask[] = [
      { choices: bad, seed: 0, fresh: [1] },
      { choices: [good], seed: 0, fresh: [1] },
      { choices: [], seed: 0, fresh: [1] },
    ]
    const answers: GridAnswer[] = [
      { searched: search(bad, 0.5), champion: bad[0]!, chosenBy: 0.99, trials: measured(0.6), trainings: 10 },
      { searched: search([good], 1), champion: good, chosenBy: 0.9, trials: measured(0.96), trainings: 5 },
      { searched: [], champion: ownChoice, chosenBy: 0.9, trials: measured(0.95), trainings: 5 },
    ]
    const report = await reported(gridExperiment, tasks, answers, { quick: true, seed: 0 })
    expect(report.page).toContain('takes place 2 of 3')
    expect(report.page).toContain('Of the 1 above it, 1 is better')
    expect(report.page).toContain('| optimiser: adadelta | 50.0 | 0.0 | 50 | 5 |')
    expect(report.page).not.toMatch(/NaN|undefined/)
    expect(report.summary).toContain('6 configurations, 20 trainings')
  })
})

import { describe, expect, it } from 'vitest'
import { svgOf } from '../../src/figures/index.ts'
import { reported } from '../reporting.ts'
import { seriesCells } from './cells.ts'
import { seriesExperiment } from './index.ts'
import type { SeriesData } from './results.ts'
import type { SeriesAnswer, SeriesTask } from './series.ts'
import type { Forecast } from './training.ts'

const settings = { quick: true, seed: 0 }
const shape = { largest: 1, later: 2, flat: 0, peak: 0.2 }

/** A forecast whose errors are all one number. */
const errors = (error: number): Forecast => ({
  shape,
  trained: { epochs: 40, validation: error, test: error, strict: error },
})

describe('tasks', () => {
  it('are the same for the same settings, and survive JSON', async () => {
    const tasks = await seriesExperiment.tasks({ quick: false, seed: 3 })
    expect(JSON.parse(JSON.stringify(tasks))).toEqual(tasks)
    expect(await seriesExperiment.tasks({ quick: false, seed: 3 })).toEqual(tasks)
    expect(await seriesExperiment.tasks({ quick: false, seed: 4 })).not.toEqual(tasks)
  })

  it('have more seeds for the figure than for the other choices', async () => {
    const tasks = (await seriesExperiment.tasks({ quick: false, seed: 0, seeds: 5 })) as SeriesTask[]
    const seedsOf = (name: string) =>
      new Set(tasks.filter((t) => t.choice === name && t.purpose === 'layers').map((t) => t.seed)).size
    expect([seedsOf('largest makes'), seedsOf('smaller makes')]).toEqual([5, 2])
  })
})

describe('cells', () => {
  const task = (arm: SeriesTask['arm'], layers: number, seed: number) =>
    ({
      purpose: 'layers',
      choice: 'largest makes',
      arm,
      frozen: { layers, activation: layers === 0 ? 'identity' : 'exp' },
      splits: [0, 1],
      seed,
    }) as unknown as SeriesTask
  const overflow: Forecast = { shape: { ...shape, largest: null, later: null } }

  it('compare pair by pair, and only where there is a forecast', () => {
    const tasks = [task('paper', 0, 0), task('paper', 0, 1), task('paper', 2, 0), task('paper', 2, 1)]
    const answers: SeriesAnswer[] = [
      [errors(100), errors(300)],
      [errors(100), errors(300)],
      [errors(110), overflow],
      [errors(130), overflow],
    ]
    const [base, cell] = seriesCells(tasks, answers)
    expect(base).toMatchObject({ trained: 4, trainings: 4, noise: 0, ratio: { test: 1 } })
    expect(base!.test!.mean).toBe(200)
    expect(cell).toMatchObject({ layers: 2, trained: 2, trainings: 4, lost: { training: 2, later: 0 } })
    expect(cell!.test!.mean).toBe(120)
    expect(cell!.ratio!.test).toBeCloseTo(1.2, 12)
    expect(cell!.noise).toBeUndefined()
    expect(cell!.largest).toBe(1)
  })

  it('separate what splits spread from what seeds spread', () => {
    const tasks = [task('full', 0, 0), task('full', 0, 1)]
    const [cell] = seriesCells(tasks, [
      [errors(100), errors(300)],
      [errors(110), errors(310)],
    ])
    expect(cell!.noise).toBeCloseTo(Math.sqrt(50), 9)
    expect(cell!.test!.deviation).toBeGreaterThan(100)
  })
})

describe('the report', () => {
  it('says what it found, with figures that can be drawn', async () => {
    const tasks = (await seriesExperiment.tasks(settings)) as SeriesTask[]
    const blind = tasks.map((t) => t.arm === 'blind')
    const answers = tasks.map((t, i) =>
      t.splits.map((split): Forecast => {
        if (t.frozen.activation === 'exp' && t.frozen.layers > 4 && split > 0)
          return { shape: { ...shape, largest: null } }
        return errors((blind[i] ? 2 : 1) * (200 + 10 * split) + t.frozen.layers)
      }),
    )
    const { data, figures, page, summary } = await reported(seriesExperiment, tasks, answers, settings)
    const { cells } = data as SeriesData
    expect(cells.find((c) => c.arm === 'blind')!.ratio!.test).toBeCloseTo(2, 12)
    expect(page).toContain('from 6 layers on trainings fail (83% of them at 6)')
    expect(page).toContain('never leaves one sd')
    expect(page).toContain('beyond one sd, so this criterion would notice')
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
    expect(summary).toContain('Volkswagen')
    expect(Object.keys(figures)).toEqual(['figure-12', 'figure-12-validation', 'figure-12-control'])
    for (const figure of Object.values(figures)) expect(await svgOf(figure)).toContain('frozen layers')
  })
})

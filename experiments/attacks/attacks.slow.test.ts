import { beforeAll, describe, expect, it } from 'vitest'
import { reported } from '../reporting.ts'
import { attacksExperiment } from './index.ts'
import { exactKeys, meansOf } from './means.ts'
import type { AttacksAnswer, AttacksTask } from './task.ts'

const settings = { quick: true, seed: 0 }
const scheme = (layers: number) => ({ name: 'layered', matrix: 'glorot', layers }) as const
const tasks: readonly AttacksTask[] = [
  { table: 'synthetic', scheme: scheme(1), seed: 1, known: [20] },
  { table: 'synthetic', scheme: scheme(10), seed: 1, known: [20] },
  { table: 'synthetic', scheme: scheme(91), seed: 1, known: [20] },
  { table: 'wheat', scheme: { name: 'projection', participants: 10 }, seed: 1, known: [20] },
]
const answers: AttacksAnswer[] = []

beforeAll(async () => {
  for (const task of tasks) answers.push((await attacksExperiment.run(task)) as AttacksAnswer)
})

describe('the sweep of attacks', () => {
  it('breaks one layer exactly from k + 1 known rows', () => {
    const [exact] = meansOf(tasks, answers).filter(
      (m) => m.attack === 'linear-inversion' && m.layers === 1 && m.table === 'synthetic' && m.known === 8,
    )
    expect(exactKeys(exact!)).toBe(1)
    expect(exact!.largestErrors[0]).toBeLessThan(1e-8)
  })

  it('recovers less through more layers, and more than chance through ninety-one', () => {
    const explained = [1, 10, 91].map(
      (layers) =>
        meansOf(tasks, answers).find(
          (m) => m.attack === 'plain-regression' && m.layers === layers && m.known === 20,
        )!.metrics.explained!.mean,
    )
    expect(explained[0]).toBeGreaterThan(0.95)
    expect(explained[1]).toBeLessThan(explained[0]! - 0.02)
    expect(explained[2]).toBeLessThan(explained[1]! - 0.1)
    expect(explained[2]).toBeGreaterThan(0.1)
  })

  it('gives a learned inverter that keeps up with both lines', () => {
    for (const layers of [1, 10, 91]) {
      const r2 = (attack: string) =>
        meansOf(tasks, answers).find((m) => m.attack === attack && m.layers === layers && m.known === 20)!
          .metrics.explained!.mean
      const better = Math.max(r2('plain-regression'), r2('linear-inversion'))
      expect(r2('learned-inverter'), `${layers} layers`).toBeGreaterThan(better - 0.02)
    }
  })

  it('tells attacks whose row each is: known samples of ten matrices are worth little', () => {
    const sample = answers[3]!.scores.find((s) => s.attack === 'known-sample' && s.known === 20)!
    const cells = sample.metrics.find((m) => m.name === 'cells5')!
    expect(cells.value).toBeLessThan(0.7)
  })

  it('makes a page, figures and a summary without holes', async () => {
    const report = await reported(attacksExperiment, tasks, answers, settings)
    const text = report.page + report.summary + JSON.stringify(report.figures)
    expect(text).not.toMatch(/undefined|NaN|null/)
    expect(report.page).toContain('plain-regression')
    expect(Object.keys(report.figures)).toEqual(['attacks-layers', 'attacks-leak'])
  })

  it('lists the same work for the same settings, and more of it for a full run', async () => {
    const quick = await attacksExperiment.tasks(settings)
    expect(await attacksExperiment.tasks(settings)).toEqual(quick)
    expect((await attacksExperiment.tasks({ quick: false, seed: 0 })).length).toBeGreaterThan(
      4 * quick.length,
    )
  })
})

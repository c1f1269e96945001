import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reported } from '../reporting.ts'
import type { ColorsAnswer, ColorsTask } from './colors.ts'
import { colorsExperiment } from './index.ts'

const shared = mkdtempSync(join(tmpdir(), 'frostglass-study-'))
afterAll(() => rmSync(shared, { recursive: true, force: true }))
const settings = { quick: true, seed: 0 }

describe('coloured digits, 1,200 of them, two seeds', () => {
  const tasks: ColorsTask[] = []
  const answers: ColorsAnswer[] = []
  const ssim = (similarity: readonly { name: string; value: number }[]) =>
    similarity.find((m) => m.name === 'ssim')!.value

  beforeAll(async () => {
    const listed = (await colorsExperiment.tasks({ ...settings, seeds: 2 })) as ColorsTask[]
    const small: Record<string, number> = {
      train: 1200,
      test: 300,
      epochs: 5,
      images: 700,
      made: 700,
      judged: 100,
      mapped: 100,
    }
    tasks.push(
      ...(
        JSON.parse(
          JSON.stringify(listed, (key, value) => (typeof value === 'number' ? (small[key] ?? value) : value)),
        ) as ColorsTask[]
      ).filter((task) => !('pane' in task) || (task.pane.kind === 'mlp' && task.pane.bottleneck === 64)),
    )
    for (const task of tasks)
      answers.push((await colorsExperiment.run(task, undefined, shared)) as ColorsAnswer)
  })

  it('the service tells the digit; the adversaries tell the colour too, far above chance', () => {
    const panes = answers.flatMap((a) => (a.pane ? [a.pane] : []))
    expect(panes.length).toBe(2)
    for (const { obfuscated, colors } of panes) {
      expect(obfuscated.value).toBeGreaterThan(0.5)
      expect(colors.colorNet.value).toBeGreaterThan(0.6)
      // An outsider with none of the owner's images: above the study's 30%, whose chance is 14%.
      expect(Math.max(colors.noisyNet.value, colors.pathNet.value)).toBeGreaterThan(0.3)
    }
  })

  it('reconstructions resemble the images more than their mean does', () => {
    const mean = ssim(answers[0]!.meanImage!)
    // Chance is 1/7 for the colour; the rule of the three channels is tested on the images themselves below.
    for (const { pane } of answers.slice(1))
      expect(pane!.reconstructions[0]!.color.value).toBeGreaterThan(0.3)
    for (const { pane } of answers.slice(1))
      expect(ssim(pane!.reconstructions[0]!.similarity)).toBeGreaterThan(mean + 0.05)
  })

  it('samples of one digit lie together as released, more than chance has it', () => {
    for (const { pane } of answers.slice(1)) {
      const { purity, chance } = pane!.structure.digit
      expect(chance).toBeCloseTo(0.1, 1)
      expect(purity).toBeGreaterThan(chance + 0.15)
    }
  })

  it('a page with the study’s numbers, sheets and charts', async () => {
    const report = await reported(colorsExperiment, tasks, answers, settings)
    expect(report.page).not.toMatch(/NaN|undefined|Infinity/)
    expect(Object.keys(report.figures)).toEqual(['figure-8-9', 'figure-10'])
    expect(Object.keys(report.pictures!)).toEqual(['figure-7-mlp', 'figure-7-cnn', 'figure-8', 'figure-9'])
    expect(JSON.stringify(report.data)).not.toMatch(/bytes/)
  })
})

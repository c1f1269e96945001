import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BottleneckAnswer, BottleneckTask } from '../bottlenecks/bottlenecks.ts'
import { bottlenecksExperiment } from '../bottlenecks/index.ts'
import { reported } from '../reporting.ts'
import { obfnetExperiment } from './index.ts'
import type { ObfnetAnswer, ObfnetTask } from './obfnet.ts'

const shared = mkdtempSync(join(tmpdir(), 'frostglass-obfnet-'))
afterAll(() => rmSync(shared, { recursive: true, force: true }))
const settings = { quick: true, seed: 0 }

describe('ObfNet before LeNet, on 1,200 digits', () => {
  const tasks: ObfnetTask[] = []
  const answers: ObfnetAnswer[] = []
  const raw = () => answers.find((a) => a.kind === 'classifier')!.raw
  const panes = () => answers.filter((a) => a.kind === 'pane')

  beforeAll(async () => {
    const listed = (await obfnetExperiment.tasks({ ...settings, seeds: 2 })) as ObfnetTask[]
    tasks.push(
      ...(JSON.parse(
        JSON.stringify(listed, (key, value) =>
          key === 'train'
            ? 1200
            : key === 'test'
              ? 400
              : key === 'epochs'
                ? 6
                : key === 'known'
                  ? 1000
                  : value,
        ),
      ) as ObfnetTask[]),
    )
    for (const task of tasks)
      answers.push((await obfnetExperiment.run(task, undefined, shared)) as ObfnetAnswer)
  })

  it('the service still tells most obfuscated digits, within 15 points of raw ones', () => {
    expect(panes().map((pane) => pane.name)).toEqual([
      'ObfNet2-0',
      'ObfNet2-1',
      'ObfNet1',
      'ObfNet2-0, constant rate',
    ])
    expect(raw().value).toBeGreaterThan(0.8)
    for (const { obfuscated } of panes()) {
      expect(obfuscated.value).toBeGreaterThan(raw().value - 0.15)
    }
  })

  it('raw samples: the same number right as before any obfuscator', () => {
    for (const pane of panes()) expect(pane.raw).toEqual(raw())
  })

  it('who has the panes tells them apart, so that a draw among them hides nothing', () => {
    const many = answers.find((a) => a.kind === 'many')!
    expect(many.panes).toBe(2)
    expect(many.identified.value).toBeGreaterThan(0.9)
    const [low, high] = panes()
      .slice(0, 2)
      .map((pane) => pane.obfuscated.value)
      .sort((a, b) => a - b)
    expect(many.obfuscated.value).toBeGreaterThan(low! - 0.05)
    expect(many.obfuscated.value).toBeLessThan(high! + 0.05)
  })

  it('a page with the published number beside ours, a sheet and a chart', async () => {
    const report = await reported(obfnetExperiment, tasks, answers, settings)
    expect(report.page).toMatch(/98\.98%/)
    expect(report.page).not.toMatch(/NaN|undefined|Infinity/)
    expect(Object.keys(report.figures)).toEqual(['figure-4'])
    expect(report.pictures!['figure-3']!.subarray(1, 4)).toEqual(new TextEncoder().encode('PNG'))
    expect(JSON.stringify(report.data).length).toBeLessThan(10_000)
  })

  it('says so when raw accuracy has changed', async () => {
    const changed = answers.map((a) => (a.kind === 'pane' ? { ...a, raw: { ...a.raw, value: 0.1 } } : a))
    const report = await reported(obfnetExperiment, tasks, changed, settings)
    expect(report.page).toMatch(/\*\*The service’s answers to raw samples changed\*\*/)
  })
})

it('a wider bottleneck keeps more of the accuracy', async () => {
  const listed = (await bottlenecksExperiment.tasks(settings)) as BottleneckTask[]
  const tasks = (
    JSON.parse(
      JSON.stringify(listed, (key, value) =>
        key === 'train' ? 1200 : key === 'test' ? 400 : key === 'epochs' ? 5 : value,
      ),
    ) as BottleneckTask[]
  ).filter((task) => !('pane' in task) || (task.pane.kind === 'mlp' && task.pane.bottleneck !== 512))
  const answers: BottleneckAnswer[] = []
  for (const task of tasks)
    answers.push((await bottlenecksExperiment.run(task, undefined, shared)) as BottleneckAnswer)
  const accuracy = (n: number) =>
    answers[tasks.findIndex((task) => 'pane' in task && task.pane.bottleneck === n)]!.obfuscated!.value
  expect(accuracy(64)).toBeGreaterThan(accuracy(8))
  expect(accuracy(64)).toBeGreaterThan(answers[0]!.raw.value - 0.15)
  const { page } = await reported(bottlenecksExperiment, tasks, answers, settings)
  expect(page).toMatch(/n ≥ 64/)
  expect(page).not.toMatch(/NaN|undefined|Infinity/)
})

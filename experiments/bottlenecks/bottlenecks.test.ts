import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { reported } from '../reporting.ts'
import type { BottleneckAnswer, BottleneckTask } from './bottlenecks.ts'
import { bottlenecksExperiment } from './index.ts'

const shared = mkdtempSync(join(tmpdir(), 'frostglass-obfnet-'))
afterAll(() => rmSync(shared, { recursive: true, force: true }))

it('a full run has every width, and says which trainings were shortened', async () => {
  // A full run would fetch MNIST: tasks look no further than at the file's name.
  writeFileSync(join(shared, 'train-images-idx3-ubyte'), '')
  const tasks = (await bottlenecksExperiment.tasks({
    quick: false,
    seed: 0,
    data: shared,
  })) as BottleneckTask[]
  expect(tasks.length).toBe(2 + 2 * 8 + 2 * 3)
  const answers = tasks.map((task, i): BottleneckAnswer => {
    const of = (value: number) => ({ value, interval: [value, value] as const, of: 10_000 })
    const own = { raw: of(0.99), seconds: 1 }
    return 'pane' in task ? { ...own, obfuscated: of(i === 10 ? 0.9 : 0.985), parameters: 1 } : own
  })
  const { page } = await reported(bottlenecksExperiment, tasks, answers, { quick: false, seed: 0 })
  expect(page).toMatch(/Here: \d+ epochs before InfNet-CNN/)
})

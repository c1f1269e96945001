import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readDigits, takeImages } from '../../src/data/index.ts'
import { reported } from '../reporting.ts'
import { pateExperiment } from './index.ts'
import type { PateAnswer, PateTask } from './pate.ts'
import { warpedImages } from './warped.ts'

it('warped images are the same by seed, keep their labels and most of their ink, and are not their originals', async () => {
  const { test } = await readDigits()
  const set = takeImages(test, Int32Array.of(0, 500, 999))
  const [one, again, other] = [1, 1, 2].map((seed) => warpedImages(set, 4, seed))
  expect(one!.count).toBe(12)
  expect([...one!.labels!.of]).toEqual([...set.labels!.of].flatMap((label) => [label, label, label, label]))
  expect(Buffer.compare(one!.pixels, again!.pixels)).toBe(0)
  expect(Buffer.compare(one!.pixels, other!.pixels)).not.toBe(0)
  const ink = (pixels: Uint8Array) => pixels.reduce((sum, v) => sum + v, 0)
  for (let n = 0; n < one!.count; n++) {
    const [own, from] = [one!.pixels.subarray(n * 784, (n + 1) * 784), set.pixels.subarray(784 * (n >> 2))]
    expect(Buffer.compare(own, from.subarray(0, 784))).not.toBe(0)
    expect(ink(own) / ink(from.subarray(0, 784))).toBeGreaterThan(0.6)
    expect(ink(own) / ink(from.subarray(0, 784))).toBeLessThan(1.6)
  }
})

it('teachers vote, what is answered is surer than the rest, a student learns it, and prices are in order', async () => {
  const settings = { quick: true, seed: 0 }
  const all = (await pateExperiment.tasks(settings)) as PateTask[]
  expect(all.map(({ kind }) => kind)).toEqual([...Array(5).fill('teachers'), 'prices', 'student'])
  // Five teachers of 1,000 digits each, one group; with so few, noise is a vote or less.
  const tasks = all.slice(4).map((task) => ({
    ...task,
    ensemble: { ...task.ensemble, teachers: 5, copies: 1, epochs: 4 },
    noise: { threshold: 4, sigmaThreshold: 1, sigma: 0.5 },
    ...(task.kind === 'teachers' ? { first: 0 } : {}),
    ...(task.kind === 'prices' ? { queries: [120] } : {}),
    ...(task.kind === 'student' ? { queries: 120, size: 1500, rounds: 1 } : {}),
  })) as PateTask[]
  const shared = await mkdtemp(join(tmpdir(), 'frostglass-pate-'))
  const answers: PateAnswer[] = []
  try {
    for (const task of tasks) answers.push((await pateExperiment.run(task, undefined, shared)) as PateAnswer)
  } finally {
    await rm(shared, { recursive: true, force: true })
  }
  const [teachers, prices, student] = answers
  if (teachers?.kind !== 'teachers' || prices?.kind !== 'prices' || student?.kind !== 'student')
    throw new Error('other answers than tasks')
  expect(Math.min(...teachers.right) / teachers.of).toBeGreaterThan(0.6)
  expect(prices.plurality.value).toBeGreaterThan(0.85)
  const [price] = prices.prices
  expect(price!.exact).toBeLessThan(price!.dependent)
  expect(price!.dependent).toBeLessThan(price!.independent)
  expect(price!.published[0]).toBeGreaterThan(price!.dependent)
  // What is answered is surer than the rest: a class that fewer agree on is kept back.
  expect(student.answered.of).toBeGreaterThan(50)
  expect(student.answered.of).toBeLessThan(120)
  expect(student.answered.value).toBeGreaterThan(prices.plurality.value)
  expect(student.held.map(({ of }) => of)).toEqual([200, 200])
  expect(student.held.at(-1)!.value).toBeGreaterThan(0.5)
  const { page, summary, data } = await reported(pateExperiment, tasks, answers, settings)
  expect(page).toMatch(/\| 120 \|/)
  expect(summary).toMatch(/5 teachers/)
  expect(data).toHaveProperty('rows')
})

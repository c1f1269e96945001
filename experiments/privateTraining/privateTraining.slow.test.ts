// Private training end to end on embedded digits: direction and size of what ε buys, what it spends, what the page says.
// Source: docs/architecture.md#experiments. Batches of all rows: their price is known in closed form, and quick to compute.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { gaussianToEpsilon } from '../../src/private/index.ts'
import { reported } from '../reporting.ts'
import { privateTrainingExperiment } from './index.ts'
import type { PrivateTrainingAnswer, PrivateTrainingTask } from './privateTraining.ts'

it('a linear head on scattering features is above a floor at ε = 8, and below that at ε = 0.5', async () => {
  const settings = { quick: true, seed: 0 }
  const tasks = (await privateTrainingExperiment.tasks(settings)) as PrivateTrainingTask[]
  expect(tasks.map(({ recipe, epsilon }) => `${recipe} ${epsilon}`)).toEqual([
    'scattering 3',
    'network 3',
    'scattering 1',
    'scattering 8',
    'scattering undefined',
  ])
  const own = [0.5, 8].map((epsilon) => ({
    ...tasks[0]!,
    train: 500,
    test: 300,
    epsilon,
    numbers: { batch: 500, epochs: 10, clip: 0.1, rate: 1 },
  }))
  const answers: PrivateTrainingAnswer[] = []
  const shared = await mkdtemp(join(tmpdir(), 'frostglass-'))
  try {
    for (const task of own) {
      const answer = await privateTrainingExperiment.run(task, undefined, shared)
      answers.push(answer as PrivateTrainingAnswer)
    }
  } finally {
    await rm(shared, { recursive: true, force: true })
  }
  const [low, high] = answers as [PrivateTrainingAnswer, PrivateTrainingAnswer]
  expect(high.accuracy.value).toBeGreaterThan(0.7)
  expect(high.accuracy.value).toBeGreaterThan(low.accuracy.value + 0.1)
  for (const [i, { spent }] of answers.entries()) {
    const epsilon = own[i]!.epsilon
    expect(spent!.epsilon).toBeLessThanOrEqual(epsilon)
    expect(spent!.epsilon).toBeGreaterThan(0.99 * epsilon)
    // Ten Gaussian releases of all rows, one of their mean and one of their products, added up by hand.
    const mu = Math.sqrt(
      spent!.steps / spent!.noiseMultiplier ** 2 + (epsilon / 60) ** 2 + (epsilon / 12) ** 2,
    )
    expect(gaussianToEpsilon(mu, 1e-5)).toBeLessThanOrEqual(spent!.epsilon * 1.0001)
  }
  const network = { ...tasks[1]!, numbers: { ...tasks[1]!.numbers, epochs: 1 } }
  const { page, summary, figures } = await reported(
    privateTrainingExperiment,
    [...own, network],
    [...answers, high],
    settings,
  )
  expect(page).toMatch(/scattering, linear head \| MNIST \| 0.5 \|/)
  expect(page).toMatch(/A quick run/)
  expect(summary).toMatch(/tutorial network/)
  expect(Object.keys(figures)).toEqual(['accuracy-mnist'])
})

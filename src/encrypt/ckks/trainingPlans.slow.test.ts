import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { planLogistic, planText } from './modelPlan.ts'
import { createModelService } from './modelService.ts'
import { createCkksOwner } from './owner.ts'
import { trainModel } from './trainModel.ts'

/** Rows of three features; what is learnt from rows: training.slow.test.ts. */
const made = (rows: number) => ({
  x: Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i)),
  labels: Uint8Array.from({ length: rows }, (_, i) => i % 2),
})

describe('logistic regression with encrypted weights', () => {
  it('says beforehand what it will take', () => {
    const plan = planLogistic({ rows: 20_000, features: 256, learningRate: 80 })
    const text = planText(plan, 30)
    // docs/explanation/encrypted-computation.md shows it.
    expect(
      readFileSync(new URL('../../../docs/explanation/encrypted-computation.md', import.meta.url), 'utf8'),
    ).toContain(text)
    expect(text).toMatch(/degree 8192, modulus of 218 bits .*: 128 bits of security/)
    expect(text).toMatch(/30 steps with 30 round trips of about 0\.\d MB; about \d+ s on one core/)
    expect(text).toMatch(/20,000 rows in 5 blocks of 4096, 256 features as 256 diagonals, 34 rotations/)
    expect(() => planLogistic({ rows: 10, features: 3, learningRate: 1, stepsPerRefresh: 9 })).toThrow(
      /need a modulus/,
    )
    expect(() => planLogistic({ rows: 0, features: 3, learningRate: 1 })).toThrow(RangeError)
  })

  it('refuses what comes in the wrong order or size', async () => {
    const service = createModelService()
    await expect(
      service.answer({ kind: 'steps', weights: [new Uint8Array(9)], blocks: [0] }),
    ).rejects.toThrow(/keys come first/)
    const plan = planLogistic({ rows: 10, features: 3, learningRate: 1 })
    const owner = await createCkksOwner(plan.parameters)
    await expect(
      trainModel(owner, plan, made(9), service.answer, { first: [[0, 0, 0]], steps: 1 }),
    ).rejects.toThrow(/10 rows of 3 features were planned/)
    service.close()
    owner.close()
  })

  it('stops when it is told to', async () => {
    const plan = planLogistic({ rows: 10, features: 3, learningRate: 1 })
    const owner = await createCkksOwner(plan.parameters)
    const service = createModelService()
    const controller = new AbortController()
    await expect(
      trainModel(owner, plan, made(10), service.answer, {
        first: [[0, 0, 0]],
        steps: 50,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    ).rejects.toMatchObject({ code: 'aborted' })
    service.close()
    owner.close()
  })
})

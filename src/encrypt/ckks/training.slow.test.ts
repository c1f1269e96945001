import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../random/seeded.ts'
import { costOf, type LogisticPlan, type NetworkPlan, planLogistic, planNetwork } from './modelPlan.ts'
import { createModelService } from './modelService.ts'
import { createCkksOwner } from './owner.ts'
import { trainModel } from './trainModel.ts'

const source = seededRandom(12)
const truth = [1.5, -1, 0.3]
function made(rows: number) {
  const x = new Float32Array(rows * 3)
  const labels = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    let z = 0
    for (let f = 0; f < 3; f++) {
      x[row * 3 + f] = f === 2 ? 1 : source.normal()
      z += truth[f]! * x[row * 3 + f]!
    }
    labels[row] = source.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0
  }
  return { x, labels }
}

/** The same steps on plain numbers. */
function plainly(plan: LogisticPlan, { x, labels }: ReturnType<typeof made>, steps: number): Float64Array {
  const { features, rows, blocks, learningRate, sigmoid } = plan
  const { slots } = plan.diagonals
  const w = new Float64Array(features)
  for (let step = 0; step < steps; step++) {
    const first = (step % blocks) * slots
    const count = Math.min(slots, rows - first)
    const gradient = new Float64Array(features)
    for (let row = first; row < first + count; row++) {
      let z = 0
      for (let f = 0; f < features; f++) z += w[f]! * x[row * features + f]!
      const error = 0.5 + sigmoid.linear * z + sigmoid.cubic * z ** 3 - labels[row]!
      for (let f = 0; f < features; f++) gradient[f]! += error * x[row * features + f]!
    }
    for (let f = 0; f < features; f++) w[f]! -= (learningRate / count) * gradient[f]!
  }
  return w
}

/** The network's steps on plain numbers. */
function networkPlainly(
  plan: NetworkPlan,
  { x, labels }: ReturnType<typeof made>,
  steps: number,
  first: readonly (readonly number[])[],
): number[][] {
  const { features, rows, learningRate, units, linear } = plan
  const inner = first.slice(0, units).map((w) => [...w])
  const outer = first.slice(units).map(([v]) => v!)
  for (let step = 0; step < steps; step++) {
    const inside = inner.map((w) => w.map(() => 0))
    const outside = outer.map(() => 0)
    for (let row = 0; row < rows; row++) {
      const own = x.subarray(row * features, (row + 1) * features)
      const hidden = inner.map((w) => w.reduce((sum, v, f) => sum + v * own[f]!, 0))
      const answers = hidden.map((h) => h * h + linear * h)
      const error = answers.reduce((sum, a, u) => sum + a * outer[u]!, 0) - (2 * labels[row]! - 1)
      hidden.forEach((h, u) => {
        outside[u]! += error * answers[u]!
        const slope = error * outer[u]! * (2 * h + linear)
        for (let f = 0; f < features; f++) inside[u]![f]! += slope * own[f]!
      })
    }
    inner.forEach((w, u) => {
      outer[u]! -= (learningRate / rows) * outside[u]!
      for (let f = 0; f < features; f++) w[f]! -= (learningRate / rows) * inside[u]![f]!
    })
  }
  return [...inner, ...outer.map((v) => [v])]
}

describe('a network with encrypted weights', () => {
  it('learns what the same steps in the plain learn', async () => {
    const plan = planNetwork({ rows: 200, features: 3, learningRate: 0.2, units: 2 })
    expect(plan.parameters.degree).toBe(8192)
    const data = made(200)
    const first = [[0.3, -0.2, 0.1], [-0.1, 0.2, 0.3], [0.5], [-0.4]]
    const owner = await createCkksOwner(plan.parameters)
    const service = createModelService()
    try {
      const found = await trainModel(owner, plan, data, service.answer, { first, steps: 3 })
      const expected = networkPlainly(plan, data, 3, first)
      found.weights.forEach((own, i) => {
        own.forEach((w, f) => {
          expect(Math.abs(w - expected[i]![f]!)).toBeLessThan(0.02)
        })
      })
      const moved = expected.flatMap((own, i) => own.map((w, f) => Math.abs(w - first[i]![f]!)))
      expect(Math.max(...moved)).toBeGreaterThan(0.1)
      await expect(
        trainModel(owner, plan, data, service.answer, { first: [[0, 0, 0]], steps: 1 }),
      ).rejects.toThrow(/weights of 3,3,1,1 numbers were expected, not 3/)
    } finally {
      service.close()
      owner.close()
    }
  })
})

describe('logistic regression with encrypted weights', () => {
  it.each([
    ['plain rows of two blocks', { rows: 4100 }, 4],
    ['encrypted rows', { rows: 150, encryptedData: true }, 3],
    ['plain rows, two steps between refreshes', { rows: 100, stepsPerRefresh: 2 }, 3],
  ])('learns what the same steps in the plain learn: %s', async (_, options, steps) => {
    const plan = planLogistic({ features: 3, learningRate: 1, ...options })
    const data = made(options.rows)
    const owner = await createCkksOwner(plan.parameters)
    const service = createModelService()
    try {
      const progress: number[] = []
      const found = await trainModel(owner, plan, data, service.answer, {
        first: [[0, 0, 0]],
        steps,
        onProgress: (done) => progress.push(done),
      })
      const expected = plainly(plan, data, steps)
      expect(Math.hypot(...expected)).toBeGreaterThan(0.5)
      found.weights[0]!.forEach((w, f) => {
        expect(Math.abs(w - expected[f]!)).toBeLessThan(0.005)
      })
      expect(found.roundTrips).toBe(Math.ceil(steps / plan.stepsPerRefresh))
      expect(progress.at(-1)).toBe(steps)
      // What was planned is what it weighs, but for compression.
      const cost = costOf(plan)
      const planned = cost.keyBytes + cost.dataBytes
      expect(found.bytesUp).toBeGreaterThan(0.4 * planned)
      expect(found.bytesUp).toBeLessThan(
        1.2 * planned + found.roundTrips * cost.refreshBytes + data.x.byteLength,
      )
      expect(service.times['rotate']!.calls).toBeGreaterThan(steps * 10)
    } finally {
      service.close()
      owner.close()
    }
  })
})

// Averaging algorithms on two unlike quadratics, whose fixed points and optima are known in closed form.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { admm } from './admm.ts'
import { downpour } from './downpour.ts'
import { fedAdam } from './fedAdam.ts'
import { fedAvg } from './fedAvg.ts'
import { fedAvgM } from './fedAvgM.ts'
import { fedProx } from './fedProx.ts'
import { parallelSgd } from './parallelSgd.ts'
import { scaffold } from './scaffold.ts'
import { optimumOf, quadraticLearner, runRounds } from './testing.ts'

const parts = [
  { curvature: [1, 4], centre: [3, -1] },
  { curvature: [5, 0.5], centre: [-2, 2] },
]
const learners = parts.map(quadraticLearner)
const optimum = optimumOf(parts)
const local = { epochs: 8, rate: 0.1 }
const start = [10, 10]

const expectClose = (found: Float64Array, wanted: readonly number[], digits = 9) => {
  expect(found.length).toBe(wanted.length)
  found.forEach((w, j) => void expect(w).toBeCloseTo(wanted[j]!, digits))
}

/** Where equal averaging of k steps each settles: w = mean of b + r (w − b), r = (1 − η (a + μ))^k pulled by μ. */
const settled = (k: number, rate: number, mu = 0) =>
  optimumOf(
    parts.map(({ curvature, centre }) => {
      // Of the way from w to the pulled minimum, whose curvature is a + μ, 1 − r is gone; that minimum is (a b + μ w) / (a + μ).
      const gone = curvature.map((a) => (1 - (1 - rate * (a + mu)) ** k) * (a / (a + mu)))
      return { curvature: gone, centre }
    }),
  )

describe('FedAvg', () => {
  it('settles where its fixed point is, beside the optimum', async () => {
    const algorithm = fedAvg(local)
    const found = algorithm.weights(await runRounds(algorithm, learners, start, 200))
    expectClose(found, settled(8, 0.1))
    expect(Math.abs(found[0]! - optimum[0]!)).toBeGreaterThan(0.3)
  })
  it('reaches the optimum with one step a round', async () => {
    const algorithm = fedAvg({ rate: 0.1 })
    expectClose(algorithm.weights(await runRounds(algorithm, learners, start, 400)), optimum)
  })
  it('counts rows, and stays where nobody answers', async () => {
    const shares = [10, 30]
    const uneven = parts.map((part, i) => ({ ...part, rows: shares[i]! }))
    const algorithm = fedAvg({ rate: 0.1 })
    const state = await runRounds(algorithm, uneven.map(quadraticLearner), start, 400)
    expectClose(algorithm.weights(state), optimumOf(uneven.map((p) => ({ ...p, share: p.rows }))))
    expect(algorithm.combine(state, [])).toEqual(state)
  })
})

describe('FedProx', () => {
  it('is FedAvg at μ = 0, and settles nearer to the optimum the larger μ is, at its own fixed point', async () => {
    const distances: number[] = []
    for (const mu of [0, 1, 4]) {
      const algorithm = fedProx({ ...local, mu })
      const found = algorithm.weights(await runRounds(algorithm, learners, start, 400))
      expectClose(found, settled(8, 0.1, mu))
      distances.push(Math.hypot(found[0]! - optimum[0]!, found[1]! - optimum[1]!))
    }
    expect(distances[1]).toBeLessThan(distances[0]! * 0.9)
    expect(distances[2]).toBeLessThan(distances[1]! * 0.9)
  })
  it('refuses a negative μ', () => {
    expect(() => fedProx({ ...local, mu: -1 })).toThrow('μ of FedProx')
  })
})

describe('server optimisers', () => {
  it('FedAvgM follows v ← β v + Δ, w ← w + γ v', async () => {
    const algorithm = fedAvgM({ rate: 0.1, momentum: 0.5, serverRate: 0.8 })
    const state = await runRounds(algorithm, learners, start, 3)
    // By hand: Δ is a tenth of the mean gradient downwards.
    const mean = (w: number[]) =>
      w.map((v, j) => -0.1 * parts.reduce((s, p) => s + (p.curvature[j]! * (v - p.centre[j]!)) / 2, 0))
    let [w, v] = [[...start], [0, 0]]
    for (let round = 0; round < 3; round++) {
      const move = mean(w)
      v = v.map((value, j) => 0.5 * value + move[j]!)
      w = w.map((value, j) => value + 0.8 * v[j]!)
    }
    expectClose(algorithm.weights(state), w, 12)
    expect(() => fedAvgM({ rate: 1, momentum: 1 })).toThrow('momentum')
  })
  it('FedAdam follows algorithm 2', async () => {
    const algorithm = fedAdam({
      rate: 0.1,
      serverRate: 0.2,
      momentum: 0.8,
      secondMoment: 0.9,
      adaptivity: 0.01,
    })
    const state = await runRounds(algorithm, learners, start, 4)
    let [w, m, v] = [[...start], [0, 0], [1e-4, 1e-4]]
    for (let round = 0; round < 4; round++) {
      const move = w.map(
        (value, j) => -0.1 * parts.reduce((s, p) => s + (p.curvature[j]! * (value - p.centre[j]!)) / 2, 0),
      )
      m = m.map((value, j) => 0.8 * value + 0.2 * move[j]!)
      v = v.map((value, j) => 0.9 * value + 0.1 * move[j]! ** 2)
      w = w.map((value, j) => value + (0.2 * m[j]!) / (Math.sqrt(v[j]!) + 0.01))
    }
    expectClose(algorithm.weights(state), w, 12)
  })
})

describe('SCAFFOLD', () => {
  it('reaches the optimum that FedAvg misses, by the same steps', async () => {
    const algorithm = scaffold({ ...local, nodes: 2 })
    const state = await runRounds(algorithm, learners, start, 400)
    expectClose(algorithm.weights(state), optimum)
    // There all gradients are cancelled: c is their mean, 0.
    expectClose(state.control, [0, 0])
  })
  it('keeps c the mean of the nodes’ controls when only some answer', async () => {
    const algorithm = scaffold({ ...local, nodes: 2 })
    let state = algorithm.start(Float64Array.from(start))
    const kept: Float64Array[] = [new Float64Array(2), new Float64Array(2)]
    for (let round = 1; round <= 600; round++) {
      const who = seededStream(3, 'who', round).below(2)
      const own = round === 1 ? {} : { control: kept[who]! }
      const answer = await algorithm.node(learners[who]!, algorithm.instruct(state, round), {
        state: own,
        random: seededStream(1, 'x'),
      })
      kept[who] = answer.state['control']!
      state = algorithm.combine(state, [answer.contribution])
      expectClose(
        state.control,
        [0, 1].map((j) => (kept[0]![j]! + kept[1]![j]!) / 2),
      )
    }
  })
  it('refuses a fleet of no nodes', () => {
    expect(() => scaffold({ ...local, nodes: 0 })).toThrow('1 node or more')
  })
})

describe('parallel SGD', () => {
  it('is the mean of runs that never met', async () => {
    const algorithm = parallelSgd({ steps: 20, rate: 0.1 })
    const found = algorithm.weights(await runRounds(algorithm, learners, start, 1))
    const wanted = start.map((w, j) => {
      const ends = parts.map(
        ({ curvature, centre }) => centre[j]! + (1 - 0.1 * curvature[j]!) ** 20 * (w - centre[j]!),
      )
      return (ends[0]! + ends[1]!) / 2
    })
    expectClose(found, wanted)
  })
})

describe('Downpour SGD', () => {
  it('pushes the sum of its gradients: one node alone is SGD itself', async () => {
    const algorithm = downpour({ steps: 7, rate: 0.1 })
    const one = quadraticLearner(parts[0]!)
    const state = await runRounds(algorithm, [one], start, 3)
    const { weights } = await one.train(Float64Array.from(start), {
      steps: 21,
      rate: 0.1,
      random: seededStream(1, 'x'),
    })
    expectClose(algorithm.weights(state), [...weights])
  })
  it('has the Adagrad of equation 1 at its server', async () => {
    const algorithm = downpour({ steps: 1, rate: 0.1, adagrad: 0.5 })
    const state = await runRounds(algorithm, [quadraticLearner(parts[0]!)], start, 3)
    const squares = [0, 0]
    const w = [...start]
    for (let push = 0; push < 3; push++) {
      for (const j of [0, 1]) {
        const g = parts[0]!.curvature[j]! * (w[j]! - parts[0]!.centre[j]!)
        squares[j]! += g ** 2
        w[j]! -= (0.5 * g) / Math.sqrt(squares[j]!)
      }
    }
    expectClose(algorithm.weights(state), w)
  })
  it('leaves a weight alone that no push has moved', () => {
    const algorithm = downpour({ rate: 1, adagrad: 0.5 })
    const push = { vectors: { gradient: Float64Array.of(0, 2) }, examples: 1, metrics: {} }
    const state = algorithm.combine(algorithm.start(Float64Array.of(1, 1)), [push])
    expect([...algorithm.weights(state)]).toEqual([1, 0.5])
  })
  it('overshoots where pushes are stale, as a delayed descent does', async () => {
    // w ← w − η a w(t − s): stable for η a < 2 sin(π / (4 s + 2)), so 0.9 is with s = 0 and is not with s = 2 (0.618).
    const run = async (staleness: number) => {
      const algorithm = downpour({ steps: 1, rate: 0.9 })
      const learner = quadraticLearner({ curvature: [1], centre: [0] })
      const past = [algorithm.start(Float64Array.of(1))]
      for (let t = 0; t < 60; t++) {
        const seen = past[Math.max(0, past.length - 1 - staleness)]!
        const context = { state: {}, random: seededStream(1, 'x') }
        const { contribution } = await algorithm.node(learner, algorithm.instruct(seen, 1), context)
        past.push(algorithm.combine(past.at(-1)!, [contribution]))
      }
      return Math.abs(algorithm.weights(past.at(-1)!)[0]!)
    }
    expect(await run(0)).toBeLessThan(1e-9)
    expect(await run(2)).toBeGreaterThan(10)
  })
})

describe('ADMM', () => {
  it('reaches the optimum of all rows, however unlike the nodes and their numbers of rows', async () => {
    const uneven = parts.map((part, i) => ({ ...part, rows: [10, 30][i]! }))
    const algorithm = admm({ epochs: 200, rate: 0.1, rho: 20 })
    const state = await runRounds(algorithm, uneven.map(quadraticLearner), start, 200)
    expectClose(algorithm.weights(state), optimumOf(uneven.map((p) => ({ ...p, share: p.rows }))), 7)
  })
  it('takes the iterates of equations 7.3 to 7.5', async () => {
    const rho = 20
    const algorithm = admm({ epochs: 500, rate: 0.1, rho })
    const found = algorithm.weights(await runRounds(algorithm, learners, start, 5))
    let z = [...start]
    let x = parts.map(() => [...start])
    let u = parts.map(() => [0, 0])
    for (let k = 0; k < 5; k++) {
      // argmin of 10 rows' a/2 (x − b)² + ρ/2 (x − z + u)²
      x = parts.map(({ curvature, centre }, i) =>
        curvature.map((a, j) => (10 * a * centre[j]! + rho * (z[j]! - u[i]![j]!)) / (10 * a + rho)),
      )
      z = z.map((_, j) => (x[0]![j]! + u[0]![j]! + x[1]![j]! + u[1]![j]!) / 2)
      u = u.map((dual, i) => dual.map((v, j) => v + x[i]![j]! - z[j]!))
    }
    expectClose(found, z)
  })
  it('refuses a ρ of 0', () => {
    expect(() => admm({ ...local, rho: 0 })).toThrow('ρ of ADMM')
  })
})

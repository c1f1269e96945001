// Simulations: the same numbers on any number of threads, after a stop, and as by hand; schedules, samples, refusals.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { dense, initialWeights, seededStream, sequential } from '../../learn/index.ts'
import type { Algorithm } from '../algorithms/algorithm.ts'
import { downpour } from '../algorithms/downpour.ts'
import { fedAvg } from '../algorithms/fedAvg.ts'
import { scaffold } from '../algorithms/scaffold.ts'
import { weightsToVector } from '../layout.ts'
import { openTrainer } from '../learner/trainer.ts'
import { readSnapshot, writeSnapshot } from './checkpoint.ts'
import { datasetFleet, openFleet } from './datasetFleet.ts'
import type { RoundRecord, SimulationOptions } from './running.ts'
import { droppedOf, nodesOf } from './sampling.ts'
import { simulate } from './simulate.ts'
import { openFleet as openQuadratics, quadraticFleet } from './testing.ts'

const parts = Array.from({ length: 12 }, (_, i) => ({
  curvature: [1 + (i % 3), 2],
  centre: [Math.sin(i), Math.cos(3 * i)],
}))
const quadratics = quadraticFleet({ parts })
const from = Float64Array.of(5, -5)

const layers = [dense({ units: 4, activation: 'tanh' }), dense({ units: 3 })]
const draws = seededStream(3, 'rows')
const rows = 90
const data = {
  x: tensor(Float64Array.from({ length: rows * 5 }, draws.normal), [rows, 5], 'float64'),
  y: tensor(
    Int32Array.from({ length: rows }, () => draws.below(3)),
    [rows],
    'int32',
  ),
}
const table = datasetFleet({
  layers,
  input: [5],
  loss: 'categoricalCrossEntropy',
  data,
  parts: Array.from({ length: 9 }, (_, i) =>
    Int32Array.from({ length: 6 + i }, (__, j) => (10 * i + j) % rows),
  ),
  executor: 'plain',
  keep: 2,
})

async function firstWeights(): Promise<Float64Array> {
  const model = sequential(layers, { input: [5] })
  const trainer = await openTrainer(model, { loss: 'categoricalCrossEntropy', executor: 'plain' })
  const weights = weightsToVector(initialWeights(model, 1), trainer.layout)
  await trainer.close()
  return weights
}

describe('a simulation', () => {
  it('finds the same on any number of threads: training, drop-outs, what nodes keep', async () => {
    const weights = await firstWeights()
    const found = []
    for (const workers of [0, 2]) {
      const dropped: number[] = []
      const { weights: last, state } = await simulate({
        algorithm: scaffold({ epochs: 2, batch: 4, rate: 0.2, nodes: 9 }),
        fleet: table,
        weights,
        rounds: 5,
        sampling: { count: 6 },
        dropouts: 0.3,
        seed: 11,
        workers,
        onRound: (round) => void dropped.push(round.dropped),
      })
      found.push({ last, state, dropped })
    }
    expect(found[1]).toEqual(found[0])
    expect(found[0]!.dropped.reduce((a, b) => a + b)).toBeGreaterThan(2)
    expect(found[0]!.last).not.toEqual(weights)
  })

  it('is the algorithm by hand where all nodes answer', async () => {
    const algorithm = fedAvg({ rate: 0.1 })
    const { weights } = await simulate({ algorithm, fleet: quadratics, weights: from, rounds: 3, seed: 1 })
    let w = [...from]
    for (let round = 0; round < 3; round++)
      w = w.map(
        (v, j) =>
          v - (0.1 * parts.reduce((s, p) => s + p.curvature[j]! * (v - p.centre[j]!), 0)) / parts.length,
      )
    weights.forEach((v, j) => void expect(v).toBeCloseTo(w[j]!, 12))
  })

  it('lets some nodes do another work than the algorithm’s', async () => {
    const fleet = quadraticFleet({ parts, liars: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] })
    const run = (fleet: typeof quadratics, workers: number) =>
      simulate({ algorithm: fedAvg({ rate: 0.1 }), fleet, weights: from, rounds: 1, seed: 1, workers })
    const [honest, lied] = [await run(quadratics, 0), await run(fleet, 2)]
    lied.weights.forEach((v, j) => void expect(v - from[j]!).toBeCloseTo(from[j]! - honest.weights[j]!, 12))
  })

  it('takes answers as they come from weights that are stale by the stated number', async () => {
    const staleness = 3
    const algorithm = downpour({ steps: 2, rate: 0.05 })
    const order: number[] = []
    const run = (workers: number) =>
      simulate({
        algorithm,
        fleet: quadratics,
        weights: from,
        rounds: 2,
        staleness,
        seed: 4,
        workers,
        onRound: ({ answers }) => void (workers === 0 && order.push(...answers.map(({ node }) => node))),
      })
    const here = await run(0)
    expect((await run(3)).weights).toEqual(here.weights)
    expect(order.slice(0, 12).toSorted((a, b) => a - b)).toEqual(parts.map((_, i) => i))
    expect(order.slice(12)).toEqual(order.slice(0, 12))
    const past = [[...from]]
    for (const node of order) {
      const seen = past[Math.max(0, past.length - 1 - staleness)]!
      const { curvature, centre } = parts[node]!
      const push = seen.map((v, j) => v - (centre[j]! + (1 - 0.05 * curvature[j]!) ** 2 * (v - centre[j]!)))
      past.push(past.at(-1)!.map((v, j) => v - push[j]!))
    }
    here.weights.forEach((v, j) => void expect(v).toBeCloseTo(past.at(-1)![j]!, 12))
  })

  it('has a node error name the node, in each thread', async () => {
    const fleet = quadraticFleet({ parts, failing: [7] })
    const algorithm = fedAvg({ rate: 0.1 })
    for (const workers of [0, 2])
      await expect(
        simulate({ algorithm, fleet, weights: from, rounds: 1, seed: 1, workers }),
      ).rejects.toThrow('node 7: training diverged')
  })

  it('stops when it is told to', async () => {
    for (const workers of [0, 2]) {
      const stop = new AbortController()
      const running = simulate({
        algorithm: fedAvg({ rate: 0.1 }),
        fleet: quadratics,
        weights: from,
        rounds: 1000,
        seed: 1,
        workers,
        signal: stop.signal,
        onRound: ({ round }) => void (round === 3 && stop.abort()),
      })
      await expect(running).rejects.toMatchObject({ code: 'aborted' })
    }
  })
})

describe('a simulation that goes on', () => {
  const goesOn = async <State>(options: SimulationOptions<State>) => {
    const folder = await mkdtemp(join(tmpdir(), 'frostglass-'))
    const path = join(folder, 'snapshot')
    const keep = async (round: RoundRecord<State>) => {
      if (round.round === 2) await writeSnapshot(path, round.snapshot())
    }
    try {
      const whole = await simulate({ ...options, onRound: keep })
      const snapshot = (await readSnapshot<State>(path))!
      expect(snapshot.round).toBe(2)
      expect(await simulate({ ...options, from: snapshot })).toEqual(whole)
      const bytes = await readFile(path)
      bytes[bytes.length - 3]! ^= 1
      await writeFile(path, bytes)
      await expect(readSnapshot(path)).rejects.toMatchObject({ code: 'input' })
      expect(await readSnapshot(join(folder, 'none'))).toBeUndefined()
      return snapshot
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  it('finds what it would have found: rounds, with what nodes keep', async () => {
    const algorithm = scaffold({ epochs: 3, rate: 0.1, nodes: 12 })
    const options = { algorithm, fleet: quadratics, weights: from, rounds: 5, seed: 2, dropouts: 0.2 }
    const snapshot = await goesOn({ ...options, sampling: { count: 5 } })
    await expect(simulate({ ...options, seed: 3, from: snapshot })).rejects.toThrow('with the seed 2')
  })

  it('finds what it would have found: answers in flight', async () => {
    const algorithm = downpour({ steps: 2, rate: 0.05, adagrad: 0.1 })
    await goesOn({
      algorithm,
      fleet: quadratics,
      weights: from,
      rounds: 4,
      sampling: { count: 5 },
      seed: 2,
      staleness: 7,
      dropouts: 0.2,
    })
  })
})

describe('sampling', () => {
  it('draws a count, or each node by a coin', () => {
    const counts = Array.from(
      { length: 400 },
      (_, round) => nodesOf({ rate: 0.1 }, 50, { seed: 1, round }).length,
    )
    const mean = counts.reduce((a, b) => a + b) / counts.length
    const variance = counts.reduce((sum, c) => sum + (c - mean) ** 2, 0) / counts.length
    // Binomial: 5 and 4.5, within five standard errors.
    expect(Math.abs(mean - 5)).toBeLessThan(5 * Math.sqrt(4.5 / 400))
    expect(Math.abs(variance - 4.5)).toBeLessThan(5 * 4.5 * Math.sqrt(2 / 400))
    const seen = new Set<number>()
    for (let round = 0; round < 40; round++) {
      const chosen = nodesOf({ count: 7 }, 20, { seed: 1, round })
      expect(new Set(chosen).size).toBe(7)
      for (const node of chosen) seen.add(node)
    }
    expect(seen.size).toBe(20)
    expect([...nodesOf(undefined, 3, { seed: 1, round: 1 })]).toEqual([0, 1, 2])
  })
  it('drops the stated share', () => {
    const chosen = nodesOf(undefined, 2000, { seed: 1, round: 1 })
    const { size } = droppedOf(chosen, 0.1, { seed: 1, turn: 1 })
    expect(Math.abs(size - 200)).toBeLessThan(5 * Math.sqrt(180))
  })
})

describe('what does not fit together', () => {
  const average = fedAvg({ rate: 0.1 })
  const base = { fleet: quadratics, weights: from, rounds: 1, seed: 1 }
  const refusals: readonly [string, () => Promise<unknown>][] = [
    ['none is stale', () => simulate({ ...base, algorithm: average, staleness: 1 })],
    ['a chance of dropping out', () => simulate({ ...base, algorithm: average, dropouts: 1 })],
    ['12 nodes cannot be drawn', () => simulate({ ...base, algorithm: average, sampling: { count: 13 } })],
    ['a sampling rate', () => simulate({ ...base, algorithm: average, sampling: { rate: 0 } })],
    ['in turn', () => simulate({ ...base, algorithm: downpour({ rate: 1 }), sampling: { rate: 0.5 } })],
    [
      'before its own last answer',
      () => simulate({ ...base, algorithm: downpour({ rate: 1 }), staleness: 12 }),
    ],
    [
      'rests on every node',
      () => {
        const algorithm: Algorithm<Float64Array> = { ...average, sampling: { rate: 0.5 } }
        return simulate({ ...base, algorithm, sampling: { rate: 0.4 } })
      },
    ],
    ['no node knows', () => simulate({ ...base, algorithm: { ...average, name: 'unheard of' } })],
    [
      'is open already',
      () => simulate({ ...base, algorithm: average, fleet: openQuadratics({ parts }), workers: 1 }),
    ],
    ['no 1.5 rounds', () => simulate({ ...base, algorithm: average, rounds: 1.5 })],
    ['-1 is no learning rate', () => simulate({ ...base, algorithm: fedAvg({ rate: -1 }) })],
    ['no 0.5 epochs', () => simulate({ ...base, algorithm: fedAvg({ rate: 1, epochs: 0.5 }) })],
    ['no -3 rows', () => simulate({ ...base, algorithm: fedAvg({ rate: 1, batch: -3 }) })],
    ['no nodes', () => simulate({ ...base, algorithm: average, fleet: openQuadratics({ parts: [] }) })],
  ]
  it.each(refusals)('%s', async (words, run) => {
    await expect(run()).rejects.toThrow(words)
  })
  it('a part without rows, or with one that is not there', () => {
    expect(() => datasetFleet({ ...table.options, parts: [Int32Array.of(90)] })).toThrow('node 0')
    expect(() => datasetFleet({ ...table.options, parts: [Int32Array.of(1), new Int32Array()] })).toThrow(
      'node 1',
    )
  })
})

it('a fleet that is open already works in this thread', async () => {
  const fleet = await openFleet(table.options)
  const options = {
    algorithm: fedAvg({ rate: 0.1, batch: 3 }),
    weights: await firstWeights(),
    rounds: 2,
    seed: 1,
  }
  const open = await simulate({ ...options, fleet })
  expect(await simulate({ ...options, fleet: table })).toEqual(open)
  await fleet.close()
})

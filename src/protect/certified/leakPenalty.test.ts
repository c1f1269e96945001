// The leak penalties against the sums that define them, and their gradients against differences.

import { describe, expect, it } from 'vitest'
import { compile, constant, graph, input, type Value } from '../../graph/index.ts'
import { checkGradient } from '../../graph/testing.ts'
import { seededStream } from '../../random/seeded.ts'
import { kernelLeak, softCodeLeak } from './leakPenalty.ts'

const rows = 9
const width = 3
const prior = [0.5, 0.3, 0.2]
const attribute = [0, 1, 2, 0, 1, 0, 2, 0, 1]
const hot = constant(
  attribute.flatMap((a) => prior.map((_, s) => (s === a ? 1 : 0))),
  [rows, prior.length],
  'float64',
)
const draw = seededStream(5, 'points')
const points = (count: number) =>
  Array.from({ length: count }, () => Array.from({ length: width }, () => draw.normal()))
const constantOf = (list: readonly (readonly number[])[]) =>
  constant(list.flat(), [list.length, width], 'float64')

async function leakFound(leak: Value): Promise<number> {
  const one = input('one', [], 'float64')
  const program = await compile(graph({ inputs: [one], outputs: { leak } }), { executor: 'plain' })
  const { leak: answer } = await program.run({
    one: { dtype: 'float64', shape: [], data: Float64Array.of(1) },
  })
  return answer!.data[0] as number
}

const distance = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, v, j) => sum + (v - b[j]!) ** 2, 0)

/** mean_i log Σ_s q_i(s)² / π(s), by loops. */
function leakOf(weight: (i: number, j: number) => number): number {
  let total = 0
  for (let i = 0; i < rows; i++) {
    const q = prior.map(() => 0)
    let sum = 0
    for (let j = 0; j < rows; j++) {
      if (j === i) continue
      q[attribute[j]!]! += weight(i, j)
      sum += weight(i, j)
    }
    total += Math.log(q.reduce((a, value, s) => a + (value / sum) ** 2 / prior[s]!, 0))
  }
  return total / rows
}

describe('kernelLeak', () => {
  const means = points(rows)
  const noisy = means.map((row) => row.map((v) => v + 0.4 * draw.normal()))

  it('is the leave-one-out posterior’s Rényi-2 leakage', async () => {
    const found = await leakFound(kernelLeak(constantOf(noisy), constantOf(means), hot, 0.7, prior))
    expect(found).toBeCloseTo(
      leakOf((i, j) => Math.exp(-distance(noisy[i]!, means[j]!) / (2 * 0.7 * 0.7))),
      10,
    )
  })

  it('is 0 when neighbours tell the prior, and − log π when they tell all', async () => {
    const balanced = Array.from({ length: 40 }, (_, i) => i % 2)
    const half = [0.5, 0.5]
    const of = (list: readonly (readonly number[])[]) =>
      kernelLeak(
        constantOf(list),
        constantOf(list),
        constant(
          balanced.flatMap((a) => [1 - a, a]),
          [40, 2],
          'float64',
        ),
        0.5,
        half,
      )
    // All at one place: 19 of the 39 others are alike.
    expect(await leakFound(of(balanced.map(() => [0, 0, 0])))).toBeCloseTo(
      Math.log(2 * ((19 / 39) ** 2 + (20 / 39) ** 2)),
      10,
    )
    expect(await leakFound(of(balanced.map((a) => [100 * a, 0, 0])))).toBeCloseTo(Math.log(2), 6)
  })

  it('has the gradient of its value', () => {
    checkGradient(
      (noise, mean) => kernelLeak(noise, mean, hot, 0.7, prior),
      [
        [rows, width],
        [rows, width],
      ],
    )
  })
})

describe('softCodeLeak', () => {
  const means = points(rows)
  const centres = points(4)
  const temperature = 0.8

  it('is the leakage by shares of codes', async () => {
    const shares = means.map((mean) => {
      const raw = centres.map((centre) => Math.exp(-distance(mean, centre) / temperature))
      const sum = raw.reduce((a, b) => a + b, 0)
      return raw.map((v) => v / sum)
    })
    const sizes = centres.map((_, c) => shares.reduce((sum, row) => sum + row[c]!, 0))
    const expected = leakOf((i, j) =>
      centres.reduce((sum, _, c) => sum + (shares[i]![c]! * shares[j]![c]!) / sizes[c]!, 0),
    )
    const found = await leakFound(
      softCodeLeak(constantOf(means), constantOf(centres), constant(temperature, [], 'float64'), hot, prior),
    )
    // The small weight of the prior, 1e-4 beside a row's total of under 1.
    expect(Math.abs(found - expected)).toBeLessThan(2e-3)
  })

  it('has the gradient of its value', () => {
    checkGradient(
      (mean, centre) => softCodeLeak(mean, centre, constant(temperature, [], 'float64'), hot, prior),
      [
        [rows, width],
        [4, width],
      ],
    )
  })
})

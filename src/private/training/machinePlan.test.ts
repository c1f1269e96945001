import { describe, expect, it } from 'vitest'
import { graph, input, neg } from '../../graph/index.ts'
import type { ClippedGraph } from './clippedGraph.ts'
import { machinePlan } from './machinePlan.ts'

/** Graphs that need so many numbers an example; says which were built. */
function builder(numbersEach: number) {
  const built: string[] = []
  const build = (dtype: 'float32' | 'float64', examples: number): ClippedGraph => {
    built.push(`${examples} ${dtype}`)
    const x = input('x', [examples, 2], dtype)
    return {
      graph: graph({ inputs: [x], outputs: { y: neg(x) } }),
      noise: [],
      parameters: new Map(),
      frozen: new Map(),
      trained: [],
      steps: [],
      cut: 0,
      penalties: [],
      largest: examples * numbersEach,
    }
  }
  return { built, build }
}

describe('the plan of a private training', () => {
  it('splits a batch evenly into what 512 rows allow', () => {
    const { built, build } = builder(1)
    expect(machinePlan({ executor: 'native', batch: 1000, rowsEach: 1 }, build)).toMatchObject({
      executor: 'native',
      dtype: 'float32',
      main: 500,
      tail: 32,
    })
    expect(built).toEqual(['500 float32'])
    expect(machinePlan({ executor: 'native', batch: 600, rowsEach: 4 }, build).main).toBe(120)
  })

  it('takes fewer examples where their gradients are large, but one', () => {
    const { built, build } = builder(2 ** 20)
    expect(machinePlan({ executor: 'native', batch: 64, rowsEach: 1 }, build)).toMatchObject({
      main: 8,
      tail: 8,
    })
    expect(built).toEqual(['64 float32', '8 float32'])
    const huge = builder(2 ** 24)
    expect(machinePlan({ executor: 'native', batch: 64, rowsEach: 1 }, huge.build).main).toBe(1)
  })

  it('builds anew where the plain executor is chosen, which computes in float64', () => {
    const chosen = builder(1)
    expect(machinePlan({ batch: 4, rowsEach: 1 }, chosen.build)).toMatchObject({
      executor: 'plain',
      dtype: 'float64',
      main: 4,
      tail: 4,
    })
    expect(chosen.built).toEqual(['4 float32', '4 float64'])
    const named = builder(1)
    machinePlan({ executor: 'plain', batch: 4, rowsEach: 1 }, named.build)
    expect(named.built).toEqual(['4 float64'])
  })
})

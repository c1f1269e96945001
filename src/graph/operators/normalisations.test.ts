import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compileNative } from '../native/program.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { anySeed, checkGradient, checkNative } from '../testing.ts'
import { apply, applyAll, input } from '../value.ts'
import {
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  layerNormalizationOperator,
  lpNormalizationOperator,
  lrnOperator,
  meanVarianceNormalizationOperator,
  rmsNormalization,
} from './normalisations.ts'
import { reduceSum } from './reduce.ts'

interface Case {
  readonly build: (...inputs: Value[]) => Value
  readonly shapes: readonly (readonly (number | string)[])[]
  readonly withoutDouble?: readonly string[]
}

const epsilon = 1e-2
const cases: Record<string, Case> = {
  'LayerNormalization along the last axis': {
    build: (x, scale, bias) => layerNormalization(x, scale, bias, { epsilon }),
    shapes: [['N', 3, 4], [4], [4]],
  },
  'LayerNormalization from axis 1, scale and bias that broadcast': {
    build: (x, scale, bias) => layerNormalization(x, scale, bias, { axis: 1, epsilon }),
    shapes: [['N', 3, 4], [3, 1], [1]],
  },
  'LayerNormalization without bias': {
    build: (x, scale) => layerNormalization(x, scale, undefined, { epsilon }),
    shapes: [['N', 4], [4]],
  },
  'LayerNormalization of one number': {
    build: (x, scale) => layerNormalization(x, scale, undefined, { epsilon }),
    shapes: [['N', 1], [1]],
  },
  'RMSNormalization from axis −2': {
    build: (x, scale) => rmsNormalization(x, scale, { axis: -2, epsilon }),
    shapes: [
      ['N', 2, 3],
      [2, 3],
    ],
  },
  'GroupNormalization, scales a channel': {
    build: (x, scale, bias) => groupNormalization(x, scale, bias, 2, epsilon),
    shapes: [['N', 4, 3, 2], [4], [4]],
  },
  'GroupNormalization without places': {
    build: (x, scale, bias) => groupNormalization(x, scale, bias, 1, epsilon),
    shapes: [['N', 3], [3], [3]],
  },
  InstanceNormalization: {
    build: (x, scale, bias) => instanceNormalization(x, scale, bias, epsilon),
    shapes: [['N', 3, 2, 2], [3], [3]],
  },
  'MeanVarianceNormalization over its default axes': {
    build: (x) => apply(meanVarianceNormalizationOperator, [x]),
    shapes: [['N', 2, 2, 2]],
  },
  'MeanVarianceNormalization over one axis': {
    build: (x) => apply(meanVarianceNormalizationOperator, [x], { axes: [-1] }),
    shapes: [['N', 3]],
  },
  'LpNormalization, p = 1': {
    build: (x) => apply(lpNormalizationOperator, [x], { p: 1, axis: 1 }),
    shapes: [['N', 3, 2]],
  },
  'LpNormalization, p = 2': { build: (x) => apply(lpNormalizationOperator, [x]), shapes: [['N', 3]] },
  'LRN of an odd window': {
    build: (x) => apply(lrnOperator, [x], { size: 3, alpha: 0.5, beta: 0.7, bias: 1.5 }),
    shapes: [['N', 5, 2]],
  },
  'LRN of an even window': {
    build: (x) => apply(lrnOperator, [x], { size: 4, alpha: 0.5 }),
    shapes: [['N', 5, 2, 1]],
  },
}

describe.each(Object.entries(cases))('%s', (_, { build, shapes, withoutDouble }) => {
  const run = fc.record({ N: fc.integer({ min: 2, max: 3 }), seed: anySeed })

  it('has the gradients that differences give', () => {
    fc.assert(
      fc.property(run, ({ N, seed }) => checkGradient(build, shapes, { dims: { N }, seed })),
      { numRuns: 6, seed: 1 },
    )
  })

  it('agrees with ONNX Runtime, in double too', async () => {
    await fc.assert(
      fc.asyncProperty(run, ({ N, seed }) =>
        checkNative(build, shapes, { dims: { N }, seed, withoutDouble }),
      ),
      { numRuns: 3, seed: 2 },
    )
  })
})

describe('normalisations at the edge', () => {
  const run = (outputs: Record<string, Value>, x: Value, values: Tensor) => {
    const got = compilePlain(graph({ inputs: [x], outputs })).run({ x: values }) as Record<string, Tensor>
    return Object.fromEntries(Object.entries(got).map(([name, t]) => [name, Array.from(t.data, Number)]))
  }

  it('LayerNormalization gives mean and inverse deviation, the same natively', async () => {
    const x = input('x', [2, 3])
    const [y, mean, inverse] = applyAll(layerNormalizationOperator, [x, input('scale', [3])], { epsilon: 0 })
    const g = graph({ inputs: [x, y!.node!.inputs[1]!], outputs: { mean: mean!, inverse: inverse! } })
    const feeds = { x: tensor([1, 2, 3, 2, 4, 6], [2, 3]), scale: tensor([1, 1, 1], [3]) }
    const native = await compileNative(g, { threads: 1 })
    const plain = compilePlain(g).run(feeds) as Record<string, Tensor>
    const numbers = (t: Tensor | undefined) => Array.from(t?.data ?? [], Number)
    for (const got of [plain, (await native.run(feeds)) as Record<string, Tensor>]) {
      expect(got['mean']?.shape).toEqual([2, 1])
      expect(numbers(got['mean'])).toEqual([2, 4])
      const deviations = numbers(got['inverse']).map((v) => 1 / v)
      expect(deviations[0]).toBeCloseTo(Math.sqrt(2 / 3), 6)
      expect(deviations[1]).toBeCloseTo(Math.sqrt(8 / 3), 6)
    }
    await native.close()
  })

  it.each([1, 2])('a vector of zeros stays so under LpNormalization, with a finite gradient: p = %d', (p) => {
    const x = input('x', [2, 2])
    const y = apply(lpNormalizationOperator, [x], { p })
    const [dx] = gradients(reduceSum(y), [x])
    const got = run({ y, dx: dx! }, x, tensor([0, 0, 3, 4], [2, 2]))
    expect(got['y']?.slice(0, 2)).toEqual([0, 0])
    expect(got['dx']?.every(Number.isFinite)).toBe(true)
  })

  it('has a gradient of 0 where the deviation is 0', () => {
    const x = input('x', [2, 1])
    const y = apply(meanVarianceNormalizationOperator, [x], { axes: [1] })
    const [dx] = gradients(reduceSum(y), [x])
    expect(run({ dx: dx! }, x, tensor([5, 7], [2, 1]))['dx']?.map(Math.abs)).toEqual([0, 0])
  })

  it('refuses what does not fit, naming it', () => {
    const x = input('x', ['N', 6, 2])
    const v = (size: number) => input('v', [size])
    expect(() => groupNormalization(x, v(6), v(6), 4)).toThrow(/6 channels do not make 4 groups/)
    expect(() => groupNormalization(x, v(4), v(6), 2)).toThrow(/scale \[4\] is not one number for each of 6/)
    expect(() => instanceNormalization(x, v(6), v(2))).toThrow(/bias \[2\] is not one number for each of 6/)
    expect(() => layerNormalization(x, v(3))).toThrow(/LayerNormalization/)
    expect(() => apply(lpNormalizationOperator, [x], { p: 3 })).toThrow(/p = 3/)
    expect(() => apply(lrnOperator, [x])).toThrow(/window of 0/)
  })
})

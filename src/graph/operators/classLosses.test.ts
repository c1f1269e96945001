import { describe, expect, it } from 'vitest'
import type { Operator, Value } from '../contract.ts'
import type { Tensors } from '../executor.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { applyAll, constant, input, scalarLike } from '../value.ts'
import { add, mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { negativeLogLikelihoodLossOperator, softmaxCrossEntropyLossOperator } from './classLosses.ts'
import { reduceSum } from './reduce.ts'

const targets: [shape: number[], target: Value][] = [
  [[4, 3], constant([2, 0, 1, 2], [4], 'int64')],
  [[2, 3, 2], constant([2, 0, 1, 1], [2, 2], 'int64')],
]

describe.each(
  [negativeLogLikelihoodLossOperator, softmaxCrossEntropyLossOperator].map((o) => [o.name, o] as const),
)('%s', (_, operator: Operator) => {
  it.each([
    [{ reduction: 'none' }, false],
    [{ reduction: 'sum' }, true],
    [{}, false],
    [{ reduction: 'mean', ignore_index: 1 }, true],
    [{ reduction: 'none', ignore_index: 2 }, true],
  ])('%o, weighted %o: gradient, and as ONNX Runtime', async (attributes, weighted) => {
    for (const [shape, target] of targets) {
      const build = (x: Value) => {
        const weights = weighted ? cast(constant([0.5, 2, 1.25]), x.dtype) : undefined
        return applyAll(operator, [x, target, weights], attributes)
      }
      checkGradient(build, [shape])
      await checkNative(build, [shape])
    }
  })

  it.each([1e6, 1e12])('loses nothing where scores are as large as %d', async (size) => {
    if (operator !== softmaxCrossEntropyLossOperator) return
    const scores = (x: Value) => add(mul(x, scalarLike(x, 0)), scalarLike(x, size))
    const build = (x: Value) => applyAll(operator, [scores(x), constant([1], [1], 'int64')])
    const program = compilePlain(
      graph({ inputs: [], outputs: { y: build(constant([1, 2, 3], [1, 3]))[0]! } }),
    )
    expect((program.run({}) as Tensors)['y']!.data[0]).toBeCloseTo(Math.log(3), 7)
    await checkNative(build, [[1, 3]])
  })

  it('refuses weights that are not one a class', () => {
    const x = input('x', [2, 3])
    const build = (weights: Value) => applyAll(operator, [x, constant([0, 1], [2], 'int64'), weights])
    expect(() => build(input('w', [2]))).toThrow('weights of shape [2] for scores of [2, 3]')
    expect(() => build(input('w', [1, 3]))).toThrow('weights of shape [1, 3]')
  })

  it('refuses targets of another shape, classes that are not there, and a gradient by weights', () => {
    const x = input('x', [2, 3])
    const build = (target: Value, weights?: Value) => applyAll(operator, [x, target, weights])[0]!
    expect(() => build(constant([0, 1, 2], [3], 'int64'))).toThrow(
      'targets of shape [3] for scores of [2, 3]',
    )
    const program = compilePlain(
      graph({ inputs: [x], outputs: { y: build(constant([0, 3], [2], 'int64')) } }),
    )
    expect(() => program.run({ x: tensor(new Float32Array(6), [2, 3]) })).toThrow(
      'there is no class 3 among 3',
    )
    const weights = input('weights', [3])
    const loss = reduceSum(build(constant([0, 1], [2], 'int64'), weights))
    expect(() => gradients(loss, [weights])).toThrow('no gradient of a loss by the weights')
    expect(() => applyAll(operator, [x, constant([0, 1], [2], 'int64')], { reduction: 'max' })).toThrow(
      "reduction 'max' is not one of mean, sum, none",
    )
  })
})

// What a network costs: parameters, floating-point operations of one sample, bytes of its weights.
// Source: the conventions of TensorFlow's profiler, which give the numbers of Yonan et al. 2025, Table 1: two operations
// a multiply-add, one a bias, a pooling window as many as it has elements; activations and reshaping count nothing.

import type { Graph } from '../../graph/contract.ts'
import { graph, input } from '../../graph/index.ts'
import { applyLayers } from '../../learn/buildLayers.ts'
import { countParameters, type Layer, sequential } from '../../learn/index.ts'

/** The counts of a network for one sample. */
export interface Cost {
  /** Weights and moving statistics: what the file holds. */
  readonly parameters: number
  /** Operations of one sample. */
  readonly flops: number
  /** Of the parameters in float32. */
  readonly bytes: number
}

/**
 * Counts layers. Nothing of the size of the weights is allocated.
 * @param shape of one sample, without the batch
 * @throws FrostglassError `shape` when layers do not fit together
 * @example countLayers(obfNetMlp([3, 224, 224], 512), [3, 224, 224]).parameters // 154291712
 */
export function countLayers(layers: readonly Layer[], shape: readonly number[]): Cost {
  const { weights, statistics } = countParameters(sequential(layers, { input: shape }))
  const x = input('input', [1, ...shape])
  const given = [x]
  // Weights as inputs: they have shapes and no contents.
  const output = applyLayers(layers, x, {
    training: false,
    parameter(p) {
      const value = input(p.name, p.shape)
      given.push(value)
      return value
    },
  })
  const parameters = weights + statistics
  return {
    parameters,
    flops: countFlops(graph({ inputs: given, outputs: { output } })),
    bytes: 4 * parameters,
  }
}

const products = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul'])
const pools = new Set(['MaxPool', 'AveragePool', 'GlobalAveragePool'])
const sums = new Set(['Add', 'Sub', 'Mul', 'Div'])

/** Operations of a graph of known shapes by the convention above. */
export function countFlops(g: Graph): number {
  let flops = 0
  for (const { operator, inputs, outputs, attributes } of g.nodes) {
    const size = (outputs[0]!.shape as number[]).reduce((a, d) => a * d, 1)
    if (products.has(operator.name)) {
      flops += operator.flops?.(inputs, outputs, attributes) ?? 0
      if (inputs[2]) flops += size
    } else if (pools.has(operator.name)) flops += operator.flops?.(inputs, outputs, attributes) ?? size
    else if (operator.name === 'BatchNormalization') flops += 2 * size
    else if (sums.has(operator.name)) flops += size
  }
  return flops
}

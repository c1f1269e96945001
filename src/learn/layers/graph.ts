// Somebody's graph as a layer: an imported model, always frozen, before or after layers that are trained.
// Source: docs/architecture.md#the-engine: the service's model can be anybody's file.
// It is the one layer that JSON cannot hold.

import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { cast, graph, input, substitute, type Value } from '../../graph/index.ts'
import { formatShape } from '../../graph/shape.ts'
import { constantOf } from '../../graph/value.ts'
import type { Builder, LayerOptions } from './layer.ts'

export interface GraphLayer extends LayerOptions {
  readonly kind: 'graph'
  readonly graph: Graph
}

/**
 * A graph with one input and one output as a frozen layer. Gradients flow through it, its variables stay.
 * @throws FrostglassError `usage` when it has more inputs or outputs
 */
export function graphLayer(graph: Graph, options: { name?: string | undefined } = {}): GraphLayer {
  const outputs = Object.keys(graph.outputs)
  if (graph.inputs.length !== 1 || outputs.length !== 1) {
    throw new FrostglassError(
      'usage',
      `a graph layer has one input and one output, but this graph has ${graph.inputs.length} and ${outputs.length}`,
      'Build a graph with the one output that you need.',
    )
  }
  return Object.freeze({ kind: 'graph', graph, frozen: true, ...options })
}

/**
 * A function of values as a frozen layer.
 * @param shape of one row
 * @example functionLayer([1, 28, 28], (x) => div(x, constant([255], [1])), { name: 'unit' })
 */
export function functionLayer(
  shape: readonly number[],
  build: (x: Value) => Value,
  options: { name?: string | undefined } = {},
): GraphLayer {
  const x = input('x', ['N', ...shape])
  return graphLayer(graph({ inputs: [x], outputs: { y: build(x) } }), options)
}

export const buildGraph: Builder<GraphLayer> = ({ graph }, x) => {
  const input = graph.inputs[0]!
  const output = Object.values(graph.outputs)[0]!
  const fits =
    input.shape.length === x.shape.length &&
    input.shape.every((d, i) => i === 0 || typeof d === 'string' || d === x.shape[i])
  if (!fits || typeof input.shape[0] === 'number') {
    throw new FrostglassError(
      'shape',
      `the graph takes ${formatShape(input.shape)}, but the layer before it gives ${formatShape(x.shape)}`,
      fits
        ? 'Export the model with a free batch dimension: this one is fixed.'
        : 'Put a reshape layer between them.',
    )
  }
  const replacements = new Map<Value, Value>([[input, cast(x, input.dtype)]])
  for (const v of graph.variables) replacements.set(v, constantOf(v.tensor!))
  return cast(substitute([output], replacements)[0]!, x.dtype)
}

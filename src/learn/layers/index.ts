// All layers by kind. A new layer is one file and one line in the type and in the table.

import { FrostglassError } from '../../errors.ts'
import type { Value } from '../../graph/index.ts'
import { type Activation, buildActivation } from './activation.ts'
import { buildDense, type Dense } from './dense.ts'
import { buildGraph, type GraphLayer } from './graph.ts'
import type { Builder, Building } from './layer.ts'
import { buildDropout, buildGaussianNoise, type Dropout, type GaussianNoise } from './noise.ts'
import { type BatchNorm, buildBatchNorm } from './normalisation.ts'
import { buildFlatten, buildReshape, type Flatten, type Reshape } from './shape.ts'

export { type Activation, type ActivationName, activation } from './activation.ts'
export { type Dense, dense } from './dense.ts'
export { type GraphLayer, graphLayer } from './graph.ts'
export type { Building, LayerOptions, Noise } from './layer.ts'
export { type Dropout, dropout, type GaussianNoise, gaussianNoise } from './noise.ts'
export { type BatchNorm, batchNorm } from './normalisation.ts'
export { type Flatten, flatten, type Reshape, reshapeTo } from './shape.ts'

export type Layer = Activation | BatchNorm | Dense | Dropout | Flatten | GaussianNoise | GraphLayer | Reshape

const builders: { readonly [K in Layer['kind']]: Builder<Extract<Layer, { kind: K }>> } = {
  activation: buildActivation,
  batchNorm: buildBatchNorm,
  dense: buildDense,
  dropout: buildDropout,
  flatten: buildFlatten,
  gaussianNoise: buildGaussianNoise,
  graph: buildGraph,
  reshape: buildReshape,
}

/** The output of a layer for an input. @throws FrostglassError `usage` for a kind that is not a layer. */
export function buildLayer(layer: Layer, x: Value, b: Building): Value {
  const build = builders[layer.kind] as Builder<Layer> | undefined
  if (build) return build(layer, x, b)
  throw new FrostglassError('usage', `'${layer.kind}' is not a layer`, {
    hint: `use one of ${Object.keys(builders).join(', ')}`,
  })
}

/**
 * The same layers, frozen.
 * @param options `dropout`: whether dropout and noise in them act while what is around them trains
 */
export function freezeLayers(layers: readonly Layer[], options: { dropout: boolean }): Layer[] {
  return layers.map((layer) => {
    const acts = layer.kind === 'dropout' || layer.kind === 'gaussianNoise'
    return Object.freeze({ ...layer, frozen: true, ...(acts ? { active: options.dropout } : {}) })
  })
}

/** The same layers with names that do not depend on where they stand: `prefix.0.dense`, `prefix.1.dropout`, … */
export function nameLayers(prefix: string, layers: readonly Layer[]): Layer[] {
  return layers.map((layer, i) => Object.freeze({ ...layer, name: `${prefix}.${i}.${layer.kind}` }))
}

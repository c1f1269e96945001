// All layers by kind. A new layer is one file and one line in the type and in the table.

import { FrostglassError } from '../../errors.ts'
import type { Value } from '../../graph/index.ts'
import { type Activation, buildActivation } from './activation.ts'
import { buildConv2D, buildConvTranspose2D, type Conv2D, type ConvTranspose2D } from './convolution.ts'
import { buildDense, type Dense } from './dense.ts'
import { buildEmbedding, type Embedding } from './embedding.ts'
import { buildGraph, type GraphLayer } from './graph.ts'
import type { Builder, Building } from './layer.ts'
import { buildDropout, buildGaussianNoise, type Dropout, type GaussianNoise } from './noise.ts'
import { type BatchNorm, buildBatchNorm, buildGroupNorm, type GroupNorm } from './normalisation.ts'
import {
  type AveragePool2D,
  buildAveragePool2D,
  buildGlobalAveragePool,
  buildMaxPool2D,
  type GlobalAveragePool,
  type MaxPool2D,
} from './pooling.ts'
import { buildLstm, type Lstm } from './recurrent.ts'
import { buildFlatten, buildReshape, type Flatten, type Reshape } from './shape.ts'

/** A layer of a model, by its `kind`: a frozen record of its settings, without weights. */
export type Layer =
  | Activation
  | AveragePool2D
  | BatchNorm
  | Conv2D
  | ConvTranspose2D
  | Dense
  | Dropout
  | Embedding
  | Flatten
  | GaussianNoise
  | GlobalAveragePool
  | GraphLayer
  | GroupNorm
  | Lstm
  | MaxPool2D
  | Reshape

const builders: { readonly [K in Layer['kind']]: Builder<Extract<Layer, { kind: K }>> } = {
  activation: buildActivation,
  averagePool2d: buildAveragePool2D,
  batchNorm: buildBatchNorm,
  conv2d: buildConv2D,
  convTranspose2d: buildConvTranspose2D,
  dense: buildDense,
  dropout: buildDropout,
  embedding: buildEmbedding,
  flatten: buildFlatten,
  gaussianNoise: buildGaussianNoise,
  globalAveragePool: buildGlobalAveragePool,
  graph: buildGraph,
  groupNorm: buildGroupNorm,
  lstm: buildLstm,
  maxPool2d: buildMaxPool2D,
  reshape: buildReshape,
}

/**
 * The same layers, built cheaper: a ReLU of a convolution before max pooling moves behind it, onto the fewer elements.
 * Both rise, so the numbers are the same. Names are filled in first, so that none changes.
 */
export function arrange(layers: readonly Layer[]): Layer[] {
  const named = layers.map((layer, i) => ({ ...layer, name: layer.name ?? `${i}.${layer.kind}` }))
  return named.map((layer, i) => {
    const next = named[i + 1]
    const before = named[i - 1]
    if (layer.kind === 'conv2d' && layer.activation === 'relu' && pools(next)) {
      return { ...layer, activation: 'linear' }
    }
    if (pools(layer) && before?.kind === 'conv2d' && before.activation === 'relu') {
      return { ...layer, activation: 'relu' }
    }
    return layer
  })
}

const pools = (layer: Layer | undefined): layer is MaxPool2D =>
  layer?.kind === 'maxPool2d' && layer.activation === undefined

/** The output of a layer for an input. @throws FrostglassError `usage` for a kind that is not a layer. */
export function buildLayer(layer: Layer, x: Value, b: Building): Value {
  const build = builders[layer.kind] as Builder<Layer> | undefined
  if (build) return build(layer, x, b)
  throw new FrostglassError(
    'usage',
    `'${layer.kind}' is not a layer`,
    `Use one of ${Object.keys(builders).join(', ')}.`,
  )
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

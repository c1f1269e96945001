// A network of sums, products and squares, read off layers and weights: what is linear between two squares is one layer.
// Source: Gilad-Bachrach et al. 2016 (linear layers in a row collapsed); by what the layers answer to unit vectors.
// What only looks linear is found out, and refused.

import { FrostglassError } from '../../errors.ts'
import { compile } from '../../graph/index.ts'
import { type Layer, type Model, sequential, type Weights } from '../../learn/index.ts'
import { inferenceGraph } from '../../learn/model.ts'
import type { ConvLayer, DenseLayer, PolynomialNetwork, SquareLayer } from '../inference/network.ts'

/** Kinds of layers that are sums, or nothing once training is over. Of a graph it is seen when it is read off. */
const linear = new Set([
  'flatten',
  'reshape',
  'dropout',
  'gaussianNoise',
  'averagePool2d',
  'globalAveragePool',
  'batchNorm',
  'graph',
])

/** @throws FrostglassError `unsupported` naming the first layer that ciphertexts cannot compute, and what can stand for it */
export function requirePolynomial(layers: readonly Layer[]): void {
  layers.forEach((layer, i) => {
    const activation = 'activation' in layer ? (layer.activation ?? 'linear') : 'linear'
    const instead: Record<string, string> = {
      maxPool2d: 'average pooling can stand for it',
      relu: 'a square can stand for it',
    }
    const known = layer.kind === 'conv2d' || layer.kind === 'dense' || layer.kind === 'activation'
    if (!(known || linear.has(layer.kind)) || (activation !== 'linear' && activation !== 'square')) {
      const what = activation === 'linear' || activation === 'square' ? layer.kind : activation
      throw new FrostglassError(
        'unsupported',
        `layer ${i} (${what}) is none that ciphertexts can compute`,
        instead[what] ?? 'Use sums, products and squares alone.',
      )
    }
  })
}

/**
 * Reads a network off layers and weights: a convolution in front stays one; all that is linear between squares becomes
 * one dense layer, by what it answers to each unit vector.
 * @throws FrostglassError `unsupported` for other layers
 */
export async function networkOf(model: Model, weights: Weights): Promise<PolynomialNetwork> {
  requirePolynomial(model.layers)
  const [channels, height, width] = model.input as [number, number, number]
  const layers: (ConvLayer | DenseLayer | SquareLayer)[] = []
  let shape: readonly number[] = model.input
  let open: Layer[] = []
  const close = async () => {
    if (open.length === 0) return
    const model = sequential(open, { input: shape })
    const front = layers.length === 0 ? await convolutionOf(open, shape, weights) : undefined
    layers.push(front ?? (await denseOf(model, weights)))
    shape = model.output
    open = []
  }
  // Named as a model names them, so that parts of it find their weights.
  const named = model.layers.map(
    (layer, i): Layer => ({ ...layer, name: layer.name ?? `${i}.${layer.kind}` }),
  )
  for (const layer of named) {
    const squares = 'activation' in layer && layer.activation === 'square'
    if (layer.kind !== 'activation')
      open.push(squares ? ({ ...layer, activation: 'linear' } as Layer) : layer)
    if (!squares) continue
    await close()
    layers.push({ kind: 'square' })
  }
  await close()
  return { input: [channels, height, width], layers }
}

/** Layers that leave numbers, and their order, as they are. */
const inert = new Set(['dropout', 'gaussianNoise', 'flatten', 'reshape'])

/**
 * A convolution of one group and no dilation, with average pooling behind it and what multiplies and moves its maps (batch
 * norm) folded in; nothing for other layers.
 */
async function convolutionOf(
  layers: readonly Layer[],
  shape: readonly number[],
  weights: Weights,
): Promise<ConvLayer | undefined> {
  const active = layers.filter(({ kind }) => !inert.has(kind))
  const [conv, ...rest] = active
  if (conv?.kind !== 'conv2d' || layers.find(({ kind }) => kind !== 'dropout') !== conv) return undefined
  const { padding = 'valid', stride = 1, kernel, dilation = 1, groups = 1, filters, name } = conv
  const pair = (v: number | readonly [number, number]) => (typeof v === 'number' ? ([v, v] as const) : v)
  if (padding === 'same' || pair(dilation).some((d) => d !== 1) || groups !== 1) return undefined
  const bias = weights[`${name}.bias`]
  const alone: ConvLayer = {
    kind: 'conv',
    filters,
    kernel: pair(kernel),
    stride: pair(stride),
    padding: padding === 'valid' ? [0, 0] : padding,
    weights: Float64Array.from(weights[`${name}.kernel`]!.data as Float32Array),
    bias: bias ? Float64Array.from(bias.data as Float32Array) : new Float64Array(filters),
  }
  const [pool, ...behind] = rest
  const pooling = pool?.kind === 'averagePool2d' && pool.padding !== 'same'
  const folded = pooling ? averaged(alone, pair(pool.size), pair(pool.stride ?? pool.size)) : alone
  const lines = pooling ? behind : rest
  if (lines.length === 0) return folded
  const maps = sequential(pooling ? [conv, pool] : [conv], { input: shape }).output
  const found = await linesOf(lines, maps, weights)
  if (!found) return undefined
  const { factors, offsets } = found
  const each = folded.weights.length / filters
  return {
    ...folded,
    weights: folded.weights.map((w, at) => w * factors[Math.floor(at / each)]!),
    bias: folded.bias.map((b, map) => b * factors[map]! + offsets[map]!),
  }
}

/** A convolution whose windows are averaged is one with a wider kernel, in longer strides. */
function averaged(
  conv: ConvLayer,
  size: readonly [number, number],
  steps: readonly [number, number],
): ConvLayer {
  const [kh, kw] = conv.kernel
  const kernel = [kh + (size[0] - 1) * conv.stride[0], kw + (size[1] - 1) * conv.stride[1]] as const
  const planes = conv.weights.length / (kh * kw)
  const weights = new Float64Array(planes * kernel[0] * kernel[1])
  for (let down = 0; down < size[0]; down++)
    for (let across = 0; across < size[1]; across++)
      conv.weights.forEach((w, at) => {
        const y = (Math.floor(at / kw) % kh) + down * conv.stride[0]
        const x = (at % kw) + across * conv.stride[1]
        const place = (Math.floor(at / (kh * kw)) * kernel[0] + y) * kernel[1] + x
        weights[place] = weights[place]! + w / (size[0] * size[1])
      })
  return {
    ...conv,
    kernel,
    stride: [conv.stride[0] * steps[0], conv.stride[1] * steps[1]],
    weights,
  }
}

/** What layers multiply each map by, and add to it; nothing where they do anything else. */
async function linesOf(
  layers: readonly Layer[],
  maps: readonly number[],
  weights: Weights,
): Promise<{ readonly factors: Float64Array; readonly offsets: Float64Array } | undefined> {
  const model = sequential(layers, { input: maps })
  const [count = 1] = maps
  const size = maps.reduce((a, d) => a * d, 1)
  if (model.output.reduce((a, d) => a * d, 1) !== size) return undefined
  const probe = Float64Array.from({ length: size }, (_, i) => Math.sin(i + 1))
  const found = await answersOf(model, weights, 3, (data) => {
    data.fill(1, size, 2 * size)
    data.set(probe, 2 * size)
  })
  const at = (map: number) => (map * size) / count
  const offsets = Float64Array.from({ length: count }, (_, map) => found[at(map)]!)
  const factors = offsets.map((offset, map) => found[size + at(map)]! - offset)
  const same = probe.every((v, i) => {
    const map = Math.floor((i * count) / size)
    const wanted = factors[map]! * v + offsets[map]!
    return Math.abs(found[2 * size + i]! - wanted) <= 1e-9 * (1 + Math.abs(wanted))
  })
  return same ? { factors, offsets } : undefined
}

/** What a linear model answers to 0 is its bias, and to each unit vector a row of its weights besides. */
async function denseOf(model: Model, weights: Weights): Promise<DenseLayer> {
  const inputs = model.input.reduce((a, d) => a * d, 1)
  const outputs = model.output.reduce((a, d) => a * d, 1)
  const probe = Float64Array.from({ length: inputs }, (_, i) => Math.sin(i + 1))
  const found = await answersOf(model, weights, inputs + 2, (data) => {
    for (let i = 0; i < inputs; i++) data[(i + 1) * inputs + i] = 1
    data.set(probe, (inputs + 1) * inputs)
  })
  const bias = found.slice(0, outputs)
  const answer = found.subarray((inputs + 1) * outputs)
  const row = found.slice(outputs, (inputs + 1) * outputs).map((v, at) => v - bias[at % outputs]!)
  const sum = Float64Array.from(bias)
  probe.forEach((v, i) => {
    for (let o = 0; o < outputs; o++) sum[o] = sum[o]! + v * row[i * outputs + o]!
  })
  const size = Math.max(...sum.map(Math.abs), 1)
  if (sum.some((v, o) => !(Math.abs(v - answer[o]!) <= 1e-7 * size)))
    throw new FrostglassError(
      'unsupported',
      'what lies between two squares is no sum of multiples',
      'Use sums, products and squares alone: ciphertexts compute nothing else.',
    )
  return { kind: 'dense', outputs, weights: row, bias }
}

/** What a model answers to rows, in float64. */
async function answersOf(
  model: Model,
  weights: Weights,
  rows: number,
  fill: (data: Float64Array) => void,
): Promise<Float64Array> {
  const data = new Float64Array(rows * model.input.reduce((a, d) => a * d, 1))
  fill(data)
  // Plain computes float32 in float64, too; a float64 model would be rounded at its casts to somebody's float32 layers.
  const program = await compile(inferenceGraph(model, weights, { dtype: 'float32' }), { executor: 'plain' })
  try {
    const { output } = await program.run({
      input: { dtype: 'float64', shape: [rows, ...model.input], data },
    })
    return Float64Array.from(output!.data as Float64Array)
  } finally {
    await program.close()
  }
}

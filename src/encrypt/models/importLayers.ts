// Somebody's ONNX network as layers of ours that ciphertexts can compute, with its weights, ready to be trained on.
// Source: Gilad-Bachrach et al. 2016 (squares for activations, average pooling for the largest of a window); ONNX operators.
// What is replaced changes the answers: a network is to be trained again, and measured.

import type { Graph } from '../../graph/contract.ts'
import { add, mul, type Tensor, tensor, type Value } from '../../graph/index.ts'
import { flag } from '../../graph/operator.ts'
import { isFloat, toFloat64 } from '../../graph/tensor.ts'
import { applyAll, constantOf, scalarLike } from '../../graph/value.ts'
import {
  activation,
  averagePool2d,
  conv2d,
  dense,
  functionLayer,
  type Layer,
  reshapeTo,
  type Weights,
} from '../../learn/index.ts'
import { chainOf, type Link, titleOf, unsupported, viewing } from './chain.ts'

/** A quadratic a (z + shift)² + offset, a = ± slope². */
export interface Quadratic {
  readonly sign: 1 | -1
  readonly slope: number
  readonly shift: number
  readonly offset: number
}

/** What a network becomes. */
export interface Imported {
  readonly layers: readonly Layer[]
  readonly weights: Weights
  readonly input: readonly [channels: number, height: number, width: number]
  /** What was replaced, in words, in order. */
  readonly replaced: readonly string[]
}

/** Nodes that a quadratic may stand for. */
const activations = new Set([
  'Relu',
  'LeakyRelu',
  'Elu',
  'Sigmoid',
  'Tanh',
  'Softplus',
  'Softsign',
  'Clip',
  'Exp',
])

/** Sums and multiples: taken as they are, and never trained. */
const affine = new Set([
  'Add',
  'AveragePool',
  'BatchNormalization',
  'Conv',
  'Div',
  'Gemm',
  'GlobalAveragePool',
  'MatMul',
  'Mul',
  'Neg',
  'Pad',
  'ReduceMean',
  'Sub',
  'Transpose',
])

const nothing = new Set(['Identity', 'Dropout', 'Cast'])

/** Whether a quadratic is to stand for it. */
export const isActivation = ({ node }: Link): boolean => activations.has(node.operator.name)

/**
 * Makes layers of a network.
 * @param quadratics for each link that {@link isActivation}, in order; none are replaced if absent
 * @throws FrostglassError `unsupported` naming what ciphertexts cannot compute
 */
export function importLayers(g: Graph, file: string, quadratics?: readonly Quadratic[]): Imported {
  const { input: x, links } = chainOf(g, file)
  const layers: Layer[] = []
  const weights: Record<string, Tensor> = {}
  const replaced: string[] = []
  let next = 0
  const push = (layer: Layer, tensors: Readonly<Record<string, Tensor>> = {}) => {
    const name = `imported.${layers.length}.${layer.kind}`
    layers.push({ ...layer, name })
    for (const [part, value] of Object.entries(tensors)) weights[`${name}.${part}`] = value
  }
  for (const [i, link] of links.entries()) {
    const { node, from, to } = link
    const kind = node.operator.name
    const rest = to.shape.slice(1) as number[]
    // A cast of floats to integers cuts them off, and one to float8 rounds them.
    if (nothing.has(kind) && (isFloat(to.dtype) || !isFloat(from.dtype))) continue
    // The last softmax keeps the order of the classes: the owner may take it of what was decrypted.
    if ((kind === 'Softmax' || kind === 'LogSoftmax') && i === links.length - 1) continue
    if (viewing.has(kind)) push(reshapeTo(rest))
    else if (isSquare(link)) push(activation('square'))
    else if (isActivation(link) || kind === 'MaxPool') {
      if (!quadratics)
        throw unsupported(
          file,
          `${titleOf(node)} is none that ciphertexts can compute`,
          'Let frostglass encrypt model replace it and train the network again.',
        )
      if (kind === 'MaxPool') {
        push(averageFor(link, file))
        replaced.push(`${titleOf(node)}: average pooling`)
      } else {
        const { sign, slope, shift, offset } = quadratics[next++]!
        push(line(from, slope, slope * shift))
        push(activation('square'))
        push(line(from, sign, offset))
        replaced.push(`${titleOf(node)}: a square, fitted to it where the data lies`)
      }
    } else if (affine.has(kind) && !flag(node.attributes, 'training_mode')) {
      const trained = trainable(link)
      if (trained) push(trained.layer, trained.weights)
      else if (!joinsBias(link, layers.at(-1), weights)) push(asItIs(link))
    } else
      throw unsupported(
        file,
        `${titleOf(node)} is none that ciphertexts can compute, and nothing stands for it`,
        'Use sums, products, squares, average pooling, and activations that a square can replace.',
      )
  }
  const [, channels, height, width] = x.shape as [number, number, number, number]
  return { layers, weights, input: [channels, height, width], replaced }
}

/** x · x, or x to the power of two. */
function isSquare({ node, from }: Link): boolean {
  const [a, b] = node.inputs
  if (node.operator.name === 'Mul') return a === from && b === from
  return node.operator.name === 'Pow' && a === from && numbersOf(b)?.join() === '2'
}

const numbersOf = (v: Value | undefined): number[] | undefined =>
  v?.tensor ? Array.from(toFloat64(v.tensor)) : undefined

/** A convolution or a product with a matrix, with weights to be trained; nothing for forms that layers do not have. */
function trainable({ node, from }: Link): { layer: Layer; weights: Record<string, Tensor> } | undefined {
  const { attributes: a } = node
  const [x, w, b] = node.inputs
  if (x !== from || !w?.tensor) return undefined
  const bias = b?.tensor ? { bias: floats(b.tensor) } : {}
  if (node.operator.name === 'Conv') {
    const pads = (a['pads'] as readonly number[] | undefined) ?? [0, 0, 0, 0]
    const [filters, , kh, kw] = w.shape as number[]
    const even = pads[0] === pads[2] && pads[1] === pads[3]
    if (!even || (a['auto_pad'] ?? 'NOTSET') !== 'NOTSET' || kh === undefined || kw === undefined)
      return undefined
    const pair = (name: string) => ((a[name] as number[] | undefined) ?? [1, 1]) as [number, number]
    return {
      layer: conv2d({
        filters: filters!,
        kernel: [kh, kw],
        stride: pair('strides'),
        dilation: pair('dilations'),
        groups: (a['group'] as number | undefined) ?? 1,
        padding: [pads[0]!, pads[1]!],
        bias: 'bias' in bias,
      }),
      weights: { kernel: floats(w.tensor), ...bias },
    }
  }
  const gemm = node.operator.name === 'Gemm'
  const plain = !gemm || ((a['alpha'] ?? 1) === 1 && (a['beta'] ?? 1) === 1 && !a['transA'])
  if (!(gemm || node.operator.name === 'MatMul') || !plain || w.shape.length !== 2) return undefined
  const kernel = gemm && a['transB'] ? transposed(w.tensor) : floats(w.tensor)
  const units = kernel.shape[1]!
  if ('bias' in bias && bias.bias.data.length !== units) return undefined
  const tensors = 'bias' in bias ? { bias: tensor(bias.bias.data, [units], 'float32') } : {}
  return { layer: dense({ units, bias: 'bias' in bias }), weights: { kernel, ...tensors } }
}

const floats = (t: Tensor): Tensor => tensor(toFloat64(t), t.shape, 'float32')

function transposed(t: Tensor): Tensor {
  const [rows, columns] = t.shape as [number, number]
  const from = toFloat64(t)
  const data = Float32Array.from({ length: from.length }, (_, at) => {
    const [column, row] = [Math.floor(at / rows), at % rows]
    return from[row * columns + column]!
  })
  return tensor(data, [columns, rows], 'float32')
}

/** A sum with a row of constants behind a product with a matrix is its bias. */
function joinsBias(
  { node, from }: Link,
  before: Layer | undefined,
  weights: Record<string, Tensor>,
): boolean {
  if (node.operator.name !== 'Add' || before?.kind !== 'dense' || before.bias !== false) return false
  const other = node.inputs.find((v) => v !== from)?.tensor
  if (!other || other.data.length !== before.units) return false
  Object.assign(before, { bias: true })
  weights[`${before.name}.bias`] = tensor(toFloat64(other), [before.units], 'float32')
  return true
}

/** A node as a layer of its own, frozen. */
const asItIs = ({ node, from }: Link): Layer =>
  functionLayer(from.shape.slice(1) as number[], (x) => {
    const inputs = node.inputs.map((v) => (v === from ? x : v?.tensor ? constantOf(v.tensor) : v))
    return applyAll(node.operator, inputs, node.attributes, { name: node.name })[0]!
  })

/** factor · x + offset. */
const line = (like: Value, factor: number, offset: number): Layer =>
  functionLayer(like.shape.slice(1) as number[], (x) =>
    add(mul(x, scalarLike(x, factor)), scalarLike(x, offset)),
  )

/** Average pooling over the windows of a max pooling. */
function averageFor({ node, from }: Link, file: string): Layer {
  const {
    kernel_shape: size,
    strides,
    pads = [],
    ceil_mode,
    dilations = [],
    auto_pad = 'NOTSET',
  } = node.attributes
  const [h, w] = size as [number, number]
  const [down, across] = (strides as [number, number] | undefined) ?? [1, 1]
  const odd =
    (pads as readonly number[]).some((p) => p > 0) ||
    (dilations as readonly number[]).some((d) => d > 1) ||
    ceil_mode === 1 ||
    (auto_pad !== 'NOTSET' && auto_pad !== 'VALID') ||
    from.shape.length !== 4
  if (odd)
    throw unsupported(
      file,
      `${titleOf(node)} pads or spreads its windows`,
      'Pool without padding, or with a stride in the convolution.',
    )
  return averagePool2d({ size: [h, w], stride: [down, across] })
}

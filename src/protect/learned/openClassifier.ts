// Anybody's classifier from an ONNX file: what it takes, what it answers, and whether it can be differentiated.
// Source: docs/architecture.md#the-engine (the service's model can be anybody's file).
// Nothing in the file is trusted; what it computes is not judged.

import { basename } from 'node:path'
import type { ImageShape } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { gradients, graph, input, reduceSum, reshape, substitute, type Value } from '../../graph/index.ts'
import { loadOnnx, readModelFile } from '../../graph/onnx/files.ts'
import { formatShape } from '../../graph/shape.ts'
import { graphLayer } from '../../learn/index.ts'
import { type Classifier, readOwnClassifier, sha256Of } from './classifier.ts'
import type { Preprocessing } from './contract.ts'
import { namedPreprocessing, serviceShape } from './preprocessing.ts'

/** What the file does not tell. */
export interface OpenClassifierOptions {
  /**
   * How the service treats a picture; or a function of what the file says or lets guess: a file that we wrote says it,
   * of others the input's shape gives the layout, and 0 … 1 is the guess.
   */
  readonly preprocessing?: Preprocessing | ((guess: Preprocessing) => Preprocessing) | undefined
  /** The images it will get: sizes for an input whose height and width are free. */
  readonly image?: ImageShape | undefined
  /** The file's name by default. */
  readonly name?: string | undefined
}

/**
 * Opens a classifier: one input, one output, differentiable from end to end. A Softmax at its end is left out, since
 * training wants logits. A classifier that we have trained comes back as layers, so that its dropout can act.
 * @throws FrostglassError `input` for what is no model (cut short, absurd sizes), `unsupported` for an operator that
 * cannot be differentiated (naming node, operator, file), `shape` for inputs and outputs of other kinds
 */
export async function openClassifier(path: string, options: OpenClassifierOptions = {}): Promise<Classifier> {
  const onnx = new Uint8Array(await readModelFile(path))
  const model = await loadOnnx(path, onnx)
  const name = options.name ?? basename(path)
  const file = { name, onnx, sha256: sha256Of(onnx) }
  const record = readOwnClassifier(model.metadata, model.graph, path)
  const one = requireOne(model.graph, path, options.image)
  const guess = () => record?.preprocessing ?? guessed(one.input, path)
  const { preprocessing: stated } = options
  const preprocessing = typeof stated === 'function' ? stated(guess()) : (stated ?? guess())
  const outputs = one.outputs
  if (record && samePreprocessing(preprocessing, record.preprocessing)) {
    const { layers, weights, classes, input: shape } = record
    return Object.freeze({ ...file, layers, weights, input: shape, outputs, classes, preprocessing })
  }
  requireDifferentiable(one, path)
  const layers = [graphLayer(one.graph, { name: 'classifier' })]
  const classes = record?.classes ?? null
  return Object.freeze({ ...file, layers, weights: {}, input: one.input, outputs, classes, preprocessing })
}

const samePreprocessing = (a: Preprocessing, b: Preprocessing): boolean =>
  a.layout === b.layout && a.order === b.order && `${a.mean}` === `${b.mean}` && `${a.std}` === `${b.std}`

/** A graph from one sample of known shape to logits [N, outputs]. */
interface OneToOne {
  readonly graph: Graph
  readonly input: readonly number[]
  readonly outputs: number
}

function requireOne(g: Graph, path: string, image: ImageShape | undefined): OneToOne {
  const names = Object.keys(g.outputs)
  if (g.inputs.length !== 1 || names.length !== 1) {
    const inputs = g.inputs.map((v) => v.name).join(', ')
    throw new FrostglassError(
      'shape',
      `${path} has ${g.inputs.length} input(s) (${inputs}) and ${names.length} output(s) (${names.join(', ')}); a classifier has one of each`,
      'Export the model with one input, the images, and one output, the classes.',
    )
  }
  const x = g.inputs[0]!
  if (x.dtype !== 'float32' && x.dtype !== 'float64' && x.dtype !== 'float16') {
    throw new FrostglassError(
      'shape',
      `${path}: the input '${x.name}' is ${x.dtype}: no gradient passes whole numbers`,
      'Export the model with a float32 input.',
    )
  }
  const bound = withSizes(g, x, path, image)
  const raw = bound.inputs[0]!
  if (typeof raw.shape[0] === 'number' && raw.shape.length > 1) {
    throw new FrostglassError(
      'shape',
      `${path}: the input '${x.name}' ${formatShape(x.shape)} takes ${raw.shape[0]} image(s) at a time`,
      'Export the model with a free batch dimension.',
    )
  }
  const logits = withoutSoftmax(bound.outputs[names[0]!]!)
  const sizes = logits.shape.slice(1)
  if (sizes.length === 0 || !sizes.every((d) => typeof d === 'number')) {
    throw new FrostglassError(
      'shape',
      `${path}: the output '${names[0]}' has the shape ${formatShape(logits.shape)}, expected [N, classes]`,
      'Export a classifier that answers a row of numbers for each image.',
    )
  }
  const outputs = sizes.reduce((a, d) => a * d, 1)
  const flat = sizes.length === 1 ? logits : reshape(logits, [-1, outputs])
  return {
    graph: graph({ inputs: [raw], outputs: { logits: flat } }),
    input: raw.shape.slice(1) as number[],
    outputs,
  }
}

/** The graph with free heights and widths bound to those of the images. */
function withSizes(g: Graph, x: Value, path: string, image: ImageShape | undefined): Graph {
  const free = x.shape.slice(1).some((d) => typeof d !== 'number')
  if (!free) return g
  if (!image || x.shape.length !== 4) {
    throw new FrostglassError(
      'shape',
      `${path}: the input '${x.name}' has the shape ${formatShape(x.shape)}: its sizes are not known`,
      'Export the model with a known height and width.',
    )
  }
  const [channels, height, width] = image
  const sizes = x.shape[3] === channels ? [height, width, channels] : [channels, height, width]
  const fits = x.shape.slice(1).every((d, i) => typeof d !== 'number' || d === sizes[i])
  const fixed = input(x.name!, [x.shape[0]!, ...(fits ? sizes : x.shape.slice(1))], x.dtype)
  const names = Object.keys(g.outputs)
  const values = substitute(Object.values(g.outputs), new Map([[x, fixed]]))
  return graph({ inputs: [fixed], outputs: Object.fromEntries(names.map((name, i) => [name, values[i]!])) })
}

const passing = new Set(['Softmax', 'Identity'])

function withoutSoftmax(output: Value): Value {
  let v = output
  let softmax = false
  while (v.node && passing.has(v.node.operator.name) && !(softmax && v.node.operator.name === 'Softmax')) {
    softmax ||= v.node.operator.name === 'Softmax'
    v = v.node.inputs[0]!
  }
  return v
}

/** Builds the gradient once, so that what stands in its way is said before training starts. */
function requireDifferentiable(one: OneToOne, path: string): void {
  const old = one.graph.inputs[0]!
  const x = input('x', [1, ...one.input], old.dtype)
  const [logits] = substitute([one.graph.outputs['logits']!], new Map([[old, x]])) as [Value]
  try {
    gradients(reduceSum(logits), [x])
  } catch (cause) {
    if (!(cause instanceof FrostglassError)) throw cause
    const message = cause.message.includes(path) ? cause.message : `${path}: ${cause.message}`
    throw new FrostglassError(
      cause.code,
      message,
      'Export it without this one: an obfuscator is trained through every operator of the classifier.',
      cause,
    )
  }
}

/** The layout that the input's shape speaks for, and no scaling. */
function guessed(sample: readonly number[], path: string): Preprocessing {
  if (sample.length === 1) return namedPreprocessing('unit', 1, { layout: 'flat' })
  const [a, , c] = sample
  if (sample.length === 3 && (a === 1 || a === 3)) return namedPreprocessing('unit', a)
  if (sample.length === 3 && (c === 1 || c === 3)) return namedPreprocessing('unit', c, { layout: 'NHWC' })
  throw new FrostglassError(
    'shape',
    `${path} takes samples of the shape [${sample}], which are no images`,
    'Export it for images of [channels, height, width], [height, width, channels] or flat, with 1 or 3 channels.',
  )
}

/**
 * @throws FrostglassError `shape` when images of this shape, preprocessed, are not what the classifier takes
 */
export function requireFit(classifier: Classifier, shape: ImageShape, what: string): void {
  const sample = serviceShape(classifier.preprocessing, shape)
  if (sample.length === classifier.input.length && sample.every((d, i) => d === classifier.input[i])) return
  throw new FrostglassError(
    'shape',
    `${what} are ${shape.join('×')} (channels×height×width), which is [${sample}] in the layout ${classifier.preprocessing.layout}, but ${classifier.name} takes [${classifier.input}]`,
    'Give images of that size (--size resizes a folder), or say the right --layout.',
  )
}

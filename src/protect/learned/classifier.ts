// The service's model as an obfuscator sees it: frozen layers, their weights, and how it wants a picture.
// Source: Zheng et al. 2019, Xu et al. 2020 (the classifier is trained first, on raw images, and then frozen).
// A classifier is no secret here: its file holds its weights in the clear.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ImageSet, ImageShape } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { reach } from '../../graph/graph.ts'
import { softmax, type Tensor, writeOnnx } from '../../graph/index.ts'
import { readJson } from '../../json.ts'
import { type Layer, type Model, sequential, type Weights } from '../../learn/index.ts'
import { nameLayers } from '../../learn/layers/index.ts'
import { inferenceGraph } from '../../learn/model.ts'
import { infNetCnn, infNetMlp, leNet } from './architectures.ts'
import type { Preprocessing } from './contract.ts'
import { parseLayers } from './layersFile.ts'
import { type ClassifierArchitecture, classifierArchitectures } from './names.ts'
import { preprocessingSchema } from './preprocessing.ts'

/** A service's model, opened. */
export interface Classifier {
  readonly name: string
  /** From a sample as the service takes it to logits: our own layers, or somebody's graph as one frozen layer. */
  readonly layers: readonly Layer[]
  /** Of those layers; nothing for somebody's graph, which holds its own. */
  readonly weights: Weights
  /** Shape of one sample as the service takes it. */
  readonly input: readonly number[]
  /** Logits a sample. */
  readonly outputs: number
  /** Names of the outputs, where the file tells them. */
  readonly classes: readonly string[] | null
  readonly preprocessing: Preprocessing
  /** The file. */
  readonly onnx: Uint8Array
  /** Of the file. */
  readonly sha256: string
}

const architectures: Readonly<Record<ClassifierArchitecture, (classes: number) => Layer[]>> = {
  lenet: leNet,
  'infnet-cnn': infNetCnn,
  'infnet-mlp': infNetMlp,
}

/** Layers of a classifier by name, or the caller's own. @throws FrostglassError `usage` for an unknown name. */
export function classifierLayers(
  architecture: ClassifierArchitecture | readonly Layer[],
  classes: number,
): readonly Layer[] {
  if (typeof architecture !== 'string') return architecture
  const build = Object.hasOwn(architectures, architecture) ? architectures[architecture] : undefined
  if (build) return build(classes)
  throw new FrostglassError(
    'usage',
    `'${architecture}' is not a classifier's architecture`,
    `Use ${classifierArchitectures.join(', ')}.`,
  )
}

/** The preprocessing of the classifiers that we train: 0 … 1, nothing else. */
export const plainPreprocessing = ([channels]: ImageShape): Preprocessing =>
  Object.freeze({
    mean: Array.from({ length: channels }, () => 0),
    std: Array.from({ length: channels }, () => 1),
    layout: 'NCHW',
    order: channels === 1 ? 'grey' : 'RGB',
  })

/** Hexadecimal SHA-256. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The layers of our classifiers as a model, with the names that their weights have in the file. */
export const classifierModel = (layers: readonly Layer[], shape: ImageShape): Model =>
  sequential(nameLayers('classifier', layers), { input: shape })

const metadataKey = 'frostglass-classifier'

const metadataSchema = z.object({
  format: z.literal('frostglass-classifier'),
  version: z.literal(1),
  classes: z.array(z.string()).min(1),
  input: z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]),
  preprocessing: preprocessingSchema,
  layers: z.unknown(),
})

/** A classifier that we have trained, with its file: input `input`, output `probabilities`, the layers as metadata. */
export function writeClassifier(
  model: Model,
  weights: Weights,
  set: Pick<ImageSet, 'shape' | 'labels'>,
  name: string,
): Classifier {
  const preprocessing = plainPreprocessing(set.shape)
  const classes = set.labels?.names ?? []
  const { layers } = model
  const metadata = { format: metadataKey, version: 1, classes, input: set.shape, preprocessing, layers }
  const g = inferenceGraph(model, weights, { head: (y) => softmax(y), output: 'probabilities' })
  const onnx = writeOnnx(g, { metadata: { [metadataKey]: JSON.stringify(metadata) } })
  return Object.freeze({
    name,
    layers,
    weights,
    input: set.shape,
    outputs: model.output[0]!,
    classes,
    preprocessing,
    onnx,
    sha256: sha256Of(onnx),
  })
}

/** What one of our own files tells beside its graph. */
export interface OwnClassifier {
  readonly layers: readonly Layer[]
  readonly weights: Weights
  readonly input: ImageShape
  readonly classes: readonly string[]
  readonly preprocessing: Preprocessing
}

/**
 * The layers and weights of a file of ours, so that its dropout can act again; undefined for anybody else's file.
 * @throws FrostglassError `input` when the metadata are there and damaged
 */
export function readOwnClassifier(
  metadata: Readonly<Record<string, string>>,
  g: Graph,
  file: string,
): OwnClassifier | undefined {
  const text = Object.hasOwn(metadata, metadataKey) ? metadata[metadataKey] : undefined
  if (text === undefined) return undefined
  const damaged = (why: string, cause?: unknown) =>
    new FrostglassError(
      'input',
      `${file}: what the file says of itself is damaged: ${why}`,
      'Take the file as it was written.',
      cause,
    )
  const said = readJson(text, metadataSchema, `${file}: what the file says of itself`, {
    hint: 'Take the file as it was written.',
  })
  const { input, classes, preprocessing } = said
  const layers = parseLayers(said.layers, `${file}: metadata`)
  const held = namedConstants(g)
  const weights: Record<string, Tensor> = {}
  for (const p of sequential(layers, { input }).parameters) {
    const tensor = held.get(p.name)
    if (!tensor) throw damaged(`the weight '${p.name}' is missing`)
    weights[p.name] = tensor
  }
  return { layers, weights, input, classes, preprocessing }
}

function namedConstants(g: Graph): ReadonlyMap<string, Tensor> {
  const held = new Map<string, Tensor>()
  for (const v of reach(Object.values(g.outputs)).leaves)
    if (v.kind === 'constant' && v.name !== undefined && v.tensor) held.set(v.name, v.tensor)
  return held
}

// Layers as JSON: the user's own obfuscator, and the layers that our classifiers carry in their metadata.
// Source: learn's layers, which are plain records; this is their schema, but for graphs and recurrent layers.
// Whether the layers fit together is found when they are built.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { parseJson, readJsonText } from '../../json.ts'
import type { Layer } from '../../learn/index.ts'

const count = z.int().min(1).max(1_000_000)
const pair = z.union([count, z.tuple([count, count])])
const activation = z.enum([
  'linear',
  'relu',
  'leakyRelu',
  'elu',
  'softplus',
  'softsign',
  'sigmoid',
  'tanh',
  'exp',
  'softmax',
])
const initialiser = z.enum([
  'zeros',
  'ones',
  'glorotUniform',
  'glorotNormal',
  'heUniform',
  'heNormal',
  'lecunUniform',
  'lecunNormal',
  'orthogonal',
])
const every = { name: z.string().min(1).optional() }
const weighted = {
  ...every,
  activation: activation.optional(),
  bias: z.boolean().optional(),
  initialiser: initialiser.optional(),
  l2: z.number().min(0).optional(),
}
const padding = z.enum(['valid', 'same']).optional()
const convolution = { ...weighted, filters: count, kernel: pair, stride: pair.optional(), padding }
const pool = { ...every, size: pair, stride: pair.optional(), padding }
const acting = { ...every, active: z.boolean().optional() }

const layerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dense'), ...weighted, units: count }),
  z.strictObject({
    kind: z.literal('conv2d'),
    ...convolution,
    dilation: pair.optional(),
    groups: count.optional(),
  }),
  z.strictObject({ kind: z.literal('convTranspose2d'), ...convolution }),
  z.strictObject({ kind: z.literal('maxPool2d'), ...pool, activation: activation.optional() }),
  z.strictObject({ kind: z.literal('averagePool2d'), ...pool }),
  z.strictObject({ kind: z.literal('globalAveragePool'), ...every }),
  z.strictObject({ kind: z.literal('activation'), ...every, activation }),
  z.strictObject({
    kind: z.literal('batchNorm'),
    ...every,
    momentum: z.number().min(0).max(1).optional(),
    epsilon: z.number().positive().optional(),
  }),
  z.strictObject({ kind: z.literal('dropout'), ...acting, rate: z.number().min(0).lt(1) }),
  z.strictObject({ kind: z.literal('gaussianNoise'), ...acting, deviation: z.number().min(0) }),
  z.strictObject({ kind: z.literal('flatten'), ...every }),
  z.strictObject({ kind: z.literal('reshape'), ...every, shape: z.array(count).min(1).max(4) }),
])

const layersSchema = z.array(layerSchema).min(1).max(1000)

/**
 * Layers from a JSON value.
 * @param what names the source in messages
 * @throws FrostglassError `input` that names the layer and the field
 */
export function parseLayers(json: unknown, what: string): Layer[] {
  const parsed = layersSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const [at, ...rest] = issue.path
  const where =
    at === undefined ? 'the whole' : `layer ${String(at)}${rest.length ? `, '${rest.join('.')}'` : ''}`
  const kinds = layerSchema.options.map((option) => [...option.shape.kind.values][0]).join(', ')
  throw new FrostglassError(
    'input',
    `${what}: ${where}: ${issue.message}`,
    `Write a list of layers such as [{"kind": "flatten"}, {"kind": "dense", "units": 64, "activation": "relu"}]; the kinds are ${kinds}.`,
  )
}

/** Reads layers from a JSON file. @throws FrostglassError `input`. */
export async function readLayers(path: string): Promise<Layer[]> {
  const file = {
    what: 'the layers',
    missing: 'Name a JSON file with a list of layers; docs/how-to/obfuscate-images.md shows one.',
    hint: 'Write a list of layers: [{"kind": "dense", "units": 64}, …].',
  }
  return parseLayers(parseJson(await readJsonText(path, file), path, file), path)
}

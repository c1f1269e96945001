// Networks for ciphertexts as ONNX files: any runtime runs them in the plain, and `serve --encrypted` reads them.
// Source: ONNX operator set 18 (Conv, Mul, Reshape, Gemm); names of the classes are metadata.
// The file holds the weights in the clear: it is the service's, not the key holder's.

import { FrostglassError } from '../../errors.ts'
import {
  add,
  constant,
  conv,
  graph,
  input,
  matmul,
  mul,
  readOnnx,
  reshape,
  type Value,
  writeOnnx,
} from '../../graph/index.ts'
import { sequential } from '../../learn/index.ts'
import type { PolynomialNetwork } from '../inference/network.ts'
import { importLayers } from './importLayers.ts'
import { networkOf } from './networkOf.ts'

const metadataKey = 'frostglass-encrypted'

/** A network, and what its outputs are called. */
export interface NamedNetwork {
  readonly network: PolynomialNetwork
  readonly classes: readonly string[] | null
}

/** The file of a network: input `pixels` [N, channels, height, width] of 0 … 1, output `logits`. */
export function writePolynomialNetwork({ network, classes }: NamedNetwork): Uint8Array {
  const pixels = input('pixels', ['N', ...network.input])
  let flat = false
  const logits = network.layers.reduce<Value>((x, layer) => {
    if (layer.kind === 'square') return mul(x, x)
    if (layer.kind === 'conv') {
      const { filters, kernel, stride, padding, weights, bias } = layer
      const shape = [filters, network.input[0], ...kernel]
      return conv(x, constant(weights, shape), constant(bias, [filters]), {
        strides: [...stride],
        pads: [...padding, ...padding],
      })
    }
    const { outputs, weights, bias } = layer
    const rows = flat ? x : reshape(x, [-1, weights.length / outputs])
    flat = true
    return add(
      matmul(rows, constant(weights, [weights.length / outputs, outputs])),
      constant(bias, [outputs]),
    )
  }, pixels)
  return writeOnnx(graph({ inputs: [pixels], outputs: { logits } }), {
    metadata: { [metadataKey]: JSON.stringify({ version: 1, classes }) },
  })
}

/**
 * Reads a network of sums, products and squares from ONNX: ours, or anybody's.
 * @param file its name, for messages
 * @throws FrostglassError `input` for what is no ONNX model, `unsupported` naming what ciphertexts cannot compute
 */
export async function readPolynomialNetwork(bytes: Uint8Array, file: string): Promise<NamedNetwork> {
  const { graph: g, metadata } = readOnnx(bytes, { file })
  const { layers, weights, input: shape } = importLayers(g, file)
  const network = await networkOf(sequential(layers, { input: shape }), weights)
  return { network, classes: classesOf(metadata, file, network) }
}

function classesOf(
  metadata: Readonly<Record<string, string>>,
  file: string,
  { layers }: PolynomialNetwork,
): readonly string[] | null {
  const text = Object.hasOwn(metadata, metadataKey) ? metadata[metadataKey] : undefined
  if (text === undefined) return null
  const last = layers.at(-1)
  const damaged = () =>
    new FrostglassError(
      'input',
      `${file}: what the file says of its classes is damaged`,
      'Take the file as it was written.',
    )
  let said: { readonly classes?: unknown } | null
  try {
    said = JSON.parse(text)
  } catch {
    throw damaged()
  }
  const { classes } = said ?? {}
  if (classes === null) return null
  if (!Array.isArray(classes) || last?.kind !== 'dense' || classes.length !== last.outputs) throw damaged()
  if (classes.some((name) => typeof name !== 'string')) throw damaged()
  return classes
}

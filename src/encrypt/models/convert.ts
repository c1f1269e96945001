// Somebody's network made one for ciphertexts: what they cannot compute is replaced, and the whole is trained again.
// Source: importLayers.ts, fitQuadratics.ts, inference/train.ts. The original is run beside it, so that the price shows.

import { imageSize, unitPixels } from '../../data/images/imageSet.ts'
import type { ImageSet } from '../../data/index.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { orderedOutputs } from '../../graph/graph.ts'
import { bindDims, compile, readOnnx } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { largest } from '../../learn/metrics.ts'
import { answerPlainly, type PolynomialNetwork } from '../inference/network.ts'
import { type PolynomialTraining, type TrainedPolynomial, trainPolynomial } from '../inference/train.ts'
import { fitQuadratics } from './fitQuadratics.ts'
import { importLayers } from './importLayers.ts'

/** A converted network. */
export interface Converted extends TrainedPolynomial {
  /** What was replaced, in words. */
  readonly replaced: readonly string[]
}

/**
 * Converts an ONNX network and trains it on.
 * @param set images of its input's shape with labels, numbered as its outputs; it takes pixels of 0 … 1
 * @throws FrostglassError `unsupported` naming what nothing can stand for; `shape` for images of another size; as
 * {@link trainPolynomial}
 */
export async function convertNetwork(
  bytes: Uint8Array,
  file: string,
  set: ImageSet,
  options: Omit<PolynomialTraining, 'layers' | 'weights'> = {},
): Promise<Converted> {
  const { graph: g } = readOnnx(bytes, { file })
  requireShape(g, file, set)
  const quadratics = await fitQuadratics(g, file, set)
  const { layers, weights, replaced } = importLayers(g, file, quadratics)
  return { ...(await trainPolynomial(set, { ...options, layers, weights })), replaced }
}

function requireShape(g: Graph, file: string, set: ImageSet): void {
  const wanted = g.inputs[0]?.shape.slice(1)
  if (`${wanted}` !== `${set.shape}`)
    throw new FrostglassError(
      'shape',
      `${file} takes images of ${wanted?.join('×')}, and ${set.name} has ${set.shape.join('×')}`,
      'Give images of its size, or --size.',
    )
}

/** Share of the images that an ONNX network is right on, by its largest output. */
export async function measureOnnx(
  bytes: Uint8Array,
  file: string,
  set: ImageSet,
  signal?: AbortSignal,
): Promise<number> {
  const { graph: g } = readOnnx(bytes, { file })
  requireShape(g, file, set)
  const x = g.inputs[0]!
  const size = imageSize(set.shape)
  const batch = typeof x.shape[0] === 'string' ? Math.min(set.count, 250) : 1
  const bound = typeof x.shape[0] === 'string' ? bindDims(g, { [x.shape[0]]: batch }) : g
  const program = await compile(bound)
  const [output] = orderedOutputs(g)[0]!
  let right = 0
  try {
    for (let start = 0; start < set.count; start += batch) {
      throwIfAborted(signal)
      const data = new Float32Array(batch * size)
      const rows = Math.min(batch, set.count - start)
      for (let i = 0; i < rows * size; i++) data[i] = set.pixels[start * size + i]! / 255
      const found = await program.run({
        [x.name!]: { dtype: 'float32', shape: [batch, ...set.shape], data },
      })
      const values = toFloat64(found[output]!)
      const outputs = values.length / batch
      for (let i = 0; i < rows; i++)
        if (largest(values, i * outputs, outputs) === set.labels!.of[start + i]) right++
    }
  } finally {
    await program.close()
  }
  return right / set.count
}

/** Share of the images that a network is right on, in the plain. */
export function measureNetwork(network: PolynomialNetwork, set: ImageSet, signal?: AbortSignal): number {
  const right = unitPixels(set).filter((image, i) => {
    throwIfAborted(signal)
    const { answers } = answerPlainly(network, image)
    return largest(answers, 0, answers.length) === set.labels!.of[i]
  })
  return right.length / set.count
}

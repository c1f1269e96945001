// An obfuscator that first learns to reproduce the image, before it is trained for the classifier.
// Source: ours, for photographs: from random weights the papers' recipe learns nothing in the steps that some thousand
// photographs give. It starts near the image then, and hides less: the card says so.

import { imageTensor } from '../../data/images/imageSet.ts'
import type { ImageSet } from '../../data/index.ts'
import { add, constant, gather, graph, input, mul } from '../../graph/index.ts'
import { adam, fit, graphLayer, type Layer, sequential, type Weights } from '../../learn/index.ts'
import type { Preprocessing } from './contract.ts'
import type { TrainingNumbers } from './kinds.ts'
import type { TrainingOptions } from './resumable.ts'

/**
 * Trains layers to give back the image, by squared error against its bytes.
 * @param layers from bytes to the service's range, [N, channels, height, width]
 * @returns weights of those layers
 * @throws FrostglassError `aborted`
 */
export async function learnToReproduce(
  layers: readonly Layer[],
  preprocessing: Preprocessing,
  set: ImageSet,
  options: TrainingOptions & TrainingNumbers,
): Promise<Weights> {
  const { epochs, batch, learningRate, seed = 0, signal, onProgress } = options
  const model = sequential([...layers, bytesAgain(preprocessing, set)], { input: set.shape })
  const { weights } = await fit(
    model,
    { x: imageTensor(set), y: imageTensor(set) },
    {
      loss: 'meanSquaredError',
      optimizer: adam({ learningRate }),
      epochs,
      batch,
      seed,
      executor: options.executor ?? 'native',
      threads: options.threads,
      signal,
      onProgress: onProgress ? (p) => onProgress((p.epoch - 1 + p.step / p.steps) / p.epochs) : undefined,
    },
  )
  return weights
}

/** From the service's range back to bytes: targets stay bytes, a quarter of what floats would take. */
function bytesAgain({ mean, std, order }: Preprocessing, { shape }: ImageSet): Layer {
  const x = input('x', ['N', ...shape])
  const plane = (values: readonly number[]) => constant(values, [values.length, 1, 1])
  const unit = add(mul(x, plane(std)), plane(mean))
  const turned = order === 'BGR' ? gather(unit, constant([2, 1, 0], [3], 'int64'), 1) : unit
  const bytes = mul(turned, constant([255], [1]))
  return graphLayer(graph({ inputs: [x], outputs: { bytes } }), { name: 'bytes' })
}

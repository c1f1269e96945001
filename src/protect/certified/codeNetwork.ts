// The network of a code pane: an encoder to a few numbers z in −1 … 1, and a head that tells the label from them.
// Source: ours: images two 5×5/2 convolutions, a dense layer, z of 16; tables dense 128, z of 8; head
// of 64. Filters are 12 and 32 before 48 units here: more in the filters and less in the dense layer reads digits better in as
// many bytes. What is certified does not depend on the network: any encoder fits.

import { FrostglassError } from '../../errors.ts'
import { conv2d, dense, flatten, type Layer, type Model, sequential } from '../../learn/index.ts'
import { nameLayers } from '../../learn/layers/index.ts'

/** Encoder and head. */
export interface CodeNetwork {
  /** From a row (an image in 0 … 1, or features) to z. */
  readonly encoder: Model
  /** From z to a logit a label. */
  readonly head: Model
}

/**
 * @param shape of a row: [channels, height, width], or [features] @param labels how many there are
 * @param layers an encoder of one's own; it ends in a vector
 * @throws FrostglassError `shape` for an encoder that ends otherwise
 */
export function codeNetwork(
  shape: readonly number[],
  labels: number,
  layers: readonly Layer[] = shape.length === 3 ? imageEncoder() : tableEncoder(),
): CodeNetwork {
  const encoder = sequential(nameLayers('encoder', layers), { input: shape })
  if (encoder.output.length !== 1) {
    throw new FrostglassError(
      'shape',
      `the encoder gives [${encoder.output}], not a vector`,
      'End its layers with a dense one.',
    )
  }
  const head = sequential(
    nameLayers('head', [dense({ units: 64, activation: 'relu' }), dense({ units: labels })]),
    { input: encoder.output },
  )
  return Object.freeze({ encoder, head })
}

const imageEncoder = (): Layer[] => [
  conv2d({ filters: 12, kernel: 5, stride: 2, activation: 'relu' }),
  conv2d({ filters: 32, kernel: 5, stride: 2, activation: 'relu' }),
  flatten(),
  dense({ units: 48, activation: 'relu' }),
  dense({ units: 16, activation: 'tanh' }),
]

const tableEncoder = (): Layer[] => [
  dense({ units: 128, activation: 'relu' }),
  dense({ units: 8, activation: 'tanh' }),
]

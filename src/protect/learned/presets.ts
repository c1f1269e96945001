// The same recipe for other senses: spoken digits (FSD) and hand signs (ASL), classifiers and obfuscators.
// Source: Xu et al. 2020, sections on spoken digits and American Sign Language.
// Architectures alone: no data comes with them. Where the paper names no activation it is ReLU.

import type { ImageShape } from '../../data/index.ts'
import {
  activation,
  batchNorm,
  conv2d,
  dense,
  dropout,
  flatten,
  type Layer,
  maxPool2d,
  reshapeTo,
} from '../../learn/index.ts'

const relu = 'relu' as const
const rectified = (units: number): Layer => dense({ units, activation: relu })
const filters = (count: number, kernel: number | readonly [number, number]): Layer =>
  conv2d({ filters: count, kernel, activation: relu })

/** A preset: input, number of classes, two classifiers, two obfuscators. */
export interface Preset {
  readonly input: ImageShape
  readonly classes: number
  readonly classifiers: { readonly cnn: readonly Layer[]; readonly mlp: readonly Layer[] }
  readonly obfuscators: { readonly cnn: readonly Layer[]; readonly mlp: readonly Layer[] }
}

const spoken: ImageShape = [1, 20, 45]
const signs: ImageShape = [3, 64, 64]
const signPixels = 64 * 64 * 3

/** Free spoken digits: 20 coefficients (MFCC) by 45 frames, ten classes. */
export const spokenDigits: Preset = Object.freeze({
  input: spoken,
  classes: 10,
  classifiers: {
    cnn: [
      filters(32, 2),
      filters(48, 3),
      filters(64, [3, 6]),
      maxPool2d({ size: 2 }),
      flatten(),
      rectified(128),
      rectified(64),
      dense({ units: 10 }),
    ],
    mlp: [flatten(), rectified(800), rectified(300), rectified(128), rectified(64), dense({ units: 10 })],
  },
  obfuscators: {
    mlp: [
      flatten(),
      dense({ units: 200 }),
      batchNorm(),
      activation(relu),
      dense({ units: 900 }),
      batchNorm(),
      activation(relu),
      reshapeTo(spoken),
    ],
    cnn: [
      filters(3, [2, 4]),
      batchNorm(),
      filters(5, [3, 6]),
      batchNorm(),
      maxPool2d({ size: 2 }),
      flatten(),
      dense({ units: 900, activation: relu, l2: 0.1 }),
      reshapeTo(spoken),
    ],
  },
})

/** American Sign Language: pictures of 64×64 in colour, 29 classes. */
export const signLanguage: Preset = Object.freeze({
  input: signs,
  classes: 29,
  classifiers: {
    cnn: [
      filters(32, 3),
      maxPool2d({ size: 2 }),
      filters(64, 3),
      maxPool2d({ size: 2 }),
      filters(128, 3),
      maxPool2d({ size: 2 }),
      flatten(),
      rectified(1024),
      rectified(1024),
      dense({ units: 29 }),
    ],
    mlp: [flatten(), ...Array.from({ length: 6 }, () => rectified(1024)), dense({ units: 29 })],
  },
  obfuscators: {
    mlp: [flatten(), rectified(512), dropout(0.4), rectified(signPixels), reshapeTo(signs)],
    cnn: [
      filters(32, 3),
      maxPool2d({ size: 2 }),
      flatten(),
      rectified(512),
      dropout(0.4),
      rectified(signPixels),
      reshapeTo(signs),
    ],
  },
})

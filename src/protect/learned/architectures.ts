// The networks of the papers as lists of layers: classifiers of the service, obfuscators of the device.
// Source: Zheng et al. 2019 (ObfNet1, ObfNet2, LeNet), Xu et al. 2020 (InfNet, ObfNet-MLP, ObfNet-CNN), Yonan et al.
// 2025 (LightNet, DenseNet). Widths that no paper tells are ours and meet the published counts: each says so.

import type { ImageShape } from '../../data/index.ts'
import {
  batchNorm,
  conv2d,
  convTranspose2d,
  dense,
  dropout,
  flatten,
  gaussianNoise,
  type Layer,
  maxPool2d,
  reshapeTo,
} from '../../learn/index.ts'

const relu = 'relu' as const
const pixelsOf = ([channels, height, width]: ImageShape): number => channels * height * width

/** One dense layer with ReLU. */
const rectified = (units: number): Layer => dense({ units, activation: relu })

/**
 * LeNet-5 with ReLU and maximum pooling: convolutions of 6 (padded) and 16 filters of 5×5, dense 120, 84, classes.
 * 61,706 parameters for 1×28×28 and ten classes. The papers give an accuracy (98.98% on MNIST) and no widths: these are
 * LeCun et al. 1998.
 */
export const leNet = (classes: number): Layer[] => [
  conv2d({ filters: 6, kernel: 5, padding: 'same', activation: relu }),
  maxPool2d({ size: 2 }),
  conv2d({ filters: 16, kernel: 5, activation: relu }),
  maxPool2d({ size: 2 }),
  flatten(),
  rectified(120),
  rectified(84),
  dense({ units: classes }),
]

/** Xu et al.: Conv32, Conv64, pooling, dropout, Dense128, dropout. 1,199,882 parameters for 1×28×28, ten classes. */
export const infNetCnn = (classes: number): Layer[] => [
  conv2d({ filters: 32, kernel: 3, activation: relu }),
  conv2d({ filters: 64, kernel: 3, activation: relu }),
  maxPool2d({ size: 2 }),
  dropout(0.25),
  flatten(),
  rectified(128),
  dropout(0.5),
  dense({ units: classes }),
]

/** Xu et al.: three times Dense512. 932,362 parameters for 1×28×28, ten classes. */
export const infNetMlp = (classes: number): Layer[] => [
  flatten(),
  rectified(512),
  rectified(512),
  rectified(512),
  dense({ units: classes }),
]

/** Zheng et al., ObfNet1: pixels to pixels, one dense layer. 615,440 parameters for 1×28×28. */
export const obfNet1 = (shape: ImageShape): Layer[] => [
  flatten(),
  rectified(pixelsOf(shape)),
  reshapeTo(shape),
]

/** Zheng et al., ObfNet2: pixels, 1000, pixels. 1,569,784 parameters for 1×28×28. ObfNet2-x is one by another seed. */
export const obfNet2 = (shape: ImageShape): Layer[] => obfNetMlp(shape, 1000)

/** Xu et al.: pixels, n, pixels. 1569n + 784 parameters for 1×28×28. */
export const obfNetMlp = (shape: ImageShape, bottleneck: number): Layer[] => [
  flatten(),
  rectified(bottleneck),
  rectified(pixelsOf(shape)),
  reshapeTo(shape),
]

/** Xu et al.: Conv32, pooling, n, pixels. 6193n + 1104 parameters for 1×28×28. */
export const obfNetCnn = (shape: ImageShape, bottleneck: number): Layer[] => [
  conv2d({ filters: 32, kernel: 3, activation: relu }),
  maxPool2d({ size: 2 }),
  flatten(),
  rectified(bottleneck),
  rectified(pixelsOf(shape)),
  reshapeTo(shape),
]

/**
 * Yonan et al., LightNet: convolutions, maximum pooling, dropout, batch norm, Gaussian noise, transposed convolutions
 * back to the image's shape, of sizes divisible by 4. **Widths unpublished; these meet the count**: 16, 32 and 48
 * filters of 3×3 give 20,655 parameters (published: 20.7K) for three channels. The rates of dropout and noise are ours.
 * The published 76 KB are fewer bytes than 20.7K float32 numbers take (82.6 kB); no widths meet both.
 */
export const lightNet = ([channels]: ImageShape): Layer[] => [
  // Moving statistics that follow in tens of steps: some thousand photographs make a hundred steps an epoch.
  conv2d({ filters: 16, kernel: 3, padding: 'same', activation: relu }),
  maxPool2d({ size: 2 }),
  batchNorm({ momentum: 0.9 }),
  dropout(0.05),
  conv2d({ filters: 32, kernel: 3, padding: 'same', activation: relu }),
  maxPool2d({ size: 2 }),
  batchNorm({ momentum: 0.9 }),
  gaussianNoise(0.05),
  convTranspose2d({ filters: 48, kernel: 3, stride: 2, padding: 'same', activation: relu }),
  batchNorm({ momentum: 0.9 }),
  convTranspose2d({ filters: channels, kernel: 3, stride: 2, padding: 'same' }),
  // The service wants numbers around 0 of about unit spread, as its own preprocessing gives.
  batchNorm({ momentum: 0.9 }),
]

/**
 * Yonan et al., DenseNet: two blocks that sample down, Dense128, dense back to the image's shape. **Widths unpublished;
 * these meet the count**: blocks of 32 and 256 filters of 3×3 with stride 2, each with maximum pooling, give 25,030,912
 * parameters (published: 25.0M) for 3×224×224. (Not the DenseNet of Huang et al.)
 */
export const denseNet = (shape: ImageShape): Layer[] => [
  conv2d({ filters: 32, kernel: 3, stride: 2, activation: relu }),
  maxPool2d({ size: 2 }),
  conv2d({ filters: 256, kernel: 3, stride: 2, activation: relu }),
  maxPool2d({ size: 2 }),
  flatten(),
  rectified(128),
  dense({ units: pixelsOf(shape) }),
  reshapeTo(shape),
]

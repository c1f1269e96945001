// The obfuscators by name, and the recipe that trains each unless the caller says otherwise.
// Source: Xu et al. 2020 for batch 128, Adam and 14 epochs; the recipes of LightNet and DenseNet are measured by us.

import type { ImageShape } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { Layer } from '../../learn/index.ts'
import { denseNet, lightNet, obfNet1, obfNet2, obfNetCnn, obfNetMlp } from './architectures.ts'
import { type ObfuscatorKind, obfuscatorKinds } from './names.ts'

/** Numbers of a training run. */
export interface TrainingNumbers {
  readonly epochs: number
  /** Images a step. */
  readonly batch: number
  /** Of Adam. */
  readonly learningRate: number
  /** The rate is multiplied by this after an epoch whose validation loss is not the lowest so far; 1 as published. */
  readonly decay: number
}

/** Numbers of an obfuscator's training run. */
export interface ObfuscatorRecipe extends TrainingNumbers {
  /**
   * Epochs in which the obfuscator first learns to reproduce the image, by squared error and without the classifier.
   * 0 as published. It starts near the image then, and is seen through the easier.
   */
  readonly warmUp: number
}

/** An architecture of an obfuscator. */
export interface Kind {
  readonly title: string
  /** Whether a bottleneck is to be chosen. */
  readonly bottleneck: boolean
  /** Its layers for images of a shape; `bottleneck` units or channels at the narrowest, where it has one. */
  readonly layers: (shape: ImageShape, bottleneck: number) => Layer[]
  readonly recipe: ObfuscatorRecipe
}

/** The recipe of the papers: also that of the classifiers. */
export const publishedRecipe: ObfuscatorRecipe = Object.freeze({
  epochs: 14,
  batch: 128,
  learningRate: 0.001,
  decay: 1,
  warmUp: 0,
})

/** The published recipe with a falling rate: before LeNet on MNIST it gave ObfNet2 half a point (97.9 to 98.4%). */
export const obfNetRecipe: ObfuscatorRecipe = Object.freeze({ ...publishedRecipe, decay: 0.3 })

// Before MobileNet v2 on photographs of ten classes (two busy cores, 200 test images, raw 97.5% among the ten):
// LightNet 79.5% after 4 + 4 epochs on 733 images (349 s of CPU), DenseNet 40.5% after 4 + 4 on 917 (277 s of CPU,
// 7 GB at batch 32), both still rising. The recipes below go on for longer.
/** All architectures by name. */
export const kinds: Readonly<Record<ObfuscatorKind, Kind>> = Object.freeze({
  mlp: { title: 'ObfNet-MLP', bottleneck: true, layers: obfNetMlp, recipe: obfNetRecipe },
  cnn: { title: 'ObfNet-CNN', bottleneck: true, layers: obfNetCnn, recipe: obfNetRecipe },
  obfnet1: { title: 'ObfNet1', bottleneck: false, layers: obfNet1, recipe: obfNetRecipe },
  obfnet2: { title: 'ObfNet2', bottleneck: false, layers: obfNet2, recipe: obfNetRecipe },
  lightnet: {
    title: 'LightNet',
    bottleneck: false,
    layers: lightNet,
    recipe: { epochs: 8, batch: 16, learningRate: 0.001, decay: 1, warmUp: 3 },
  },
  densenet: {
    title: 'DenseNet',
    bottleneck: false,
    layers: denseNet,
    recipe: { epochs: 8, batch: 32, learningRate: 0.001, decay: 1, warmUp: 5 },
  },
})

/** An architecture by name. @throws FrostglassError `usage`. */
export function kindOf(name: string): Kind {
  const kind = Object.hasOwn(kinds, name) ? kinds[name as ObfuscatorKind] : undefined
  if (kind) return kind
  throw new FrostglassError(
    'usage',
    `'${name}' is not an obfuscator`,
    `Use ${obfuscatorKinds.join(', ')}, or a JSON file of layers.`,
  )
}

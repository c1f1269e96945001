// Training the service's model on raw images, before it is frozen.
// Source: Zheng et al. 2019, Xu et al. 2020: cross-entropy, Adam, batch 128, 14 epochs.
// The service would do this; it is here so that experiments and the demo have a service.

import type { ImageSet } from '../../data/index.ts'
import { withDefaults } from '../../defaults.ts'
import type { EpochRecord, Layer, Model } from '../../learn/index.ts'
import { sequential } from '../../learn/index.ts'
import { type Classifier, classifierLayers, classifierModel, writeClassifier } from './classifier.ts'
import { publishedRecipe } from './kinds.ts'
import { measureService } from './measure.ts'
import type { ClassifierArchitecture } from './names.ts'
import { unitLayer } from './preprocessing.ts'
import { fitBest, partsOf, requireLabels, type Split, type TrainingOptions } from './resumable.ts'

/** Options of {@link trainClassifier}. */
export interface ClassifierOptions extends TrainingOptions {
  readonly architecture: ClassifierArchitecture | readonly Layer[]
  /** The architecture's name by default. */
  readonly name?: string | undefined
}

/** A classifier with how it came to be. */
export interface TrainedClassifier extends Classifier {
  /** From a sample in 0 … 1 to logits. */
  readonly model: Model
  readonly history: readonly EpochRecord[]
  /** Whose weights it has: the best on the validation part. */
  readonly bestEpoch: number
  /** Share of right answers on the test images, or on the validation part where there are none. */
  readonly accuracy: number
  readonly split: Split
}

/**
 * Trains a classifier of images.
 * @throws FrostglassError `input` without labels, `shape` when the layers do not fit the images, `aborted`
 * @example const service = await trainClassifier(train, { architecture: 'infnet-cnn', test })
 */
export async function trainClassifier(set: ImageSet, options: ClassifierOptions): Promise<TrainedClassifier> {
  const { architecture } = options
  const { names } = requireLabels(set)
  const name = options.name ?? (typeof architecture === 'string' ? architecture : 'classifier')
  const model = classifierModel(classifierLayers(architecture, names.length), set.shape)
  const parts = partsOf(set, { ...options, holdOutTest: false })
  const training = sequential([unitLayer(set.shape), ...model.layers], { input: set.shape })
  const classMap = Int32Array.from(names, (_, i) => i)
  const { history, weights, weightsOf } = await fitBest(training, {}, parts, classMap, {
    ...options,
    ...withDefaults(publishedRecipe, options),
    settings: { what: 'classifier', layers: JSON.stringify(model.layers) },
  })
  const classifier = writeClassifier(model, weights, set, name)
  const { accuracy } = await measureService(classifier, parts.test ?? parts.validation, options)
  return Object.freeze({ ...classifier, model, history, bestEpoch: weightsOf, accuracy, split: parts.split })
}

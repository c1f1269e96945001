// Training an obfuscator before a frozen classifier, and the pane that comes of it.
// Source: Zheng et al. 2019, Xu et al. 2020: cross-entropy of obfuscator∘classifier, the classifier's weights fixed, its
// dropout left on as in the published code. The best epoch is picked on a validation part, not on the test set.

import type { ImageSet } from '../../data/index.ts'
import { type EpochRecord, type Model, sequential, type Weights } from '../../learn/index.ts'
import type { Classifier } from './classifier.ts'
import type { ObfuscatorPane } from './contract.ts'
import { finishPane, measured } from './finishPane.ts'
import type { Measured } from './measure.ts'
import { type ObfuscatorOptions, planOf } from './obfuscatorPlan.ts'
import { requireFit } from './openClassifier.ts'
import { requireChannels } from './preprocessing.ts'
import { fitBest, type Parts, partsOf, requireLabels, type Split } from './resumable.ts'
import { learnToReproduce } from './warmUp.ts'

/** An obfuscator with how it came to be. */
export interface TrainedObfuscator {
  readonly pane: ObfuscatorPane
  readonly history: readonly EpochRecord[]
  /** From an image in 0 … 1 to a sample: preprocessing, obfuscator, layout. */
  readonly model: Model
  readonly weights: Weights
  readonly split: Split
}

/**
 * Trains an obfuscator before a classifier that stays as it is.
 * @throws FrostglassError `shape` when images, obfuscator and classifier do not fit, `usage` for classes that do not,
 * `input` without labels, `unsupported` for an operator that cannot be differentiated (before training), `aborted`
 * @example const { pane } = await trainObfuscator(service, train, { kind: 'mlp', bottleneck: 64, test })
 */
export async function trainObfuscator(
  classifier: Classifier,
  set: ImageSet,
  options: ObfuscatorOptions,
): Promise<TrainedObfuscator> {
  const parts = prepared(classifier, set, options)
  return trainOne(classifier, set, parts, options)
}

/** Options of {@link trainPanes}. */
export interface PanesOptions extends ObfuscatorOptions {
  readonly count: number
  /** Called with each pane as it is ready. */
  readonly onPane?: ((trained: TrainedObfuscator, index: number) => void | Promise<void>) | undefined
}

/**
 * Trains several panes, by the seeds `seed`, `seed + 1`, …; all with the same parts of the data. A checkpoint's name
 * gets the pane's number.
 * @throws FrostglassError as {@link trainObfuscator}
 */
export async function trainPanes(
  classifier: Classifier,
  set: ImageSet,
  options: PanesOptions,
): Promise<readonly TrainedObfuscator[]> {
  const { count, seed = 0, checkpoint, onProgress, onPane } = options
  const parts = prepared(classifier, set, options)
  const raw = await measured(classifier, parts, options)
  const all: TrainedObfuscator[] = []
  for (let i = 0; i < count; i++) {
    const chosen = {
      ...options,
      seed: seed + i,
      ...(checkpoint === undefined ? {} : { checkpoint: `${checkpoint}.${i}` }),
      ...(onProgress ? { onProgress: (share: number) => onProgress((i + share) / count) } : {}),
    }
    const trained = await trainOne(classifier, set, parts, chosen, raw)
    all.push(trained)
    await onPane?.(trained, i)
  }
  return all
}

function prepared(classifier: Classifier, set: ImageSet, options: ObfuscatorOptions): Parts {
  requireLabels(set)
  requireChannels(classifier.preprocessing, set.shape, `the images of ${set.name}`)
  requireFit(classifier, set.shape, `the images of ${set.name}`)
  return partsOf(set, { ...options, holdOutTest: true })
}

async function trainOne(
  classifier: Classifier,
  set: ImageSet,
  parts: Parts,
  options: ObfuscatorOptions,
  raw?: Measured,
): Promise<TrainedObfuscator> {
  const started = performance.now()
  const { preprocessing } = classifier
  const plan = planOf(classifier, set, options)
  const { recipe } = plan
  const { warmUp, epochs } = recipe
  const part = warmUp / (warmUp + epochs)
  const report = options.onProgress
  const fitted = await fitBest(plan.training, classifier.weights, parts, plan.labels, {
    ...options,
    ...recipe,
    onProgress: report && ((share) => report(part + (1 - part) * share)),
    start: () =>
      warmUp === 0
        ? Promise.resolve({})
        : learnToReproduce(plan.before, preprocessing, parts.train, {
            ...options,
            ...recipe,
            epochs: warmUp,
            onProgress: report && ((share) => report(part * share)),
          }),
    settings: {
      outputs: plan.outputs,
      warmUp,
      what: 'obfuscator',
      layers: JSON.stringify(plan.built.layers),
      classifier: classifier.sha256,
      preprocessing: JSON.stringify(preprocessing),
      classifierDropout: plan.classifierDropout,
      classes: plan.classMap.join(),
    },
  })
  const seconds = (performance.now() - started) / 1000
  const model = sequential(plan.layers, { input: set.shape })
  const weights = Object.fromEntries(model.parameters.map((p) => [p.name, fitted.weights[p.name]!]))
  const trained = { classifier, set, parts, plan, model, weights, bestEpoch: fitted.weightsOf, seconds }
  const pane = await finishPane(trained, options, raw)
  return { pane, history: fitted.history, model, weights, split: parts.split }
}

// Training an obfuscator before a frozen classifier, and the pane that comes of it.
// Source: Zheng et al. 2019, Xu et al. 2020: cross-entropy of obfuscator∘classifier, the classifier's weights fixed, its
// dropout left on as in the published code. The best epoch is picked on a validation part, not on the test set.

import type { ImageSet, ImageShape } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { constant, type Graph, gather, graph, input, substitute, writeOnnx } from '../../graph/index.ts'
import {
  type EpochRecord,
  freezeLayers,
  graphLayer,
  inferenceGraph,
  type Layer,
  type Model,
  nameLayers,
  reshapeTo,
  sequential,
  type Weights,
} from '../../learn/index.ts'
import { mapClasses } from './classes.ts'
import type { Classifier } from './classifier.ts'
import type { ObfuscatorPane, PaneCard } from './contract.ts'
import { countLayers } from './count.ts'
import { kindOf, obfNetRecipe } from './kinds.ts'
import { type Measured, measureService } from './measure.ts'
import type { ObfuscatorKind } from './names.ts'
import { requireFit } from './openClassifier.ts'
import { openPane, paneMetadata } from './pane.ts'
import { layoutLayers, normalisingLayers, requireChannels, serviceShape, unitLayer } from './preprocessing.ts'
import { fitBest, type Parts, partsOf, requireLabels, type Split, type TrainingOptions } from './resumable.ts'
import { learnToReproduce } from './warmUp.ts'

/** Options of {@link trainObfuscator}. */
export interface ObfuscatorOptions extends TrainingOptions {
  /** The architecture by name; or give `layers`. */
  readonly kind?: ObfuscatorKind | undefined
  /** The caller's own: from an image [C, H, W] to as many numbers. */
  readonly layers?: readonly Layer[] | undefined
  /** Units of the bottleneck of ObfNet-MLP and ObfNet-CNN; 64 by default. */
  readonly bottleneck?: number | undefined
  /** Whether the classifier's dropout acts while the obfuscator is trained; true by default, as published. */
  readonly classifierDropout?: boolean | undefined
  /** The output of each class of the data; equal order by default. See {@link mapClasses}. */
  readonly classMap?: Int32Array | undefined
  /** The cross-entropy is of all outputs, or of the data's own classes alone (default: `own`). */
  readonly outputs?: 'all' | 'own' | undefined
  /** Epochs in which it first learns to reproduce the image; by kind. See {@link ObfuscatorRecipe}. */
  readonly warmUp?: number | undefined
}

/** An obfuscator with how it came to be. */
export interface TrainedObfuscator {
  readonly pane: ObfuscatorPane
  readonly history: readonly EpochRecord[]
  /** From an image in 0 … 1 to a sample: preprocessing, obfuscator, layout. */
  readonly model: Model
  readonly weights: Weights
  readonly split: Split
}

/** What every pane of this family says of itself. */
export const givesAway =
  'It does not hide what an image shows: with this public file and images of the same kind a network reconstructs the ' +
  'picture, and tells colour and other attributes (Yonan et al. 2025). It hides it from eyes alone.'

/** Layers of an obfuscator for images of a shape, by options. @throws FrostglassError `usage`, `shape`. */
export function obfuscatorLayers(
  shape: ImageShape,
  { kind, layers, bottleneck = 64 }: Pick<ObfuscatorOptions, 'kind' | 'layers' | 'bottleneck'>,
): { readonly kind: string; readonly bottleneck: number | null; readonly layers: readonly Layer[] } {
  if ((kind === undefined) === (layers === undefined)) {
    throw new FrostglassError('usage', 'give an obfuscator by its kind or by its layers, one of the two')
  }
  const known = kind === undefined ? undefined : kindOf(kind)
  const built = nameLayers('obfuscator', known ? known.layers(shape, bottleneck) : layers!)
  const { output } = sequential(built, { input: shape })
  const size = output.reduce((a, d) => a * d, 1)
  const wanted = shape.reduce((a, d) => a * d, 1)
  if (size !== wanted) {
    throw new FrostglassError(
      'shape',
      `the obfuscator makes [${output}] (${size} numbers) of an image [${shape}] (${wanted} numbers)`,
      known
        ? 'Use images whose height and width are divisible by 4, or another kind.'
        : 'End the layers with as many numbers as an image has.',
    )
  }
  const whole = output.length === 3 && `${output}` === `${shape}` ? built : [...built, reshapeTo(shape)]
  return { kind: kind ?? 'file', bottleneck: known?.bottleneck ? bottleneck : null, layers: whole }
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
    const own = {
      ...options,
      seed: seed + i,
      ...(checkpoint === undefined ? {} : { checkpoint: `${checkpoint}.${i}` }),
      ...(onProgress ? { onProgress: (share: number) => onProgress((i + share) / count) } : {}),
    }
    const trained = await trainOne(classifier, set, parts, own, raw)
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

const measured = (
  classifier: Classifier,
  parts: Parts,
  { threads, signal, classMap }: ObfuscatorOptions,
  pane?: ObfuscatorPane,
): Promise<Measured> =>
  measureService(classifier, pane ? { pane, set: parts.test! } : parts.test!, {
    threads,
    signal,
    classMap,
  })

async function trainOne(
  classifier: Classifier,
  set: ImageSet,
  parts: Parts,
  options: ObfuscatorOptions,
  measuredRaw?: Measured,
): Promise<TrainedObfuscator> {
  const started = performance.now()
  const { shape } = set
  const { seed = 0, classifierDropout = true } = options
  const { preprocessing } = classifier
  const built = obfuscatorLayers(shape, options)
  const classMap = options.classMap ?? mapClasses(requireLabels(set), classifier.outputs)
  const recipe = recipeOf(options)
  const layers = [
    ...normalisingLayers(preprocessing, shape),
    ...built.layers,
    ...layoutLayers(preprocessing, shape),
  ]
  const frozen = freezeLayers(classifier.layers, { dropout: classifierDropout })
  // With as many classes as outputs the two are the same but for an order.
  const outputs = classMap.length === classifier.outputs ? 'all' : (options.outputs ?? 'own')
  const own = outputs === 'own' ? [ownOutputs(classMap, classifier.outputs)] : []
  const training = sequential([unitLayer(shape), ...layers, ...frozen, ...own], { input: shape })
  const labels = outputs === 'own' ? classMap.map((_, label) => label) : classMap
  const before = [unitLayer(shape), ...normalisingLayers(preprocessing, shape), ...built.layers]
  const { warmUp, epochs } = recipe
  const part = warmUp / (warmUp + epochs)
  const told = options.onProgress
  const { history, weights, weightsOf } = await fitBest(training, classifier.weights, parts, labels, {
    ...options,
    ...recipe,
    ...(told ? { onProgress: (share) => told(part + (1 - part) * share) } : {}),
    start: () =>
      warmUp === 0
        ? Promise.resolve({})
        : learnToReproduce(before, preprocessing, parts.train, {
            ...options,
            ...recipe,
            epochs: warmUp,
            ...(told ? { onProgress: (share) => told(part * share) } : {}),
          }),
    settings: {
      outputs,
      warmUp,
      what: 'obfuscator',
      layers: JSON.stringify(built.layers),
      classifier: classifier.sha256,
      preprocessing: JSON.stringify(preprocessing),
      classifierDropout,
      classes: classMap.join(),
    },
  })
  const seconds = (performance.now() - started) / 1000
  const model = sequential(layers, { input: shape })
  const kept = Object.fromEntries(model.parameters.map((p) => [p.name, weights[p.name]!]))
  const g = paneGraph(model, kept)
  const { parameters, flops } = countLayers(built.layers, shape)
  const card = (numbers: PaneCard['measured']): PaneCard => ({
    format: 'frostglass-pane',
    version: 1,
    kind: built.kind,
    bottleneck: built.bottleneck,
    input: shape,
    output: serviceShape(preprocessing, shape),
    preprocessing,
    classifier: { name: classifier.name, sha256: classifier.sha256, classes: classifier.outputs },
    training: {
      data: set.name,
      images: parts.train.count,
      validation: parts.validation.count,
      ...recipe,
      bestEpoch: weightsOf,
      outputs,
      classifierDropout,
      seed,
      seconds,
    },
    measured: numbers,
    parameters,
    flops,
    givesAway,
  })
  const test = parts.test!
  const raw = measuredRaw ?? (await measured(classifier, parts, options))
  const unknown = { on: test.name, images: 0, raw: 0, obfuscated: 0, amongClasses: null }
  const draft = await openPane(writePane(g, card(unknown)), threadsOf(options))
  const obfuscated = await measured(classifier, parts, options, draft).finally(() => draft.close())
  const numbers = {
    on: test === options.test ? test.name : `${test.name}, held out`,
    images: test.count,
    raw: raw.accuracy,
    obfuscated: obfuscated.accuracy,
    amongClasses:
      raw.amongClasses === null || obfuscated.amongClasses === null
        ? null
        : { raw: raw.amongClasses, obfuscated: obfuscated.amongClasses },
  }
  const pane = await openPane(writePane(g, card(numbers)), threadsOf(options))
  return { pane, history, model, weights: kept, split: parts.split }
}

const threadsOf = ({ threads }: ObfuscatorOptions) => (threads === undefined ? {} : { threads })

/** The logits of some outputs. */
function ownOutputs(classMap: Int32Array, outputs: number): Layer {
  const x = input('logits', ['N', outputs])
  const y = gather(x, constant(classMap, [classMap.length], 'int64'), 1)
  return graphLayer(graph({ inputs: [x], outputs: { own: y } }), { name: 'own' })
}

/** The kind's recipe, with what the options say otherwise. */
function recipeOf(options: ObfuscatorOptions) {
  const standard = options.kind ? kindOf(options.kind).recipe : obfNetRecipe
  const {
    warmUp = standard.warmUp,
    epochs = standard.epochs,
    batch = standard.batch,
    learningRate = standard.learningRate,
    decay = standard.decay,
  } = options
  return { warmUp, epochs, batch, learningRate, decay }
}

/** `image` [N, …image] in 0 … 1 to `obfuscated` [N, …service]. */
function paneGraph(model: Model, weights: Weights): Graph {
  const built = inferenceGraph(model, weights)
  const image = input('image', ['N', ...model.input])
  const [obfuscated] = substitute(Object.values(built.outputs), new Map([[built.inputs[0]!, image]]))
  return graph({ inputs: [image], outputs: { obfuscated: obfuscated! } })
}

const writePane = (g: Graph, card: PaneCard): Uint8Array =>
  writeOnnx(g, {
    description: 'A learned obfuscator. Public: whoever has it can train a network that undoes it.',
    metadata: paneMetadata(card),
  })

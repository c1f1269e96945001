// What is trained of an obfuscator, and how: its layers, the network that they stand in, the outputs that count, the recipe.
// Source: Zheng et al. 2019, Xu et al. 2020: obfuscator∘classifier, the classifier's weights fixed, its dropout left on.
// It trains nothing, and looks at no image: shapes and labels' names are enough.

import type { ImageSet, ImageShape } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { constant, gather, graph, input } from '../../graph/index.ts'
import { graphLayer, type Layer, type Model, reshapeTo, sequential } from '../../learn/index.ts'
import { freezeLayers, nameLayers } from '../../learn/layers/index.ts'
import { mapClasses } from './classes.ts'
import type { Classifier } from './classifier.ts'
import { kindOf, obfNetRecipe } from './kinds.ts'
import type { ObfuscatorKind } from './names.ts'
import { layoutLayers, normalisingLayers, unitLayer } from './preprocessing.ts'
import { requireLabels, type TrainingOptions } from './resumable.ts'

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

/** What is trained, and how. */
export interface ObfuscatorPlan {
  readonly built: ReturnType<typeof obfuscatorLayers>
  /** The pane: preprocessing, obfuscator, layout. */
  readonly layers: readonly Layer[]
  /** From bytes to what the obfuscator makes of them, for the warm-up. */
  readonly before: readonly Layer[]
  /** From bytes to the outputs that count; the classifier in it stays as it is. */
  readonly training: Model
  /** Of each class of the data, its place among those outputs. */
  readonly labels: Int32Array
  readonly classMap: Int32Array
  readonly outputs: 'all' | 'own'
  readonly classifierDropout: boolean
  readonly recipe: ReturnType<typeof recipeOf>
}

/** @throws FrostglassError `usage`, `shape`, `input` as `trainObfuscator`, before anything is trained */
export function planOf(classifier: Classifier, set: ImageSet, options: ObfuscatorOptions): ObfuscatorPlan {
  const { shape } = set
  const { classifierDropout = true } = options
  const { preprocessing } = classifier
  const built = obfuscatorLayers(shape, options)
  const classMap = options.classMap ?? mapClasses(requireLabels(set), classifier.outputs)
  const recipe = recipeOf(options)
  const before = [unitLayer(shape), ...normalisingLayers(preprocessing, shape), ...built.layers]
  const layers = [
    ...normalisingLayers(preprocessing, shape),
    ...built.layers,
    ...layoutLayers(preprocessing, shape),
  ]
  const frozen = freezeLayers(classifier.layers, { dropout: classifierDropout })
  // With as many classes as outputs the two are the same but for an order.
  const outputs = classMap.length === classifier.outputs ? 'all' : (options.outputs ?? 'own')
  const picked = outputs === 'own' ? [ownOutputs(classMap, classifier.outputs)] : []
  return {
    built,
    layers,
    before,
    training: sequential([unitLayer(shape), ...layers, ...frozen, ...picked], { input: shape }),
    labels: outputs === 'own' ? classMap.map((_, label) => label) : classMap,
    classMap,
    outputs,
    classifierDropout,
    recipe,
  }
}

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

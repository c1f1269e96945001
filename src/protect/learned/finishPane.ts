// The pane of trained weights: written with its card, opened, and measured before the classifier on the test images.
// Source: Xu et al. 2020 for what is measured: the service's accuracy without and with the pane.
// A pane is written twice: its card holds what was measured of the pane that it is the card of.

import type { ImageSet } from '../../data/index.ts'
import type { Graph } from '../../graph/contract.ts'
import { graph, input, substitute, writeOnnx } from '../../graph/index.ts'
import type { Model, Weights } from '../../learn/index.ts'
import { inferenceGraph } from '../../learn/model.ts'
import type { Classifier } from './classifier.ts'
import type { ObfuscatorPane, PaneCard } from './contract.ts'
import { countLayers } from './count.ts'
import { type Measured, measureService } from './measure.ts'
import type { ObfuscatorOptions, ObfuscatorPlan } from './obfuscatorPlan.ts'
import { openPane, paneMetadata } from './pane.ts'
import { serviceShape } from './preprocessing.ts'
import type { Parts } from './resumable.ts'

/** What every pane of this family says of itself. */
const givesAway =
  'It does not hide what an image shows: with this public file and images of the same kind a network reconstructs the ' +
  'picture, and tells colour and other attributes (Yonan et al. 2025). It hides it from eyes alone.'

/** How a training went. */
export interface TrainedPlan {
  readonly classifier: Classifier
  readonly set: ImageSet
  readonly parts: Parts
  readonly plan: ObfuscatorPlan
  /** Of the pane. */
  readonly model: Model
  readonly weights: Weights
  readonly bestEpoch: number
  readonly seconds: number
}

/** @param raw what the classifier gets right without a pane, where that is known */
export async function finishPane(
  trained: TrainedPlan,
  options: ObfuscatorOptions,
  raw: Measured | undefined,
): Promise<ObfuscatorPane> {
  const { classifier, parts, model, weights } = trained
  const { threads } = options
  const g = paneGraph(model, weights)
  const test = parts.test!
  const before = raw ?? (await measured(classifier, parts, options))
  const unknown = { on: test.name, images: 0, raw: 0, obfuscated: 0, amongClasses: null }
  const draft = await openPane(writePane(g, cardOf(trained, options, unknown)), { threads })
  const behind = await measured(classifier, parts, options, draft).finally(() => draft.close())
  const numbers = {
    on: test === options.test ? test.name : `${test.name}, held out`,
    images: test.count,
    raw: before.accuracy,
    obfuscated: behind.accuracy,
    amongClasses:
      before.amongClasses === null || behind.amongClasses === null
        ? null
        : { raw: before.amongClasses, obfuscated: behind.amongClasses },
  }
  return openPane(writePane(g, cardOf(trained, options, numbers)), { threads })
}

/** What the classifier gets right of the test images. @param pane before it, if any */
export const measured = (
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

function cardOf(
  { classifier, set, parts, plan, bestEpoch, seconds }: TrainedPlan,
  { seed = 0 }: ObfuscatorOptions,
  numbers: PaneCard['measured'],
): PaneCard {
  const { built, recipe, outputs, classifierDropout } = plan
  const { preprocessing } = classifier
  const { parameters, flops } = countLayers(built.layers, set.shape)
  return {
    format: 'frostglass-pane',
    version: 1,
    kind: built.kind,
    bottleneck: built.bottleneck,
    input: set.shape,
    output: serviceShape(preprocessing, set.shape),
    preprocessing,
    classifier: { name: classifier.name, sha256: classifier.sha256, classes: classifier.outputs },
    training: {
      data: set.name,
      images: parts.train.count,
      validation: parts.validation.count,
      ...recipe,
      bestEpoch,
      outputs,
      classifierDropout,
      seed,
      seconds,
    },
    measured: numbers,
    parameters,
    flops,
    givesAway,
  }
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

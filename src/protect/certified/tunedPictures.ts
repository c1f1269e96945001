// Tuned pictures: from the mean of a code's cell, some steps towards what the frozen net answers as the code's label law.
// Source: CERTIFIED obfuscation, section 5b: 150 Adam steps, with a pull to the mean.
// Each is a blend of its cell's pictures; no bound is known on what such a blend tells of them.

import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageShape } from '../../data/index.ts'
import { throwIfAborted } from '../../errors.ts'
import {
  add,
  clip,
  compile,
  constant,
  gradients,
  graph,
  input,
  logSoftmax,
  mul,
  neg,
  reduceSum,
  sub,
  substitute,
  type Value,
  variable,
} from '../../graph/index.ts'
import { constantOf } from '../../graph/value.ts'
import { applyLayers } from '../../learn/buildLayers.ts'
import { adam } from '../../learn/index.ts'
import { nameLayers } from '../../learn/layers/index.ts'
import { inType, weightOf } from '../../learn/model.ts'
import { optimizerStep } from '../../learn/optimizers/step.ts'
import type { Classifier } from '../learned/classifier.ts'
import { layoutLayers, normalisingLayers } from '../learned/preprocessing.ts'

/** How pictures are tuned. */
export interface Tuning {
  readonly steps: number
  /**
   * How far the first step moves a picture: the root of the sum over its pixels, of 0 … 1, squared. It falls to 0 in a line. Adam moves all
   * pixels alike, so the same rate a pixel would move a large picture too far to come to rest.
   */
  readonly step: number
  /** What a pixel's squared distance to the mean costs beside a nat of cross-entropy. */
  readonly pull: number
}

/**
 * 150 steps. A pull costs little, and pictures without it are read rightly by the net alone that they were tuned on: measured once, on
 * MNIST by 13 codes, another net then had 96.1 % of digits right, and with a pull of 0.02 or 0.1 the pane's own 97.15 %.
 */
export const defaultTuning: Tuning = { steps: 150, step: 0.56, pull: 0.1 }

/** A picture to tune. */
export interface Tuned {
  /** Where it starts, in 0 … 255. */
  readonly mean: Float64Array
  /** What the net is to answer, by output; adds up to 1. */
  readonly law: Float32Array
}

/** Values that are tuned in one graph: what lies between the net's layers takes some hundred times as many. */
const largestPiece = 1.6e6

/** Pictures [codes, …shape] of bytes: Σ over outputs of law · log(law / answer) and the pull, made small. */
export async function tunePictures(
  classifier: Classifier,
  shape: ImageShape,
  tuned: readonly Tuned[],
  tuning: Tuning,
  options: {
    readonly threads?: number | undefined
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((share: number) => void) | undefined
  },
): Promise<Uint8Array> {
  const size = imageSize(shape)
  const pictures = new Uint8Array(tuned.length * size)
  const piece = Math.max(1, Math.floor(largestPiece / size))
  for (let start = 0; start < tuned.length; start += piece) {
    const part = tuned.slice(start, start + piece)
    const step = tuningStep(classifier, shape, part, tuning.pull)
    const program = await compile(step.graph, { threads: options.threads })
    try {
      for (let i = 0; i < tuning.steps; i++) {
        throwIfAborted(options.signal)
        const rate = (tuning.step / Math.sqrt(size)) * (1 - i / tuning.steps)
        await program.run({ rate: { dtype: 'float32', shape: [], data: Float32Array.of(rate) } })
        options.onProgress?.((start + (part.length * (i + 1)) / tuning.steps) / tuned.length)
      }
      const { data } = program.read(step.pictures)
      pictures.set(
        Uint8Array.from(data as Float32Array, (v) => Math.round(255 * v)),
        start * size,
      )
    } finally {
      await program.close()
    }
  }
  return pictures
}

function tuningStep(classifier: Classifier, shape: ImageShape, part: readonly Tuned[], pull: number) {
  const size = imageSize(shape)
  const means = new Float32Array(part.length * size)
  for (const [i, { mean }] of part.entries())
    means.set(
      Float32Array.from(mean, (v) => v / 255),
      i * size,
    )
  const laws = new Float32Array(part.length * classifier.outputs)
  for (const [i, { law }] of part.entries()) laws.set(law, i * classifier.outputs)
  const started = constant(means, [part.length, ...shape])
  const pictures = variable('pictures', started.tensor!)
  const answers = logSoftmax(frozen(classifier, shape, pictures))
  const entropy = neg(reduceSum(mul(constant(laws, [part.length, classifier.outputs]), answers)))
  const away = sub(pictures, started)
  const loss = add(entropy, mul(reduceSum(mul(away, away)), constant([pull], [])))
  const step = optimizerStep(adam(), [pictures], gradients(loss, [pictures]), 'float32')
  // The optimiser keeps its rate in a variable; here each step is fed its own.
  const rate = input('rate', [])
  const next = substitute(
    step.updates.map(([, value]) => value),
    new Map([[step.learningRate, rate]]),
  )
  const updates = step.updates.map(
    ([target], i) => [target, target === pictures ? clip(next[i]!, 0, 1) : next[i]!] as const,
  )
  return { graph: graph({ inputs: [rate], outputs: { loss }, updates }), pictures }
}

/** Pictures in 0 … 1 through the service's preprocessing and its net, to logits. */
function frozen(classifier: Classifier, shape: ImageShape, x: Value): Value {
  const { preprocessing, layers, weights } = classifier
  const before = [...normalisingLayers(preprocessing, shape), ...layoutLayers(preprocessing, shape)]
  const binding = { training: false, parameter: never }
  const sample = applyLayers(nameLayers('service', before), x, binding)
  return applyLayers(layers, sample, {
    training: false,
    parameter: (p) => constantOf(inType(weightOf(p, weights), 'float32'), p.name),
  })
}

const never = (): never => {
  throw new TypeError('preprocessing has no weights')
}

// What the service answers: to raw samples, to obfuscated ones, and how often it is right.
// Source: Zheng et al. 2019 (a voluntary protection: the same service takes raw and obfuscated samples alike).
// It asks the classifier here, not over a network.

import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageSet } from '../../data/index.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { compile, type Tensor } from '../../graph/index.ts'
import { argmax, sequential } from '../../learn/index.ts'
import { inferenceGraph } from '../../learn/model.ts'
import { softmax } from '../../statistics/softmax.ts'
import { mapClasses } from './classes.ts'
import type { Classifier } from './classifier.ts'
import type { ObfuscatorPane } from './contract.ts'
import { requireFit } from './openClassifier.ts'
import { preprocessImageSet } from './preprocessing.ts'
import { requireLabels } from './resumable.ts'

/** A classifier that is ready to answer. */
export interface ClassifierService {
  readonly classifier: Classifier
  /** Logits of samples [N, …classifier.input]: N × classifier.outputs numbers, a copy. */
  answer(samples: Tensor): Promise<Float32Array>
  /** The same through softmax: probabilities [N, classifier.outputs]. */
  probabilities(samples: Tensor): Promise<Tensor>
  /** Frees the programs of the classifier. */
  close(): Promise<void>
}

/** Makes a classifier ready to answer. Close it. */
export async function openClassifierService(
  classifier: Classifier,
  options: { threads?: number | undefined } = {},
): Promise<ClassifierService> {
  const model = sequential(classifier.layers, { input: classifier.input })
  const program = await compile(inferenceGraph(model, classifier.weights), {
    executor: 'native',
    threads: options.threads,
  })
  const { outputs, input } = classifier
  const size = input.reduce((a, d) => a * d, 1)
  const answer = async (samples: Tensor): Promise<Float32Array> => {
    const count = samples.shape[0]!
    const piece = pieceOf(size)
    const answers = new Float32Array(count * outputs)
    for (let start = 0; start < count; start += piece) {
      const rows = Math.min(piece, count - start)
      const data = samples.data.subarray(start * size, (start + rows) * size)
      const { output } = await program.run({ input: { dtype: 'float32', shape: [rows, ...input], data } })
      answers.set(output!.data as Float32Array, start * outputs)
    }
    return answers
  }
  return {
    classifier,
    answer,
    probabilities: async (samples) => {
      const data = await answer(samples)
      for (let start = 0; start < data.length; start += outputs)
        data.set(softmax(data.subarray(start, start + outputs)), start)
      return { dtype: 'float32', shape: [data.length / outputs, outputs], data }
    },
    close: () => program.close(),
  }
}

// Images at once: what lies between the layers takes some hundred times the image.
const pieceOf = (size: number): number => Math.max(1, Math.floor((3 * 2 ** 20) / (4 * size)))

/** How often a service is right. */
export interface Measured {
  readonly images: number
  /** Share of right answers among all outputs. */
  readonly accuracy: number
  /** The same of the best among the outputs of the data's classes; null where there are no others. */
  readonly amongClasses: number | null
  /** The output with the largest logit of each image. */
  readonly answers: Int32Array
}

/** Options of {@link measureService}. */
export interface MeasureOptions {
  /** Class numbers, for samples that come as a tensor. */
  readonly labels?: ArrayLike<number> | undefined
  /** The output of each class of the data; equal order by default. */
  readonly classMap?: Int32Array | undefined
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/**
 * Measures a service on samples as it takes them (a tensor, with `labels`), on raw images (an image set), or on images
 * that a pane obfuscates.
 * @throws FrostglassError `input` without labels, `shape` for images that do not fit, `usage` for classes that do not
 * @example await measureService(classifier, { pane, set: test })
 */
export async function measureService(
  service: Classifier | ClassifierService,
  source: Tensor | ImageSet | { readonly pane: ObfuscatorPane; readonly set: ImageSet },
  options: MeasureOptions = {},
): Promise<Measured> {
  const opened = 'answer' in service ? service : await openClassifierService(service, threadsOf(options))
  try {
    const { classifier } = opened
    const { labels, count, samples, names } = sourceOf(source, classifier, options)
    if (labels.length !== count) {
      throw new RangeError(`there are ${count} samples and ${labels.length} labels`)
    }
    const classMap = options.classMap ?? mapClasses({ names }, classifier.outputs)
    const others = classMap.length < classifier.outputs
    const piece = 4 * pieceOf(classifier.input.reduce((a, d) => a * d, 1))
    const answers = new Int32Array(count)
    let right = 0
    let rightAmong = 0
    for (let start = 0; start < count; start += piece) {
      throwIfAborted(options.signal)
      const rows = Math.min(piece, count - start)
      const logits = await opened.answer(await samples(start, rows))
      const best = argmax(logits, classifier.outputs)
      answers.set(best, start)
      for (let i = 0; i < rows; i++) {
        const label = labels[start + i]!
        if (best[i] === classMap[label]) right++
        if (others && bestAmong(logits, i * classifier.outputs, classMap) === label) rightAmong++
      }
      options.onProgress?.((start + rows) / count)
    }
    return {
      images: count,
      accuracy: right / count,
      amongClasses: others ? rightAmong / count : null,
      answers,
    }
  } finally {
    if (!('answer' in service)) await opened.close()
  }
}

const threadsOf = ({ threads }: { readonly threads?: number | undefined }) =>
  threads === undefined ? {} : { threads }

interface Source {
  readonly count: number
  readonly labels: ArrayLike<number>
  readonly names: readonly string[]
  samples(start: number, rows: number): Promise<Tensor>
}

function sourceOf(
  source: Tensor | ImageSet | { readonly pane: ObfuscatorPane; readonly set: ImageSet },
  classifier: Classifier,
  options: MeasureOptions,
): Source {
  if ('dtype' in source) {
    const sample = source.shape.slice(1)
    if (`${sample}` !== `${classifier.input}`) {
      throw new FrostglassError(
        'shape',
        `a sample is [${sample}], but ${classifier.name} takes [${classifier.input}]`,
      )
    }
    const { labels } = options
    if (!labels) throw new TypeError('give the labels of the samples')
    const size = sample.reduce((a, d) => a * d, 1)
    return {
      count: source.shape[0]!,
      labels,
      names: Array.from({ length: classifier.outputs }, (_, i) => String(i)),
      samples: async (start, rows) => ({
        dtype: source.dtype,
        shape: [rows, ...sample],
        data: source.data.subarray(start * size, (start + rows) * size),
      }),
    }
  }
  const set = 'pane' in source ? source.set : source
  const { names, of } = requireLabels(set)
  requireFit(classifier, set.shape, `the images of ${set.name}`)
  const size = imageSize(set.shape)
  const pixels = (start: number, rows: number) => set.pixels.subarray(start * size, (start + rows) * size)
  const { preprocessing } = classifier
  return {
    count: set.count,
    labels: of,
    names,
    samples: async (start, rows) =>
      'pane' in source
        ? {
            dtype: 'float32',
            shape: [rows, ...source.pane.card.output],
            data: await source.pane.protect(pixels(start, rows)),
          }
        : preprocessImageSet({ ...set, count: rows, pixels: pixels(start, rows) }, preprocessing),
  }
}

/** The class of the data whose output is largest. */
function bestAmong(logits: Float32Array, at: number, classMap: Int32Array): number {
  let best = 0
  for (let label = 1; label < classMap.length; label++)
    if (logits[at + classMap[label]!]! > logits[at + classMap[best]!]!) best = label
  return best
}

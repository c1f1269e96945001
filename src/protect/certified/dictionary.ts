// A dictionary: a public picture for each code, or for each output of a channel, so that a service which stays as it is reads the code's label from it.
// Source: CERTIFIED obfuscation, section 5b. It is post-processing of the code: what the certificate says stays true.
// It promises nothing of a net that it was not checked on. Whose pictures it shows, the dictionary says itself.

import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageShape } from '../../data/index.ts'
import { withDefaults } from '../../defaults.ts'
import { FrostglassError } from '../../errors.ts'
import { mapClasses } from '../learned/classes.ts'
import type { Classifier } from '../learned/classifier.ts'
import type { Preprocessing } from '../learned/contract.ts'
import { requireFit } from '../learned/openClassifier.ts'
import { requireChannels } from '../learned/preprocessing.ts'
import { type CodedPictures, type PictureCell, pictureCells } from './codedPictures.ts'
import { type FrozenReader, openFrozenReader } from './frozenReader.ts'
import { checkedMedoids } from './medoids.ts'
import type { DictionaryKind } from './releaseContract.ts'
import { defaultTuning, type Tuning, tunePictures } from './tunedPictures.ts'

/** What codes stand for: a codebook has it. */
export interface CodeMeanings {
  /** Names of the labels. */
  readonly labels: readonly string[]
  /** By code: how often each label is the true one behind it. Its label is the likeliest, the first of equals. */
  readonly codes: readonly { readonly shares: readonly number[] }[]
}

/** Options of {@link createDictionary}. */
export interface DictionaryOptions {
  readonly kind: DictionaryKind
  /** That the pictures may be shown to anybody, each as it is: a checked medoid is one of them. */
  readonly picturesArePublic?: boolean | undefined
  /** channel[code][output], where outputs are drawn: then each output has a picture. */
  readonly channel?: readonly (readonly number[])[] | undefined
  /** The net's output for each label; equal order by default, where there are as many. */
  readonly classMap?: Int32Array | undefined
  readonly tuning?: Partial<Tuning> | undefined
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Share done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** A dictionary, every picture of which was read rightly. */
export interface Dictionary {
  readonly kind: DictionaryKind
  /** Whose pictures they are, or are made of. */
  readonly data: string
  readonly shape: ImageShape
  /** [codes, or outputs of the channel, …shape], planar bytes. */
  readonly pictures: Uint8Array
  /** By code: the label that it stands for, and its probability in the net's answer, among labels. */
  readonly read: readonly { readonly label: number; readonly share: number }[]
  /** The net that it was checked on, and how that takes a picture. */
  readonly classifier: { readonly name: string; readonly sha256: string }
  readonly preprocessing: Preprocessing
}

/**
 * Makes and checks a dictionary.
 *
 * @param classifier the service's net, frozen
 * @param pictures of what the pane was trained on, with their codes
 * @throws FrostglassError `usage` for medoids of pictures that are not stated to be public, `shape`, `input` for what does not
 * fit, `input` for a picture that the net reads as another label: it names the code, its label and what was read
 * @example
 * const codeOf = await pane.release(imageTensor(set))
 * const dictionary = await createDictionary(await openClassifier('lenet.onnx'), { set, codeOf }, codebook, { kind: 'tuned' })
 */
export async function createDictionary(
  classifier: Classifier,
  pictures: CodedPictures,
  meanings: CodeMeanings,
  options: DictionaryOptions,
): Promise<Dictionary> {
  const { set } = pictures
  const { kind, signal, threads, onProgress } = options
  requirePublic(set.name, options)
  requireChannels(classifier.preprocessing, set.shape, `the pictures of ${set.name}`)
  requireFit(classifier, set.shape, `the pictures of ${set.name}`)
  const classMap = options.classMap ?? mapClasses({ names: meanings.labels }, classifier.outputs)
  const laws =
    options.channel ?? meanings.codes.map((_, code) => meanings.codes.map((_, c) => Number(c === code)))
  const cells = pictureCells(pictures, laws)
  const shares = cells.map((cell) => sharesOf(cell, meanings))
  const labelOf = shares.map((of) => of.indexOf(Math.max(...of)))
  const reader = await openFrozenReader(classifier, set.shape, meanings.labels, classMap, { threads })
  try {
    const made =
      kind === 'tuned'
        ? await tunePictures(
            classifier,
            set.shape,
            cells.map(({ mean }, code) => ({
              mean,
              law: lawOf(shares[code]!, classMap, classifier.outputs),
            })),
            withDefaults<Tuning>(defaultTuning, options.tuning ?? {}),
            { threads, signal, onProgress },
          )
        : await checkedMedoids(
            pictures,
            cells.map((cell, code) => ({ code, label: labelOf[code]!, cell })),
            reader,
            signal,
          )
    return Object.freeze({
      kind,
      data: set.name,
      shape: set.shape,
      pictures: made,
      read: await requireRead(made, imageSize(set.shape), labelOf, reader),
      classifier: { name: classifier.name, sha256: classifier.sha256 },
      preprocessing: classifier.preprocessing,
    })
  } finally {
    await reader.close()
  }
}

function requirePublic(name: string, { kind, picturesArePublic }: DictionaryOptions): void {
  if (kind === 'tuned' || picturesArePublic === true) return
  throw new FrostglassError(
    'usage',
    `a medoid is one of the pictures of ${name}, and it is not said that these are public`,
    'Say so if they are (--public, picturesArePublic); else take a tuned dictionary.',
  )
}

/** How often each label is the true one behind an output: its codes' shares, each by its mass. */
function sharesOf({ masses }: PictureCell, { labels, codes }: CodeMeanings): readonly number[] {
  return labels.map((_, label) =>
    codes.reduce((sum, { shares }, code) => sum + (masses[code] ?? 0) * shares[label]!, 0),
  )
}

/** What the net is to answer: the code's shares of labels, at the outputs of these labels. */
function lawOf(shares: readonly number[], classMap: Int32Array, outputs: number): Float32Array {
  const law = new Float32Array(outputs)
  const all = shares.reduce((a, b) => a + b, 0)
  shares.forEach((share, label) => {
    law[classMap[label]!] = share / all
  })
  return law
}

/** Reads what would ship. @throws FrostglassError `input` for a picture that is read as another label */
async function requireRead(
  pictures: Uint8Array,
  size: number,
  labelOf: readonly number[],
  reader: FrozenReader,
): Promise<Dictionary['read']> {
  const read: { label: number; share: number }[] = []
  for (const [code, label] of labelOf.entries()) {
    const [reading] = await reader.read(pictures.subarray(code * size, (code + 1) * size))
    if (reading!.label !== label)
      throw new FrostglassError(
        'input',
        `code ${code} stands for ${reader.nameOf(label)}, but ${reader.name} reads its picture as ${reader.say(reading!)}`,
        'Give more pictures, tune for longer, or merge to fewer codes.',
      )
    read.push({ label, share: reading!.share })
  }
  return read
}

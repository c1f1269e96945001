// An encrypted network that learns sentiment, as published; the same in the plain; and how its scheme breaks.
// Source: Sayyad and Kulkarni, An Encrypted Neural Network Learning to Build Safe Trained Model, section V: 82.0% in the
// plain and 75.1% encrypted, counted while training in one pass. What it lacks, held-out reviews, is added.

import { breakEncryptionKey, readWithoutKey } from '../../src/audit/tables/integerVector.ts'
import { type Reviews, readReviews } from '../../src/data/text/reviews.ts'
import { documentsOf, type Vocabulary, vocabularyOf } from '../../src/data/text/vocabulary.ts'
import {
  decrypt,
  type IntegerVectorParameters,
  noisy,
  published,
} from '../../src/encrypt/integer-vector/index.ts'
import { exactSigmoid } from '../../src/encrypt/sigmoidPolynomial.ts'
import { FrostglassError, throwIfAborted } from '../../src/errors.ts'
import { seededRandom } from '../../src/random/seeded.ts'
import { seededSecret } from '../../src/random/seededSecret.ts'
import { median } from '../../src/statistics/median.ts'
import { sum } from '../../src/statistics/moments.ts'
import type { Work } from '../experiment.ts'
import { type Share, share } from '../shares.ts'
import { encryptedNetwork, sentimentKeys } from './encrypted.ts'
import { type Limits, limitsOf, schemes } from './limits.ts'
import { firstOutput, plainNetwork, type SentimentNetwork } from './network.ts'
import { leastSquares, polynomial, taylor } from './sigmoids.ts'

/** In the plain, or with which scheme. */
export type Encryption = 'plain' | 'published' | 'with noise'
/** What stands for the sigmoid. */
export type Activation = 'sigmoid' | 'taylor' | 'least squares'

export type SentimentTask =
  | {
      readonly kind: 'training'
      readonly folder: string
      readonly encryption: Encryption
      readonly activation: Activation
      /** Reviews of the whole; of them the last `heldOut` are kept from the second training. */
      readonly reviews: number
      readonly heldOut: number
      readonly seed: number
    }
  | { readonly kind: 'break'; readonly scheme: string; readonly keys: number; readonly seed: number }

/** One pass over reviews. */
export interface Pass {
  /** Reviews that were answered rightly before they were learnt; those after a loss count as wrong. */
  readonly right: Share
  /** After how many reviews the values were lost; null if they were not. */
  readonly lost: number | null
  /** Largest |answer|. */
  readonly largest: number
  readonly perSecond: number
  /** Share of right answers in each {@link block} reviews; up to a loss. */
  readonly course: readonly number[]
}

/** Reviews that a point of the course sums up. */
export const block = 500

export interface SentimentAnswer {
  readonly training?:
    | {
        readonly words: number
        readonly online: Pass
        /** Reviews that no training saw, nor the vocabulary. */
        readonly heldOut: Share
        /** Answers of the pass that a network in the plain with the same polynomial gives too. */
        readonly asPlain?: Share | undefined
        /** Numbers of the encrypted weights that one reads without a key. */
        readonly weightsRead?: Share | undefined
      }
    | undefined
  readonly broken?:
    | {
        readonly how: string
        readonly found: Share
        readonly milliseconds: number
        readonly limits: Limits
      }
    | undefined
}

const learningRate = 0.001
/** An answer beyond this is no answer: the sigmoid's place has run off. */
const sane = 1000

const trainings: readonly (readonly [Encryption, Activation])[] = [
  ['with noise', 'least squares'],
  ['published', 'least squares'],
  ['with noise', 'taylor'],
  ['published', 'taylor'],
  ['plain', 'sigmoid'],
  ['plain', 'taylor'],
  ['plain', 'least squares'],
]

/** The paper's experiment. */
export const sentimentWork: Work<SentimentTask, SentimentAnswer> = {
  async tasks({ quick, seed, seeds = quick ? 1 : 3, data }) {
    if (data === undefined)
      throw new FrostglassError(
        'usage',
        'reviews are needed: --data FOLDER',
        'Give a folder with reviews.txt and labels.txt, or the folders pos and neg of the Large Movie Review Dataset (Maas et al. 2011).',
      )
    const size = quick ? { reviews: 4000, heldOut: 800 } : { reviews: 25_000, heldOut: 5000 }
    // Before a folder is made for what could not be measured.
    await readReviews(data, size.reviews)
    return [
      ...trainings.flatMap(([encryption, activation]) =>
        Array.from({ length: seeds }, (_, i) => ({
          kind: 'training' as const,
          folder: data,
          encryption,
          activation,
          ...size,
          seed: seed + i,
        })),
      ),
      ...Object.keys(schemes).map((scheme) => ({
        kind: 'break' as const,
        scheme,
        keys: quick ? 5 : 20,
        seed,
      })),
    ]
  },
  async run(task, signal) {
    if (task.kind === 'break') return { broken: broken(task.scheme, task.keys, task.seed) }
    const all = await readReviews(task.folder, task.reviews)
    const { reviews, heldOut } = task
    const whole = partOf(all, 0, reviews)
    // As published: the vocabulary knows the verdicts of the reviews that are answered. It flatters the pass.
    const online = trained(task, whole, signal)
    const unseen = partOf(all, reviews - heldOut, reviews)
    const second = trained(task, partOf(all, 0, reviews - heldOut), signal)
    const documents = documentsOf(unseen.texts, second.vocabulary)
    let right = 0
    if (second.pass.lost === null)
      documents.forEach((words, i) => {
        if (second.network.answer(words) > 0 === (unseen.positive[i] === 1)) right++
      })
    return {
      training: {
        words: online.vocabulary.words.length,
        online: online.pass,
        heldOut: share(right, heldOut),
        asPlain: online.asPlain,
        weightsRead: online.weightsRead,
      },
    }
  },
}

const partOf = ({ name, texts, positive }: Reviews, from: number, to: number): Reviews => ({
  name,
  texts: texts.slice(from, to),
  positive: positive.slice(from, to),
})

const parametersOf: Readonly<Record<Exclude<Encryption, 'plain'>, IntegerVectorParameters>> = {
  published,
  'with noise': noisy,
}

interface Trained {
  readonly vocabulary: Vocabulary
  readonly network: SentimentNetwork
  readonly pass: Pass
  readonly asPlain?: Share | undefined
  readonly weightsRead?: Share | undefined
}

/** One pass, with a network in the plain beside an encrypted one. */
function trained(
  { encryption, activation, seed }: Extract<SentimentTask, { kind: 'training' }>,
  reviews: Reviews,
  signal: AbortSignal | undefined,
): Trained {
  const vocabulary = vocabularyOf(reviews)
  const documents = documentsOf(reviews.texts, vocabulary)
  const words = vocabulary.words.length
  const output = firstOutput(seededRandom(seed))
  const act = activation === 'taylor' ? taylor : leastSquares
  const plain = () =>
    plainNetwork(words, output, {
      learningRate,
      act: activation === 'sigmoid' ? exactSigmoid : polynomial(act),
    })
  if (encryption === 'plain') {
    const network = plain()
    return { vocabulary, network, pass: passOver(network, documents, reviews.positive, signal).pass }
  }
  const keys = sentimentKeys(seededSecret(seed, `sentiment ${encryption}`), parametersOf[encryption])
  const network = encryptedNetwork(words, output, keys, { learningRate, act })
  const { pass, answers } = passOver(network, documents, reviews.positive, signal)
  const twin = passOver(plain(), documents, reviews.positive, signal).answers
  const same = answers.filter((answer, i) => answer > 0 === twin[i]! > 0).length
  return {
    vocabulary,
    network,
    pass,
    ...(pass.lost === null
      ? { asPlain: share(same, answers.length), weightsRead: weightsRead(network, keys) }
      : {}),
  }
}

/** Answers each review, then learns it. */
function passOver(
  network: SentimentNetwork,
  documents: readonly Int32Array[],
  positive: Uint8Array,
  signal: AbortSignal | undefined,
): { readonly pass: Pass; readonly answers: number[] } {
  const answers: number[] = []
  let lost: number | null = null
  const start = performance.now()
  for (let i = 0; i < documents.length; i++) {
    if (i % 256 === 0) throwIfAborted(signal)
    try {
      const answer = network.learn({ words: documents[i]!, positive: positive[i] as 0 | 1 })
      if (!(Math.abs(answer) <= sane)) lost = i
      else answers.push(answer)
    } catch (error) {
      if (!(error instanceof FrostglassError && error.code === 'input')) throw error
      lost = i
    }
    if (lost !== null) break
  }
  const seconds = (performance.now() - start) / 1000
  const rightAt = answers.map((answer, i): number => (answer > 0 === (positive[i] === 1) ? 1 : 0))
  const right = sum(rightAt)
  return {
    answers,
    pass: {
      right: share(right, documents.length),
      lost,
      largest: answers.reduce((most, answer) => Math.max(most, Math.abs(answer)), 0),
      perSecond: answers.length / seconds,
      course: Array.from(
        { length: Math.floor(rightAt.length / block) },
        (_, i) => sum(rightAt.slice(i * block, (i + 1) * block)) / block,
      ),
    },
  }
}

/** How many numbers of the weights anybody reads off the ciphertexts. */
function weightsRead(
  { weights }: ReturnType<typeof encryptedNetwork>,
  { owner }: ReturnType<typeof sentimentKeys>,
): Share {
  let read = 0
  let of = 0
  for (const ciphertext of weights()) {
    const truth = decrypt(owner.vector, ciphertext)
    const guess = readWithoutKey(ciphertext, owner.vector.parameters.weight)
    truth.forEach((value, i) => {
      of++
      if (guess[i] === value) read++
    })
  }
  return share(read, of)
}

/** Finds the keys of a scheme from their public halves, and how long the scheme computes rightly. */
function broken(scheme: string, count: number, seed: number): NonNullable<SentimentAnswer['broken']> {
  const parameters = schemes[scheme]!
  const times: number[] = []
  let found = 0
  let how = ''
  for (let i = 0; i < count; i++) {
    const { owner, open } = sentimentKeys(seededSecret(seed + i, 'sentiment break'), parameters)
    const start = performance.now()
    const result = breakEncryptionKey(open.open)
    times.push(performance.now() - start)
    how = result.how
    if (result.column.every((t, row) => t === owner.vector.column[row])) found++
  }
  return {
    how,
    found: share(found, count),
    milliseconds: median(times),
    limits: limitsOf(parameters, seededSecret(seed, 'sentiment limits')),
  }
}

// CryptoNets on all of MNIST's test images: thousands at once and one at a time, beside the same network in the plain.
// Source: Gilad-Bachrach et al. 2016: 98.95%, 8,192 images in one batch.
// Keys are drawn anew for each task; what a service computes does not depend on them.

import { readFile } from 'node:fs/promises'
import { unitPixels } from '../../src/data/images/imageSet.ts'
import { shiftedImages } from '../../src/data/images/shifted.ts'
import { openImages, takeImages } from '../../src/data/index.ts'
import {
  answerPlainly,
  createBfvOwner,
  createCkksOwner,
  type OperationTimes,
  type PolynomialNetwork,
  trainPolynomial,
} from '../../src/encrypt/index.ts'
import {
  decryptAnswer,
  encryptImage,
  latencyKeys,
  openLatencyService,
} from '../../src/encrypt/inference/latency.ts'
import { compileLatency } from '../../src/encrypt/inference/latencyChoice.ts'
import { latencyPlanText } from '../../src/encrypt/inference/latencyPlan.ts'
import { answerWhole, wholePixels } from '../../src/encrypt/inference/quantise.ts'
import {
  decryptAnswers,
  encryptImages,
  openThroughputService,
} from '../../src/encrypt/inference/throughput.ts'
import { quantiseFor, throughputPlanText } from '../../src/encrypt/inference/throughputPlan.ts'
import { largest } from '../../src/learn/metrics.ts'
import { drawSecret, stream } from '../../src/secret/index.ts'
import type { Work } from '../experiment.ts'
import { kept } from '../images/kept.ts'
import { digitsOf } from '../images/settings.ts'
import { atWork, type Workplace } from '../images/training.ts'
import { rightOf, type Share, share } from '../shares.ts'

interface Choice {
  readonly images: string
  /** Training images, before they are shifted; all if absent. */
  readonly train?: number | undefined
  readonly epochs: number
  readonly seed: number
}

export type CryptoNetsTask = Choice & {
  readonly kind: 'plain' | 'batch' | 'single'
  /** Of the test images. */
  readonly from: number
  readonly count: number
}

export interface CryptoNetsAnswer {
  readonly images: number
  /** Images that the network of real numbers answers rightly, in the plain. */
  readonly plain: Share
  /** Images that the encrypted run answers rightly. */
  readonly encrypted?: Share | undefined
  /** Images that it answers as the network of real numbers does. */
  readonly same?: Share | undefined
  readonly plan?: string | undefined
  /** Seconds of one batch for each modulus, or of each image. */
  readonly seconds?: readonly number[] | undefined
  readonly encryptSeconds?: number | undefined
  readonly bytesUp?: number | undefined
  readonly bytesDown?: number | undefined
  readonly keyBytes?: number | undefined
  /** Images of a batch whose ten answers are the very same whole numbers in the plain. */
  readonly exact?: Share | undefined
  /** Largest |difference| of an answer to the plain one, of single images. */
  readonly largestError?: number | undefined
  readonly times?: OperationTimes | undefined
}

export const cryptoNetsWork: Work<CryptoNetsTask, CryptoNetsAnswer> = {
  async tasks(settings) {
    const { quick, seed } = settings
    const choice: Choice = {
      images: await digitsOf(settings),
      train: quick ? 5000 : undefined,
      epochs: quick ? 8 : 16,
      seed,
    }
    const all = quick ? 1000 : 10_000
    const batch = 8192
    const batches = Array.from({ length: Math.ceil(all / batch) }, (_, i) => ({
      ...choice,
      kind: 'batch' as const,
      from: i * batch,
      count: Math.min(batch, all - i * batch),
    }))
    const singles = quick ? 10 : 100
    return [
      { ...choice, kind: 'plain', from: 0, count: all },
      ...batches,
      ...[0, 1].map((part) => ({
        ...choice,
        kind: 'single' as const,
        from: part * singles,
        count: singles,
      })),
    ]
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const test = await openImages(task.images, { split: 'test' })
      const set = takeImages(
        test,
        Int32Array.from({ length: task.count }, (_, i) => task.from + i),
      )
      const network = await networkOf(task, place)
      const images = unitPixels(set)
      const truth = set.labels!.of
      const plainly = Int32Array.from(images, (image) => named(answerPlainly(network, image).answers))
      const base = { images: set.count, plain: rightShare(plainly, truth) }
      if (task.kind === 'plain') return base
      const found =
        task.kind === 'batch' ? await batchOf(network, images, signal) : await singlesOf(network, images)
      const { answers, ...rest } = found
      const encrypted = Int32Array.from(answers, named)
      return {
        ...base,
        encrypted: rightShare(encrypted, truth),
        same: rightShare(encrypted, plainly),
        ...rest,
      }
    }),
}

const named = (answers: ArrayLike<number>): number => largest(answers, 0, answers.length)

const rightShare = (answers: Int32Array, truth: ArrayLike<number>): Share =>
  share(rightOf(answers, truth), truth.length)

/** The network of a choice, trained unless a task of this run has done so. */
async function networkOf(task: CryptoNetsTask, place: Workplace): Promise<PolynomialNetwork> {
  const { images, train, epochs, seed } = task
  const path = await kept(
    place.shared,
    { polynomial: { images, train, epochs, seed } },
    async () => {
      const set = await openImages(images, {
        split: 'train',
        limit: train,
      })
      const { network } = await trainPolynomial(shiftedImages(set), {
        epochs,
        seed,
        threads: 1,
        signal: place.signal,
      })
      return new TextEncoder().encode(JSON.stringify(network, numbersAsArrays))
    },
    place.signal,
  )
  return JSON.parse(await readFile(path, 'utf8'), arraysAsNumbers) as PolynomialNetwork
}

const numbersAsArrays = (_: string, value: unknown) =>
  value instanceof Float64Array ? Array.from(value) : value
const arraysAsNumbers = (name: string, value: unknown) =>
  name === 'weights' || name === 'bias' ? Float64Array.from(value as number[]) : value

type Found = Omit<CryptoNetsAnswer, 'images' | 'plain' | 'encrypted' | 'same'> & {
  readonly answers: readonly ArrayLike<number>[]
}

/** One batch, its moduli one after another: another task has the other core. */
async function batchOf(
  network: PolynomialNetwork,
  images: readonly Float64Array[],
  signal: AbortSignal | undefined,
): Promise<Found> {
  const { whole, plan } = quantiseFor(network)
  const owners = await Promise.all(plan.moduli.map((parameters) => createBfvOwner(parameters)))
  const outputs: Uint8Array[][] = []
  const seconds: number[] = []
  let [bytesUp, bytesDown, keyBytes, encryptSeconds] = [0, 0, 0, 0]
  const secret = drawSecret()
  const mask = stream(secret, 'question mask')
  let times: OperationTimes = {}
  for (const owner of owners) {
    const start = performance.now()
    const inputs = [...encryptImages(owner, plan, images, mask)]
    encryptSeconds += (performance.now() - start) / 1000
    bytesUp += inputs.reduce((sum, one) => sum + one.length, 0)
    const keys = owner.evaluationKeys({ relinearisation: true, encryption: true })
    keyBytes += keys.relinearisation!.length + keys.encryption!.length + keys.zeros!.length
    const service = await openThroughputService(whole, keys)
    try {
      const before = performance.now()
      const inferring = service.infer(inputs, images.length, signal)
      seconds.push((performance.now() - before) / 1000)
      bytesDown += inferring.reduce((sum, one) => sum + one.length, 0)
      outputs.push(inferring)
      times = { ...service.times }
    } finally {
      service.close()
    }
  }
  const found = decryptAnswers(owners, plan, outputs, images.length, stream(secret, 'question mask'))
  for (const owner of owners) owner.close()
  if (!found) throw new Error('the answers of a batch fail their checks')
  const exact = images.filter((image, i) =>
    answerWhole(whole, wholePixels(whole, image)).every((v, o) => v === found.whole[i]![o]),
  ).length
  return {
    answers: found.answers,
    plan: throughputPlanText(plan),
    seconds,
    encryptSeconds,
    bytesUp,
    bytesDown,
    keyBytes,
    exact: share(exact, images.length),
    times,
  }
}

async function singlesOf(network: PolynomialNetwork, images: readonly Float64Array[]): Promise<Found> {
  const { plan, quiet } = compileLatency(network)
  const owner = await createCkksOwner(plan.parameters)
  const keys = latencyKeys(owner, plan)
  const service = await openLatencyService(plan, quiet, keys)
  try {
    const seconds: number[] = []
    let [bytesUp, bytesDown, encryptSeconds, largestError] = [0, 0, 0, 0]
    const answers = images.map((image) => {
      const start = performance.now()
      const secret = drawSecret()
      const mask = () => stream(secret, 'question mask')
      const sent = encryptImage(owner, plan, image, mask())
      const before = performance.now()
      const answer = service.infer(sent)
      const after = performance.now()
      seconds.push((after - before) / 1000)
      encryptSeconds += (before - start) / 1000
      bytesUp = sent.reduce((sum, one) => sum + one.length, 0)
      bytesDown = answer.length
      const read = decryptAnswer(owner, plan, answer, mask())
      if (!read) throw new RangeError('an answer failed its checks')
      const plainly = answerPlainly(network, image).answers
      read.forEach((v, o) => {
        largestError = Math.max(largestError, Math.abs(v - plainly[o]!))
      })
      return read
    })
    return {
      answers,
      plan: latencyPlanText(plan),
      seconds,
      encryptSeconds: encryptSeconds / images.length,
      bytesUp,
      bytesDown,
      keyBytes: (keys.relinearisation?.length ?? 0) + (keys.rotations?.length ?? 0),
      largestError,
      times: { ...service.times },
    }
  } finally {
    service.close()
    owner.close()
  }
}

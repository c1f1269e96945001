// Who was in the training data of a network of digits, with and without private training; and claims held to account.
// Source: Carlini et al. 2022 (LiRA); Steinke, Nasr and Jagielski 2023 (one run); Abadi and others 2016 (DP-SGD).
// The networks learn few digits by heart, which is what makes membership tell: more digits and fewer epochs tell less.

import { attackMembership, auditTraining, type TrainingAudit } from '../../src/audit/index.ts'
import { trueClassLogits } from '../../src/audit/membership/scores.ts'
import { openImages, takeImages } from '../../src/data/index.ts'
import { throwIfAborted } from '../../src/errors.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import {
  accuracy,
  adam,
  argmax,
  type Dataset,
  dense,
  fit,
  initialWeights,
  type Model,
  predict,
  sequential,
  sgd,
  takeRows,
  type Weights,
} from '../../src/learn/index.ts'
import { noiseMultiplierFor } from '../../src/private/index.ts'
import { trainPrivately } from '../../src/private/training/trainPrivately.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'
import type { Work } from '../experiment.ts'
import { digitsOf } from '../images/settings.ts'
import { type Attacked, attacked } from './attacked.ts'
import { attackPane, type PaneTask } from './pane.ts'

const loss = 'categoricalCrossEntropy'
/** Of all claims here. */
export const delta = 1e-5

interface Choice {
  readonly images: string
  /** Digits that are drawn: half of them train each network. For an audit, all of them train one. */
  readonly rows: number
  readonly seed: number
}

/** Networks on random halves of the digits: each in turn the target, of which the others are shadows. */
export interface AttackTask extends Choice {
  readonly kind: 'attack'
  /** ε of private training; null for training without noise. */
  readonly epsilon: number | null
  readonly models: number
  readonly targets: number
}

/** One private training with canaries. */
export interface AuditTask extends Choice {
  readonly kind: 'audit'
  readonly epsilon: number
  readonly canaries: number
  /** The noise is so many times too small for the claim. */
  readonly fault: number
}

export type MembershipTask = AttackTask | AuditTask | PaneTask

export type MembershipAnswer =
  | {
      readonly kind: 'attack'
      /** Mean over targets: right answers on the digits that trained, and on those that did not. */
      readonly trained: number
      readonly unseen: number
      readonly targets: readonly (readonly Attacked[])[]
    }
  | { readonly kind: 'pane'; readonly targets: readonly (readonly Attacked[])[] }
  | {
      readonly kind: 'audit'
      readonly noiseMultiplier: number
      readonly accuracy: number
      readonly found: TrainingAudit
      readonly seconds: number
    }

/** How many digits, networks and canaries; the page states them. */
export const sizesOf = (quick: boolean) => ({
  attack: quick ? { rows: 600, models: 8, targets: 2 } : { rows: 2000, models: 32, targets: 4 },
  pane: quick
    ? { rows: 400, classifierRows: 2000, shadows: 4, epochs: 6 }
    : { rows: 1000, classifierRows: 5000, shadows: 16, epochs: 14 },
  audit: quick ? { rows: 500, canaries: 200 } : { rows: 2000, canaries: 1000 },
  claims: quick ? [2] : [1, 2, 4],
})

export const membershipWork: Work<MembershipTask, MembershipAnswer> = {
  async tasks(settings) {
    const { quick, seed, seeds = quick ? 1 : 3 } = settings
    const images = await digitsOf(settings)
    const { attack, pane, audit, claims } = sizesOf(quick)
    const repetitions = Array.from({ length: seeds }, (_, i) => ({ images, seed: seed + i }))
    return [
      ...repetitions.map((repetition) => ({ kind: 'pane' as const, ...pane, ...repetition })),
      ...repetitions.flatMap((repetition) =>
        [3, null].map((epsilon) => ({ kind: 'attack' as const, ...attack, epsilon, ...repetition })),
      ),
      ...repetitions.flatMap((repetition) =>
        claims.flatMap((epsilon) =>
          [1, 10].map((fault) => ({ kind: 'audit' as const, ...audit, epsilon, fault, ...repetition })),
        ),
      ),
    ]
  },
  async run(task, signal) {
    if (task.kind === 'pane') return { kind: 'pane', targets: [await attackPane(task, signal)] }
    return task.kind === 'attack' ? attackOf(task, signal) : auditOf(task, signal)
  },
}

/** Digits drawn from the training images, as numbers from 0 to 1. */
async function digits({ images, rows, seed }: Choice): Promise<Dataset> {
  const all = await openImages(images, { split: 'train' })
  const drawn = shuffle(upTo(all.count), seededStream(seed, 'digits')).slice(0, rows)
  const { pixels, count, labels } = takeImages(all, drawn)
  return {
    x: tensor(
      Float32Array.from(pixels, (v) => v / 255),
      [count, pixels.length / count],
    ),
    y: tensor(labels!.of, [count], 'int32'),
  }
}

const answersOf = (model: Model, weights: Weights) => (x: Tensor) => predict(model, weights, x, { loss })

async function attackOf(task: AttackTask, signal?: AbortSignal): Promise<MembershipAnswer> {
  const { seed, models, targets, epsilon } = task
  const data = await digits(task)
  const labels = data.y.data as Int32Array
  const candidates = { x: data.x, labels }
  const model = sequential([dense({ units: 64, activation: 'tanh' }), dense({ units: 10 })], {
    input: data.x.shape.slice(1),
  })
  // Pairs of halves: each digit is in just half of the networks.
  const order = upTo(labels.length)
  const source = seededStream(seed, 'halves')
  const included: Uint8Array[] = []
  while (included.length < models) {
    const half = new Set(shuffle(order, source).slice(0, labels.length >> 1))
    for (const inside of [1, 0])
      included.push(Uint8Array.from(labels, (_, i) => (half.has(i) ? inside : 1 - inside)))
  }
  // Worked out once: the accountant takes longer than a training.
  const recipe = { epochs: 12, batch: 250, learningRate: 2 }
  const rows = labels.length >> 1
  const noiseMultiplier = epsilon === null ? 0 : noiseFor(epsilon, recipe, rows)
  const networks: Weights[] = []
  const scores: Float64Array[] = []
  for (const [m, members] of included.entries()) {
    throwIfAborted(signal)
    const part = takeRows(
      data,
      upTo(labels.length).filter((i) => members[i]),
    )
    const weights =
      epsilon === null
        ? await plainly(model, part, seed + m, signal)
        : await privately(model, part, { ...recipe, noiseMultiplier, seed: seed + m }, signal)
    networks.push(weights)
    scores.push(await trueClassLogits(answersOf(model, weights), candidates))
  }
  const found: Attacked[][] = []
  let [trained, unseen] = [0, 0]
  for (let t = 0; t < targets; t++) {
    const member = included[t]!
    const others = upTo(models).filter((m) => m !== t)
    const shadows = {
      scores: Array.from(others, (m) => scores[m]!),
      included: Array.from(others, (m) => included[m]!),
      seconds: 0,
    }
    const answers = answersOf(model, networks[t]!)
    const findings = await attackMembership(answers, { ...candidates, member, shadows }, seed)
    found.push(findings.map(attacked))
    const right = argmax((await answers(data.x)).data as Float64Array, 10)
    const share = (kind: 0 | 1) => {
      const rows = upTo(labels.length).filter((i) => member[i] === kind)
      return accuracy(
        rows.map((i) => right[i]!),
        rows.map((i) => labels[i]!),
      )
    }
    trained += share(1) / targets
    unseen += share(0) / targets
  }
  return { kind: 'attack', trained, unseen, targets: found }
}

async function plainly(model: Model, data: Dataset, seed: number, signal?: AbortSignal): Promise<Weights> {
  const { weights } = await fit(model, data, {
    loss,
    optimizer: adam({ learningRate: 2e-3 }),
    epochs: 25,
    batch: 50,
    seed,
    threads: 1,
    signal,
  })
  return weights
}

interface PrivateRecipe {
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
}

/** The noise multiplier that a claim needs. */
function noiseFor(epsilon: number, { epochs, batch }: PrivateRecipe, rows: number): number {
  const rate = Math.min(1, batch / rows)
  return noiseMultiplierFor({ epsilon, delta, rate, steps: Math.ceil(1 / rate) * epochs })
}

async function privately(
  model: Model,
  data: Dataset,
  { learningRate, ...rest }: PrivateRecipe & { readonly seed: number; readonly noiseMultiplier: number },
  signal?: AbortSignal,
): Promise<Weights> {
  const training = trainPrivately(model, data, {
    ...rest,
    loss,
    optimizer: sgd({ learningRate }),
    clip: 1,
    delta,
    threads: 1,
    ...(signal ? { signal } : {}),
  })
  for await (const epoch of training) if (epoch.last) return epoch.weights()
  throw new RangeError('training ended without an epoch')
}

async function auditOf(task: AuditTask, signal?: AbortSignal): Promise<MembershipAnswer> {
  const { seed, canaries, epsilon, fault } = task
  const start = performance.now()
  const data = await digits(task)
  const test = await openImages(task.images, { split: 'test', limit: 1000 })
  const model = sequential([dense({ units: 10 })], { input: data.x.shape.slice(1) })
  const recipe = { epochs: 10, batch: 500, learningRate: 2 }
  let noise = 0
  let right = 0
  const found = await auditTraining(
    async (all) => {
      noise = noiseFor(epsilon, recipe, all.x.shape[0]!) / fault
      const before = initialWeights(model, seed)
      // The planted bug: the claim is that of the noise which the claim needs.
      const weights = await privately(model, all, { ...recipe, seed, noiseMultiplier: noise }, signal)
      const x = tensor(
        Float32Array.from(test.pixels, (v) => v / 255),
        [test.count, data.x.shape[1]!],
      )
      const answers = answersOf(model, weights)
      right = accuracy(argmax((await answers(x)).data as Float64Array, 10), test.labels!.of)
      return { answers, before: answersOf(model, before), claimed: { epsilon, delta } }
    },
    data,
    { count: canaries, classes: 10, kind: 'lone' },
  )
  return {
    kind: 'audit',
    noiseMultiplier: noise,
    accuracy: right,
    found,
    seconds: (performance.now() - start) / 1000,
  }
}

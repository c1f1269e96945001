// What a gradient or an update gives away: plain, cut off, behind noise of a known price, and in sums of nodes.
// Source: Geiping et al. 2020, Phong et al. 2017, Zhao et al. 2020 (attacks); Zhu et al. 2019 (LeNet with sigmoids);
// McMahan et al. 2018 (DP-FedAvg: 1,000 users, a tenth of them a round, 100 rounds). Each task is one setting and one attack.

import type { Metric } from '../../src/audit/finding.ts'
import type {
  ClassedRows,
  SeenUpdates,
  UpdateAttack,
  UpdateEvidence,
  UpdateFacts,
} from '../../src/audit/fleet/contract.ts'
import { denseLeak } from '../../src/audit/fleet/denseLeak.ts'
import { seenOf } from '../../src/audit/fleet/frame.ts'
import { judgeRows, matched, separateRows } from '../../src/audit/fleet/guessedRows.ts'
import { invert } from '../../src/audit/fleet/inversion.ts'
import { labelLeak } from '../../src/audit/fleet/labelLeak.ts'
import { sendUpdates, takeLabelled } from '../../src/audit/fleet/send.ts'
import { alignment, likelihoodRatioOfUpdate } from '../../src/audit/fleet/updateMembership.ts'
import type { Measure } from '../../src/audit/images/contract.ts'
import { type ImageSet, openImages } from '../../src/data/index.ts'
import { tensor } from '../../src/graph/index.ts'
import {
  categoricalCrossEntropy,
  conv2d,
  dense,
  flatten,
  initialWeights,
  type Model,
  sequential,
  sgd,
  train,
  type Weights,
} from '../../src/learn/index.ts'
import { gaussianToEpsilon, noiseMultiplierFor } from '../../src/private/index.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'
import type { Settings, Work } from '../experiment.ts'
import { digitsOf } from '../images/settings.ts'

/** The networks that are attacked. */
export type NetworkName = 'lenet' | 'convolutional' | 'dense' | 'dense-small'

/** One attack on one setting. JSON. */
export interface LeakageTask {
  readonly attack: 'inversion' | 'rows' | 'labels' | 'membership'
  readonly network: NetworkName
  /** Weights after two epochs on 1,000 rows of others, not as they are drawn first. */
  readonly trained: boolean
  readonly facts: UpdateFacts
  readonly messages: number
  readonly effort: 'quick' | 'full'
  readonly seed: number
  /** By name, see `openImages`. */
  readonly images: string
  /** What the report calls the setting. */
  readonly setting: string
}

/** What an attack got. JSON. */
export interface LeakageAnswer {
  readonly findings: readonly {
    readonly attack: string
    readonly rows: number
    readonly metrics: readonly Metric[]
    readonly measures: readonly Measure[]
    readonly notes: readonly string[]
  }[]
  /** ε of one message alone at δ = 1e-5, where each node adds this noise itself and is cut off; null without noise. */
  readonly epsilonOfMessage: number | null
  readonly seconds: number
  /** The first five originals and guesses, bytes in base64; null but for inversion. */
  readonly shown: { readonly originals: string; readonly guesses: string } | null
}

/** Whom DP-FedAvg is priced for. */
export const fleetPrice = { users: 1000, rate: 0.1, rounds: 100, epsilon: 8, delta: 1e-5 } as const

/** Noise over clipping norm that DP-FedAvg needs at that price, on the sum of a round. */
export const noiseAtPrice = (): number =>
  noiseMultiplierFor({
    epsilon: fleetPrice.epsilon,
    delta: fleetPrice.delta,
    rate: fleetPrice.rate,
    steps: fleetPrice.rounds,
  })

const image = [1, 28, 28] as const

function networkOf(name: NetworkName): Model {
  const sigmoid = (stride: number) =>
    conv2d({ filters: 12, kernel: 5, stride, padding: [2, 2], activation: 'sigmoid' })
  if (name === 'lenet')
    return sequential([sigmoid(2), sigmoid(2), sigmoid(1), flatten(), dense({ units: 10 })], { input: image })
  if (name === 'convolutional')
    return sequential(
      [
        conv2d({ filters: 8, kernel: 3, padding: [1, 1], activation: 'relu' }),
        conv2d({ filters: 16, kernel: 3, stride: 2, padding: [1, 1], activation: 'relu' }),
        flatten(),
        dense({ units: 10 }),
      ],
      { input: image },
    )
  const units = name === 'dense' ? 256 : 16
  return sequential([flatten(), dense({ units, activation: 'relu' }), dense({ units: 10 })], { input: image })
}

/** First weights; those of the LeNet uniform in ±1/2, as Zhu et al. have them: smaller ones keep its sigmoids from telling anything apart. */
async function weightsOf(task: LeakageTask, model: Model, others: ClassedRows): Promise<Weights> {
  const first = initialWeights(model, task.seed)
  if (task.network === 'lenet') {
    const draw = seededStream(task.seed, 'lenet')
    return Object.fromEntries(
      Object.entries(first).map(([name, { data, shape }]) => [
        name,
        tensor(
          Float64Array.from({ length: data.length }, () => draw.uniform() - 0.5),
          shape,
          'float64',
        ),
      ]),
    )
  }
  if (!task.trained) return first
  let weights: Weights = first
  const data = { x: others.x, y: tensor(others.labels, [others.labels.length], 'int32') }
  for await (const epoch of train(model, data, {
    loss: 'categoricalCrossEntropy',
    optimizer: sgd({ learningRate: 0.1 }),
    epochs: 2,
    batch: 32,
    weights: first,
    seed: task.seed,
  }))
    weights = epoch.weights()
  return weights
}

const rowsOf = ({ count, shape, pixels, labels }: ImageSet): ClassedRows => ({
  x: tensor(
    Float64Array.from(pixels, (v) => v / 255),
    [count, ...shape],
    'float64',
  ),
  labels: labels!.of,
})

/** Rows of nodes from the test part; the server's own, and those that weights were trained on, from the training part. */
async function readRows(
  images: string,
): Promise<{ nodes: ClassedRows; own: ClassedRows; others: ClassedRows }> {
  const nodes = rowsOf(await openImages(images, { split: 'test', limit: 2000 }))
  const own = rowsOf(await openImages(images, { split: 'train', limit: 5000 }))
  const order = shuffle(upTo(own.labels.length), seededStream(0, 'own'))
  const some = (from: number) => takeLabelled(own, order.subarray(from, from + 1000))
  return { nodes, own: some(0), others: some(1000) }
}

/** Messages of one setting, with the truth. The first rows of a seed are the same in every setting. */
async function evidenceOf(task: LeakageTask): Promise<UpdateEvidence> {
  const { nodes, own, others } = await readRows(task.images)
  const model = networkOf(task.network)
  const [weights, loss] = [await weightsOf(task, model, others), categoricalCrossEntropy]
  const { facts, messages, seed } = task
  const order = shuffle(upTo(nodes.labels.length), seededStream(seed, 'nodes'))
  const behind = facts.rows * facts.nodes
  const groups = Array.from({ length: messages }, (_, m) =>
    takeLabelled(nodes, order.subarray(m * behind, (m + 1) * behind)),
  )
  const { sent, layout } = await sendUpdates({ model, weights, loss }, groups, facts, seed)
  const asked = order.subarray(0, messages * behind + 500)
  return {
    model,
    weights,
    loss,
    layout,
    facts,
    sent,
    own,
    image,
    domain: [0, 1],
    candidates: takeLabelled(nodes, asked),
    truth: {
      rows: groups,
      member: groups.map((_, m) => Uint8Array.from(asked, (_, i) => (Math.floor(i / behind) === m ? 1 : 0))),
    },
  }
}

const bytesOf = (rows: readonly Float64Array[]): string =>
  Buffer.from(Uint8Array.from(rows.flatMap((row) => Array.from(row, (v) => Math.round(255 * v))))).toString(
    'base64',
  )

async function runInversion(
  evidence: UpdateEvidence,
  task: LeakageTask,
  signal?: AbortSignal,
): Promise<Pick<LeakageAnswer, 'findings' | 'shown'>> {
  const seen: SeenUpdates = seenOf(evidence)
  const { rows, tuning } = await invert(seen, { effort: task.effort, seed: task.seed, signal })
  const { metrics, measures = [] } = judgeRows(rows, evidence.truth, seen, task.seed, [])
  const originals = evidence.truth.rows.flatMap(separateRows)
  const paired = evidence.truth.rows.flatMap((group, m) => matched(separateRows(group), rows[m]!))
  return {
    findings: [
      {
        attack: 'inversion',
        rows: originals.length,
        metrics,
        measures,
        notes: [`variation ${tuning.variation}, drawn back by ${tuning.drawn}`],
      },
    ],
    shown: {
      originals: bytesOf(originals.slice(0, 5)),
      guesses: bytesOf(paired.slice(0, 5).map((row) => row ?? new Float64Array(784))),
    },
  }
}

const attacksOf: Readonly<Record<Exclude<LeakageTask['attack'], 'inversion'>, readonly UpdateAttack[]>> = {
  rows: [denseLeak],
  labels: [labelLeak],
  membership: [alignment, likelihoodRatioOfUpdate],
}

async function runTask(task: LeakageTask, signal?: AbortSignal): Promise<LeakageAnswer> {
  const start = performance.now()
  const evidence = await evidenceOf(task)
  const { clip, noise } = task.facts
  const epsilonOfMessage =
    noise > 0 && clip !== null ? gaussianToEpsilon(clip / noise, fleetPrice.delta) : null
  const seconds = () => (performance.now() - start) / 1000
  if (task.attack === 'inversion') {
    const found = await runInversion(evidence, task, signal)
    return { ...found, epsilonOfMessage, seconds: seconds() }
  }
  const findings: LeakageAnswer['findings'][number][] = []
  for (const attack of attacksOf[task.attack]) {
    const { rows, metrics, measures, notes } = await attack.run(evidence, {
      effort: task.effort,
      seed: task.seed,
      signal,
    })
    findings.push({ attack: attack.name, rows, metrics, measures, notes })
  }
  return { findings, epsilonOfMessage, seconds: seconds(), shown: null }
}

const gradient: UpdateFacts = {
  sends: 'gradient',
  rows: 1,
  steps: 1,
  rate: 1,
  clip: null,
  noise: 0,
  nodes: 1,
}

/** Ladder of noise over clipping norm below that of the price: down to where pictures come back. */
const fractions = [0.1, 0.03, 0.01, 0.001] as const

/** Makes the tasks of a run: five messages of one node, of one row each, unless said otherwise. */
const maker =
  ({ quick, seed }: Settings, images: string) =>
  (
    attack: LeakageTask['attack'],
    network: NetworkName,
    setting: string,
    facts: Partial<UpdateFacts>,
    more: Partial<LeakageTask> = {},
  ): LeakageTask => ({
    attack,
    network,
    setting,
    facts: { ...gradient, ...facts },
    trained: false,
    messages: quick ? 2 : 5,
    effort: quick ? 'quick' : 'full',
    seed,
    images,
    ...more,
  })

const cut = { clip: 1 }
const few = { messages: 1 }

/** Inversions: the marks first, what lies between them then. */
function inversionTasks(settings: Settings, images: string, noise: number) {
  const task = maker(settings, images)
  const { quick, seed } = settings
  const priced = { clip: 1, noise }
  const some = { messages: quick ? 2 : 3 }
  const first = [
    task('inversion', 'convolutional', 'plain', {}),
    task('inversion', 'convolutional', 'cut off', cut),
    task('inversion', 'convolutional', 'noise of ε = 8', priced),
    task('inversion', 'convolutional', 'sum of 5', { nodes: 5 }, few),
    task('inversion', 'convolutional', 'sum of 10', { nodes: 10 }, few),
    task('inversion', 'lenet', 'plain', {}),
    task('inversion', 'lenet', 'noise of ε = 8', priced, some),
  ]
  const then = [
    ...fractions.map((part) =>
      task(
        'inversion',
        'convolutional',
        `noise of ε = 8, times ${part}`,
        { clip: 1, noise: part * noise },
        some,
      ),
    ),
    task('inversion', 'convolutional', 'sum of 50', { nodes: 50 }, { ...few, effort: 'quick' }),
    task('inversion', 'convolutional', 'sum of 2', { nodes: 2 }, few),
    task('inversion', 'convolutional', 'plain, trained weights', {}, { ...some, trained: true }),
    task('inversion', 'convolutional', 'plain, other weights and digits', {}, { ...some, seed: seed + 1 }),
    task('inversion', 'convolutional', 'sum of 10, noise of ε = 8', { nodes: 10, ...priced }, few),
  ]
  return { first, then }
}

const quickSettings = [
  'plain',
  'cut off',
  'sum of 5',
  'noise of ε = 8',
  'batch of 1',
  'batch of 32',
  'one row, noise of ε = 8',
]

/** What a quick run keeps: each attack, with and without noise. */
const isQuick = ({ network, setting }: LeakageTask): boolean =>
  network !== 'lenet' && quickSettings.includes(setting)

/** The tasks of a run. */
async function tasksOf(settings: Settings): Promise<LeakageTask[]> {
  const { quick } = settings
  const noise = noiseAtPrice()
  const images = await digitsOf(settings)
  const task = maker(settings, images)
  const priced = { clip: 1, noise }
  const many = { messages: quick ? 5 : 20 }
  const { first, then } = inversionTasks(settings, images, noise)
  const rows = [1, 4, 8, 32].map((count) => task('rows', 'dense', `batch of ${count}`, { rows: count }))
  const sums = [10, 50].map((nodes) =>
    task('rows', 'dense', `sum of ${nodes} nodes, cut off`, { nodes, ...cut }, few),
  )
  const noisy = [1, ...fractions].map((part) =>
    task('rows', 'dense', part === 1 ? 'noise of ε = 8' : `noise of ε = 8, times ${part}`, {
      clip: 1,
      noise: part * noise,
    }),
  )
  const labels = [1, 8, 32, 128].flatMap((count) => [
    task(
      'labels',
      'convolutional',
      `batch of ${count}`,
      { rows: count },
      { messages: count > 32 ? 5 : many.messages },
    ),
  ])
  const all = [
    ...labels,
    task('labels', 'convolutional', 'batch of 32, trained weights', { rows: 32 }, { ...many, trained: true }),
    task('labels', 'convolutional', 'sum of 32 nodes, cut off', { nodes: 32, ...cut }, many),
    task('labels', 'convolutional', 'one row, noise of ε = 8', priced, { messages: quick ? 20 : 200 }),
    task(
      'labels',
      'convolutional',
      'sum of 100 nodes, noise of ε = 8',
      { nodes: 100, ...priced },
      { messages: 5 },
    ),
    ...rows,
    ...sums,
    ...noisy,
    task('membership', 'dense-small', 'batch of 32', { rows: 32 }),
    task('membership', 'dense-small', 'update of 5 steps on 32 rows', {
      rows: 32,
      steps: 5,
      rate: 0.1,
      sends: 'update',
    }),
    task('membership', 'dense-small', 'sum of 32 nodes, cut off', { nodes: 32, ...cut }),
    task('membership', 'dense-small', 'one row, noise of ε = 8', priced, { messages: quick ? 20 : 100 }),
    task('membership', 'dense-small', 'sum of 100 nodes, cut off', { nodes: 100, ...cut }, { messages: 3 }),
    task(
      'membership',
      'dense-small',
      'sum of 100 nodes, noise of ε = 8',
      { nodes: 100, ...priced },
      { messages: 3 },
    ),
    ...first,
    ...then,
  ]
  return quick ? all.filter(isQuick) : all
}

/** The work of the experiment: its tasks, and how one is run. */
export const fleetLeakageWork: Work<LeakageTask, LeakageAnswer> = { tasks: tasksOf, run: runTask }

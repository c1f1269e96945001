// A generator that a participant trains against the shared model, round by round, and what it has the model learn meanwhile.
// Source: Hitaj, Ateniese, Perez-Cruz 2017, algorithm 1: the shared model discriminates; an extra class is for what is made.
// A small dense generator of Adam's steps: a better one may make more of the same model.

import { fromVector, type Learner, type NodeStep } from '../../fleet/index.ts'
import { sizeOf, type Tensor, tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import {
  adam,
  dense,
  initialWeights,
  type Layer,
  type Model,
  predict,
  reshapeTo,
  seededStream,
  sequential,
  train,
  type Weights,
} from '../../learn/index.ts'
import { arrange } from '../../learn/layers/index.ts'
import { mean } from '../../statistics/moments.ts'
import type { ClassedRows } from './contract.ts'
import type { Defence } from './defences.ts'
import type { OpenPlay, PlayedFleet } from './playedFleet.ts'
import { sendBoosted, statedRows } from './steering.ts'
import { joined } from './triggers.ts'

/** How pictures are made. */
export interface GanPlan {
  /** The class that is made. */
  readonly victim: number
  /** The extra class: no row of anybody's is of it. */
  readonly extra: number
  /** Steps of the generator's training in each round, rows of each, and the rate of Adam. */
  readonly steps: number
  readonly batch: number
  readonly rate: number
  /** Pictures that are put into the extra class in each round. */
  readonly made: number
}

/** What came of it. */
export interface MadePictures {
  /** Numbers of pictures one after another, 0 … 1. */
  readonly pictures: Float64Array
  readonly count: number
  /** Share of test rows that the model puts into their class in the end. */
  readonly accuracy: number
  /** What the shared model itself thinks of the pictures: mean probability of the class that is made. */
  readonly believed: number
}

const latent = 32
const hidden = 128

/** A picture from uniform numbers. Its layers have names that no layer of a classifier has by itself. */
function generatorOf(input: readonly number[]): readonly Layer[] {
  return [
    dense({ units: hidden, activation: 'relu', name: 'generator.first' }),
    dense({ units: sizeOf(input), activation: 'sigmoid', name: 'generator.last' }),
    reshapeTo(input),
  ]
}

/** Plays the attack for the rounds of the fleet, and makes so many pictures of the end. */
export async function makePictures(
  play: OpenPlay,
  defence: Defence,
  plan: GanPlan,
  count: number,
  signal?: AbortSignal,
): Promise<MadePictures> {
  const { fleet, weights } = play
  const generator = openGenerator(fleet, plan)
  const end = await play.play(weights, {
    defence,
    rounds: fleet.rounds,
    phase: 1,
    liar: againstShared(play, defence, plan, generator),
    signal,
  })
  const shared = Object.fromEntries(fromVector(end, play.trainer.layout))
  // A last time against the model that everybody ends with.
  await generator.fit(shared, fleet.rounds + 1, signal)
  const pictures = await generator.make(count, fleet.rounds + 2)
  const answers = toFloat64(await predict(fleet.model, shared, pictures, { loss: fleet.loss }))
  const classes = fleet.model.output[0]!
  return {
    pictures: toFloat64(pictures),
    count,
    accuracy: await play.accuracy(end, play.learnerOn(fleet.test)),
    believed: mean(Float64Array.from({ length: count }, (_, i) => answers[i * classes + plan.victim]!)),
  }
}

interface Generator {
  /** Trains it until a shared model takes what it makes for the victim's class. */
  fit(shared: Weights, round: number, signal?: AbortSignal): Promise<void>
  /** float64 [count, …input] */
  make(count: number, use: number): Promise<Tensor>
}

function openGenerator({ model, loss, seed }: PlayedFleet, plan: GanPlan): Generator {
  const layers = generatorOf(model.input)
  const alone: Model = sequential(layers, { input: [latent] })
  const judged = arrange(model.layers).map((layer): Layer => ({ ...layer, frozen: true }))
  const whole = sequential([...layers, ...judged], { input: [latent] })
  let weights = initialWeights(alone, seed)
  const noise = (count: number, use: string, index: number): Tensor => {
    const draw = seededStream(seed, use, index)
    return tensor(
      Float64Array.from({ length: count * latent }, () => 2 * draw.uniform() - 1),
      [count, latent],
      'float64',
    )
  }
  return {
    async fit(shared, round, signal) {
      const rows = plan.steps * plan.batch
      const y = tensor(new Int32Array(rows).fill(plan.victim), [rows], 'int32')
      for await (const epoch of train(
        whole,
        { x: noise(rows, 'latent', round), y },
        {
          loss,
          optimizer: adam({ learningRate: plan.rate, beta1: 0.5 }),
          epochs: 1,
          batch: plan.batch,
          weights: { ...shared, ...weights },
          seed,
          signal,
        },
      )) {
        const found = epoch.weights()
        weights = Object.fromEntries(alone.parameters.map(({ name }) => [name, found[name]!]))
      }
    },
    make: (count, use) =>
      predict(alone, weights, noise(count, 'pictures', use), { loss: 'meanSquaredError' }),
  }
}

const againstShared =
  (play: OpenPlay, defence: Defence, plan: GanPlan, generator: Generator): NodeStep =>
  async (learner, { round, vectors }, { random, signal }) => {
    const { fleet, trainer } = play
    const from = vectors['weights']!
    await generator.fit(Object.fromEntries(fromVector(from, trainer.layout)), round, signal)
    const made: ClassedRows = {
      x: await generator.make(plan.made, round),
      labels: new Int32Array(plan.made).fill(plan.extra),
    }
    // What it made so far is no such class, it says: whoever has the class has to tell the model what is.
    const own: Learner = play.learnerOn(joined(fleet.nodes[fleet.attacker]!, made))
    const { weights } = await own.train(from, { ...fleet.training, random, signal })
    return sendBoosted(
      1,
      statedRows(defence, learner),
      weights.map((w, i) => w - from[i]!),
    )
  }

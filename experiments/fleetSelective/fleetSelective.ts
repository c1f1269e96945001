// Selective SGD measured again: how much of the changes participants must share.
// Source: Shokri and Shmatikov 2015, section 7: 30 to 150 participants with 600 images each, round robin.
// Published for MNIST and a CNN: 99.14% at θ_u = 0.1, 98.71% at 0.01, 93.16% for one alone, 99.17% for all rows together. Theirs
// is another network, and trains longer.

import type { LocalTraining } from '../../src/fleet/algorithms/fedAvg.ts'
import { selectiveSgd } from '../../src/fleet/algorithms/selectiveSgd.ts'
import { takeRows } from '../../src/learn/index.ts'
import { seededStream } from '../../src/random/seeded.ts'
import type { Work } from '../experiment.ts'
import { evenPartsOf, openDigits, rowsOf } from '../fleet/digits.ts'
import { recorded } from '../fleet/going.ts'
import { digitsOf, sizesOf } from '../images/settings.ts'
import { atWork, type Images, partsOf } from '../images/training.ts'
import { type Share, share } from '../shares.ts'

/** One training. */
export interface SelectiveTask extends Images {
  /** θ_u; absent for participants that share nothing. */
  readonly upload?: number | undefined
  readonly participants: number
  /** Images of each. */
  readonly rows: number
  /** Turns of every participant, a pass each. */
  readonly rounds: number
  readonly batch: number
  readonly rate: number
  readonly seed: number
}

export interface SelectiveAnswer {
  /** Of the server's weights; of a participant that is alone, in the mean of three of them. */
  readonly last: Share
  readonly accuracies: readonly number[]
  readonly parameters: number
  readonly seconds: number
}

export const fleetSelectiveWork: Work<SelectiveTask, SelectiveAnswer> = {
  async tasks(settings) {
    const { quick, seed } = settings
    const base = {
      images: await digitsOf(settings),
      ...sizesOf(settings),
      participants: quick ? 5 : 30,
      rows: 600,
      rounds: quick ? 2 : 20,
      batch: 10,
      rate: 0.05,
      seed,
    }
    return [...[0.1, 0.01, 1].map((upload) => ({ upload, ...base })), base]
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const start = performance.now()
      const { train, test } = await partsOf(task, place)
      const { upload, participants, rows, rounds, batch, rate, seed } = task
      const parts = evenPartsOf(train.count, Math.floor(train.count / rows), seed).slice(0, participants)
      const { fleet, trainer, weights } = await openDigits(train, parts, { batch, seed })
      const held = trainer.learner(rowsOf(test))
      const local: LocalTraining = { batch, rate }
      try {
        const accuracies: number[] = []
        if (upload === undefined) {
          // Three participants, each with as many passes as the others have turns.
          for (const [k, part] of parts.slice(0, 3).entries()) {
            const own = trainer.learner(takeRows(rowsOf(train), part))
            const trained = await own.train(weights, {
              ...local,
              epochs: rounds,
              random: seededStream(seed, 'alone', k),
              signal,
            })
            accuracies.push((await held.measure(trained.weights)).accuracy!)
          }
        } else {
          const algorithm = selectiveSgd({ ...local, upload })
          const { entries } = await recorded(
            { selective: task },
            shared,
            { algorithm, fleet, weights, rounds, seed, signal },
            async (round) => (await held.measure(round.weights)).accuracy!,
          )
          accuracies.push(...entries)
        }
        const last =
          upload === undefined ? accuracies.reduce((a, b) => a + b) / accuracies.length : accuracies.at(-1)!
        return {
          last: share(Math.round(last * test.count), test.count),
          accuracies,
          parameters: weights.length,
          seconds: (performance.now() - start) / 1000,
        }
      } finally {
        await trainer.close()
      }
    }),
}

// One model for all people, one for each, and one for all that is fitted to each: activities of WISDM's 36 users.
// Source: Servia-Rodríguez et al. 2018 (a public model, retrained locally); Arivazhagan et al. 2019 (FedPer); Kwapisz et al. 2010 (data).
// Parts are blocks in time inside each person's windows of an activity, so windows next to each other seldom fall apart.
// Features are standardised by all nodes' training rows together: a fleet would have to add those moments up, too.

import { join } from 'node:path'
import { FrostglassError } from '../../src/errors.ts'
import { fedAvg } from '../../src/fleet/algorithms/fedAvg.ts'
import { fromVector, weightsToVector } from '../../src/fleet/layout.ts'
import type { Learner, Trainer } from '../../src/fleet/learner/learner.ts'
import { openTrainer } from '../../src/fleet/learner/trainer.ts'
import { fedPer, ownWeights } from '../../src/fleet/personal/fedPer.ts'
import { partOf, withFrozenBase } from '../../src/fleet/personal/lastLayers.ts'
import { retrain } from '../../src/fleet/personal/retrain.ts'
import { datasetFleet } from '../../src/fleet/simulation/datasetFleet.ts'
import type { Snapshot } from '../../src/fleet/simulation/running.ts'
import { simulate } from '../../src/fleet/simulation/simulate.ts'
import { tensor } from '../../src/graph/index.ts'
import { type Dataset, dense, initialWeights, sequential, takeRows } from '../../src/learn/index.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { readWisdm, wisdmRecords } from '../certified/wisdm.ts'
import type { Work } from '../experiment.ts'

/** A training of all methods. */
export interface PersonalTask {
  readonly folder: string
  /** Users who are no part of the fleet, and are given its model: one part of so many; none where absent. */
  readonly apart?: { readonly fold: number; readonly of: number } | undefined
  readonly rounds: number
  readonly seed: number
}

export const methods = ['global', 'local', 'personalised', 'last layer', 'FedPer'] as const
export type Method = (typeof methods)[number]

/** What each method got right of one user's test windows; FedPer only for users of the fleet. */
export interface UserAnswer {
  readonly user: string
  readonly windows: number
  readonly right: Readonly<Partial<Record<Method, number>>>
}

export interface PersonalAnswer {
  readonly users: readonly UserAnswer[]
  readonly seconds: number
}

/** Training, choosing when to stop, left out (no part may be empty there); the rest, a quarter, is tested on. */
const shares = [0.5, 0.2, 0.05] as const
const loss = 'categoricalCrossEntropy'
const local = { epochs: 2, batch: 10, rate: 0.05 }
/** Most passes of one user's training from the start, and from the fleet's model; held-out windows say which is taken. */
const alone = { epochs: 100, batch: 10, rate: 0.05 }
const after = { epochs: 50, batch: 10, rate: 0.02 }

export const fleetPersonalWork: Work<PersonalTask, PersonalAnswer> = {
  tasks({ quick, seed, seeds = quick ? 1 : 3, data }) {
    if (data === undefined)
      throw new FrostglassError('usage', 'personalisation is measured on WISDM', 'Name its folder by --data.')
    const base = { folder: join(data, 'wisdm'), rounds: quick ? 5 : 100 }
    const folds = quick ? 0 : 4
    return [
      ...Array.from({ length: seeds }, (_, i) => ({ ...base, seed: seed + i })),
      ...Array.from({ length: folds }, (_, fold) => ({ ...base, apart: { fold, of: folds }, seed })),
    ]
  },
  async run(task, signal) {
    const start = performance.now()
    const people = await peopleOf(task)
    const fleet = await trainFleet(task, people, signal)
    const { trainer, first, model } = fleet
    const head = await openTrainer(withFrozenBase(model, 1), {
      loss,
      executor: 'plain',
      weights: Object.fromEntries(fromVector(fleet.global, trainer.layout)),
    })
    const users: UserAnswer[] = []
    for (const [k, person] of people.entries()) {
      const [train, held, test] = [person.train, person.held, person.test].map((d) => trainer.learner(d))
      const random = () => seededStream(task.seed, 'retrain', k)
      const rightOf = async (weights: Float64Array, learner: Learner = test!) =>
        Math.round((await learner.measure(weights)).accuracy! * test!.rows)
      const own = await retrain(train!, first, { ...alone, random: random(), held, signal })
      const fitted = await retrain(train!, fleet.global, { ...after, random: random(), held, signal })
      const last = await retrain(
        head.learner(person.train),
        partOf(fleet.global, trainer.layout, head.layout),
        {
          ...after,
          random: random(),
          held: head.learner(person.held),
          signal,
        },
      )
      const headed = fleet.headed(person.user)
      users.push({
        user: person.user,
        windows: test!.rows,
        right: {
          global: await rightOf(fleet.global),
          local: await rightOf(own.weights),
          personalised: await rightOf(fitted.weights),
          'last layer': await rightOf(last.weights, head.learner(person.test)),
          ...(headed && !person.isApart ? { FedPer: await rightOf(headed) } : {}),
        },
      })
    }
    await head.close()
    await trainer.close()
    return { users, seconds: (performance.now() - start) / 1000 }
  },
}

interface Person {
  readonly user: string
  /** Whether this user is no part of the fleet. */
  readonly isApart: boolean
  readonly train: Dataset
  readonly held: Dataset
  readonly test: Dataset
}

async function peopleOf({ folder, apart, seed }: PersonalTask): Promise<Person[]> {
  const { x, label, attributes, split } = wisdmRecords(await readWisdm(folder), [...shares])
  const { names, of } = attributes['user']!
  const all = { x, y: tensor(Int32Array.from(label.of), [of.length], 'int32') }
  const order = shuffle(upTo(names.length), seededStream(seed, 'folds'))
  return names.map((user, k) => {
    const part = (from: Int32Array) =>
      takeRows(
        all,
        from.filter((row) => of[row] === k),
      )
    return {
      user,
      isApart: apart !== undefined && order[k]! % apart.of === apart.fold,
      train: part(split.train.rows),
      held: part(split.validation.rows),
      test: part(split.attackTest.rows),
    }
  })
}

async function trainFleet(
  { rounds, seed }: PersonalTask,
  people: readonly Person[],
  signal: AbortSignal | undefined,
) {
  const [, width] = people[0]!.train.x.shape
  const layers = [dense({ units: 64, activation: 'relu' }), dense({ units: 6 })]
  const model = sequential(layers, { input: [width!] })
  const trainer: Trainer<Dataset> = await openTrainer(model, { loss, executor: 'plain' })
  const first = weightsToVector(initialWeights(model, seed), trainer.layout)
  const inside = people.filter(({ isApart }) => !isApart)
  const data = joined(inside.map(({ train }) => train))
  let at = 0
  const parts = inside.map(({ train }) => {
    const count = train.x.shape[0]!
    at += count
    return Int32Array.from({ length: count }, (_, i) => at - count + i)
  })
  const fleet = datasetFleet({ layers, input: [width!], loss, data, parts, executor: 'plain' })
  const sampling = { count: Math.ceil(inside.length / 3) }
  const options = { fleet, weights: first, rounds, sampling, seed, signal }
  const { weights: global } = await simulate({ algorithm: fedAvg(local), ...options })
  const personal = trainer.layout.slots.slice(-2).map(({ name }) => name)
  const algorithm = fedPer({ ...local, layout: trainer.layout, personal })
  const shared = algorithm.instruct(first, 1).vectors['shared']!
  let kept: Snapshot<Float64Array>['kept'] = new Map()
  const { weights: base } = await simulate({
    algorithm,
    ...options,
    onRound: (round) => {
      if (round.round === rounds) kept = round.snapshot().kept
    },
  })
  const headed = (user: string) => {
    const node = inside.findIndex((person) => person.user === user)
    return node < 0 ? undefined : ownWeights(base, shared, kept.get(node) ?? {})
  }
  return { model, trainer, first, global, headed }
}

function joined(parts: readonly Dataset[]): Dataset {
  const rows = parts.reduce((sum, { x }) => sum + x.shape[0]!, 0)
  const [, width] = parts[0]!.x.shape
  const x = new Float32Array(rows * width!)
  const y = new Int32Array(rows)
  let at = 0
  for (const part of parts) {
    x.set(part.x.data as Float32Array, at * width!)
    y.set(part.y.data as Int32Array, at)
    at += part.x.shape[0]!
  }
  return { x: tensor(x, [rows, width!], 'float32'), y: tensor(y, [rows], 'int32') }
}

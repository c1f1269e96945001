// What frozen layers cost in training time: in the model as in the paper, or applied once before training.
// Source: SPG section 5.1 (the layers stand in the model, so every step pays for them).
// Ratios of trainings that take turns, epoch by epoch, on one thread: seconds of a shared machine mean little.

import { tensor } from '../../src/graph/index.ts'
import {
  dense,
  type Epoch,
  initialWeights,
  type Layer,
  sequential,
  takeRows,
  train,
} from '../../src/learn/index.ts'
import { median } from '../../src/statistics/median.ts'
import {
  type ClassifiedRows,
  datasetOf,
  type PaperActivation,
  paperModel,
  paperTraining,
  protectedWheat,
  type Stages,
} from '../wheat.ts'

const deepest = 10

export interface TimeAnswer {
  readonly measure: 'time'
  /** Milliseconds of an epoch without layers: median. */
  readonly epochMilliseconds: number
  /** Entry k: time of an epoch with k frozen layers in the model, against none. */
  readonly inModel: readonly number[]
  /** Time of an epoch on rows that ten layers have protected beforehand, against unprotected rows. */
  readonly beforehand: number
  /** Milliseconds to make ten layers and protect all rows, once. */
  readonly protectMilliseconds: number
}

/** Times `epochs` epochs of each; the first quarter warms up and is left out. */
export async function measureTime(
  raw: ClassifiedRows,
  activation: PaperActivation,
  epochs: number,
  signal?: AbortSignal,
): Promise<TimeAnswer> {
  const stages: Omit<Stages, 'layers'> = {
    activation,
    matrix: 'bounded',
    columnOrder: true,
    relabelling: false,
    rowOrder: false,
  }
  const plain = protectedWheat(raw, { ...stages, layers: 0 }, 0)
  const guarded = protectedWheat(raw, { ...stages, layers: deepest }, 0)
  const runs = [
    ...Array.from({ length: deepest + 1 }, (_, layers) =>
      epochsOf(plain, frozenLayers(layers, activation), epochs, signal),
    ),
    epochsOf(guarded, [], epochs, signal),
  ]
  const times: number[][] = runs.map(() => [])
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const [i, run] of runs.entries()) {
      const start = performance.now()
      await run.next()
      times[i]!.push(performance.now() - start)
    }
  }
  const warm = times.map((epochTimes) => epochTimes.slice(Math.ceil(epochs / 4)))
  const base = warm[0]!
  // Each epoch against the base's of the same round: a core that is taken slows both.
  const ratios = warm.map((epochTimes) => median(epochTimes.map((t, round) => t / base[round]!)))
  return {
    measure: 'time',
    epochMilliseconds: median(base),
    inModel: ratios.slice(0, deepest + 1),
    beforehand: ratios.at(-1)!,
    protectMilliseconds: median(
      Array.from({ length: 5 }, () => {
        const start = performance.now()
        protectedWheat(raw, { ...stages, layers: deepest }, 0)
        return performance.now() - start
      }),
    ),
  }
}

function epochsOf(
  { rows, folds }: ReturnType<typeof protectedWheat>,
  frozen: readonly Layer[],
  epochs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Epoch, void, undefined> {
  const model = sequential([...frozen, ...paperModel], { input: [rows.columns.length] })
  const weights = Object.entries(initialWeights(model, 0)).filter(([name]) => name.startsWith('frozen'))
  const { callbacks: _, ...training } = paperTraining
  return train(model, takeRows(datasetOf(rows, folds[0]!, 'standard'), folds[0]!.train), {
    ...training,
    epochs,
    seed: 0,
    executor: 'plain',
    ...(signal ? { signal } : {}),
    // Small enough for exponentials of exponentials to stay numbers: what they are does not change the time.
    weights: Object.fromEntries(
      weights.map(([name, w]) => [
        name,
        tensor(
          (w.data as Float64Array).map((v) => v * 0.3),
          w.shape,
          'float64',
        ),
      ]),
    ),
  })
}

function frozenLayers(count: number, activation: PaperActivation): Layer[] {
  return Array.from({ length: count }, (_, i) =>
    dense({ units: 7, activation, frozen: true, name: `frozen.${i}` }),
  )
}

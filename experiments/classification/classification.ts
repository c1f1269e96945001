// Figures 11, 13 and 14: accuracy, epochs and time of training on wheat behind 0 to 10 frozen layers.
// Source: SPG section 5.1. The paper's layers are Glorot uniform with zero bias; ours are the seven stages.
// The settings beside them tell apart what a small signal, float32 and the optimiser do to the paper's layers.

import { adam, type Configuration } from '../../src/learn/index.ts'
import type { Settings, Work } from '../experiment.ts'
import {
  type PaperActivation,
  paperActivations,
  paperModel,
  paperTraining,
  protectedWheat,
  type Scaling,
  type Stages,
  type Trial,
  trials,
  wheatRows,
} from '../wheat.ts'
import { measureSignal, type SignalAnswer } from './signal.ts'
import { measureTime, type TimeAnswer } from './trainingTime.ts'

/** How rows are protected and trained on. */
export interface Setting {
  /** What it is, in a few words. */
  readonly title: string
  readonly stages: Omit<Stages, 'layers' | 'activation'>
  readonly scaling: Scaling
  readonly training?: Partial<Configuration> | undefined
}

const glorot = {
  matrix: 'glorot',
  bias: false,
  columnOrder: false,
  relabelling: false,
  rowOrder: false,
} as const

/** Every way that layers are measured; each has its own base, which is itself without layers. */
export const classificationSettings = {
  paper: {
    title: 'the paper’s: Glorot, zero bias, float32, not standardised',
    stages: { ...glorot, precision: 'float32' },
    scaling: 'none',
  },
  full: {
    title: 'all seven stages: bounded matrix, bias, orders, relabelling; standardised by the service',
    stages: { matrix: 'bounded', bias: true, columnOrder: true, relabelling: true, rowOrder: true },
    scaling: 'standard',
  },
  'paper-float64': {
    title: 'as the paper’s, in float64',
    stages: glorot,
    scaling: 'none',
  },
  'standardised-float32': {
    title: 'the paper’s layers in float32, standardised by the service',
    stages: { ...glorot, precision: 'float32' },
    scaling: 'standard',
  },
  'standardised-float64': {
    title: 'the paper’s layers in float64, standardised by the service',
    stages: glorot,
    scaling: 'standard',
  },
  'all-float32': {
    title: 'as the paper’s, the training in float32 too',
    stages: { ...glorot, precision: 'float32' },
    scaling: 'none',
    training: { executor: 'native', threads: 1 },
  },
  'rate-0.01': {
    title: 'as the paper’s, Adam at 0.01 instead of 0.1',
    stages: { ...glorot, precision: 'float32' },
    scaling: 'none',
    training: { optimizer: adam({ learningRate: 0.01 }) },
  },
  patient: {
    title: 'as the paper’s, Adam at 0.01 for 500 epochs without early stopping',
    stages: { ...glorot, precision: 'float32' },
    scaling: 'none',
    training: { optimizer: adam({ learningRate: 0.01 }), callbacks: [], epochs: 500 },
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof classificationSettings

/** Layers of one activation under one setting and seed, or what a measurement beside them takes. */
export type ClassificationTask =
  | {
      readonly measure: 'accuracy'
      readonly setting: SettingName
      readonly activation: PaperActivation
      /** Numbers of layers; 0 is the base, which no activation changes. */
      readonly depths: readonly number[]
      readonly seed: number
    }
  | { readonly measure: 'signal'; readonly activation: PaperActivation; readonly seed: number }
  | { readonly measure: 'time'; readonly activation: PaperActivation; readonly epochs: number }

export type ClassificationAnswer =
  | { readonly measure: 'accuracy'; readonly trials: readonly (readonly Trial[])[] }
  | SignalAnswer
  | TimeAnswer

/** The depths of the paper's figures. */
export const paperDepths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const

/** Figures 11, 13 and 14. */
export const classificationWork: Work<ClassificationTask, ClassificationAnswer> = {
  tasks({ quick, seed, seeds = quick ? 2 : 20 }: Settings) {
    const some = quick ? [1, 3, 10] : [1, 2, 3, 5, 7, 10]
    const few = quick ? [3, 10] : [1, 3, 5, 10]
    const plans: readonly [SettingName, readonly number[], number][] = [
      ['paper', quick ? [1, 2, 3, 5, 10] : paperDepths.slice(1), seeds],
      ['full', quick ? [1, 2, 3, 5, 10] : paperDepths.slice(1), seeds],
      ['paper-float64', some, Math.ceil(seeds / 2)],
      ['standardised-float32', some, Math.ceil(seeds / 2)],
      ['standardised-float64', some, Math.ceil(seeds / 2)],
      ['rate-0.01', few, Math.ceil(seeds / 4)],
      ['patient', quick ? [3] : few, Math.ceil(seeds / 4)],
      // Native steps cost more than all others together: only where there is time.
      ['all-float32', few.slice(-1), quick ? 0 : Math.ceil(seeds / 4)],
    ]
    const eachSeed = (count: number) => Array.from({ length: count }, (_, i) => seed + i)
    const time = paperActivations.map((activation) => ({
      measure: 'time' as const,
      activation,
      epochs: quick ? 240 : 600,
    }))
    const layers = plans.flatMap(([setting, depths, count]) =>
      eachSeed(count).flatMap((trialSeed) =>
        paperActivations.map((activation, i) => ({
          measure: 'accuracy' as const,
          setting,
          activation,
          // The base is the same for every activation: once is enough.
          depths: i === 0 ? [0, ...depths] : depths,
          seed: trialSeed,
        })),
      ),
    )
    const signals = eachSeed(seeds).flatMap((trialSeed) =>
      paperActivations.map((activation) => ({ measure: 'signal' as const, activation, seed: trialSeed })),
    )
    return [...time, ...layers.toReversed(), ...signals]
  },
  async run(task, signal) {
    const raw = await wheatRows()
    if (task.measure === 'signal') return measureSignal(raw, task.activation, task.seed)
    if (task.measure === 'time') return measureTime(raw, task.activation, task.epochs, signal)
    const { activation, seed } = task
    const { stages, scaling, training }: Setting = classificationSettings[task.setting]
    const found: Trial[][] = []
    for (const layers of task.depths) {
      // Without layers nothing is left of the protection but the range of its columns.
      const drawn = layers === 0 ? { ...glorot, precision: stages.precision ?? 'float64' } : stages
      const { rows, folds } = protectedWheat(raw, { ...drawn, layers, activation }, seed)
      found.push(
        await trials(
          rows,
          folds,
          scaling,
          { layers: paperModel, ...paperTraining, ...training, seed },
          signal,
        ),
      )
    }
    return { measure: 'accuracy', trials: found }
  },
}

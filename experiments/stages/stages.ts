// What each stage does to accuracy and epochs: every activation, and the bias, matrices and secret orders one by one.
// Source: SPG names these as future work; stages as in its section 4.2. Issue 9, section 1, last bullet.
// Each stage is switched alone, away from our full variant with tanh; combinations of switches are not measured.

import { keyActivationNames } from '../../src/protect/index.ts'
import type { Settings, Work } from '../experiment.ts'
import {
  paperModel,
  paperTraining,
  protectedWheat,
  type Stages,
  type Trial,
  trials,
  wheatRows,
} from '../wheat.ts'

const full = {
  activation: 'tanh',
  matrix: 'bounded',
  bias: true,
  columnOrder: true,
  relabelling: true,
  rowOrder: true,
} as const satisfies Omit<Stages, 'layers'>

/** What is measured, by its name on the page: a change of one stage, or of the activation. */
export const stageChanges: Readonly<Record<string, Partial<Stages>>> = {
  ...Object.fromEntries(keyActivationNames.map((activation) => [activation, { activation }])),
  'without bias': { bias: false },
  'Glorot matrices, no bias': { matrix: 'glorot', bias: false },
  'Glorot matrices, bias': { matrix: 'glorot' },
  'columns in order': { columnOrder: false },
  'classes as they are': { relabelling: false },
  'rows in order': { rowOrder: false },
}

/** The change that changes nothing: what the switches are compared with. */
export const unchanged = 'tanh'

/** One change under one seed. */
export interface StagesTask {
  /** Absent for no protection at all. */
  readonly change?: string | undefined
  readonly depths: readonly number[]
  readonly seed: number
}

export interface StagesAnswer {
  /** One array of five folds for each depth. */
  readonly trials: readonly (readonly Trial[])[]
}

/** Every invertible activation and every stage. */
export const stagesWork: Work<StagesTask, StagesAnswer> = {
  tasks({ quick, seed, seeds = quick ? 2 : 20 }: Settings) {
    const depths = quick ? [3] : [1, 3, 5]
    return Array.from({ length: seeds }, (_, i) => seed + i).flatMap((trialSeed): StagesTask[] => [
      ...Object.keys(stageChanges).map((change) => ({ change, depths, seed: trialSeed })),
      { depths: [0], seed: trialSeed },
    ])
  },
  async run({ change, depths, seed }, signal) {
    const raw = await wheatRows()
    const none = { columnOrder: false, relabelling: false, rowOrder: false } as const
    const stages = { ...full, ...(change === undefined ? none : stageChanges[change]) }
    const found: Trial[][] = []
    for (const layers of depths) {
      const { rows, folds } = protectedWheat(raw, { ...stages, layers }, seed)
      found.push(
        await trials(rows, folds, 'standard', { layers: paperModel, ...paperTraining, seed }, signal),
      )
    }
    return { trials: found }
  },
}

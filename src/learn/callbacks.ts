// Callbacks: early stopping and reducing the learning rate on a plateau.
// Source: Keras 3, EarlyStopping and ReduceLROnPlateau, step for step (checked against its traces).
// Each is a plain record of settings and a pure function from state to state, so a checkpoint can hold it.

import { type Given, withDefaults } from '../defaults.ts'
import { FrostglassError } from '../errors.ts'

/** What can be watched. The last two need a validation part; accuracies need a classifier. */
export type Monitor = 'loss' | 'accuracy' | 'valLoss' | 'valAccuracy'

/** The numbers of an epoch that can be watched. */
export type Watched = { readonly [K in Monitor]?: number | undefined }

interface Watching {
  readonly monitor: Monitor
  /** Smaller changes do not count as better. At least 0. */
  readonly minDelta: number
  /** Epochs without a better value that are borne. */
  readonly patience: number
  /** Whether smaller or larger is better; `auto`: a loss should fall, an accuracy rise. */
  readonly mode: 'auto' | 'min' | 'max'
}

/** Ends a training whose monitored number gets no better. Source: Keras 3, EarlyStopping. */
export interface EarlyStopping extends Watching {
  readonly kind: 'earlyStopping'
  /** Take the weights of the best epoch in the end. */
  readonly restoreBest: boolean
  /** Epochs at the start that are not watched. */
  readonly startFromEpoch: number
}

/**
 * Ends training when the watched value has not become better for `patience` epochs.
 * @example earlyStopping({ monitor: 'valLoss', patience: 20, restoreBest: true })
 */
export const earlyStopping = (options: Given<Omit<EarlyStopping, 'kind'>> = {}): EarlyStopping =>
  Object.freeze(
    withDefaults<EarlyStopping>(
      {
        kind: 'earlyStopping',
        monitor: 'valLoss',
        minDelta: 0,
        patience: 0,
        mode: 'auto',
        restoreBest: false,
        startFromEpoch: 0,
      },
      options,
    ),
  )

/**
 * Lowers the learning rate when the monitored number gets no better. Source: Keras 3, ReduceLROnPlateau.
 */
export interface ReduceOnPlateau extends Watching {
  readonly kind: 'reduceOnPlateau'
  /** The learning rate is multiplied by this; above 0, below 1. */
  readonly factor: number
  /** Epochs after a reduction that are not counted. */
  readonly cooldown: number
  /** The learning rate does not fall below this. */
  readonly minLearningRate: number
}

/**
 * Reduces the learning rate when the watched value has not become better for `patience` epochs.
 * @throws FrostglassError `usage` for a factor outside (0, 1)
 */
export function reduceOnPlateau(options: Given<Omit<ReduceOnPlateau, 'kind'>> = {}): ReduceOnPlateau {
  const { factor = 0.1 } = options
  if (!(factor > 0 && factor < 1)) {
    throw new FrostglassError(
      'usage',
      `a plateau cannot multiply the learning rate by ${factor}`,
      'Use a factor above 0 and below 1.',
    )
  }
  return Object.freeze(
    withDefaults<ReduceOnPlateau>(
      {
        kind: 'reduceOnPlateau',
        monitor: 'valLoss',
        minDelta: 1e-4,
        patience: 10,
        mode: 'auto',
        factor,
        cooldown: 0,
        minLearningRate: 0,
      },
      options,
    ),
  )
}

/** What watches a training, and may end it or lower its rate. */
export type Callback = EarlyStopping | ReduceOnPlateau

/** What a callback remembers: JSON can hold it. */
export interface CallbackState {
  readonly best: number | null
  readonly wait: number
  readonly cooldown: number
}

/** What a callback wants after an epoch. */
export interface Reaction {
  readonly state: CallbackState
  readonly stop: boolean
  /** This epoch's weights are the ones to restore. */
  readonly keep: boolean
  /** The learning rate from now on. */
  readonly learningRate: number
}

export const freshState: CallbackState = Object.freeze({ best: null, wait: 0, cooldown: 0 })

/**
 * One epoch's end.
 * @param epoch from 1
 * @throws FrostglassError `usage` when the watched value is not there
 */
export function react(
  callback: Callback,
  state: CallbackState,
  epoch: number,
  watched: Watched,
  learningRate: number,
): Reaction {
  const current = watched[callback.monitor]
  if (current === undefined) {
    const there = (['loss', 'accuracy', 'valLoss', 'valAccuracy'] as const).filter(
      (name) => watched[name] !== undefined,
    )
    throw new FrostglassError(
      'usage',
      `${callback.kind} watches ${callback.monitor}, but training has only ${there.join(', ')}`,
      'Watch one of those, or give a validation part.',
    )
  }
  return callback.kind === 'earlyStopping'
    ? reactStopping(callback, state, epoch, current, learningRate)
    : reactPlateau(callback, state, current, learningRate)
}

function reactStopping(
  callback: EarlyStopping,
  state: CallbackState,
  epoch: number,
  current: number,
  learningRate: number,
): Reaction {
  if (epoch <= callback.startFromEpoch) return { state, stop: false, keep: false, learningRate }
  if (isBetter(callback, current, state.best)) {
    const better = { ...state, best: current, wait: 0 }
    return { state: better, stop: false, keep: callback.restoreBest, learningRate }
  }
  const wait = state.wait + 1
  return {
    state: { ...state, wait },
    stop: wait >= callback.patience && epoch > 1,
    keep: false,
    learningRate,
  }
}

function reactPlateau(
  callback: ReduceOnPlateau,
  state: CallbackState,
  current: number,
  learningRate: number,
): Reaction {
  const done = (next: CallbackState, rate = learningRate): Reaction => ({
    state: next,
    stop: false,
    keep: false,
    learningRate: rate,
  })
  const cooling = state.cooldown > 0
  const cooldown = cooling ? state.cooldown - 1 : 0
  const waited = cooling ? 0 : state.wait
  if (isBetter(callback, current, state.best)) return done({ best: current, wait: 0, cooldown })
  if (cooldown > 0) return done({ ...state, wait: waited, cooldown })
  const wait = waited + 1
  if (wait < callback.patience || learningRate <= callback.minLearningRate) {
    return done({ ...state, wait, cooldown })
  }
  return done(
    { ...state, wait: 0, cooldown: callback.cooldown },
    Math.max(learningRate * callback.factor, callback.minLearningRate),
  )
}

function isBetter(callback: Callback, current: number, best: number | null): boolean {
  if (best === null) return true
  const rises =
    callback.mode === 'max' ||
    (callback.mode === 'auto' && callback.monitor.toLowerCase().endsWith('accuracy'))
  return rises ? current - callback.minDelta > best : current + callback.minDelta < best
}

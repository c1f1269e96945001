// What the adversary's networks have in common: options, the scaling in front, training to the best epoch.
// Source: Keras 3 defaults of Adam; Yonan et al. 2025 train their attacks 10 epochs or so at batch 128.
// Attacks choose their epoch on a validation part of the adversary's own data, never on what they are judged by.

import { add, type ExecutorName, graph, input, mul, sizeOf, type Tensor, tensor } from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import {
  adam,
  type Dataset,
  earlyStopping,
  type GraphLayer,
  graphLayer,
  type Layer,
  type Loss,
  type LossName,
  type Model,
  reduceOnPlateau,
  sequential,
  train,
  type Weights,
} from '../../learn/index.ts'

/** How an adversary's network is trained. */
export interface AttackTraining {
  /** Drawn from: first weights, orders, the validation part. */
  readonly seed: number
  /** 10 by default. */
  readonly epochs?: number | undefined
  /** Rows a step; 128 by default. */
  readonly batch?: number | undefined
  /** Of Adam; 0.001 by default. */
  readonly learningRate?: number | undefined
  /** Share of the rows that the best epoch is chosen by, and that nothing trains on. Absent: the last epoch's weights. */
  readonly validation?: number | undefined
  readonly executor?: ExecutorName | undefined
  /** Threads of the native executor. */
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Share done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** A network of an adversary, trained. */
export interface Trained {
  readonly model: Model
  readonly weights: Weights
  /** Loss on the validation part of the epoch that was kept; undefined without one. */
  readonly validationLoss: number | undefined
}

/** Trains layers on rows, with the scaling of the rows as the first layer. @throws FrostglassError `aborted`, `input` for rows that are not finite. */
export async function trainLayers(
  layers: readonly Layer[],
  data: Dataset,
  loss: LossName | Loss,
  options: AttackTraining,
): Promise<Trained> {
  const {
    seed,
    epochs = 10,
    batch = 128,
    learningRate = 1e-3,
    validation,
    executor,
    threads,
    signal,
  } = options
  const shape = data.x.shape.slice(1)
  const model = sequential([scaling(data.x, shape), ...layers], { input: shape })
  const rows = data.x.shape[0] ?? 0
  // A share of very few rows leaves nobody to choose by.
  const held = validation !== undefined && Math.round(rows * validation) >= 1 ? validation : undefined
  const epochsOf = train(model, data, {
    loss,
    optimizer: adam({ learningRate }),
    epochs,
    batch,
    seed,
    ...(held === undefined
      ? {}
      : {
          validation: held,
          callbacks: [
            earlyStopping({ patience: Math.max(4, Math.round(epochs / 5)), restoreBest: true }),
            reduceOnPlateau({ factor: 0.3, patience: 1 }),
          ],
        }),
    executor,
    threads,
    signal,
    onProgress: ({ epoch, step, steps }) => options.onProgress?.((epoch - 1 + step / steps) / epochs),
  })
  let best = Number.POSITIVE_INFINITY
  for await (const epoch of epochsOf) {
    best = Math.min(best, epoch.record.valLoss ?? Number.POSITIVE_INFINITY)
    if (!epoch.last) continue
    options.onProgress?.(1)
    return { model, weights: epoch.weights(), validationLoss: held === undefined ? undefined : best }
  }
  throw new RangeError('training ended without an epoch')
}

/**
 * Shifts and scales all numbers alike, so that the rows given have mean 0 and deviation 1: what a pane puts out may be
 * of any size, and one scale for all keeps what the adversary trains on and what it is turned on comparable.
 */
function scaling({ data }: Tensor, shape: readonly number[]): GraphLayer {
  const numbers = data as Float32Array
  let sum = 0
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!
  const mean = sum / numbers.length
  let squares = 0
  for (let i = 0; i < numbers.length; i++) squares += (numbers[i]! - mean) ** 2
  const deviation = Math.sqrt(squares / numbers.length)
  const x = input('released', ['N', ...shape])
  const centred = add(x, scalarLike(x, Number.isFinite(mean) ? -mean : 0))
  const scaled = mul(centred, scalarLike(x, deviation > 1e-12 ? 1 / deviation : 1))
  return graphLayer(graph({ inputs: [x], outputs: { scaled } }), { name: 'scaling' })
}

/** Some rows of a tensor (copied), in the order of `rows`. */
export function takeTensorRows(t: Tensor, rows: ArrayLike<number>): Tensor {
  const width = sizeOf(t.shape.slice(1))
  const all = t.data as Float32Array
  const data = new Float32Array(rows.length * width)
  for (let i = 0; i < rows.length; i++) {
    data.set(all.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width)
  }
  return tensor(data, [rows.length, ...t.shape.slice(1)])
}

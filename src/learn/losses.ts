// Losses: what training makes small, as nodes of the graph; each is the mean over a batch.
// Source: Keras 3 (losses of these names, from logits). Softmax and logarithm are one operator, so nothing overflows.
// A model ends in logits; the head that turns them into probabilities belongs to the loss and is put on at export.

import { FrostglassError } from '../errors.ts'
import {
  abs,
  logSoftmax,
  mul,
  neg,
  reduceMean,
  reduceSum,
  sigmoid,
  softmax,
  softplus,
  sub,
  type Value,
} from '../graph/index.ts'

/** Losses by Keras' names. */
export type LossName =
  | 'categoricalCrossEntropy'
  | 'binaryCrossEntropy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'

/** A loss as a value: its nodes, and what the model's outputs mean under it. */
export interface Loss {
  readonly name: string
  /** The mean loss of a batch: `output` and `target` have one shape, [N, …]. */
  readonly build: (output: Value, target: Value) => Value
  /** What turns the model's outputs into answers: probabilities for a classifier. */
  readonly head: (output: Value) => Value
  /** One class of several, a yes or no for each output, or numbers. Integer labels [N] become one-hot rows for `one`. */
  readonly answers: 'one' | 'binary' | 'numbers'
}

/** Cross-entropy of one-hot (or soft) targets [N, classes] from logits. */
export const categoricalCrossEntropy: Loss = Object.freeze({
  name: 'categoricalCrossEntropy',
  build: (output: Value, target: Value) => neg(reduceMean(reduceSum(mul(target, logSoftmax(output)), [-1]))),
  head: (output: Value) => softmax(output),
  answers: 'one',
})

/** Cross-entropy of targets in [0, 1] from logits, elementwise: log(1 + eᶻ) − z·y. */
export const binaryCrossEntropy: Loss = Object.freeze({
  name: 'binaryCrossEntropy',
  build: (output: Value, target: Value) =>
    // softplus(z) − z·y; its gradient is sigmoid(z) − y, with no case distinction.
    reduceMean(sub(softplus(output), mul(output, target))),
  head: (output: Value) => sigmoid(output),
  answers: 'binary',
})

/** Mean of squared differences. */
export const meanSquaredError: Loss = Object.freeze({
  name: 'meanSquaredError',
  build(output: Value, target: Value) {
    const difference = sub(output, target)
    return reduceMean(mul(difference, difference))
  },
  head: (output: Value) => output,
  answers: 'numbers',
})

/** Mean of absolute differences. */
export const meanAbsoluteError: Loss = Object.freeze({
  name: 'meanAbsoluteError',
  build: (output: Value, target: Value) => reduceMean(abs(sub(output, target))),
  head: (output: Value) => output,
  answers: 'numbers',
})

const losses: Readonly<Record<LossName, Loss>> = {
  categoricalCrossEntropy,
  binaryCrossEntropy,
  meanSquaredError,
  meanAbsoluteError,
}

/** A loss by its name; a loss given as a value is itself. @throws FrostglassError `usage`. */
export function lossOf(loss: LossName | Loss): Loss {
  if (typeof loss !== 'string') return loss
  const known = losses[loss]
  if (known) return known
  throw new FrostglassError(
    'usage',
    `'${loss}' is not a loss`,
    `Use one of ${Object.keys(losses).join(', ')}.`,
  )
}

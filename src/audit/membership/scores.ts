// How sure a model is of a row's true answer: what membership is told by.
// Source: Yeom et al. 2018 (loss); Carlini et al. 2022, section IV.C (confidence on a logit scale, nearly normal).
// Of a row the model's answer alone is looked at: no gradients, no repeated asking with changed inputs.

import { FrostglassError } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'

/** A model as its users see it: rows [N, …] in, class probabilities [N, classes] out. */
export type AnswerRows = (rows: Tensor) => Promise<Tensor>

/** Rows whose membership is asked, with their true classes. */
export interface Candidates {
  /** [N, …input] */
  readonly x: Tensor
  /** Class of each row, 0 … classes − 1. */
  readonly labels: ArrayLike<number>
}

/** What single precision leaves of a probability that is next to nothing. */
const least = 1e-30

/**
 * log(p / (1 − p)) of the probability p of each row's true class. It rises as the loss −log p falls, and orders rows just
 * as the loss does.
 * @returns one number a row, within ±70.
 * @throws FrostglassError `shape` when the answers are not [N, classes], `input` for a label that is no class of them
 */
export async function trueClassLogits(
  answers: AnswerRows,
  { x, labels }: Candidates,
): Promise<Float64Array<ArrayBuffer>> {
  const { data, shape } = await answers(x)
  const [rows, classes] = shape
  if (shape.length !== 2 || rows !== labels.length || classes! < 2) {
    throw new FrostglassError(
      'shape',
      `the model's answers are [${shape}], but ${labels.length} rows have labels`,
      'Take a classifier: membership is told by probabilities of classes, [rows, classes].',
    )
  }
  return Float64Array.from({ length: labels.length }, (_, i) => {
    const label = labels[i]!
    if (!(label >= 0 && label < classes!))
      throw new FrostglassError(
        'input',
        `row ${i + 1} has class ${label}`,
        `Give classes from 0: the model answers with ${classes}.`,
      )
    // Summed over the other classes: 1 − p has no digits left where p is nearly 1.
    let [right, others] = [0, 0]
    for (let c = 0; c < classes!; c++) {
      const p = Number(data[i * classes! + c])
      if (c === label) right = p
      else others += p
    }
    return Math.log(Math.max(right, least)) - Math.log(Math.max(others, least))
  })
}

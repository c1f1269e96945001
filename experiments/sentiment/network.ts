// The network of the paper on plain numbers: words, eight units without a non-linearity, one answer; trained online.
// Source: Sayyad and Kulkarni, section V: squared error, one review at a time, each word once, learning rate 0.001.
// The encrypted network (encrypted.ts) does the same steps in the same order.

import type { Random } from '../../src/random/seeded.ts'

/** Units of the hidden layer. */
export const hiddenUnits = 8

/** What is learnt from one review: its words and whether it is positive. */
export interface Example {
  readonly words: Int32Array
  readonly positive: 0 | 1
}

/** A network that learns one review at a time. */
export interface SentimentNetwork {
  /** The answer before the sigmoid; above 0 means positive. The owner reads it. */
  answer(words: Int32Array): number
  /** One step of stochastic gradient descent; gives the answer before it. */
  learn(example: Example): number
}

/** First weights of the output: normal with variance 1/8; those of the words are 0. */
export const firstOutput = (source: Random): number[] =>
  Array.from({ length: hiddenUnits }, () => source.normal() / Math.sqrt(hiddenUnits))

/** The network in the plain. @param act the sigmoid or a polynomial in its place */
export function plainNetwork(
  words: number,
  output: readonly number[],
  options: { readonly learningRate: number; readonly act: (x: number) => number },
): SentimentNetwork {
  const inner = new Float64Array(words * hiddenUnits)
  const outer = Float64Array.from(output)
  const hidden = new Float64Array(hiddenUnits)
  const answer = (words: Int32Array): number => {
    hidden.fill(0)
    for (const word of words) {
      for (let unit = 0; unit < hiddenUnits; unit++)
        hidden[unit] = hidden[unit]! + inner[word * hiddenUnits + unit]!
    }
    return hidden.reduce((sum, h, unit) => sum + h * outer[unit]!, 0)
  }
  return {
    answer,
    learn({ words: document, positive }) {
      const before = answer(document)
      const step = options.learningRate * (options.act(before) - positive)
      // Both by the weights before the step.
      const back = outer.map((weight) => step * weight)
      for (let unit = 0; unit < hiddenUnits; unit++) outer[unit] = outer[unit]! - step * hidden[unit]!
      for (const word of document) {
        for (let unit = 0; unit < hiddenUnits; unit++) {
          const at = word * hiddenUnits + unit
          inner[at] = inner[at]! - back[unit]!
        }
      }
      return before
    },
  }
}

// What a node can do with its data: train from given weights, tell a gradient, measure.
// Source: McMahan et al. 2017, algorithm 1 (ClientUpdate); the two further terms are those of Li et al. 2020 and Karimireddy et al. 2020.
// Nothing here is private: what leaves a node is clipped, noised or masked elsewhere.

import type { Random } from '../../random/seeded.ts'
import type { Layout } from '../layout.ts'

/** How a node trains in a round: w ← w − rate · (gradient + correction + proximal · (w − towards)). */
export interface LocalWork {
  /** Passes over the rows; give either this or `steps`. */
  readonly epochs?: number | undefined
  /** Batches, drawn pass by pass. */
  readonly steps?: number | undefined
  /** Rows a step; all rows unless given. The last batch of a pass may be shorter. */
  readonly batch?: number | undefined
  readonly rate: number
  /** μ of FedProx, ρ of ADMM: pulls the weights `towards` a vector, which is where training starts unless given. */
  readonly proximal?: { readonly strength: number; readonly towards?: Float64Array | undefined } | undefined
  /** Added to each gradient: c − c_i of SCAFFOLD. */
  readonly correction?: Float64Array | undefined
  /** For orders and dropout. */
  readonly random: Random
  readonly signal?: AbortSignal | undefined
}

/** Weights after training. */
export interface Trained {
  readonly weights: Float64Array
  readonly steps: number
  /** Mean loss over the rows that were seen, each at the weights of its step. */
  readonly loss: number
}

/** What weights are worth on rows. */
export interface Evaluated {
  readonly loss: number
  /** Share of right answers, for classifiers. */
  readonly accuracy?: number | undefined
  readonly rows: number
}

/** The rows of one node, and a model that can learn from them. Calls are one after another. */
export interface Learner {
  readonly rows: number
  /** @throws FrostglassError 'usage' where the weights are no longer finite; 'aborted' */
  train(from: Float64Array, work: LocalWork): Promise<Trained>
  /** Mean gradient and loss over some rows, by number, or over all. Statistics (batch norm) have gradient 0. */
  gradient(
    at: Float64Array,
    rows?: Int32Array,
  ): Promise<{ readonly gradient: Float64Array; readonly loss: number }>
  /** Loss, and accuracy of a classifier, on some rows, by number, or on all. */
  measure(at: Float64Array, rows?: Int32Array): Promise<Evaluated>
}

/** A model compiled once, for the rows of any number of nodes. Calls of all its learners are one after another. */
export interface Trainer<Rows> {
  readonly layout: Layout
  /** @throws FrostglassError 'shape' or 'input' for rows that do not fit the model */
  learner(rows: Rows): Learner
  /** Frees the programs. */
  close(): Promise<void>
}

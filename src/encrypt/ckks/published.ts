// The weights that an owner may hand on: those that are read off CKKS carry noise that depends on the key.
// Source: Li and Micciancio 2021; noise as a remedy: Li, Micciancio, Schultz and Sorrell 2022. TRAINING-PROOF.md has the bound.
// Without rows nothing here is proved of a service that lies: then the noise covers that of an honest one alone.

import { drawSecret, type Stream, stream } from '../../secret/index.ts'
import type { ModelPlan } from './modelPlan.ts'
import { summedDeviation } from './trainingNoise.ts'

/** Kullback-Leibler divergence, in nats, that the noise leaves between what is published and what no key was used for. */
export const leftDivergence = 0.01

/** Standard deviation of the noise that is added to weights which nobody can hold against the plain. */
export function floodOf(plan: ModelPlan, roundTrips: number, count: number): number {
  return summedDeviation(plan) * Math.sqrt((roundTrips * count) / (2 * leftDivergence))
}

/**
 * Weights with Gaussian noise, on a grid of at most 1/64 of its deviation: the last bits of a float would tell the sum's
 * parts from one another.
 */
export function flooded(
  weights: readonly Float64Array[],
  deviation: number,
  noise: Stream = stream(drawSecret(), 'answer noise'),
): Float64Array[] {
  const grid = 2 ** Math.floor(Math.log2(deviation / 64))
  return weights.map((vector) =>
    vector.map((w) => grid * Math.round((w + deviation * noise.gaussian()) / grid)),
  )
}

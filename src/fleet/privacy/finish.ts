// How an update is finished: held to its length in whole steps, with noise on it that was drawn before any row was touched.
// Source: updateNoise.ts (noise of a node's own), ../secure/noiseOnce.ts (a share of a sum's); PROOF.md, lemmas 1, 2 and 4.
// What training comes to, and when, changes nothing of the noise: an update that came to nothing is the noise alone.

import { type RandomSource, systemRandom } from '../../random/source.ts'
import type { Vector } from '../secure/contract.ts'
import { addOwnNoise, type NoisySetup, ownNoise } from '../secure/noiseOnce.ts'
import { addNoise, type UpdateNoise, wholeUpdate } from './updateNoise.ts'

/** Whole numbers that may leave: of a node by itself, or of one that adds a share, modulo 2^bits. */
export type Finished = Float64Array | Vector

/** How an update becomes that. */
export type Finish =
  | { readonly own: UpdateNoise }
  | { readonly share: NoisySetup; readonly steps: Pick<UpdateNoise, 'exponent' | 'most'> }

/** The noise of one message. Drawn once: the mean of two has half of it. */
export const drawNoise = (finish: Finish, weights: number, random: RandomSource = systemRandom): Finished => {
  if ('share' in finish) return ownNoise(finish.share)
  const drawn = new Float64Array(weights)
  addNoise(drawn, finish.own, random)
  return drawn
}

/**
 * An update with its noise.
 * @param update [weights], new − old: what is no finite number anywhere counts as zeros
 * @param noise of {@link drawNoise}
 */
export function finished(finish: Finish, update: Float64Array, noise: Finished): Finished {
  if ('own' in finish) return wholeUpdate(update, finish.own).map((k, i) => k + (noise[i] as number))
  const whole = wholeUpdate(update, finish.steps)
  const { share } = finish
  const input = share.bits === 32 ? Int32Array.from(whole) : BigInt64Array.from(whole, BigInt)
  return addOwnNoise(share, input, noise as Vector)
}

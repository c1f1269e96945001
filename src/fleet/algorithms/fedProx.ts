// FedProx: FedAvg whose nodes are pulled back to where a round began, so that nodes with other rows drift less.
// Source: Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith 2020, algorithm 2: each minimises F_k(w) + μ/2 ‖w − w_t‖².
// It promises less drift, not none: its fixed point, too, lies beside the optimum.

import { FrostglassError } from '../../errors.ts'
import type { Algorithm } from './algorithm.ts'
import { type FedAvgOptions, fedAvg } from './fedAvg.ts'

export interface FedProxOptions extends FedAvgOptions {
  /** μ ≥ 0; 0 is FedAvg. The paper tries 0.001 to 1. */
  readonly mu: number
}

/**
 * FedProx. How many passes a node takes is its inexactness (γ of the paper).
 * @throws FrostglassError 'usage' for a μ below 0
 */
export function fedProx(options: FedProxOptions): Algorithm<Float64Array> {
  const { mu } = options
  if (!(mu >= 0 && Number.isFinite(mu)))
    throw new FrostglassError('usage', `μ of FedProx is 0 or more, not ${mu}`, 'Take 0.01, say.')
  const average = fedAvg(options)
  return Object.freeze({
    ...average,
    name: 'FedProx',
    instruct(weights: Float64Array, round: number) {
      const instruction = average.instruct(weights, round)
      return { ...instruction, settings: { ...instruction.settings, proximal: mu } }
    },
  })
}

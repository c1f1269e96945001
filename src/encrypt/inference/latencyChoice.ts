// The plan of a network whose weights are at hand: its bound, the scale at which its answers have the least noise, and that noise.
// Source: bounds.ts, latencyNoise.ts. What is too large, too small or too noisy is refused here, in words.
// The noise is that of images made to have large answers: PROOF.md, section 3, has what margin is left and what was measured.

import { FrostglassError } from '../../errors.ts'
import { rangeOf } from './bounds.ts'
import { extremeImages } from './latencyExtremes.ts'
import { type Factors, largestNoise, noiseTerms, quietFactors, withFactors } from './latencyNoise.ts'
import { leastPrecision, mostPrecision } from './latencyParameters.ts'
import { errorOfNoise, type LatencyPlan, mostNoise, planLatency, requireLayers } from './latencyPlan.ts'
import { answerPlainly, type PolynomialNetwork } from './network.ts'

/** How many times the computation's noise the service's is, at least. */
const drowning = 4

/** The largest answer that was found is at least so many times the error that is allowed. */
const leastAnswers = 16

/** A network made ready for one image at a time. */
export interface LatencyNetwork {
  readonly plan: LatencyPlan
  /** The same network, with numbers between its layers larger or smaller by powers of two: such as have the least noise. */
  readonly quiet: PolynomialNetwork
}

/**
 * Plans a network that one has.
 * @throws FrostglassError `unsupported` as {@link planLatency}, for a layer whose weights are all 0, and for answers that noise would drown
 */
export function compileLatency(network: PolynomialNetwork): LatencyNetwork {
  // Bounds are of these layers alone, and take longer than to refuse others.
  requireLayers(network)
  network.layers.forEach((layer, l) => {
    if (layer.kind !== 'square' && layer.weights.every((w) => w === 0))
      throw refused(
        `the weights of layer ${l + 1} are all 0`,
        'Take another network: the answers of this one are known without any image.',
      )
  })
  const range = rangeOf(network)
  const planned = (precision: number) =>
    planLatency(network, { precision, range, noise: 4 * (range - mostNoise) })
  const noiseToAnswer = drowning * errorOfNoise * leastAnswers
  // What has no room at the smallest scale is refused before anything takes long.
  let plan = planned(leastPrecision)
  const images = extremeImages(network)
  const largest = images.reduce(
    (most, image) =>
      answerPlainly(network, image).answers.reduce((largest, v) => Math.max(largest, Math.abs(v)), most),
    0,
  )
  let best: { readonly plan: LatencyPlan; readonly noise: number; readonly factors: Factors } | undefined
  let terms = noiseTerms(network, plan, images)
  for (let precision = leastPrecision; precision <= mostPrecision; precision++) {
    try {
      plan = planned(precision)
    } catch (error) {
      // A scale too large for this network, where a smaller one was not.
      if (error instanceof FrostglassError) break
      throw error
    }
    if (best && plan.slots !== best.plan.slots) {
      // A larger ring takes twice the time and more: only where the smaller one's noise is too much.
      if (best.noise * noiseToAnswer <= largest) break
      terms = noiseTerms(network, plan, images)
    }
    const factors = quietFactors(network, terms, plan)
    const noise = largestNoise(terms, plan, factors)
    if (!best || noise < best.noise) best = { plan, noise, factors }
  }
  const { plan: quietest, noise, factors } = best!
  const bits = Math.ceil(4 * Math.log2(drowning * noise))
  if (!(noise * noiseToAnswer <= largest))
    throw refused(
      `answers of ±${largest.toPrecision(2)} would come with noise of ${noise.toPrecision(2)}`,
      'Scale the weights so that the numbers after each layer are some units large.',
    )
  return {
    plan: planLatency(network, { precision: quietest.parameters.precision, range, noise: bits }),
    quiet: withFactors(network, factors),
  }
}

const refused = (what: string, hint: string) =>
  new FrostglassError('unsupported', `one image at a time: ${what}`, hint)

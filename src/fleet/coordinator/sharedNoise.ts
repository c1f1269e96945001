// Noise as shares: what a coordinator states that every node adds, and what a node holds such a statement to before it pays.
// Source: Kairouz, Liu and Steinke 2021; ../secure/PROOF.md, lemma 9 (the price of the sum), theorem 1 (that nothing else is seen).
// The sum is private. A single update is not: that nobody sees one rests on the protocol, and on the count of honest nodes.

import { FrostglassError } from '../../errors.ts'
import type { Spend } from '../../private/ledger/spend.ts'
import { exponentOf } from '../../private/mechanisms/exponent.ts'
import { exactly, product } from '../../private/mechanisms/rational.ts'
import { requireClip } from '../../private/training/clipping.ts'
import { requireMultiplier } from '../privacy/updateNoise.ts'
import type { SecureSetup } from '../secure/contract.ts'
import { reachOf } from '../secure/setup.ts'
import { honestSurvivors, noiseShare, sumPrice } from '../secure/sumPrice.ts'
import { gridFor, type SumTerms, usualPrivacy } from './secureTerms.ts'

/** Noise of a sum, as an operator states it. */
export interface StatedNoise {
  /** z: the sum's σ over the length, if no more than the stated number of honest nodes add their share. 2^-4 to 2^18. */
  readonly multiplier: number
  /** C: the most that an update counts for, in the L2 norm. 2^-20 to 2^20. */
  readonly clip: number
}

/** What a node's owner accepts. */
export interface AcceptedShares {
  /** h: honest nodes that are to be sure in every sum, this one among them; what is paid is for so many, and not for more. */
  readonly honest: number
  /** The most that an update may count for. */
  readonly clip: number
}

/** Bits of the length at most: K ≤ 2^25, as `wholeUpdate` counts. And at least, so that something of an update is left. */
const [mostBits, leastBits] = [24, 8]

/**
 * Terms and a setup with noise in them: on the finest grid on which the sum of all nodes stays within the modulus.
 * @param setup but for its range, and without noise
 * @throws FrostglassError 'usage' for numbers outside their ranges, and where no grid holds such a sum
 */
export function withNoise(
  terms: SumTerms,
  setup: SecureSetup,
  { multiplier, clip }: StatedNoise,
): { readonly terms: SumTerms; readonly setup: SecureSetup } {
  requireClip(clip)
  requireMultiplier(multiplier)
  const nodes = setup.population.length
  for (let bits = mostBits; bits >= leastBits; bits--) {
    const exponent = exponentOf(clip) - bits
    const deviation = multiplier * clip * 2 ** -exponent
    const noise = noiseShare(product(exactly(deviation), exactly(deviation)), setup)
    const stated: SumTerms = { ...terms, limit: clip, noised: { clip, exponent } }
    const noisy = { ...setup, noise, range: gridFor(stated, nodes, setup.bits).levels }
    if (reachOf(noisy, nodes) < 1n << BigInt(setup.bits - 1)) return { terms: stated, setup: noisy }
  }
  throw new FrostglassError(
    'usage',
    `sums of ${nodes} nodes with noise of ${multiplier} times their length do not fit ${setup.bits} bits`,
    'Take less noise, or fewer nodes.',
  )
}

/** What one round gives away of a node's table, any other being in its place: two updates lie 2K apart at most. */
export function lossesOf(setup: SecureSetup, honest: number): readonly Spend[] {
  const { rho } = sumPrice(setup, exactly(2n * setup.range), honest)
  return [{ kind: 'concentrated', rho: rho! }, graphFails(setup.privacy)]
}

/** That the round's graph hides nothing, which happens with a chance of 2^−privacy at most, whatever the counts are. */
export const graphFails = (privacy: number): Spend => ({ kind: 'priced', epsilon: 0, delta: 2 ** -privacy })

/**
 * Holds a round to what the node's owner accepts.
 * @returns what the round costs, at the honest nodes that the owner counts on
 * @throws FrostglassError 'policy' naming what is less, 'usage' for noise whose price is not proved
 */
export function acceptedLosses(
  { terms, setup }: { readonly terms: SumTerms; readonly setup: SecureSetup },
  { honest, clip }: AcceptedShares,
): readonly Spend[] {
  if (!terms.noised || !setup.noise)
    throw unaccepted('its nodes add no noise, so that the sum is not private')
  const sure = honestSurvivors(setup)
  if (sure < honest)
    throw unaccepted(`${sure} honest nodes are sure to be in a sum, and ${honest} are counted on`)
  if (terms.noised.clip > clip)
    throw unaccepted(`an update may be as long as ${terms.noised.clip}, and ${clip} is accepted`)
  if (setup.privacy < usualPrivacy)
    throw unaccepted(
      `its graph may hide nothing with a chance of 2^-${setup.privacy}, and 2^-${usualPrivacy} is accepted`,
    )
  return lossesOf(setup, honest)
}

/** A round that this node's owner does not accept. */
export const unaccepted = (why: string): FrostglassError =>
  new FrostglassError(
    'policy',
    `the coordinator’s terms are not those that this node’s owner accepts: ${why}`,
    'Agree on terms with whoever runs the coordinator.',
  )

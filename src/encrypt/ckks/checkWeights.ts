// The owner's look at what a training service sent back: one decision, after everything has been computed.
// Source: TRAINING-PROOF.md. Whatever a service sends, the decision is one bit, and one wording: nothing else leaves.
// Its time does not depend on which number is off; how long SEAL takes to refuse what it cannot read is public already.

import { FrostglassError } from '../../errors.ts'
import { ciphertextBytes } from '../seal/parameters.ts'
import { periodic } from './diagonals.ts'
import { mostWeight } from './dryRun.ts'
import type { ModelPlan } from './modelPlan.ts'
import type { CkksOwner } from './owner.ts'
import { type Expected, repeatTolerance } from './trainingNoise.ts'

/** What stood every check. */
export interface Checked {
  readonly weights: Float64Array[]
  /** Of what came. */
  readonly bytes: number
  /** Largest difference to what the steps give in the plain; of slots that must be equal, where nobody knows that. */
  readonly difference: number
  /** The same as a share of the tolerance, at most 1. */
  readonly share: number
}

/** Weights of features repeat through the slots; those of the output stand in all of them. */
export const inSlots = ({ diagonals, features }: ModelPlan, weights: ArrayLike<number>): Float64Array =>
  weights.length === features
    ? periodic(diagonals, weights)
    : new Float64Array(diagonals.slots).fill(weights[0]!)

/** The one refusal. @param rows whether the owner has them, and so took the steps before */
export const notTheSteps = (rows: boolean): FrostglassError =>
  new FrostglassError(
    'input',
    'what came back is not what the steps give',
    rows
      ? 'Start anew: the training process is at fault, or lies; its keys are not used again, and nothing of it is kept.'
      : 'Start anew: the process is at fault, or lies, or its rows want a lower learning rate; its keys are not used again.',
  )

/**
 * Reads the answer to a request for steps.
 * @param lengths numbers that each of the weights has
 * @param expected the same steps in the plain; null where the owner has no rows
 * @returns null for anything else than those steps: another form, other weights, other slots, damage
 */
export function checkedWeights(
  owner: CkksOwner,
  plan: ModelPlan,
  answer: unknown,
  lengths: readonly number[],
  expected: Expected | null,
): Checked | null {
  const parts = partsOf(plan, answer, lengths.length)
  if (!parts) return null
  const repeat = expected ? 0 : repeatTolerance(plan)
  let [difference, share, largest] = [0, 0, 0]
  // Every one is read and compared in full, also behind one that failed.
  const weights = parts.map((bytes, i) => {
    const slots = slotsOf(owner, bytes)
    const length = lengths[i]!
    const padded = slots.slice(0, length)
    const wanted = inSlots(plan, expected ? expected.weights[i]! : padded)
    const tolerance = expected
      ? spread(plan, expected.tolerance[i]!)
      : new Float64Array(slots.length).fill(repeat)
    for (let slot = 0; slot < slots.length; slot++) {
      const value = slots[slot]!
      const off = Math.abs(value - wanted[slot]!)
      difference = Math.max(difference, off)
      share = Math.max(share, off / tolerance[slot]!)
      largest = Math.max(largest, Math.abs(value))
    }
    return padded
  })
  const bytes = parts.reduce((sum, one) => sum + one.byteLength, 0)
  // NaN, which Math.max keeps, is not within it either.
  return share <= 1 && largest <= mostWeight ? { weights, bytes, difference, share } : null
}

/** Tolerances as weights lie in slots; columns that pad have the largest of the others. */
function spread(plan: ModelPlan, weights: Float64Array): Float64Array {
  const largest = weights.reduce((a, b) => Math.max(a, b), 0)
  return inSlots(plan, weights).map((v) => v || largest)
}

/** All slots, or NaN in each of them for what cannot be decrypted, whyever. */
function slotsOf(owner: CkksOwner, bytes: Uint8Array): Float64Array {
  try {
    return owner.decryptAny(bytes)
  } catch {
    return new Float64Array(owner.slots).fill(Number.NaN)
  }
}

/** No ciphertext of an answer is larger than a fresh one could be. */
const mostCiphertextBytes = ({ parameters }: ModelPlan): number => 1.1 * ciphertextBytes(parameters) + 4096

/** Bytes of an answer, at most. */
export const mostAnswerBytes = (plan: ModelPlan): number =>
  mostCiphertextBytes(plan) * (plan.model === 'logistic' ? 1 : 2 * plan.units)

/** The ciphertexts of an answer whose form is right; no one is larger than a fresh one could be. */
function partsOf(plan: ModelPlan, answer: unknown, count: number): readonly Uint8Array[] | null {
  const { kind, weights } = (answer ?? {}) as { readonly kind?: unknown; readonly weights?: unknown }
  if (kind !== 'weights' || !Array.isArray(weights) || weights.length !== count) return null
  const most = mostCiphertextBytes(plan)
  // By index: an array may have holes.
  const parts = Array.from({ length: count }, (_, i): unknown => weights[i])
  const good = (one: unknown): one is Uint8Array => one instanceof Uint8Array && one.byteLength <= most
  return parts.every(good) ? parts.map(plainBytes) : null
}

/** A Buffer's parts are Buffers, whose methods SEAL's interface does not take. */
const plainBytes = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

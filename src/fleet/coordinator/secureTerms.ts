// What a secure round is run on: the setup that all parties are bound to, and how contributions become whole numbers and back.
// Source: Bonawitz et al. 2017; ../secure has the protocol. Numbers are clipped one by one and rounded to a grid; where nodes add noise,
// all of them together are held to a length in whole steps (../privacy/updateNoise.ts), which is what the noise is priced by.
// A node may lie about its own numbers, within the range: nobody sees them, so nobody can tell.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { exactJson, requireShape } from '../../json.ts'
import type { Contribution, Vectors } from '../algorithms/algorithm.ts'
import { wholeUpdate } from '../privacy/updateNoise.ts'
import type { SecureSetup, Vector } from '../secure/contract.ts'
import { dequantise, type Grid, gridOf, quantise } from '../secure/quantise.ts'
import { decodeSetup, encodeSetup } from '../secure/setup.ts'
import type { Told } from './aggregation.ts'
import { openParcel, packParcel } from './parcel.ts'

/** How contributions become whole numbers. */
export interface SumTerms {
  /** Names of a contribution's vectors, one behind the other. */
  readonly vectors: readonly string[]
  /** Numbers of each. */
  readonly size: number
  /** Numbers are clipped to ±limit. */
  readonly limit: number
  /** Examples that a node counts for at most; null where all nodes count alike, whatever their examples. */
  readonly mostExamples: number | null
  /** Where nodes add noise: all numbers of a node are no longer than `clip` in the L2 norm, in steps of 2^exponent. */
  readonly noised: { readonly clip: number; readonly exponent: number } | null
}

/** Chance that a round's graph hides nothing, as −log2: what coordinators of ours state, and the most that their nodes accept. */
export const usualPrivacy = 40

/** Numbers that are summed: the vectors', and behind them the node's weight where nodes count by their examples. */
export const sumLength = ({ vectors, size, mostExamples }: SumTerms): number =>
  vectors.length * size + (mostExamples === null ? 0 : 1)

/** The terms' own grid, where nodes add noise; else the finest on which numbers of so many nodes cannot come to half of the modulus. */
export const gridFor = ({ limit, noised }: SumTerms, nodes: number, bits: 32 | 64): Grid => {
  if (noised) {
    const step = 2 ** noised.exponent
    return { step, levels: BigInt(Math.floor(noised.clip / step)) }
  }
  const most = ((1n << BigInt(bits - 1)) - 1n) / BigInt(nodes)
  const largest = 1n << 52n
  return gridOf(limit, most < largest ? most : largest)
}

/** The session of a fleet: 32 bytes. */
export const sessionOf = (fleet: string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(`frostglass fleet session 1\n${fleet}`).digest())

/**
 * A contribution as whole numbers: each vector times the node's weight, and the weight where it counts.
 * @throws FrostglassError 'shape' for other vectors, 'input' for numbers that are not finite
 */
export function numbersOf(
  { vectors, examples }: Contribution,
  terms: SumTerms,
  grid: Grid,
  bits: 32 | 64,
): Vector {
  const { size, limit, mostExamples, noised } = terms
  const names = Object.keys(vectors)
  const isSame = names.join('\n') === terms.vectors.join('\n')
  if (!isSame || names.some((name) => vectors[name]!.length !== size))
    throw new FrostglassError(
      'shape',
      `the contribution has the vectors [${names.join(', ')}], and [${terms.vectors.join(', ')}] of ${size} numbers are asked for`,
      'Take the algorithm that the server takes.',
    )
  if (!(examples >= 1))
    throw new FrostglassError('input', `the contribution is of ${examples} examples`, 'Take more rows.')
  const weight = mostExamples === null ? 1 : Math.min(1, examples / mostExamples)
  const all = new Float64Array(sumLength(terms))
  for (const [i, name] of names.entries()) all.set(vectors[name]!, i * size)
  // Whatever the numbers are, none among them included, this has an answer: no error tells of rows.
  if (noised) {
    const whole = wholeUpdate(all, { exponent: noised.exponent, most: Number(grid.levels) })
    return bits === 32 ? Int32Array.from(whole) : BigInt64Array.from(whole, BigInt)
  }
  // Clipped before the weight counts: what is beyond the limit is beyond it for every node alike.
  for (let i = 0; i < all.length; i++) all[i] = weight * clipped(all[i]!, limit)
  if (mostExamples !== null) all[all.length - 1] = weight * limit
  return quantise(all, grid, bits, 'stochastic')
}

// NaN stays: the grid has no place for it, and says so.
const clipped = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value))

/** The weighted mean of what was summed, as one contribution. @throws FrostglassError 'input' where the weights come to nothing */
export function meanOf(sum: Vector, nodes: number, terms: SumTerms, grid: Grid): Contribution {
  const all = dequantise(sum, grid)
  const { size, limit, mostExamples } = terms
  const whole = mostExamples === null ? nodes : all[all.length - 1]! / limit
  // Rounding takes a weight of 1 beyond it by less than a step.
  const most = (nodes * Number(grid.levels) * grid.step) / limit
  // Every node counts for an example, less a step where it was rounded down.
  const least = nodes * (mostExamples === null ? 1 : Math.min(1, 1 / mostExamples) - grid.step / limit)
  if (mostExamples !== null && !(whole > 0 && whole >= least && whole <= most))
    throw new FrostglassError('input', `the weights of ${nodes} nodes come to ${whole}`, 'Run another round.')
  // Whoever lies about its weight makes the whole small. All honest means lie within the limit: what is beyond it is not one.
  const mean = (value: number) => (mostExamples === null ? value / whole : clipped(value / whole, limit))
  const vectors: Vectors = Object.fromEntries(
    terms.vectors.map((name, i) => [name, all.slice(i * size, (i + 1) * size).map(mean)]),
  )
  return { vectors, examples: mostExamples === null ? nodes : whole * mostExamples, metrics: {} }
}

const termsSchema = z.strictObject({
  vectors: z.array(z.string().min(1).max(100)).min(1).max(16),
  size: z.int().min(1),
  limit: z.number().gt(0),
  mostExamples: z.number().gt(0).nullable(),
  noised: z
    .strictObject({
      clip: z
        .number()
        .min(2 ** -20)
        .max(2 ** 20),
      exponent: z.int().min(-60).max(20),
    })
    .refine(({ clip, exponent }) => clip >= 2 ** exponent && clip <= 2 ** (exponent + 25), {
      message: 'the length is not 1 to 2^25 steps',
    })
    .nullable(),
})

/** What a node is sent first. */
export interface SecureOffer {
  readonly terms: SumTerms
  readonly setup: SecureSetup
  readonly instruction: Uint8Array
}

export const packOffer = ({ terms, setup, instruction }: SecureOffer): Uint8Array =>
  packParcel({ about: { ...terms }, blocks: [encodeSetup(setup), instruction] })

/** @throws FrostglassError 'input', 'unsupported', 'usage' for a setup out of its ranges */
export function readOffer(bytes: Uint8Array): SecureOffer {
  const from = 'the terms of the round'
  const { about, blocks } = openParcel(bytes, from)
  const terms = requireShape(about, termsSchema, from, {
    hint: 'Use one version of frostglass for the server and its nodes.',
  })
  const [setup, instruction] = blocks
  if (!setup || !instruction || blocks.length !== 2)
    throw new FrostglassError('input', `${from} are not whole`, 'Look at the server’s version.')
  return { terms, setup: decodeSetup(setup), instruction }
}

const textOf = ({ vectors, size, limit, mostExamples, noised }: SumTerms) => [
  vectors,
  size,
  limit,
  mostExamples,
  noised?.clip ?? null,
  noised?.exponent ?? null,
]

/**
 * What a round is for, as 32 bytes that every signature and key of it is bound to: the terms, the instruction with its weights, and what
 * nodes are told beside it, all of it as texts that no other values have. Without it a server would read one update by asking all others for nothing (Pasquini et al. 2022).
 * @throws FrostglassError 'input' for settings that JSON does not tell as they are
 */
export function purposeOf(
  terms: SumTerms,
  instruction: Uint8Array,
  { settings, program, seconds }: Told,
): Uint8Array {
  // JSON has no line's end in it: the two parts cannot be taken for others.
  const said = ['frostglass round purpose 2', ...textOf(terms), settings, program, seconds]
  const text = exactJson(said, 'what nodes are told')
  return new Uint8Array(createHash('sha256').update(`${text}\n`).update(instruction).digest())
}

/** What stays the same in all rounds of a fleet, as a digest: whoever they are summed with, and how. */
export function digestOfTerms({ terms, setup }: SecureOffer): string {
  const fixed = encodeSetup({ ...setup, round: 0, purpose: new Uint8Array(32) })
  return createHash('sha256')
    .update(exactJson(textOf(terms), 'the terms of the round'))
    .update(fixed)
    .digest('base64url')
}

// The plan of an encrypted logistic regression, made before anything runs: parameters, keys, bytes, time.
// Source: Kim et al. 2018 (a polynomial for the sigmoid); Halevi and Shoup 2018 (rotations); levels counted from
// logisticStep.ts. Times are from operations measured on one core of a small server; they say an order, no more.

import {
  ciphertextBytes,
  ckksParameters,
  type HeParameters,
  levelsOf,
  modulusBits,
  slotsOf,
} from '../seal/parameters.ts'
import { fitSigmoid } from '../sigmoidPolynomial.ts'
import { type DiagonalPlan, diagonalPlan, rotationsOf } from './diagonals.ts'

/** What both sides know. JSON. */
export interface LogisticPlan {
  readonly parameters: HeParameters
  readonly diagonals: DiagonalPlan
  /** Columns of the data, a constant among them if there is to be one. */
  readonly features: number
  readonly rows: number
  /** Blocks of rows, one ciphertext of answers each; a step learns from one. */
  readonly blocks: number
  /** Steps that are done before the owner decrypts the weights and encrypts them anew. */
  readonly stepsPerRefresh: number
  readonly learningRate: number
  /** ½ + linear z + cubic z³, nearest to the sigmoid on ± reach. */
  readonly sigmoid: {
    readonly reach: number
    readonly linear: number
    readonly cubic: number
    readonly error: number
  }
  /** Whether the data is encrypted, too. */
  readonly encryptedData: boolean
}

/** Levels of a step: rows · weights, z², its cubic, and columns · errors. */
export const levelsOfStep = 4

export interface LogisticPlanOptions {
  readonly rows: number
  readonly features: number
  readonly learningRate: number
  /** Range of z on which the polynomial is fitted. Default 8. */
  readonly reach?: number
  /** Default 1: the smallest degree, and a round trip a step. */
  readonly stepsPerRefresh?: number
  readonly encryptedData?: boolean
}

/**
 * Plans a training.
 * @throws FrostglassError `usage` when no parameters of 128 bits have room for the steps; RangeError for rows or
 * features below 1
 * @example planLogistic({ rows: 20_000, features: 256, learningRate: 80 }).parameters.degree // 8192
 */
export function planLogistic(options: LogisticPlanOptions): LogisticPlan {
  const { rows, features, learningRate, reach = 8, stepsPerRefresh = 1, encryptedData = false } = options
  if (!(rows >= 1 && features >= 1)) throw new RangeError(`no data: ${rows} rows, ${features} features`)
  const parameters = ckksParameters(levelsOfStep * stepsPerRefresh, 30)
  const slots = slotsOf(parameters)
  const { terms, error } = fitSigmoid(3, reach)
  return {
    parameters,
    diagonals: diagonalPlan(features, slots),
    features,
    rows,
    blocks: Math.ceil(rows / slots),
    stepsPerRefresh,
    learningRate,
    sigmoid: { reach, linear: terms[0]!.coefficient, cubic: terms[1]!.coefficient, error },
    encryptedData,
  }
}

/** What a plan costs. */
export interface LogisticCost {
  readonly levels: number
  readonly modulusBits: number
  /** Bytes of rotation and relinearisation keys, once; with a seed for half of them. */
  readonly keyBytes: number
  /** Bytes of encrypted data, once. */
  readonly dataBytes: number
  /** Bytes of a refresh: the weights to the service and back. */
  readonly refreshBytes: number
  /** Seconds a step on one core, about. */
  readonly secondsPerStep: number
}

/** Measured: milliseconds of a key switch at degree 8192 for each pair of primes, and of other operations a prime. */
const keySwitchMs = 0.5
const timesMs = 0.25

/** Counts and estimates. */
export function costOf(plan: LogisticPlan): LogisticCost {
  const { parameters, diagonals, stepsPerRefresh, encryptedData, blocks } = plan
  const { degree, primes } = parameters
  const { columns, baby } = diagonals
  const rotations = rotationsOf(diagonals).length
  const size = degree / 8192
  const switches = (level: number) => keySwitchMs * size * (level + 1) * (level + 2)
  const times = (level: number) => timesMs * size * (level + 1) * (encryptedData ? 2 : 1)
  const giants = columns / baby
  const step = (top: number) =>
    baby * switches(top) +
    giants * switches(top - 1) +
    2 * switches(top - 2) +
    baby * switches(top - 3) +
    (giants + Math.log2(diagonals.slots / columns)) * switches(top - 4) +
    columns * (times(top) + times(top - 3))
  const tops = Array.from({ length: stepsPerRefresh }, (_, i) => levelsOf(parameters) - levelsOfStep * i)
  const oneKey = ((primes.length - 1) * primes.length * degree * 8 * 2) / 2
  const fresh = ciphertextBytes(parameters) / 2
  return {
    levels: levelsOf(parameters),
    modulusBits: modulusBits(parameters),
    keyBytes: (rotations + 1) * oneKey,
    dataBytes: encryptedData ? blocks * columns * (fresh + fresh / 2) : 0,
    refreshBytes: fresh + 2 * degree * 8,
    secondsPerStep: tops.reduce((sum, top) => sum + step(top), 0) / tops.length / 1000,
  }
}

/** The plan in words, for the terminal. */
export function logisticPlanText(plan: LogisticPlan, steps: number): string {
  const { parameters, diagonals, sigmoid, stepsPerRefresh } = plan
  const cost = costOf(plan)
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  const refreshes = Math.ceil(steps / stepsPerRefresh)
  return [
    `CKKS, degree ${parameters.degree}, modulus of ${cost.modulusBits} bits (primes of ${parameters.primes.join(', ')}), scale 2^${parameters.precision}: 128 bits of security`,
    `${cost.levels} levels: ${levelsOfStep} a step, ${stepsPerRefresh === 1 ? 'a step' : `${stepsPerRefresh} steps`} between refreshes`,
    `sigmoid: ½ + ${sigmoid.linear.toPrecision(4)} z − ${(-sigmoid.cubic).toPrecision(4)} z³, within ${sigmoid.error.toFixed(3)} for |z| ≤ ${sigmoid.reach}`,
    `${plan.rows.toLocaleString('en')} rows in ${plan.blocks} block${plan.blocks === 1 ? '' : 's'} of ${diagonals.slots}, ${plan.features} features as ${diagonals.columns} diagonals, ${rotationsOf(diagonals).length} rotations`,
    `to the service once: keys of about ${megabytes(cost.keyBytes)}${plan.encryptedData ? `, data of about ${megabytes(cost.dataBytes)}` : ''}`,
    `${steps} steps with ${refreshes} round trip${refreshes === 1 ? '' : 's'} of about ${megabytes(cost.refreshBytes)}; about ${(steps * cost.secondsPerStep).toFixed(0)} s on one core`,
  ].join('\n')
}

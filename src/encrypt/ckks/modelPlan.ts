// The plan of an encrypted training, made before anything runs: parameters, keys, bytes, time.
// Source: Kim et al. 2018 (a polynomial for the sigmoid); Halevi and Shoup 2018 (rotations); levels counted from
// logisticStep.ts and networkStep.ts. Times are from operations measured on one core of a small server; they say an order, no more.

import { FrostglassError } from '../../errors.ts'
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

/** What both sides know of any model. */
interface Plan {
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
  /** Whether the data is encrypted, too. */
  readonly encryptedData: boolean
}

/** Logistic regression. JSON. */
export interface LogisticPlan extends Plan {
  readonly model: 'logistic'
  /** ½ + linear z + cubic z³, nearest to the sigmoid on ± reach. */
  readonly sigmoid: {
    readonly reach: number
    readonly linear: number
    readonly cubic: number
    readonly error: number
  }
}

/** A hidden layer whose units answer h² + linear h, and a sum of them; squared error to −1 and 1. JSON. */
export interface NetworkPlan extends Plan {
  readonly model: 'network'
  readonly units: number
  readonly linear: number
}

/** What both sides know. */
export type ModelPlan = LogisticPlan | NetworkPlan

/**
 * Levels of a step. Logistic: rows · weights, z², its cubic, columns · errors. Network: rows · weights, the square, the
 * sum, its error times the slopes, columns · those.
 */
export const levelsOfStep = { logistic: 4, network: 5 } as const

interface PlanOptions {
  readonly rows: number
  readonly features: number
  readonly learningRate: number
  /** Default 1: the smallest degree, and a round trip a step. */
  readonly stepsPerRefresh?: number | undefined
}

/** Options of {@link planLogistic}. */
export interface LogisticPlanOptions extends PlanOptions {
  /** Range of z on which the polynomial is fitted. Default 8. */
  readonly reach?: number | undefined
  readonly encryptedData?: boolean | undefined
}

/** Options of {@link planNetwork}. */
export interface NetworkPlanOptions extends PlanOptions {
  /** Hidden units. Default 4. */
  readonly units?: number | undefined
  /** Slope of a unit at 0. Default 1. */
  readonly linear?: number | undefined
}

/**
 * Plans logistic regression.
 * @throws FrostglassError `usage` when no parameters of 128 bits have room for the steps, or WebAssembly for the keys and
 * rows, for more features than a ciphertext holds, and for encrypted rows with more than one step between refreshes;
 * RangeError for rows or features below 1
 * @example planLogistic({ rows: 20_000, features: 256, learningRate: 80 }).parameters.degree // 8192
 */
export function planLogistic(options: LogisticPlanOptions): LogisticPlan {
  const { reach = 8, encryptedData = false, stepsPerRefresh = 1 } = options
  if (encryptedData && stepsPerRefresh > 1)
    throw new FrostglassError(
      'usage',
      'encrypted rows serve one step between refreshes',
      `Take ${levelsOfStep.logistic} levels, or rows in the plain.`,
    )
  const { terms, error } = fitSigmoid(3, reach)
  return requireMemory({
    model: 'logistic',
    ...planOf(options, ckksParameters(levelsOfStep.logistic * stepsPerRefresh, 30)),
    sigmoid: { reach, linear: terms[0]!.coefficient, cubic: terms[1]!.coefficient, error },
    encryptedData,
  })
}

/**
 * Plans a network of one hidden layer, on rows in the plain.
 * @throws as {@link planLogistic}
 * @example planNetwork({ rows: 242, features: 14, learningRate: 0.1 }).parameters.degree // 8192
 */
export function planNetwork(options: NetworkPlanOptions): NetworkPlan {
  const { units = 4, linear = 1 } = options
  if (!Number.isInteger(units) || units < 1) throw new RangeError(`units must be 1 or more, not ${units}`)
  return requireMemory({
    model: 'network',
    // At 26 bits five levels have room at degree 8192.
    ...planOf(options, ckksParameters(levelsOfStep.network * (options.stepsPerRefresh ?? 1), 26)),
    units,
    linear,
    encryptedData: false,
  })
}

function planOf(
  { rows, features, learningRate, stepsPerRefresh = 1 }: PlanOptions,
  parameters: HeParameters,
): Omit<Plan, 'encryptedData'> {
  if (!(rows >= 1 && features >= 1)) throw new RangeError(`no data: ${rows} rows, ${features} features`)
  const slots = slotsOf(parameters)
  if (features > slots)
    throw new FrostglassError(
      'usage',
      `${features} features, and a ciphertext holds ${slots} numbers`,
      'Leave such columns out: a category counts as a feature for each of its values.',
    )
  return {
    parameters,
    diagonals: diagonalPlan(features, slots),
    features,
    rows,
    blocks: Math.ceil(rows / slots),
    stepsPerRefresh,
    learningRate,
  }
}

/** WebAssembly has four gigabytes at most, and computing needs room beside keys and rows. */
const mostMemory = 3e9
/** Their owner writes keys by way of several copies: 525 MB were made, 716 MB were not. */
const mostKeyBytes = 5e8

/** @throws FrostglassError `usage` for keys, which stand there twice while they are read, and rows beyond that */
function requireMemory<P extends ModelPlan>(plan: P): P {
  const { memoryBytes, keyBytes } = costOf(plan)
  if (memoryBytes <= mostMemory && keyBytes <= mostKeyBytes) return plan
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1)
  throw new FrostglassError(
    'usage',
    memoryBytes > mostMemory
      ? `keys and rows would take ${gigabytes(memoryBytes)} GB of WebAssembly’s memory, and ${gigabytes(mostMemory)} are there`
      : `keys would have ${gigabytes(keyBytes)} GB, and WebAssembly’s memory has room to make ${gigabytes(mostKeyBytes)}`,
    'Take fewer levels, features (a category counts as one for each of its values) or rows.',
  )
}

/** Levels that some steps between refreshes take. @throws FrostglassError `usage` for levels that are not whole steps */
export function stepsOfLevels(model: ModelPlan['model'], levels: number): number {
  const step = levelsOfStep[model]
  if (Number.isInteger(levels) && levels >= step && levels % step === 0) return levels / step
  throw new FrostglassError(
    'usage',
    `${levels} levels are no whole steps: a step of ${model === 'logistic' ? 'logistic regression' : 'a network'} takes ${step}`,
    `Take ${step}, or ${2 * step} for two steps between refreshes.`,
  )
}

/** What a plan costs. */
export interface ModelCost {
  readonly levels: number
  readonly modulusBits: number
  /** Bytes of rotation and relinearisation keys, once; with a seed for half of them. */
  readonly keyBytes: number
  /** Bytes of encrypted data, once. */
  readonly dataBytes: number
  /** Bytes of WebAssembly's memory that keys, while they are read, and rows take at the service. */
  readonly memoryBytes: number
  /** Bytes of a refresh: all weights to the service and back. */
  readonly refreshBytes: number
  /** Seconds a step on one core, about. */
  readonly secondsPerStep: number
}

/** Measured: milliseconds of a key switch at degree 8192 for each pair of primes, and of other operations a prime. */
const keySwitchMs = 0.5
const timesMs = 0.25

/** Counts and estimates. */
export function costOf(plan: ModelPlan): ModelCost {
  const { parameters, diagonals, stepsPerRefresh, encryptedData, blocks } = plan
  const { degree, primes } = parameters
  const { columns, baby } = diagonals
  const rotations = rotationsOf(diagonals).length
  const size = degree / 8192
  const switches = (level: number) => keySwitchMs * size * (level + 1) * (level + 2)
  const times = (level: number) => timesMs * size * (level + 1) * (encryptedData ? 2 : 1)
  const giants = columns / baby
  const totals = Math.log2(diagonals.slots / columns)
  const levels = levelsOfStep[plan.model]
  const matrices = (top: number) =>
    baby * switches(top) +
    giants * switches(top - 1) +
    baby * switches(top - levels + 1) +
    (giants + totals) * switches(top - levels) +
    columns * (times(top) + times(top - levels + 1))
  const step = (top: number) =>
    plan.model === 'logistic'
      ? matrices(top) + 2 * switches(top - 2)
      : plan.units *
        (matrices(top) + 5 * switches(top - 2) + Math.log2(diagonals.slots) * switches(top - levels))
  const tops = Array.from({ length: stepsPerRefresh }, (_, i) => levelsOf(parameters) - levels * i)
  const vectors = plan.model === 'logistic' ? 1 : 2 * plan.units
  const oneKey = ((primes.length - 1) * primes.length * degree * 8 * 2) / 2
  const fresh = ciphertextBytes(parameters) / 2
  return {
    levels: levelsOf(parameters),
    modulusBits: modulusBits(parameters),
    keyBytes: (rotations + 1) * oneKey,
    memoryBytes:
      2 * (rotations + 1) * 2 * oneKey +
      tops.reduce(
        (sum, top) => sum + blocks * columns * (2 * top - levels + 3) * degree * 8 * (encryptedData ? 2 : 1),
        0,
      ),
    dataBytes: encryptedData ? blocks * columns * (fresh + fresh / 2) : 0,
    refreshBytes: vectors * (fresh + 2 * degree * 8),
    secondsPerStep: tops.reduce((sum, top) => sum + step(top), 0) / tops.length / 1000,
  }
}

/** The plan in words, for the terminal. */
export function planText(plan: ModelPlan, steps: number): string {
  const { parameters, diagonals, stepsPerRefresh } = plan
  const cost = costOf(plan)
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  const refreshes = Math.ceil(steps / stepsPerRefresh)
  return [
    `CKKS, degree ${parameters.degree}, modulus of ${cost.modulusBits} bits (primes of ${parameters.primes.join(', ')}), scale 2^${parameters.precision}: 128 bits of security`,
    `${cost.levels} levels: ${levelsOfStep[plan.model]} a step, ${stepsPerRefresh === 1 ? 'a step' : `${stepsPerRefresh} steps`} between refreshes`,
    modelText(plan),
    `${plan.rows.toLocaleString('en')} rows in ${plan.blocks} block${plan.blocks === 1 ? '' : 's'} of ${diagonals.slots}, ${plan.features} features as ${diagonals.columns} diagonals, ${rotationsOf(diagonals).length} rotations`,
    `to the service once: keys of about ${megabytes(cost.keyBytes)}${plan.encryptedData ? `, data of about ${megabytes(cost.dataBytes)}` : ''}`,
    `${steps} steps with ${refreshes} round trip${refreshes === 1 ? '' : 's'} of about ${megabytes(cost.refreshBytes)}; about ${(steps * cost.secondsPerStep).toFixed(0)} s on one core`,
  ].join('\n')
}

function modelText(plan: ModelPlan): string {
  if (plan.model === 'network') return `${plan.units} hidden units, each h² + ${plan.linear} h; squared error`
  const { linear, cubic, error, reach } = plan.sigmoid
  return `sigmoid: ½ + ${linear.toPrecision(4)} z − ${(-cubic).toPrecision(4)} z³, within ${error.toFixed(3)} for |z| ≤ ${reach}`
}

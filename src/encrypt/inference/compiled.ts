// A network compiled for ciphertexts: its plans, and the card from which the other side makes the same plans by itself.
// Source: latencyPlan.ts, throughputPlan.ts. A card comes from a service that is not trusted: all of it is checked, and
// parameters are derived here, never taken, so that no card can ask for less than 128 bits of security.

import { FrostglassError } from '../../errors.ts'
import { leastPlainBits, mostPlainBits } from '../seal/plainPrimes.ts'
import { fitForTerminal } from '../wordsOfOthers.ts'
import { leastRange } from './bounds.ts'
import { compileLatency } from './latencyChoice.ts'
import { leastPrecision, mostPrecision } from './latencyParameters.ts'
import { type LatencyChoice, type LatencyPlan, planLatency } from './latencyPlan.ts'
import {
  type NetworkShape,
  type PolynomialNetwork,
  requireFinite,
  requireForm,
  windowsOf,
} from './network.ts'
import type { Packing } from './packings.ts'
import type { IntegerNetwork } from './quantise.ts'
import {
  mostModuli,
  quantiseFor,
  type ThroughputChoice,
  type ThroughputPlan,
  throughputPlanOf,
} from './throughputPlan.ts'

/** What a service tells of an encrypted model: shapes and choices, no weight. JSON. */
export interface EncryptedCard {
  readonly format: 'frostglass encrypted model 3'
  readonly shape: NetworkShape
  /** Names of the outputs in their order. */
  readonly classes: readonly string[] | null
  /** Null where the network does not fit this packing. */
  readonly latency: LatencyChoice | null
  readonly throughput: ThroughputChoice | null
}

/** The plans that both sides derive from a card. */
export interface EncryptedPlans {
  readonly latency: LatencyPlan | null
  readonly throughput: ThroughputPlan | null
}

/** What a service holds. */
export interface CompiledNetwork {
  readonly card: EncryptedCard
  readonly plans: EncryptedPlans
  readonly network: PolynomialNetwork
  /** For latency. */
  readonly quiet: PolynomialNetwork | null
  /** For throughput. */
  readonly whole: IntegerNetwork | null
  /** Why a packing is not to be had; null where it is. */
  readonly why: Readonly<Record<Packing, string | null>>
}

const format = 'frostglass encrypted model 3'

/**
 * Compiles a network for both packings, or for the one that it fits.
 * @throws FrostglassError `unsupported` when it fits neither, or is of another order; `input` for weights that are no finite numbers, or
 * of another number than the layers take
 */
export function compileNetwork(
  network: PolynomialNetwork,
  classes: readonly string[] | null = null,
): CompiledNetwork {
  requireForm(network)
  requireFinite(network)
  const shape = shapeOf(network)
  const [latency, noLatency] = planned(() => compileLatency(network))
  const [batch, noBatch] = planned(() => quantiseFor(network))
  if (!latency && !batch)
    throw new FrostglassError(
      'unsupported',
      `the network cannot be computed on ciphertexts: ${noLatency}; thousands at once: ${noBatch}`,
      'Take one with fewer layers and units, and weights and biases of one size.',
    )
  return {
    card: {
      format,
      shape,
      classes,
      latency: latency ? latencyChoiceOf(latency.plan) : null,
      throughput: batch ? choiceOf(batch.plan) : null,
    },
    plans: { latency: latency?.plan ?? null, throughput: batch?.plan ?? null },
    network,
    quiet: latency?.quiet ?? null,
    whole: batch?.whole ?? null,
    why: { latency: noLatency, throughput: noBatch },
  }
}

const latencyChoiceOf = ({ parameters, range, hiding }: LatencyPlan): LatencyChoice => ({
  precision: parameters.precision,
  range,
  noise: Math.round(4 * Math.log2(hiding)),
})

const choiceOf = ({ moduli, levels, scale, bound }: ThroughputPlan): ThroughputChoice => ({
  bits: moduli[0]!.precision,
  moduli: moduli.length,
  levels,
  scale,
  bound,
})

/** A plan, or why there is none. */
function planned<T>(plan: () => T): [T, null] | [null, string] {
  try {
    return [plan(), null]
  } catch (error) {
    if (error instanceof FrostglassError && ['unsupported', 'usage'].includes(error.code))
      return [null, error.message]
    throw error
  }
}

function shapeOf({ input, layers }: PolynomialNetwork): NetworkShape {
  return {
    input: [...input],
    layers: layers.map((layer) => {
      if (layer.kind === 'square') return { kind: 'square' }
      if (layer.kind === 'dense') return { kind: 'dense', outputs: layer.outputs }
      const { filters, kernel, stride, padding } = layer
      return { kind: 'conv', filters, kernel: [...kernel], stride: [...stride], padding: [...padding] }
    }),
  }
}

/** Derives the plans of a card. @throws FrostglassError as the planners do */
export const plansOf = ({ shape, latency, throughput }: EncryptedCard): EncryptedPlans => ({
  latency: latency ? planLatency(shape, latency) : null,
  throughput: throughput ? throughputPlanOf(shape, throughput) : null,
})

/**
 * Checks a card that came from elsewhere.
 * @param from where it came from, for messages
 * @throws FrostglassError `input` for what is none
 */
export function readEncryptedCard(value: unknown, from: string): EncryptedCard {
  const refuse = (what: string): never => {
    throw new FrostglassError(
      'input',
      `${from}: ${what}`,
      'Take the card of a model that frostglass serve --encrypted offers, or the model itself.',
    )
  }
  const whole = (v: unknown, least: number, most: number, what: string): number =>
    Number.isInteger(v) && (v as number) >= least && (v as number) <= most
      ? (v as number)
      : refuse(`${what} is not a whole number from ${least} to ${most}`)
  const list = (v: unknown, what: string): unknown[] => (Array.isArray(v) ? v : refuse(`${what} is no list`))
  const pair = (v: unknown, least: number, what: string): readonly [number, number] => {
    const [a, b] = list(v, what).map((one) => whole(one, least, mostSide, what))
    return a === undefined || b === undefined ? refuse(`${what} has not two numbers`) : [a, b]
  }
  const record = (v: unknown, what: string): Record<string, unknown> =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? (v as Record<string, unknown>)
      : refuse(`${what} is no object`)
  const card = record(value, 'the card')
  if (card['format'] !== format) refuse(`the card is not of the format '${format}'`)
  const shape = record(card['shape'], 'shape')
  const sides = list(shape['input'], 'input').map((v) => whole(v, 1, mostSide, 'a side of the input'))
  if (sides.length !== 3 || sides.reduce((a, b) => a * b, 1) > mostInputs) refuse('the input is too large')
  const input = sides as unknown as NetworkShape['input']
  const layers = list(shape['layers'], 'layers').map((v): NetworkShape['layers'][number] => {
    const layer = record(v, 'a layer')
    if (layer['kind'] === 'square') return { kind: 'square' }
    if (layer['kind'] === 'dense')
      return { kind: 'dense', outputs: whole(layer['outputs'], 1, mostInputs, 'outputs') }
    if (layer['kind'] !== 'conv') return refuse('a layer is of no known kind')
    const conv = {
      kind: 'conv' as const,
      filters: whole(layer['filters'], 1, mostSide, 'filters'),
      kernel: pair(layer['kernel'], 1, 'kernel'),
      stride: pair(layer['stride'], 1, 'stride'),
      padding: pair(layer['padding'], 0, 'padding'),
    }
    if (windowsOf(input, conv).some((n) => n < 1)) refuse('a kernel is larger than the image')
    return conv
  })
  if (layers.length > mostLayers) refuse(`more than ${mostLayers} layers`)
  const classes =
    card['classes'] === null || card['classes'] === undefined
      ? null
      : list(card['classes'], 'classes').map((v) =>
          typeof v === 'string' && v !== '' && v.length <= 200 && fitForTerminal(v) && !formula.test(v)
            ? v
            : refuse('a class has no name, or one of characters that are none, or one that is a formula'),
        )
  const last = layers.at(-1)
  if (classes && last?.kind === 'dense' && classes.length !== last.outputs)
    refuse(`${classes.length} classes for ${last.outputs} outputs`)
  const single = card['latency'] === null ? null : record(card['latency'], 'latency')
  const latency = single && {
    precision: whole(single['precision'], leastPrecision, mostPrecision, 'precision'),
    range: whole(single['range'], leastRange, 50, 'range'),
    noise: whole(single['noise'], 8 * leastRange, 200, 'noise'),
  }
  const refused = latency && planned(() => planLatency({ input, layers }, latency))[1]
  if (refused) refuse(refused)
  let throughput: ThroughputChoice | null = null
  if (card['throughput'] !== null) {
    const choice = record(card['throughput'], 'throughput')
    const scale = choice['scale']
    if (!(typeof scale === 'number' && scale > 0 && Number.isFinite(scale)))
      refuse('scale is no number above 0')
    throughput = {
      bits: whole(choice['bits'], leastPlainBits, mostPlainBits, 'bits'),
      moduli: whole(choice['moduli'], 1, mostModuli, 'moduli'),
      levels: whole(choice['levels'], 1, 255, 'levels'),
      scale: scale as number,
      bound: whole(choice['bound'], 0, mostPlainBits * mostModuli, 'bound'),
    }
    // Moduli that exist, and hold the bound with room for the owner's check.
    const [plan, why] = planned(() => throughputPlanOf({ input, layers }, throughput as ThroughputChoice))
    if (!plan) refuse(why)
  }
  if (!latency && !throughput) refuse('no packing is offered')
  return { format, shape: { input, layers }, classes, latency, throughput }
}

/** What spreadsheets compute when they open a table of answers, whose columns bear these names: signs are of numbers. */
const formula = /^(?:[=@]|[+-](?!(?:\d+\.?\d*|\.\d+)$))/

const mostSide = 4096
const mostInputs = 1 << 20
const mostLayers = 64

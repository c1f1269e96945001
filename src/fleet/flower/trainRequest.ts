// What a server asks of a node in a training message: weights to begin with, settings, and maybe the step itself.
// Source: Flower 1.42, FedAvg: one record of arrays, one of settings; `training-step` is ours, the other names are Flower's usual.
// Nothing of it is trusted, and nothing here looks at a row: what is refused here tells of the message alone.

import { FrostglassError } from '../../errors.ts'
import { type DType, sizeOf } from '../../graph/index.ts'
import { tensor, toFloat64 } from '../../graph/tensor.ts'
import type { Layout } from '../layout.ts'
import type { Arrays, Content } from './content.ts'
import { oneRecord } from './content.ts'
import type { Config } from './records.ts'

/** What is asked. Settings that are undefined are the node's own. */
export interface TrainRequest {
  readonly arrays: Arrays
  /** The name that the server gave its record of arrays: replies have the same. */
  readonly record: string
  readonly round: number | undefined
  /** A training step as a file (stepFile.ts). */
  readonly step: Uint8Array | undefined
  readonly rate: number | undefined
  readonly epochs: number | undefined
  readonly batch: number | undefined
  /** μ of FedProx. */
  readonly proximal: number | undefined
}

/** Numbers of all arrays together. */
export const mostNumbers = 2 ** 24

/** @throws FrostglassError 'input' for what cannot be trained from */
export function readTrainRequest(content: Content): TrainRequest {
  const arrays = oneRecord(content, 'arrays')
  const [record] = [...content].find(([, one]) => 'arrays' in one)!
  let numbers = 0
  for (const [name, { dtype, shape, data }] of arrays) {
    if (dtype !== 'float32' && dtype !== 'float64')
      throw unfit(`the array '${name}' is of ${dtype}, not of float32 or float64`)
    numbers += sizeOf(shape)
    if (!(data as Float64Array).every(Number.isFinite))
      throw unfit(`the array '${name}' holds what is no finite number`)
  }
  if (numbers === 0 || numbers > mostNumbers)
    throw unfit(`its arrays hold ${numbers} numbers, and 1 to ${mostNumbers} were expected`)
  const configs = [...content.values()].flatMap((one) => ('config' in one ? [one.config] : []))
  const config: Config = new Map(configs.flatMap((one) => [...one]))
  const step = config.get('training-step')
  if (step !== undefined && !('bytes' in step)) throw unfit('its training-step is not bytes')
  return {
    arrays,
    record,
    round: whole(config, 'server-round', 0, Number.MAX_SAFE_INTEGER),
    step: step?.bytes,
    rate: within(config, ['rate', 'lr', 'learning-rate'], 1e-12, 1e6),
    epochs: whole(config, 'epochs', 1, 1000) ?? whole(config, 'local-epochs', 1, 1000),
    batch: whole(config, 'batch', 1, 2 ** 20) ?? whole(config, 'batch-size', 1, 2 ** 20),
    proximal: within(config, ['proximal-mu'], 0, 1e6),
  }
}

/** A number by the first of some names that is there. */
function within(config: Config, names: readonly string[], least: number, most: number): number | undefined {
  const name = names.find((one) => config.has(one))
  if (name === undefined) return undefined
  const value = config.get(name)!
  const number = 'double' in value ? value.double : 'integer' in value ? Number(value.integer) : Number.NaN
  if (number >= least && number <= most) return number
  throw unfit(`its setting '${name}' is no number from ${least} to ${most}`)
}

function whole(config: Config, name: string, least: number, most: number): number | undefined {
  const number = within(config, [name], least, most)
  if (number === undefined || Number.isInteger(number)) return number
  throw unfit(`its setting '${name}' is no whole number`)
}

/** Where each slot of a model is among a server's arrays. */
interface Match {
  /** The model's vector of the server's arrays. */
  readonly weights: Float64Array
  /** The server's arrays with a vector's numbers: its names, order and dtypes. */
  arraysOf(weights: Float64Array): Arrays
}

/**
 * Holds a server's arrays against a model: by name where the names are the model's, else by place.
 * @throws FrostglassError 'input' where they are not the model's
 */
export function matchArrays(arrays: Arrays, { slots, size }: Layout): Match {
  const names = [...arrays.keys()]
  const byName = slots.every(({ name }) => arrays.has(name))
  const nameOf = new Map(slots.map(({ name }, i) => [name, byName ? name : names[i]]))
  if (names.length !== slots.length)
    throw unfit(`it has ${names.length} arrays, and the model ${slots.length}`)
  const weights = new Float64Array(size)
  for (const { name, shape, start } of slots) {
    const array = arrays.get(nameOf.get(name)!)!
    if (String(array.shape) !== String(shape))
      throw unfit(`its array '${nameOf.get(name)}' is of [${array.shape}], the model's ${name} of [${shape}]`)
    weights.set(toFloat64(array), start)
  }
  const slotOf = new Map(slots.map((slot) => [nameOf.get(slot.name)!, slot]))
  return {
    weights,
    arraysOf: (numbers) =>
      new Map(
        names.map((name) => {
          const { start, size: count, shape } = slotOf.get(name)!
          return [name, tensor(numbers.slice(start, start + count), shape, arrays.get(name)!.dtype as DType)]
        }),
      ),
  }
}

export const unfit = (why: string): FrostglassError =>
  new FrostglassError(
    'input',
    `a training message: ${why}`,
    'Send the weights of the model that nodes learn, and settings by Flower’s usual names.',
  )

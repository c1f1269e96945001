// Records of a Flower message: named arrays, metrics, and the server's settings.
// Source: Flower 1.42, app/message (records) and common/serde_utils (which number travels as what).
// JavaScript has one kind of number and Python two, and a server averages only equal kinds: so a number says what it is.

import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { FrostglassError } from '../../errors.ts'
import {
  ConfigRecordSchema,
  type ConfigRecordValue,
  type ConfigRecordValueSchema,
  MetricRecordSchema,
  type MetricRecordValue,
  type MetricRecordValueSchema,
} from './flower_pb.js'

/** A value of a metric: `double` Python's float, `integer` its int. */
export type MetricValue =
  | { readonly double: number }
  | { readonly integer: bigint }
  | { readonly doubles: readonly number[] }
  | { readonly integers: readonly bigint[] }

/** A value of a setting. An empty list comes as one of booleans, whatever it was meant to be. */
export type ConfigValue =
  | MetricValue
  | { readonly boolean: boolean }
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly booleans: readonly boolean[] }
  | { readonly texts: readonly string[] }
  | { readonly blobs: readonly Uint8Array[] }

/** Metrics by name, in their order. */
export type Metrics = ReadonlyMap<string, MetricValue>

/** Settings by name, in their order. */
export type Config = ReadonlyMap<string, ConfigValue>

type MetricWire = NonNullable<MessageInitShape<typeof MetricRecordValueSchema>['value']>
type ConfigWire = NonNullable<MessageInitShape<typeof ConfigRecordValueSchema>['value']>

const largestSigned = 2n ** 63n - 1n

/** A number or several as protobuf has it. @throws FrostglassError 'usage' for integers beyond 64 bits */
function numberToWire(value: MetricValue): MetricWire {
  if ('double' in value) return { case: 'double', value: value.double }
  if ('doubles' in value)
    return {
      case: 'doubleList',
      value: { vals: [...value.doubles] },
    }
  const all = 'integer' in value ? [value.integer] : value.integers
  const unsigned = all.some((one) => one > largestSigned)
  const [low, high] = unsigned ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), largestSigned]
  if (all.some((one) => one < low || one > high))
    throw new FrostglassError(
      'usage',
      `integers of 64 bits were expected, got ${all}`,
      'Send a float instead.',
    )
  if ('integer' in value)
    return unsigned ? { case: 'uint64', value: value.integer } : { case: 'sint64', value: value.integer }
  return unsigned
    ? { case: 'uintList', value: { vals: [...all] } }
    : { case: 'sintList', value: { vals: [...all] } }
}

function settingToWire(value: ConfigValue): ConfigWire {
  if ('boolean' in value) return { case: 'bool', value: value.boolean }
  if ('text' in value) return { case: 'string', value: value.text }
  if ('bytes' in value) return { case: 'bytes', value: value.bytes }
  if ('booleans' in value)
    return {
      case: 'boolList',
      value: { vals: [...value.booleans] },
    }
  if ('texts' in value)
    return {
      case: 'stringList',
      value: { vals: [...value.texts] },
    }
  if ('blobs' in value)
    return {
      case: 'bytesList',
      value: { vals: [...value.blobs] },
    }
  return numberToWire(value)
}

/** Metrics as the body of an object. */
export const encodeMetrics = (metrics: Metrics): Uint8Array =>
  toBinary(
    MetricRecordSchema,
    create(MetricRecordSchema, {
      items: [...metrics].map(([key, value]) => ({ key, value: { value: numberToWire(value) } })),
    }),
  )

/** Settings as the body of an object. */
export const encodeConfig = (config: Config): Uint8Array =>
  toBinary(
    ConfigRecordSchema,
    create(ConfigRecordSchema, {
      items: [...config].map(([key, value]) => ({ key, value: { value: settingToWire(value) } })),
    }),
  )

/** @throws FrostglassError 'input' for bytes that are none, a value of no kind, or a name twice */
export const decodeMetrics = (body: Uint8Array): Metrics =>
  named(
    read(() => fromBinary(MetricRecordSchema, body)).items.map(({ key, value }) => [
      key,
      numberFromWire(value?.value ?? none, key),
    ]),
  )

/** @throws FrostglassError 'input' as `decodeMetrics` */
export const decodeConfig = (body: Uint8Array): Config =>
  named(
    read(() => fromBinary(ConfigRecordSchema, body)).items.map(({ key, value }) => [
      key,
      settingFromWire(value?.value ?? none, key),
    ]),
  )

/** Items and values of a record, one by one. */
const mostParts = 2 ** 18

/**
 * Bytes of a record that become small values, each of which takes up to a hundred times as much: all but those of settings that
 * are bytes themselves and stay so (`ConfigRecord.items.value.bytes`).
 * @throws FrostglassError 'input' for bytes that are none, and for very many parts
 */
export function looseBytes(body: Uint8Array): number {
  let parts = 0
  const blobs = (bytes: Uint8Array, [field, ...below]: readonly number[]): number => {
    const reader = new BinaryReader(bytes)
    let found = 0
    while (reader.pos < reader.len) {
      if (++parts > mostParts) throw new RangeError(`it has more than ${mostParts} parts`)
      const [number, wire] = reader.tag()
      if (number !== field || wire !== WireType.LengthDelimited) reader.skip(wire, number)
      else {
        const part = reader.bytes()
        found += below.length === 0 ? part.length : blobs(part, below)
      }
    }
    return found
  }
  return body.length - read(() => blobs(body, [1, 2, 6]))
}

const none = { case: undefined } as const

function numberFromWire(wire: MetricRecordValue['value'], key: string): MetricValue {
  switch (wire.case) {
    case 'double':
      return { double: wire.value }
    case 'sint64':
    case 'uint64':
      return { integer: wire.value }
    case 'doubleList':
      return { doubles: wire.value.vals }
    case 'sintList':
    case 'uintList':
      return { integers: wire.value.vals }
    case undefined:
      throw damaged(`'${key}' has no value`)
  }
}

function settingFromWire(wire: ConfigRecordValue['value'], key: string): ConfigValue {
  switch (wire.case) {
    case 'bool':
      return { boolean: wire.value }
    case 'string':
      return { text: wire.value }
    case 'bytes':
      return { bytes: wire.value }
    case 'boolList':
      return { booleans: wire.value.vals }
    case 'stringList':
      return { texts: wire.value.vals }
    case 'bytesList':
      return { blobs: wire.value.vals }
    default:
      return numberFromWire(wire, key)
  }
}

function named<T>(entries: (readonly [string, T])[]): ReadonlyMap<string, T> {
  const map = new Map(entries)
  if (map.size < entries.length) throw damaged('a name stands there twice')
  return map
}

function read<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw damaged((cause as Error).message, cause)
  }
}

const damaged = (why: string, cause?: unknown): FrostglassError =>
  new FrostglassError(
    'input',
    `a record of the server: ${why}`,
    'The server sent what no Flower server sends; look at its version (1.41 and 1.42 were tested).',
    cause,
  )

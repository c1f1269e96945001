// Alters the bytes of a model: flips, cuts, splices, other field numbers, sizes of giants, fields that come twice or not.
// Source: what fuzzers of structured formats do, on the bytes and on the parsed messages.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from '../../src/graph/onnx/onnx_pb.js'
import type { Random } from '../../src/random/seeded.ts'
import { type Seed, seeds } from './seeds.ts'

type Mutation = (bytes: Uint8Array, draw: Random) => Uint8Array

const pick = <T>(from: readonly T[], draw: Random): T => from[draw.below(from.length)] as T

function flip(bytes: Uint8Array, draw: Random): Uint8Array {
  const altered = bytes.slice()
  for (let i = draw.below(8); i >= 0; i--) {
    const at = draw.below(bytes.length)
    altered[at] = altered[at]! ^ (1 << draw.below(8))
  }
  return altered
}

const cut: Mutation = (bytes, draw) => bytes.slice(0, draw.below(bytes.length))

function splice(bytes: Uint8Array, draw: Random): Uint8Array {
  const other = pick(seeds, draw).bytes
  const from = draw.below(other.length)
  const part = other.subarray(from, from + 1 + draw.below(64))
  const at = draw.below(bytes.length)
  const kept = bytes.subarray(draw.below(2) === 0 ? at : Math.min(bytes.length, at + part.length))
  return new Uint8Array([...bytes.subarray(0, at), ...part, ...kept])
}

/** Another field number where a tag may be; the wire type stays. */
function renumber(bytes: Uint8Array, draw: Random): Uint8Array {
  const altered = bytes.slice()
  for (let tries = 0; tries < 50; tries++) {
    const at = draw.below(bytes.length)
    const byte = bytes[at]!
    if (byte >= 0x80 || ![0, 2, 5].includes(byte & 7)) continue
    altered[at] = ((1 + draw.below(15)) << 3) | (byte & 7)
    break
  }
  return altered
}

const giants = [
  -1n,
  0n,
  1n,
  3n,
  65_535n,
  1_000_000n,
  300_000_000n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 40n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
]

type Message = Record<string, unknown>

/** Every place in a message where something can be put, to any depth. */
function places(message: Message, found: [holder: Message, key: string][] = []): [Message, string][] {
  for (const [key, value] of Object.entries(message)) {
    if (key === '$typeName' || key === '$unknown') continue
    found.push([message, key])
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
      places(value as Message, found)
  }
  return found
}

/** Alters the parsed messages so that lengths stay right. */
const inMessages =
  (alter: (found: [Message, string][], draw: Random) => void): Mutation =>
  (bytes, draw) => {
    const proto = fromBinary(ModelProtoSchema, bytes)
    const found = places(proto as unknown as Message)
    for (let i = draw.below(3); i >= 0; i--) alter(found, draw)
    try {
      return toBinary(ModelProtoSchema, proto)
    } catch {
      return bytes // no message any more: nothing to try
    }
  }

const grow = inMessages((found, draw) => {
  const sizes = found.filter(([holder, key]) => typeof holder[key] === 'bigint')
  if (sizes.length === 0) return
  const [holder, key] = pick(sizes, draw)
  holder[key] = pick(giants, draw)
})

const contents = inMessages((found, draw) => {
  const raw = found.filter(
    ([holder, key]) => holder[key] instanceof Uint8Array && (holder[key] as Uint8Array).length >= 8,
  )
  if (raw.length === 0) return
  const [holder, key] = pick(raw, draw)
  const bytes = (holder[key] as Uint8Array).slice()
  const at = 8 * draw.below(Math.floor(bytes.length / 8))
  new DataView(bytes.buffer).setBigInt64(at, pick(giants, draw), true)
  holder[key] = bytes
})

const repeat = inMessages((found, draw) => {
  const lists = found.filter(([holder, key]) => Array.isArray(holder[key]))
  if (lists.length === 0) return
  const [holder, key] = pick(lists, draw)
  const list = holder[key] as unknown[]
  if (draw.below(2) === 0) list.splice(draw.below(list.length + 1), 1)
  else if (list.length > 0) list.push(pick(list, draw))
})

const rename = inMessages((found, draw) => {
  const texts = found.filter(([holder, key]) => typeof holder[key] === 'string')
  const [holder, key] = pick(texts, draw)
  const [other, otherKey] = pick(texts, draw)
  const operators = [
    'Expand',
    'Tile',
    'Range',
    'If',
    'Loop',
    'Scan',
    'LSTM',
    'Resize',
    'NonZero',
    'Unique',
    'RoiAlign',
    'Pad',
  ]
  holder[key] = draw.below(4) === 0 ? pick(operators, draw) : other[otherKey]
})

const kinds = inMessages((found, draw) => {
  const numbers = found.filter(([holder, key]) => typeof holder[key] === 'number')
  if (numbers.length === 0) return
  const [holder, key] = pick(numbers, draw)
  holder[key] = draw.below(30)
})

const mutations: Readonly<Record<string, Mutation>> = {
  flip,
  cut,
  splice,
  renumber,
  grow,
  contents,
  repeat,
  rename,
  kinds,
}

/** The `i`-th altered model of a run: which seed, how it was altered, and its bytes. */
export function mutated(draw: Random): Seed & { readonly how: string } {
  const seed = pick(seeds, draw)
  const names = Object.keys(mutations)
  const how = [pick(names, draw)]
  if (draw.below(4) === 0) how.push(pick(names, draw))
  let { bytes } = seed
  for (const name of how) {
    try {
      if (bytes.length > 0) bytes = mutations[name]!(bytes, draw)
    } catch {
      // What the first one broke cannot be parsed by the second.
    }
  }
  return { name: seed.name, how: how.join(' '), bytes }
}

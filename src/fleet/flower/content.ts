// What a Flower message carries, as objects and back: records by name, arrays by name, arrays in chunks.
// Source: Flower 1.42, `deflate` of RecordDict, ArrayRecord and Array: JSON as Python writes it, so that ids equal Python's.
// Order of names is kept: a server that reads arrays by their place depends on it.

import { FrostglassError } from '../../errors.ts'
import { arrayOf, sizeOf, type Tensor } from '../../graph/tensor.ts'
import { decodeNpy, encodeNpy, isArrayDType, mostRank } from './npy.ts'
import { type FlowerObject, flowerObject, isObjectId, wrong } from './objects.ts'
import {
  type Config,
  decodeConfig,
  decodeMetrics,
  encodeConfig,
  encodeMetrics,
  looseBytes,
  type Metrics,
} from './records.ts'

/** Arrays by name, in their order. */
export type Arrays = ReadonlyMap<string, Tensor>

/** One record. */
export type FlowerRecord =
  | { readonly arrays: Arrays }
  | { readonly metrics: Metrics }
  | { readonly config: Config }

/** Records by name. */
export type Content = ReadonlyMap<string, FlowerRecord>

/** An object with all below it: each once, children before parents. */
export interface Packed {
  readonly root: FlowerObject
  readonly objects: readonly FlowerObject[]
}

/** Flower's size of a chunk: by convention. */
const chunkBytes = 5 * 2 ** 20

/** Content as objects. @throws FrostglassError 'unsupported' for arrays of dtypes that NumPy has not */
export function packContent(content: Content): Packed {
  const all = new Map<string, FlowerObject>()
  const add = (object: FlowerObject): FlowerObject => {
    all.set(object.id, object)
    return object
  }
  const records = new Map([...content].map(([name, record]) => [name, packRecord(record, add).id]))
  const root = add(flowerObject('RecordDict', [...records.values()], pythonJson(records)))
  return { root, objects: [...all.values()] }
}

function packRecord(record: FlowerRecord, add: (object: FlowerObject) => FlowerObject): FlowerObject {
  if ('metrics' in record) return add(flowerObject('MetricRecord', [], encodeMetrics(record.metrics)))
  if ('config' in record) return add(flowerObject('ConfigRecord', [], encodeConfig(record.config)))
  const arrays = new Map([...record.arrays].map(([name, tensor]) => [name, packArray(tensor, add).id]))
  return add(flowerObject('ArrayRecord', [...arrays.values()], pythonJson(arrays)))
}

function packArray(tensor: Tensor, add: (object: FlowerObject) => FlowerObject): FlowerObject {
  const bytes = encodeNpy(tensor)
  const chunks: string[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes)
    chunks.push(add(flowerObject('ArrayChunk', [], bytes.subarray(at, at + chunkBytes))).id)
  const once = [...new Set(chunks)]
  const text = `{"dtype": "${tensor.dtype}", "shape": [${tensor.shape.join(', ')}], "stype": "numpy.ndarray", "arraychunk_ids": [${chunks.map((id) => once.indexOf(id)).join(', ')}]}`
  return add(flowerObject('Array', chunks, new TextEncoder().encode(text)))
}

/** Names and ids as Python's json.dumps writes them. */
function pythonJson(entries: ReadonlyMap<string, string>): Uint8Array {
  const quoted = (text: string) =>
    JSON.stringify(text).replaceAll(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  return new TextEncoder().encode(
    `{${[...entries].map(([name, id]) => `${quoted(name)}: ${quoted(id)}`).join(', ')}}`,
  )
}

/** Gives an object by its id. */
export type ObjectSource = (id: string) => FlowerObject

/**
 * Reads content. An object that is named often is read once: what is read is bounded by what came, not by how often it is named.
 * @throws FrostglassError 'input' for objects that are not as a server makes them
 */
export function unpackContent(root: FlowerObject, from: ObjectSource): Content {
  requireType(root, ['RecordDict'])
  const named = namedIds(root)
  if (named.size > mostRecords) throw wrong(root.id, `it has more than ${mostRecords} records`)
  let [room, loose] = [mostArrayBytes, mostLooseBytes]
  const arrayAt = onceEach((id) => {
    const array = unpackArray(from(id), from, room)
    room -= array.data.byteLength
    return array
  })
  const recordAt = onceEach((id): FlowerRecord => {
    const record = from(id)
    requireType(record, ['ArrayRecord', 'MetricRecord', 'ConfigRecord'])
    if (record.type !== 'ArrayRecord') {
      loose -= looseBytes(record.body)
      if (loose < 0) throw wrong(id, `its message has more than ${mostLooseBytes} bytes of single values`)
    }
    if (record.type === 'MetricRecord') return { metrics: decodeMetrics(record.body) }
    if (record.type === 'ConfigRecord') return { config: decodeConfig(record.body) }
    return { arrays: mapped(namedIds(record), arrayAt) }
  })
  return mapped(named, recordAt)
}

/** Records of one message: FedAvg sends two. */
const mostRecords = 256
/** Bytes of all arrays of one message, whatever few chunks they are made of. */
const mostArrayBytes = 2 ** 29
/** Bytes of metrics and settings of one message, but for settings that are bytes: a training step is long. */
const mostLooseBytes = 4 * 2 ** 20
/** Bytes of a body of names and ids, or of chunks' places. */
const mostBodyBytes = 4 * 2 ** 20
/** Characters of a name. */
const longestName = 1000
/** A header of NumPy's format, version 1, is no longer. */
const longestHeader = 10 + 0xffff

function onceEach<T>(make: (id: string) => T): (id: string) => T {
  const made = new Map<string, T>()
  return (id) => {
    if (!made.has(id)) made.set(id, make(id))
    return made.get(id)!
  }
}

const mapped = <T>(ids: ReadonlyMap<string, string>, at: (id: string) => T): Map<string, T> =>
  new Map([...ids].map(([name, id]) => [name, at(id)]))

/** Nothing is allocated before the chunks are held against what the array says of itself. @param room bytes of numbers */
function unpackArray(object: FlowerObject, from: ObjectSource, room: number): Tensor {
  requireType(object, ['Array'])
  const { dtype, shape, stype, arraychunk_ids } = parsed(object) as Readonly<Record<string, unknown>>
  if (stype !== 'numpy.ndarray') throw wrong(object.id, 'it is an array of another kind than NumPy’s')
  if (typeof dtype !== 'string' || !isArrayDType(dtype))
    throw wrong(object.id, 'it is of numbers that are not sent in a fleet')
  if (!isShape(shape)) throw wrong(object.id, `it has no shape, or one of more than ${mostRank} axes`)
  if (!Array.isArray(arraychunk_ids)) throw wrong(object.id, 'it names no chunks')
  const numbers = sizeOf(shape) * arrayOf(dtype).BYTES_PER_ELEMENT
  if (!(numbers <= room))
    throw wrong(object.id, `its message has more than ${mostArrayBytes} bytes of arrays`)
  let size = 0
  const chunks = arraychunk_ids.map((index: unknown) => {
    const id = Number.isInteger(index) ? object.children[index as number] : undefined
    if (id === undefined) throw wrong(object.id, 'it names a chunk that it has not')
    const chunk = from(id)
    requireType(chunk, ['ArrayChunk'])
    size += chunk.body.length
    if (size > numbers + longestHeader)
      throw wrong(object.id, `its chunks are longer than its ${numbers} bytes of numbers`)
    return chunk.body
  })
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  const tensor = decodeNpy(bytes)
  if (tensor.dtype !== dtype || String(tensor.shape) !== String(shape))
    throw wrong(object.id, `it says [${shape}] of ${dtype}, and holds [${tensor.shape}] of ${tensor.dtype}`)
  return tensor
}

/** Names and ids of an object's body, in their order: an object of JavaScript would put names such as '10' first. */
function namedIds(object: FlowerObject): Map<string, string> {
  const value = parsed(object)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(object.id, 'its body names nothing')
  const texts = textsOf(new TextDecoder().decode(object.body))
  const found = new Map<string, string>()
  for (let i = 0; i + 1 < texts.length; i += 2) found.set(texts[i]!, texts[i + 1]!)
  // As many texts as names and ids, each name once, each id one of the children: nothing else is in it.
  const ids = [...found.values()]
  const children = new Set(object.children)
  if (
    texts.length !== 2 * Object.keys(value).length ||
    found.size * 2 !== texts.length ||
    !ids.every((id) => isObjectId(id) && children.has(id))
  )
    throw wrong(object.id, 'its body does not name its children')
  if (texts.some(({ length }) => length > longestName)) throw wrong(object.id, 'it has a name too long')
  return found
}

/** The texts of a JSON document, in their order. A loop: a regular expression runs out of stack at long ones. */
function textsOf(json: string): string[] {
  const texts: string[] = []
  for (let begin = json.indexOf('"'); begin >= 0; ) {
    let end = begin + 1
    while (json[end] !== '"') end += json[end] === '\\' ? 2 : 1
    texts.push(JSON.parse(json.slice(begin, end + 1)) as string)
    begin = json.indexOf('"', end + 1)
  }
  return texts
}

const isShape = (shape: unknown): shape is number[] =>
  Array.isArray(shape) &&
  shape.length <= mostRank &&
  shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)

function parsed(object: FlowerObject): unknown {
  if (object.body.length > mostBodyBytes)
    throw wrong(object.id, `its body is of more than ${mostBodyBytes} bytes`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(object.body))
  } catch (cause) {
    throw wrong(object.id, `its body is no JSON (${(cause as Error).message})`)
  }
}

function requireType(object: FlowerObject, types: readonly FlowerObject['type'][]): void {
  if (!types.includes(object.type))
    throw wrong(object.id, `it is of type ${object.type}, ${types.join(' or ')} was expected`)
}

/** The one record of a kind. @throws FrostglassError 'input' where there is none, or several */
export function oneRecord<Kind extends 'arrays' | 'metrics' | 'config'>(
  content: Content,
  kind: Kind,
): Extract<FlowerRecord, Record<Kind, unknown>>[Kind] {
  const found = [...content.values()].filter((record) => kind in record)
  if (found.length === 1) return (found[0] as Extract<FlowerRecord, Record<Kind, unknown>>)[kind as never]
  throw new FrostglassError(
    'input',
    `the message has ${found.length} records of ${kind}, and one was expected`,
    'Send one record of arrays and one of settings, as FedAvg does.',
  )
}

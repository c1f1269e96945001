// Reads an ONNX model into a graph: initialisers become constants, so an imported model is frozen.
// Source: onnx.proto (IR specification); operator sets 7 to 18 and later where the semantics are the same.
// Nothing in the file is trusted: sizes are checked against the bytes that are there before anything is allocated.

import { fromBinary } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import type { Attributes, AttributeType, AttributeValue, Graph, Value, ValueInfo } from '../contract.ts'
import { bodyNodes, graph } from '../graph.ts'
import { dtypeOfOnnx } from '../operators/cast.ts'
import { operators } from '../operators/index.ts'
import { type Dim, unknownDim, unknownShape } from '../shape.ts'
import { applyAll, constantOf, input } from '../value.ts'
import { inlineFunctions } from './_inline.ts'
import { opaqueOperator } from './_opaque.ts'
import { isText, stringsOfConstant, stringTensor } from './_strings.ts'
import { type ExternalFiles, readTensor } from './_tensor.ts'
import { upgradeNode } from './_upgrade.ts'
import { withoutZipMaps } from './_zipMap.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  type ValueInfoProto,
} from './onnx_pb.js'

/** What {@link readOnnx} reads of a file. */
export interface OnnxModel {
  readonly graph: Graph
  readonly metadata: Readonly<Record<string, string>>
  readonly opset: number
  readonly producer: string
}

/** How {@link readOnnx} reads. */
export interface ReadOptions {
  /** Named in messages. */
  readonly file?: string | undefined
  /** Contents of files beside the model that hold external data, by their relative names. */
  readonly external?: ExternalFiles | undefined
}

/**
 * Parses a model.
 * @throws FrostglassError `input` when the bytes are not an ONNX model, are cut short or claim sizes that they do not
 * hold; `unsupported` for an element type or an operator whose output shapes nobody states.
 */
export function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): OnnxModel {
  const file = options.file ?? 'the model'
  let proto: ReturnType<typeof fromBinary<typeof ModelProtoSchema>>
  try {
    proto = fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    throw new FrostglassError(
      'input',
      `${file} is not an ONNX model, or it is cut short`,
      'Export it again, or check the download.',
      cause,
    )
  }
  if (!proto.graph || proto.graph.output.length === 0) {
    throw new FrostglassError(
      'input',
      `${file} is not an ONNX model: it has no graph with outputs`,
      'Give the path of a .onnx file.',
    )
  }
  const opset = Number(
    proto.opsetImport.find((o) => o.domain === '' || o.domain === 'ai.onnx')?.version ?? 1n,
  )
  const reader: Reader = { file, origin: options.file, opset, external: options.external ?? new Map() }
  const scope = new Map<string, Value>()
  const read = inFile(file, () =>
    graph(readGraph(reader, withoutZipMaps(inlineFunctions(proto, file)), scope)),
  )
  return {
    graph: read,
    metadata: Object.fromEntries(proto.metadataProps.map((p) => [p.key, p.value])),
    opset,
    producer: `${proto.producerName} ${proto.producerVersion}`.trim(),
  }
}

/** Sees to it that what goes wrong names the file, whatever is wrong with it. */
function inFile<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const { message } = cause as Error
    if (cause instanceof FrostglassError) {
      if (message.includes(file)) throw cause
      throw new FrostglassError(cause.code, `${file}: ${message}`, cause.hint, cause)
    }
    throw new FrostglassError(
      'input',
      `${file} is damaged: ${message}`,
      'Export it again, or check the download.',
      cause,
    )
  }
}

interface Reader {
  readonly file: string
  /** The file, if it is known. */
  readonly origin: string | undefined
  readonly opset: number
  readonly external: ExternalFiles
}

function readGraph(
  reader: Reader,
  proto: GraphProto,
  scope: Map<string, Value>,
): { inputs: Value[]; outputs: Record<string, Value> } {
  const stated = new Map<string, ValueInfo>()
  for (const v of [...proto.valueInfo, ...proto.output]) {
    const said = described(reader, v)
    if (said) stated.set(v.name, said)
  }
  for (const t of proto.initializer) {
    const value = isText(t)
      ? stringTensor(t, reader.file)
      : constantOf(readTensor(t, reader.file, reader.external), t.name)
    scope.set(t.name, value)
  }
  const [sparse] = proto.sparseInitializer
  if (sparse) throw sparseRefusal(`${reader.file}: the initialiser '${sparse.values?.name}'`)
  const initialised = new Set(proto.initializer.map((t) => t.name))
  const inputs: Value[] = []
  for (const v of proto.input) {
    if (initialised.has(v.name)) continue // before IR 4 initialisers are listed as inputs too
    const { dtype, shape } = describe(reader, v)
    const value = input(v.name, shape, dtype)
    scope.set(v.name, value)
    inputs.push(value)
  }
  for (const node of proto.node) readNode(reader, node, scope, stated)
  const outputs: Record<string, Value> = {}
  for (const v of proto.output) outputs[v.name] = lookUp(reader, scope, v.name, 'an output of the graph')
  return { inputs, outputs }
}

function lookUp(reader: Reader, scope: ReadonlyMap<string, Value>, name: string, where: string): Value {
  const v = scope.get(name)
  if (v) return v
  throw new FrostglassError(
    'input',
    `${reader.file}: ${where} reads '${name}', which nothing before it makes`,
    'Export it again: the model is damaged.',
  )
}

function readNode(
  reader: Reader,
  proto: NodeProto,
  scope: Map<string, Value>,
  stated: ReadonlyMap<string, ValueInfo>,
): void {
  const where = `node '${proto.name || proto.output[0]}' (${proto.opType})`
  const inputs = proto.input.map((name) => (name === '' ? undefined : lookUp(reader, scope, name, where)))
  const known = proto.domain === '' || proto.domain === 'ai.onnx' ? operators.get(proto.opType) : undefined
  const text = proto.opType === 'Constant' ? stringsOfConstant(proto, reader.file) : undefined
  if (text) {
    scope.set(proto.output[0]!, text)
    return
  }
  const captured: Value[] = []
  const { attributes, types } = readAttributes(reader, proto, scope, captured)
  if (proto.opType === 'Constant' && known === undefined) {
    scope.set(proto.output[0]!, constantOfNode(attributes, where))
    return
  }
  const upgraded = upgradeNode(proto.opType, inputs, attributes, reader.opset, proto.output.length)
  if (upgraded.fold && known) {
    scope.set(proto.output[0]!, upgraded.fold(known))
    return
  }
  const operator =
    known ??
    opaqueOperator(
      reader.file,
      proto,
      types,
      inputs,
      proto.output.map((name) => stated.get(name)),
    )
  const outputs = applyAll(operator, upgraded.inputs, upgraded.attributes, {
    name: proto.name || undefined,
    origin: reader.origin,
    captured,
  })
  proto.output.forEach((name, i) => {
    const v = outputs[i]
    if (name !== '' && v) scope.set(name, v)
  })
}

function constantOfNode(attributes: Attributes, where: string): Value {
  const { value, value_float: float, value_int: int, value_floats: floats, value_ints: ints } = attributes
  if (typeof value === 'object' && 'dtype' in value) return constantOf(value)
  if (typeof float === 'number')
    return constantOf({ dtype: 'float32', shape: [], data: Float32Array.of(float) })
  if (typeof int === 'number')
    return constantOf({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(int)) })
  if (Array.isArray(floats)) {
    return constantOf({
      dtype: 'float32',
      shape: [floats.length],
      data: Float32Array.from(floats as number[]),
    })
  }
  if (Array.isArray(ints)) {
    const data = BigInt64Array.from((ints as number[]).map(BigInt))
    return constantOf({ dtype: 'int64', shape: [data.length], data })
  }
  throw new FrostglassError('unsupported', `${where}: a constant of this kind is not supported`)
}

function readAttributes(reader: Reader, proto: NodeProto, scope: Map<string, Value>, captured: Value[]) {
  const attributes: Record<string, AttributeValue> = {}
  const types: Record<string, AttributeType> = {}
  for (const a of proto.attribute) {
    const [type, value] = readAttribute(reader, a, scope, captured)
    attributes[a.name] = value
    types[a.name] = type
  }
  return { attributes, types }
}

function readAttribute(
  reader: Reader,
  a: AttributeProto,
  scope: Map<string, Value>,
  captured: Value[],
): [AttributeType, AttributeValue] {
  const T = AttributeProto_AttributeType
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  switch (a.type) {
    case T.INT:
      return ['int', Number(a.i)]
    case T.FLOAT:
      return ['float', a.f]
    case T.STRING:
      return ['string', text(a.s)]
    case T.INTS:
      return ['ints', a.ints.map(Number)]
    case T.FLOATS:
      return ['floats', [...a.floats]]
    case T.STRINGS:
      return ['strings', a.strings.map(text)]
    case T.TENSOR:
      if (a.t) return ['tensor', readTensor(a.t, reader.file, reader.external)]
      break
    case T.SPARSE_TENSOR:
      throw sparseRefusal(`${reader.file}: attribute '${a.name}'`)
    case T.GRAPH:
      if (a.g) return ['graph', readBody(reader, a.g, scope, captured)]
      break
  }
  throw new FrostglassError(
    'unsupported',
    `${reader.file}: attribute '${a.name}' has a type that is not supported`,
  )
}

const sparseRefusal = (what: string): FrostglassError =>
  new FrostglassError(
    'unsupported',
    `${what} is a sparse tensor, which is not supported`,
    'Export the model with dense weights.',
  )

// A subgraph sees the names around it; what it takes from there becomes the node's captured values.
function readBody(
  reader: Reader,
  proto: GraphProto,
  scope: ReadonlyMap<string, Value>,
  captured: Value[],
): Graph {
  const { inputs, outputs } = readGraph(reader, proto, new Map(scope))
  const nodes = bodyNodes(inputs, Object.values(outputs))
  const own = new Set<Value>([...inputs, ...nodes.flatMap((n) => n.outputs)])
  const read = [...Object.values(outputs), ...nodes.flatMap((n) => [...n.inputs, ...n.captured])]
  for (const v of read) {
    if (v && v.kind !== 'constant' && !own.has(v) && !captured.includes(v)) captured.push(v)
  }
  return { inputs, outputs, variables: [], updates: [], nodes }
}

/** What a model says of a value; undefined where it gives no type, as for the outputs of some subgraphs. */
const described = (reader: Reader, v: ValueInfoProto): ValueInfo | undefined =>
  v.type?.value.case === undefined ? undefined : describe(reader, v)

function describe(reader: Reader, v: ValueInfoProto): ValueInfo {
  const type = v.type?.value
  if (type?.case !== 'tensorType') {
    throw new FrostglassError(
      'unsupported',
      `${reader.file}: '${v.name}' is not a tensor`,
      'Export the model without sequences, maps and optionals.',
    )
  }
  const shape = type.value.shape?.dim.map((d): Dim => {
    if (d.value.case === 'dimValue' && d.value.value > 0n) return Number(d.value.value)
    return d.value.case === 'dimParam' && d.value.value !== '' ? d.value.value : unknownDim()
  })
  const dtype = dtypeOfOnnx(type.value.elemType, `${reader.file}: '${v.name}'`)
  return { dtype, shape: shape ?? unknownShape, content: undefined }
}

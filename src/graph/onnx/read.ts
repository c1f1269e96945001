// Reads an ONNX model into a graph: initialisers become constants, so an imported model is frozen.
// Source: onnx.proto (IR specification); every operator set that _schemas.ts has, node by node: as our form, or opaquely.
// Nothing in the file is trusted: sizes are checked against the bytes that are there before anything is allocated.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, AttributeType, AttributeValue, Graph, Value, ValueInfo } from '../contract.ts'
import { knownIntegers } from '../fold.ts'
import { bodyNodes, branchNodes, graph } from '../graph.ts'
import { dtypeOfOnnx } from '../operators/cast.ts'
import { type Dim, hasRank, unknownDim, unknownShape } from '../shape.ts'
import { constantOf, input } from '../value.ts'
import { applyNode } from './_apply.ts'
import { placesOf, takenBranch } from './_bodies.ts'
import { inlineFunctions } from './_inline.ts'
import { createDimNames, type DimNames } from './_names.ts'
import { Scope } from './_scope.ts'
import { createSizes, type Sizes } from './_sizes.ts'
import { isText, stringsOfConstant, stringTensor } from './_strings.ts'
import { type ExternalFiles, readTensor } from './_tensor.ts'
import { allVersions, requireKnownOpset, versionAt } from './_versions.ts'
import { withoutZipMaps } from './_zipMap.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  type GraphProto,
  type NodeProto,
  type ValueInfoProto,
} from './onnx_pb.js'
import { type ParsedModel, parseModel } from './parse.ts'

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
  return readModel(parseModel(bytes, options.file ?? 'the model'), options)
}

/** {@link readOnnx} of what is parsed. */
export function readModel(proto: ParsedModel, options: ReadOptions): OnnxModel {
  const file = options.file ?? 'the model'
  const domains = new Map(
    proto.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, Number(version)]),
  )
  const agreed = proto.opsetImport.every(
    ({ domain, version }) => domains.get(domain === 'ai.onnx' ? '' : domain) === Number(version),
  )
  if (!agreed) {
    throw new FrostglassError(
      'input',
      `${file} says two operator sets of one domain`,
      'Export it again: the model is damaged.',
    )
  }
  const opset = domains.get('') ?? 1
  const reader: Reader = {
    file,
    origin: options.file ?? '',
    opset,
    domains,
    external: options.external ?? new Map(),
    sizes: createSizes(proto.graph),
    names: createDimNames(),
  }
  const read = inFile(file, () => {
    requireKnownOpset(opset)
    return graph(readAnew(reader, withoutZipMaps(inlineFunctions(proto, file))))
  })
  return {
    graph: read,
    metadata: Object.fromEntries(proto.metadataProps.map((p) => [p.key, p.value])),
    opset,
    producer: `${proto.producerName} ${proto.producerVersion}`.trim(),
  }
}

/** Reads a graph, again where its own operators hold two of its free dimensions equal. */
function readAnew(reader: Reader, proto: GraphProto): ReturnType<typeof readGraph> {
  for (let left = mostNames; ; left--) {
    try {
      return readGraph(reader, proto, new Scope())
    } catch (cause) {
      if (left === 0 || !reader.names.learn(cause)) throw cause
    }
  }
}

// How often a graph is read anew.
const mostNames = 16

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
  /** The file; empty if it is not known. What was built here has none. */
  readonly origin: string
  readonly opset: number
  /** Versions of the operator sets, by domain. */
  readonly domains: ReadonlyMap<string, number>
  readonly external: ExternalFiles
  readonly sizes: Sizes
  readonly names: DimNames
}

function readGraph(
  reader: Reader,
  proto: GraphProto,
  scope: Scope,
  places: readonly (ValueInfo | undefined)[] = [],
): { inputs: Value[]; outputs: Record<string, Value>; outputOrder: string[] | undefined } {
  const stated = new Map<string, ValueInfo>()
  for (const v of [...proto.valueInfo, ...proto.output]) {
    const said = describe(reader, v)
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
  for (const [i, v] of proto.input.entries()) {
    if (initialised.has(v.name)) continue // before IR 4 initialisers are listed as inputs too
    const said = describe(reader, v)
    const known = said && hasRank(said.shape) ? said : (places[i] ?? said)
    if (!known || !hasRank(known.shape)) {
      throw new FrostglassError(
        'unsupported',
        `${reader.file}: the input '${v.name}' does not state how many dimensions it has`,
        'Export the model with the shapes of its inputs; sizes may be free.',
      )
    }
    const value = input(v.name, known.shape, known.dtype)
    scope.set(v.name, value)
    inputs.push(value)
  }
  const read = namesRead(proto)
  for (const node of proto.node) readNode(reader, node, scope, stated, read)
  const outputs: Record<string, Value> = {}
  for (const [i, v] of proto.output.entries()) {
    if (v.name === '__proto__')
      throw new FrostglassError('unsupported', `${reader.file}: an output is called __proto__`, 'Rename it.')
    // Those of a body go by their place: names that are numbers would put them into another order.
    outputs[scope.isInner ? i : v.name] = lookUp(reader, scope, v.name, 'an output of the graph')
  }
  const order = [...new Set(proto.output.map((v) => v.name))]
  const differs = !scope.isInner && Object.keys(outputs).some((name, i) => name !== order[i])
  return { inputs, outputs, outputOrder: differs ? order : undefined }
}

/** The names that a graph reads: its nodes, the graphs within them, and its outputs. */
function namesRead(proto: GraphProto, into: Set<string> = new Set()): ReadonlySet<string> {
  for (const { name } of proto.output) into.add(name)
  for (const node of proto.node) {
    for (const name of node.input) into.add(name)
    for (const { g } of node.attribute) if (g) namesRead(g, into)
  }
  return into
}

function lookUp(reader: Reader, scope: Scope, name: string, where: string): Value {
  const v = scope.get(name)
  if (v) return v
  const missing = scope.lacks(name)
  if (missing !== undefined) {
    throw new FrostglassError(
      'unsupported',
      `${reader.file}: ${where} reads '${name}', ${missing}, which we do not compute`,
      'Export the model without that output.',
    )
  }
  throw new FrostglassError(
    'input',
    `${reader.file}: ${where} reads '${name}', which nothing before it makes`,
    'Export it again: the model is damaged.',
  )
}

function readNode(
  reader: Reader,
  proto: NodeProto,
  scope: Scope,
  stated: ReadonlyMap<string, ValueInfo>,
  read: ReadonlySet<string>,
): void {
  const domain = proto.domain === 'ai.onnx' ? '' : proto.domain
  const what = `node '${proto.name || proto.output[0]}' (${domain ? `${domain}.` : ''}${proto.opType})`
  const inputs = proto.input.map((name) => (name === '' ? undefined : lookUp(reader, scope, name, what)))
  const text =
    proto.opType === 'Constant' && domain === '' ? stringsOfConstant(proto, reader.file) : undefined
  if (text) {
    scope.set(proto.output[0]!, text)
    return
  }
  const branch = proto.opType === 'If' && domain === '' ? takenBranch(proto, inputs[0]) : undefined
  if (branch) {
    const results = Object.values(readGraph(reader, branch, new Scope(scope)).outputs)
    proto.output.forEach((name, i) => void (results[i] && scope.set(name, results[i])))
    return
  }
  const captured: Value[] = []
  const { attributes, types } = readAttributes(reader, proto, scope, captured, placesOf(proto, inputs))
  if (proto.opType === 'Constant' && domain === '') {
    scope.set(proto.output[0]!, constantOfNode(attributes, what))
    return
  }
  const outputs = applyNode({
    name: proto.opType,
    domain,
    version: versionOf(reader, proto.opType, domain, what),
    inputs,
    attributes,
    types,
    outputs: proto.output,
    read,
    captured,
    what,
    called: proto.name || undefined,
    origin: reader.origin,
    stated,
  })
  for (const v of outputs) if (v) reader.sizes.check(v, what)
  proto.output.forEach((name, i) => {
    if (name === '') return
    const v = outputs[i]
    if (v) scope.set(name, knownIntegers(v))
    else scope.lack(name, `output ${i} of ${what}`)
  })
}

/** @throws FrostglassError `unsupported` for an operator that the standard set has not; `input` for a domain without version. */
function versionOf(reader: Reader, name: string, domain: string, what: string): number {
  if (domain === '') {
    const version = versionAt(name, reader.opset)
    if (version !== undefined) return version
    const versions = allVersions(name)
    const known = versions.length ? `; we know versions ${versions.join(', ')}` : ''
    throw new FrostglassError(
      'unsupported',
      `${what}: operator set ${reader.opset} has no operator ${name}${known}`,
      'Export the model again: it says another operator set or domain than it was written for.',
    )
  }
  const version = reader.domains.get(domain)
  if (version !== undefined) return version
  throw new FrostglassError(
    'input',
    `${what}: the model does not say which version of '${domain}' it uses`,
    'Export it again: the model is damaged.',
  )
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

function readAttributes(
  reader: Reader,
  proto: NodeProto,
  scope: Scope,
  captured: Value[],
  places: readonly (ValueInfo | undefined)[],
) {
  const attributes: Record<string, AttributeValue> = {}
  const types: Record<string, AttributeType> = {}
  for (const a of proto.attribute) {
    if (Object.hasOwn(attributes, a.name)) {
      throw new FrostglassError(
        'input',
        `${reader.file}: node '${proto.name || proto.output[0]}' has the attribute '${a.name}' twice`,
        'Export it again: the model is damaged.',
      )
    }
    const [type, value] = readAttribute(reader, a, scope, captured, places)
    attributes[a.name] = value
    types[a.name] = type
  }
  return { attributes, types }
}

/**
 * A whole number of an attribute. The ends that exporters write for "to the end" need not be exact.
 * @throws FrostglassError `unsupported` for one that would be rounded
 */
function wholeOf(reader: Reader, { name }: AttributeProto, v: bigint): number {
  const found = Number(v)
  if (BigInt(found) === v || v >= 2n ** 62n || v <= -(2n ** 62n)) return found
  throw new FrostglassError(
    'unsupported',
    `${reader.file}: the attribute '${name}' holds ${v}, which is beyond 2^53`,
    'Export the model with smaller numbers.',
  )
}

function readAttribute(
  reader: Reader,
  a: AttributeProto,
  scope: Scope,
  captured: Value[],
  places: readonly (ValueInfo | undefined)[],
): [AttributeType, AttributeValue] {
  const T = AttributeProto_AttributeType
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  switch (a.type) {
    case T.INT:
      return ['int', wholeOf(reader, a, a.i)]
    case T.FLOAT:
      return ['float', a.f]
    case T.STRING:
      return ['string', text(a.s)]
    case T.INTS:
      return ['ints', a.ints.map((v) => wholeOf(reader, a, v))]
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
      if (a.g) return ['graph', readBody(reader, a.g, scope, captured, places)]
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
  scope: Scope,
  captured: Value[],
  places: readonly (ValueInfo | undefined)[],
): Graph {
  const inside = new Scope(scope)
  const { inputs, outputs } = readGraph(reader, proto, inside, places)
  const roots = Object.values(outputs)
  const taken = [...inside.taken]
  const nodes = inputs.length ? bodyNodes(inputs, roots, taken) : branchNodes(taken, roots)
  const own = new Set<Value>([...inputs, ...nodes.flatMap((n) => n.outputs)])
  const read = [...Object.values(outputs), ...nodes.flatMap((n) => [...n.inputs, ...n.captured])]
  const known = new Set(captured)
  for (const v of read) {
    if (!v || v.kind === 'constant' || own.has(v) || known.has(v)) continue
    known.add(v)
    captured.push(v)
  }
  return { inputs, outputs, variables: [], updates: [], nodes }
}

/** What is stated of a value; undefined where not even a type is. No shape is not a scalar's shape. */
function describe(reader: Reader, v: ValueInfoProto): ValueInfo | undefined {
  const type = v.type?.value
  if (type?.case === undefined) return undefined
  if (type.case !== 'tensorType') {
    throw new FrostglassError(
      'unsupported',
      `${reader.file}: '${v.name}' is not a tensor`,
      'Export the model without sequences, maps and optionals.',
    )
  }
  const shape = type.value.shape?.dim.map((d): Dim => {
    if (d.value.case === 'dimValue' && d.value.value > 0n) return Number(d.value.value)
    return d.value.case === 'dimParam' && d.value.value !== '' ? reader.names.of(d.value.value) : unknownDim()
  })
  const dtype = dtypeOfOnnx(type.value.elemType, `${reader.file}: '${v.name}'`)
  return { dtype, shape: shape ?? unknownShape, content: undefined }
}

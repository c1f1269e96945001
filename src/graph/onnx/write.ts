// Writes a graph as an ONNX model: in an operator set that keeps its nodes' meaning, variables and constants as initialisers.
// Source: onnx.proto (IR specification). Large contents can go to a file beside the model (external data).
// A model that is written to be run by our native executor keeps its variables as inputs instead.

import { create, toBinary } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import type { AttributeValue, Graph, Node, Value } from '../contract.ts'
import { describeNode, orderedOutputs } from '../graph.ts'
import { isNarrow, packed } from '../narrow.ts'
import { onnxTypes } from '../operators/cast.ts'
import { type Dim, hasRank, isUnknown } from '../shape.ts'
import type { DType, Tensor } from '../tensor.ts'
import { irVersionOf, opsetFor } from './_versions.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.js'

/** How {@link writeOnnx} writes. */
export interface WriteOptions {
  /** Key-value pairs of the model's metadata. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Shown by viewers. */
  readonly description?: string | undefined
  /** Collects initialisers of 1 KiB and more for a file of this name beside the model. */
  readonly external?: { readonly file: string; readonly chunks: Uint8Array[] } | undefined
  /** Variables as inputs and their updates as outputs (for our native executor) instead of initialisers. */
  readonly variablesAsInputs?: boolean | undefined
}

/** The name of a variable among the inputs, when `variablesAsInputs`: an output may have the variable's own. */
export const nowName = (variable: Value): string => `${variable.name}:now`

/** The name of a variable's next content among the outputs, when `variablesAsInputs`. */
export const nextName = (variable: Value): string => `${variable.name}:next`

/** The bytes of the model. */
export function writeOnnx(g: Graph, options: WriteOptions = {}): Uint8Array {
  const writer = new GraphWriter(options, g.variables)
  const inputs = [...g.inputs]
  const outputs = orderedOutputs(g)
  for (const v of inputs) writer.claim(v, v.name!)
  if (options.variablesAsInputs) {
    for (const v of g.variables) writer.claim(v, nowName(v))
    inputs.push(...g.variables)
    for (const [target, next] of g.updates) outputs.push([nextName(target), next])
  }
  writer.claimOutputs(outputs)
  const proto = writer.graph('frostglass', inputs, outputs, g.nodes)
  const opset = opsetFor(g.nodes)
  const model = create(ModelProtoSchema, {
    irVersion: irVersionOf(opset),
    producerName: 'frostglass',
    opsetImport: [{ domain: '', version: BigInt(opset) }, ...writer.domains()],
    graph: proto,
    docString: options.description ?? '',
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  })
  return toBinary(ModelProtoSchema, model)
}

/** A graph that is being written, or a subgraph in it. */
interface Scope {
  /** The constants that its own nodes use. */
  readonly used: ReadonlySet<Value>
  readonly initialisers: TensorProto[]
  /** Whose names end with it. */
  readonly local: Value[]
}

class GraphWriter {
  readonly #scopes: Scope[] = []
  readonly #options: WriteOptions
  readonly #names = new Map<Value, string>()
  readonly #taken = new Set<string>()
  readonly #nodes = new Set<string>()
  readonly #domains = new Map<string, number>()
  readonly #variables: readonly Value[]
  #offset = 0
  #count = 0

  constructor(options: WriteOptions, variables: readonly Value[]) {
    this.#options = options
    this.#variables = variables
  }

  domains(): { domain: string; version: bigint }[] {
    return [...this.#domains].map(([domain, version]) => ({ domain, version: BigInt(version) }))
  }

  /** Notes the operator set that a node needs. @throws FrostglassError `unsupported` when another node needs another version. */
  #needs(node: Node): void {
    const { domain, since } = node.operator
    if (!domain) return
    const [version = 1] = since ?? []
    const before = this.#domains.get(domain) ?? version
    if (before !== version) {
      throw new FrostglassError(
        'unsupported',
        `${describeNode(node)} is of version ${version} of '${domain}', and another node of version ${before}`,
        'Put together only models that were exported for the same version.',
      )
    }
    this.#domains.set(domain, version)
  }

  /** Gives `v` this name unless it has one. Answers whether it got it. */
  claim(v: Value, name: string): boolean {
    if (this.#names.has(v) || this.#taken.has(name)) return false
    this.#names.set(v, name)
    this.#taken.add(name)
    return true
  }

  /** Gives the outputs of a graph their names, before anything else takes them. */
  claimOutputs(outputs: readonly [string, Value][]): void {
    for (const [name, v] of outputs) if (v.kind !== 'node' || !this.claim(v, name)) this.#taken.add(name)
  }

  #name(v: Value): string {
    const known = this.#names.get(v)
    if (known !== undefined) return known
    if (v.kind === 'constant') return this.initialiser(v)
    if (v.kind !== 'node')
      throw new FrostglassError('usage', `'${v.name}' is used but is not an input of the graph`)
    let name = `t${this.#count++}`
    while (this.#taken.has(name)) name = `t${this.#count++}`
    this.claim(v, name)
    return name
  }

  initialiser(v: Value): string {
    let name = v.name ?? `c${this.#count++}`
    while (this.#taken.has(name)) name = `${v.name ?? 'c'}_${this.#count++}`
    this.claim(v, name)
    // The outermost graph that uses it has it, and every subgraph sees it there. What one body alone uses is its own:
    // ONNX Runtime does not lay out filters of a body that are not the body's (20% of a step in a Loop).
    const scope = this.#scopes.find((s) => s.used.has(v)) ?? this.#scopes.at(-1)!
    scope.initialisers.push(this.#tensor(v.tensor!, name))
    scope.local.push(v)
    return name
  }

  #tensor(t: Tensor, name: string): TensorProto {
    const bytes = rawBytes(t)
    const proto = create(TensorProtoSchema, {
      name,
      dims: t.shape.map(BigInt),
      dataType: onnxTypes[t.dtype],
    })
    const { external } = this.#options
    if (external && bytes.length >= 1024) {
      proto.dataLocation = TensorProto_DataLocation.EXTERNAL
      const entries = { location: external.file, offset: this.#offset, length: bytes.length }
      proto.externalData = Object.entries(entries).map(([key, value]) => ({
        $typeName: 'onnx.StringStringEntryProto' as const,
        key,
        value: String(value),
      }))
      external.chunks.push(bytes)
      this.#offset += bytes.length
    } else proto.rawData = bytes
    return proto
  }

  graph(
    name: string,
    inputs: readonly Value[],
    outputs: readonly [string, Value][],
    nodes: readonly Node[],
  ): GraphProto {
    const used = new Set(nodes.flatMap((node) => node.inputs.filter((v) => v?.kind === 'constant')))
    const scope: Scope = { used: used as Set<Value>, initialisers: [], local: [] }
    this.#scopes.push(scope)
    if (this.#scopes.length === 1 && !this.#options.variablesAsInputs)
      for (const v of this.#variables) this.initialiser(v)
    const copies: NodeProto[] = []
    const named = outputs.map(([output, v]) => {
      // A name that is an input's already, or a value with two names, needs a copy.
      if (this.#names.get(v) !== output) {
        copies.push(
          create(NodeProtoSchema, {
            opType: 'Identity',
            input: [this.#name(v)],
            output: [output],
            name: `out_${output}`,
          }),
        )
      }
      return describe(output, v)
    })
    const body = nodes.map((node) => this.#node(node))
    const input = inputs.map((v) => describe(this.#name(v), v))
    this.#scopes.pop()
    for (const v of scope.local) this.#names.delete(v)
    return create(GraphProtoSchema, {
      name,
      node: [...body, ...copies],
      initializer: scope.initialisers,
      input,
      output: named,
    })
  }

  #node(node: Node): NodeProto {
    const { operator } = node
    this.#needs(node)
    const attribute: AttributeProto[] = []
    for (const [name, value] of Object.entries(node.attributes)) {
      if (value !== undefined) attribute.push(this.#attribute(name, value, operator.attributes?.[name]))
    }
    // An absent input behind the last says nothing, and some kernels of ONNX Runtime end the process on it; Loop names all.
    const last = operator.name === 'Loop' ? node.inputs.length : node.inputs.findLastIndex((v) => v) + 1
    return create(NodeProtoSchema, {
      opType: operator.name,
      domain: operator.domain ?? '',
      name: this.#nodeName(node.name ?? ''),
      input: node.inputs.slice(0, last).map((v) => (v ? this.#name(v) : '')),
      output: node.outputs.map((v) => this.#name(v)),
      attribute,
    })
  }

  // A graph that is built in several pieces has its nodes' names several times.
  #nodeName(wanted: string): string {
    let name = wanted
    while (name !== '' && this.#nodes.has(name)) name = `${wanted}_${this.#count++}`
    this.#nodes.add(name)
    return name
  }

  #attribute(name: string, value: AttributeValue, type: string | undefined): AttributeProto {
    const T = AttributeProto_AttributeType
    const bytes = (s: string) => new TextEncoder().encode(s)
    switch (type) {
      case 'int':
        return create(AttributeProtoSchema, { name, type: T.INT, i: int64(value as number) })
      case 'float':
        return create(AttributeProtoSchema, { name, type: T.FLOAT, f: value as number })
      case 'string':
        return create(AttributeProtoSchema, { name, type: T.STRING, s: bytes(value as string) })
      case 'ints':
        return create(AttributeProtoSchema, { name, type: T.INTS, ints: (value as number[]).map(int64) })
      case 'floats':
        return create(AttributeProtoSchema, { name, type: T.FLOATS, floats: value as number[] })
      case 'strings':
        return create(AttributeProtoSchema, {
          name,
          type: T.STRINGS,
          strings: (value as string[]).map(bytes),
        })
      case 'tensor':
        return create(AttributeProtoSchema, { name, type: T.TENSOR, t: this.#tensor(value as Tensor, '') })
      case 'graph':
        return create(AttributeProtoSchema, { name, type: T.GRAPH, g: this.#body(name, value as Graph) })
      default:
        throw new FrostglassError('unsupported', `attribute '${name}' has no declared type`)
    }
  }

  #body(name: string, g: Graph): GraphProto {
    g.inputs.forEach((v, i) => void this.claim(v, `${name}_in${this.#count++}_${i}`))
    const outputs = Object.entries(g.outputs).map(([key, v]): [string, Value] => [
      `${name}_${key}_${this.#count++}`,
      v,
    ])
    this.claimOutputs(outputs)
    return this.graph(name, g.inputs, outputs, g.nodes)
  }
}

function describe(name: string, v: { dtype: DType; shape: readonly Dim[] }): ValueInfoProto {
  // A shape that says nothing is left out: one of no dimensions is a scalar's.
  const dim = !hasRank(v.shape)
    ? undefined
    : v.shape.map((d) =>
        typeof d === 'number'
          ? { value: { case: 'dimValue' as const, value: BigInt(d) } }
          : isUnknown(d)
            ? {}
            : { value: { case: 'dimParam' as const, value: d } },
      )
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: { case: 'tensorType', value: { elemType: onnxTypes[v.dtype], ...(dim && { shape: { dim } }) } },
    },
  })
}

/** A whole number as an attribute has it: what is beyond 64 bits came from the end of them, rounded. */
const int64 = (v: number): bigint => (v >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(v))

function rawBytes(t: Tensor): Uint8Array {
  if (isNarrow(t.dtype)) return packed(t.data as Uint8Array, t.dtype)
  return new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength)
}

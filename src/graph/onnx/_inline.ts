// Local functions of a model, put in the place of the nodes that call them: what torch's newer exporter and onnxscript write.
// Source: onnx.proto, FunctionProto (IR version 8 and later; overloads since 10).
// Expansion is bounded: functions that call each other in a circle, or grow beyond a million nodes, are refused.

import { clone, create } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
} from './onnx_pb.js'

const mostNodes = 1_000_000

const keyOf = (f: { domain: string; overload: string }, name: string): string =>
  `${f.domain === 'ai.onnx' ? '' : f.domain}:${name}:${f.overload}`

/**
 * The model's graph without calls of its own functions; itself when it has none.
 * @throws FrostglassError `unsupported` for a function that calls itself, or that is of another operator set than the model.
 */
export function inlineFunctions(model: ModelProto, file: string): GraphProto {
  const graph = model.graph!
  if (model.functions.length === 0) return graph
  const own = new Map(model.opsetImport.map((o) => [o.domain === 'ai.onnx' ? '' : o.domain, o.version]))
  for (const f of model.functions) {
    for (const { domain, version } of f.opsetImport) {
      const models = own.get(domain === 'ai.onnx' ? '' : domain)
      if (models === undefined || models === version) continue
      throw new FrostglassError(
        'unsupported',
        `${file}: its function ${f.name} is of operator set ${version}, the model of ${models}`,
        'Export it with one operator set, or inline its functions (onnx.inliner).',
      )
    }
  }
  const functions = new Map(model.functions.map((f) => [keyOf(f, f.name), f]))
  return new Inliner(functions, file).graph(graph, new Map(), [])
}

type Names = ReadonlyMap<string, string>

/** One model's expansion. Names inside a call get a prefix that no other call has. */
class Inliner {
  readonly #functions: ReadonlyMap<string, FunctionProto>
  readonly #file: string
  #calls = 0
  #nodes = 0

  constructor(functions: ReadonlyMap<string, FunctionProto>, file: string) {
    this.#functions = functions
    this.#file = file
  }

  graph(graph: GraphProto, names: Names, path: readonly string[]): GraphProto {
    const copy = clone(GraphProtoSchema, graph)
    copy.node = this.#expand(graph.node, names, new Map(), path)
    return copy
  }

  #expand(
    nodes: readonly NodeProto[],
    names: Names,
    given: ReadonlyMap<string, AttributeProto>,
    path: readonly string[],
  ): NodeProto[] {
    return nodes.flatMap((node) => {
      this.#nodes += 1
      if (this.#nodes > mostNodes)
        throw new FrostglassError(
          'unsupported',
          `${this.#file}: its functions expand to more than ${mostNodes} nodes`,
        )
      const renamed = this.#rename(node, names, given, path)
      const key = keyOf(node, node.opType)
      const f = this.#functions.get(key)
      return f ? this.#call(f, renamed, key, path) : [renamed]
    })
  }

  /** A node under the names of where it is put, its attributes those that the call gave. */
  #rename(
    node: NodeProto,
    names: Names,
    given: ReadonlyMap<string, AttributeProto>,
    path: readonly string[],
  ): NodeProto {
    const copy = clone(NodeProtoSchema, node)
    const now = (name: string) => names.get(name) ?? name
    copy.input = node.input.map(now)
    copy.output = node.output.map(now)
    copy.attribute = node.attribute.flatMap((a) => {
      const actual = a.refAttrName === '' ? a : given.get(a.refAttrName)
      if (!actual) return [] // An attribute that the caller leaves out is left out here, too.
      const own = clone(AttributeProtoSchema, actual)
      own.name = a.name
      if (actual.g) own.g = this.#body(actual.g, names, given, path)
      return [own]
    })
    return copy
  }

  /** A subgraph in a function. */
  #body(
    graph: GraphProto,
    names: Names,
    given: ReadonlyMap<string, AttributeProto>,
    path: readonly string[],
  ): GraphProto {
    if (names.size === 0 && given.size === 0) return this.graph(graph, names, path)
    const inside = new Map(names)
    const prefix = `body~${this.#calls++}/`
    const copy = clone(GraphProtoSchema, graph)
    const local = [...copy.input, ...copy.initializer].map((v) => v.name)
    // Under a prefix too: what the caller hands in may have the name of something in here.
    for (const name of [...local, ...graph.node.flatMap((n) => n.output)])
      if (name !== '') inside.set(name, prefix + name)
    copy.node = this.#expand(graph.node, inside, given, path)
    for (const v of [...copy.input, ...copy.initializer, ...copy.output, ...copy.valueInfo])
      v.name = inside.get(v.name) ?? v.name
    return copy
  }

  #call(f: FunctionProto, node: NodeProto, key: string, path: readonly string[]): NodeProto[] {
    if (path.includes(key)) {
      throw new FrostglassError(
        'unsupported',
        `${this.#file}: its function ${f.name} calls itself`,
        'Export it again: no function of ONNX may.',
      )
    }
    const prefix = `${f.name}~${this.#calls++}/`
    const names = new Map<string, string>()
    for (const name of f.node.flatMap((n) => n.output)) if (name !== '') names.set(name, prefix + name)
    f.input.forEach((name, i) => void names.set(name, node.input[i] ?? ''))
    const copies: NodeProto[] = []
    f.output.forEach((name, i) => {
      const wanted = node.output[i]
      if (wanted === undefined || wanted === '') return
      // An output that is an input, or that has two names, is a copy.
      if (f.input.includes(name) || f.output.indexOf(name) !== i)
        copies.push(
          create(NodeProtoSchema, { opType: 'Identity', input: [names.get(name) ?? ''], output: [wanted] }),
        )
      else names.set(name, wanted)
    })
    const given = new Map([...f.attributeProto, ...node.attribute].map((a) => [a.name, a]))
    return [...this.#expand(f.node, names, given, [...path, key]), ...copies]
  }
}

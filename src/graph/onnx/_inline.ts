// Local functions of a model, put in the place of the nodes that call them: what torch's newer exporter and onnxscript write.
// Source: onnx.proto, FunctionProto (IR version 8 and later; overloads since 10).
// Expansion is bounded: functions that call each other in a circle, or grow beyond 200,000 nodes, are refused before any is put in place.

import { clone, create } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import { allVersions } from './_versions.ts'
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

const mostNodes = 200_000

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
    if ((f.domain === '' || f.domain === 'ai.onnx') && allVersions(f.name).length > 0) {
      throw new FrostglassError(
        'unsupported',
        `${file}: its function ${f.name} has the name of an operator of ONNX: runtimes differ in which of them they take`,
        'Give the function a domain of its own.',
      )
    }
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
  const count = expandedSize(graph.node, functions, new Map(), file)
  if (count > mostNodes)
    throw new FrostglassError(
      'unsupported',
      `${file}: its functions expand to more than ${mostNodes} nodes`,
      'Export it again without functions that call each other.',
    )
  return new Inliner(functions).graph(graph, new Map())
}

type Names = ReadonlyMap<string, string>

/** How many nodes these become, counted without making them. A function that is being counted stands in `sizes` as undefined. */
function expandedSize(
  nodes: readonly NodeProto[],
  functions: ReadonlyMap<string, FunctionProto>,
  sizes: Map<string, number | undefined>,
  file: string,
): number {
  let sum = 0
  for (const node of nodes) {
    sum += 1
    for (const { g } of node.attribute) if (g) sum += expandedSize(g.node, functions, sizes, file)
    const key = keyOf(node, node.opType)
    const f = functions.get(key)
    if (!f) continue
    if (!sizes.has(key)) {
      sizes.set(key, undefined)
      sizes.set(key, expandedSize(f.node, functions, sizes, file))
    }
    const size = sizes.get(key)
    if (size === undefined) {
      throw new FrostglassError(
        'unsupported',
        `${file}: its function ${f.name} calls itself`,
        'Export it again: no function of ONNX may.',
      )
    }
    sum += size
  }
  return sum
}

/** One model's expansion. Names inside a call get a prefix that no other call has. */
class Inliner {
  readonly #functions: ReadonlyMap<string, FunctionProto>
  #calls = 0

  constructor(functions: ReadonlyMap<string, FunctionProto>) {
    this.#functions = functions
  }

  graph(graph: GraphProto, names: Names): GraphProto {
    const copy = clone(GraphProtoSchema, graph)
    copy.node = this.#expand(graph.node, names, new Map())
    return copy
  }

  #expand(
    nodes: readonly NodeProto[],
    names: Names,
    given: ReadonlyMap<string, AttributeProto>,
  ): NodeProto[] {
    return nodes.flatMap((node) => {
      const renamed = this.#rename(node, names, given)
      const f = this.#functions.get(keyOf(node, node.opType))
      return f ? this.#call(f, renamed) : [renamed]
    })
  }

  /** A node under the names of where it is put, its attributes those that the call gave. */
  #rename(node: NodeProto, names: Names, given: ReadonlyMap<string, AttributeProto>): NodeProto {
    const copy = clone(NodeProtoSchema, node)
    const now = (name: string) => names.get(name) ?? name
    copy.input = node.input.map(now)
    copy.output = node.output.map(now)
    copy.attribute = node.attribute.flatMap((a) => {
      const actual = a.refAttrName === '' ? a : given.get(a.refAttrName)
      if (!actual) return [] // An attribute that the caller leaves out is left out here, too.
      const own = clone(AttributeProtoSchema, actual)
      own.name = a.name
      if (actual.g) own.g = this.#body(actual.g, names, given)
      return [own]
    })
    return copy
  }

  /** A subgraph in a function. */
  #body(graph: GraphProto, names: Names, given: ReadonlyMap<string, AttributeProto>): GraphProto {
    if (names.size === 0 && given.size === 0) return this.graph(graph, names)
    const inside = new Map(names)
    const prefix = `body~${this.#calls++}/`
    const copy = clone(GraphProtoSchema, graph)
    const local = [...copy.input, ...copy.initializer].map((v) => v.name)
    // Under a prefix too: what the caller hands in may have the name of something in here.
    for (const name of [...local, ...graph.node.flatMap((n) => n.output)])
      if (name !== '') inside.set(name, prefix + name)
    copy.node = this.#expand(graph.node, inside, given)
    for (const v of [...copy.input, ...copy.initializer, ...copy.output, ...copy.valueInfo])
      v.name = inside.get(v.name) ?? v.name
    return copy
  }

  #call(f: FunctionProto, node: NodeProto): NodeProto[] {
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
    return [...this.#expand(f.node, names, given), ...copies]
  }
}

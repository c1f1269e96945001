// A graph: named inputs and outputs, the variables that they reach, and how a run updates those.
// Source: ONNX IR specification; topological order of a functional expression.
// It does not run: see executor.ts.

import { FrostglassError } from '../errors.ts'
import type { Attributes, Graph, Node, Operator, Value } from './contract.ts'
import { type Dim, hasRank } from './shape.ts'
import { applyAll, dependencies, input } from './value.ts'

/**
 * Closes a computation.
 * @throws FrostglassError `usage` for an input that is not listed, or for names that repeat: of inputs, variables,
 * and outputs that would hide an input.
 */
export function graph(parts: {
  inputs: readonly Value[]
  outputs: Readonly<Record<string, Value>>
  outputOrder?: readonly string[] | undefined
  updates?: readonly (readonly [Value, Value])[] | undefined
}): Graph {
  const updates = parts.updates ?? []
  const roots = [...Object.values(parts.outputs), ...updates.map(([, next]) => next)]
  const { nodes, leaves } = reach(roots)
  const variables = new Set<Value>()
  const given = new Set(parts.inputs)
  for (const leaf of leaves) {
    if (leaf.kind === 'variable') variables.add(leaf)
    else if (leaf.kind === 'input' && !given.has(leaf)) {
      throw new FrostglassError(
        'usage',
        `the graph depends on the input '${leaf.name}', which is not among its inputs`,
        'List it in graph({ inputs }).',
      )
    }
  }
  for (const [target] of updates) {
    if (target.kind !== 'variable') throw new TypeError('only a variable can be updated')
    variables.add(target)
  }
  const names = new Set<string>()
  for (const leaf of [...parts.inputs, ...variables]) {
    if (names.has(leaf.name ?? '')) {
      throw new FrostglassError(
        'usage',
        `two inputs or variables are named '${leaf.name}'`,
        'Give each its own name.',
      )
    }
    names.add(leaf.name ?? '')
  }
  const taken = parts.inputs.find((v) => Object.hasOwn(parts.outputs, v.name ?? ''))
  if (taken) {
    throw new FrostglassError(
      'usage',
      `an output has the name of the input '${taken.name}'`,
      'Give each its own name.',
    )
  }
  const { inputs, outputs, outputOrder } = parts
  return { inputs, outputs, outputOrder, variables: [...variables], updates, nodes }
}

/** The outputs in the order of the file that they were read from, or in which they were given. */
export const orderedOutputs = ({ outputs, outputOrder = Object.keys(outputs) }: Graph): [string, Value][] =>
  outputOrder.map((name) => [name, outputs[name]!])

/**
 * Nodes that `roots` need, in topological order, and the leaves below them. Iterative: graphs may be deep.
 * @param border values that count as leaves
 */
export function reach(
  roots: readonly Value[],
  border?: ReadonlySet<Value>,
): { nodes: Node[]; leaves: Value[] } {
  const nodes: Node[] = []
  const leaves: Value[] = []
  const done = new Set<Node | Value>()
  const stack: { item: Node | Value; expanded: boolean }[] = []
  const push = (v: Value) => stack.push({ item: v.node && !border?.has(v) ? v.node : v, expanded: false })
  for (const root of roots.toReversed()) push(root)
  while (stack.length) {
    const top = stack[stack.length - 1]!
    const { item } = top
    if (done.has(item)) stack.pop()
    else if ('kind' in item) {
      stack.pop()
      done.add(item)
      leaves.push(item)
    } else if (top.expanded) {
      stack.pop()
      done.add(item)
      nodes.push(item)
    } else {
      top.expanded = true
      for (const v of dependencies(item).toReversed()) push(v)
    }
  }
  return { nodes, leaves }
}

/** What stands for a node's outputs, given its inputs as they are now, and its bodies; undefined where the node stays. */
export type Rewrite = (node: Node, inputs: readonly (Value | undefined)[]) => readonly Value[] | undefined

/**
 * Rebuilds values with some of what they depend on replaced: binds free dimensions (an input by one of known
 * shape), freezes (a variable by a constant), composes (an input by another graph's output).
 * What does not depend on a replaced value is shared, not copied.
 * @param rewrite asked for every node, in bodies too
 * @throws FrostglassError `shape` when a replacement does not fit.
 */
export function substitute(
  roots: readonly Value[],
  replacements: ReadonlyMap<Value, Value>,
  rewrite?: Rewrite,
): Value[] {
  const known = new Map<Value, Value>(replacements)
  const now = (v: Value) => known.get(v) ?? v
  for (const node of reach(roots).nodes) {
    if (node.outputs.every((v) => known.has(v))) continue
    const inputs = node.inputs.map((v) => v && now(v))
    const bodies = graphsOf(node.attributes).length > 0
    const untouched = dependencies(node).every((v) => now(v) === v)
    if (untouched && !rewrite) continue
    const taken = node.captured.map(now)
    const attributes = bodies ? rebuildBodies(node, known, taken, rewrite) : node.attributes
    const captured = bodies ? capturedBy(...graphsOf(attributes)) : taken
    const rewritten = rewrite?.({ ...node, attributes, captured }, inputs)
    if (!rewritten && !bodies && untouched) continue
    const { name, origin } = node
    const outputs = rewritten ?? applyAll(node.operator, inputs, attributes, { name, origin, captured })
    node.outputs.forEach((old, i) => {
      const v = outputs[i]
      if (v && !known.has(old)) known.set(old, v)
    })
  }
  return roots.map(now)
}

/** The graphs among attributes: bodies of loops, branches. */
const graphsOf = (attributes: Attributes): Graph[] =>
  Object.values(attributes).filter((a) => typeof a === 'object' && 'nodes' in a)

/** Whether two runs of a node may differ: it draws, or a node in a graph of it does. */
export function isRandom({ operator, attributes }: Node): boolean {
  const bodies = graphsOf(attributes)
  return bodies.length ? bodies.some((body) => body.nodes.some(isRandom)) : operator.random === true
}

/** What bodies use of the graph around them, constants aside: a node's `captured`. */
export function capturedBy(...bodies: readonly Graph[]): Value[] {
  const captured = new Set<Value>()
  for (const body of bodies) {
    const own = new Set<Value>([...body.inputs, ...body.nodes.flatMap((node) => node.outputs)])
    const used = [...body.nodes.flatMap(dependencies), ...Object.values(body.outputs)]
    for (const v of used) if (v.kind !== 'constant' && !own.has(v)) captured.add(v)
  }
  return [...captured]
}

// A subgraph sees outer values by identity, so its own nodes are rebuilt on the replaced ones; and its inputs are
// values of the outer shapes, so free dimensions that the replacement binds are bound in them too.
function rebuildBodies(
  node: Node,
  known: ReadonlyMap<Value, Value>,
  captured: readonly Value[],
  rewrite: Rewrite | undefined,
): Attributes {
  const dims: Record<string, Dim> = {}
  for (const old of dependencies(node)) {
    const shape = known.get(old)?.shape ?? old.shape
    if (!hasRank(old.shape)) continue
    old.shape.forEach((d, i) => {
      if (typeof d === 'string') dims[d] = shape[i]!
    })
  }
  const rebuilt: Record<string, Attributes[string]> = {}
  for (const [name, value] of Object.entries(node.attributes)) {
    if (typeof value === 'object' && 'nodes' in value) {
      const keys = Object.keys(value.outputs)
      const inner = new Map(known)
      const inputs = value.inputs.map((old) => bindInput(old, dims, inner))
      const roots = substitute(Object.values(value.outputs), inner, rewrite)
      const outputs = Object.fromEntries(keys.map((key, i) => [key, roots[i]!]))
      const nodes = inputs.length ? bodyNodes(inputs, roots, captured) : branchNodes(captured, roots)
      rebuilt[name] = { ...value, inputs, outputs, nodes }
    } else rebuilt[name] = value
  }
  return rebuilt
}

/**
 * The nodes among what `roots` need that depend on `inputs`: a subgraph's own, as against what it captures. What draws is its own
 * too, and drawn in each round, unless it lies beyond `captured`; where that is not known, it is drawn outside.
 */
export function bodyNodes(
  inputs: readonly Value[],
  roots: readonly Value[],
  captured?: readonly Value[],
): Node[] {
  const inside = new Set<Value>(inputs)
  return reach(roots, captured && new Set(captured)).nodes.filter((node) => {
    if (!dependencies(node).some((v) => inside.has(v)) && !(captured && isRandom(node))) return false
    for (const v of node.outputs) inside.add(v)
    return true
  })
}

/** The nodes of a subgraph without inputs (a branch of If): all that `roots` need, up to what it captures. */
export function branchNodes(captured: readonly Value[], roots: readonly Value[]): Node[] {
  return reach(roots, new Set(captured)).nodes
}

/** The same graph with free dimensions given sizes. Names that do not occur are ignored. */
export function bindDims(g: Graph, dims: Readonly<Record<string, number>>): Graph {
  const replacements = new Map<Value, Value>()
  const inputs = g.inputs.map((old) => bindInput(old, dims, replacements))
  return replace(g, inputs, replacements)
}

/** An input with free dimensions bound, noted among the replacements; itself when it has none of them. */
function bindInput(old: Value, dims: Readonly<Record<string, Dim>>, replacements: Map<Value, Value>): Value {
  const shape = old.shape.map((d) => (typeof d === 'string' ? (dims[d] ?? d) : d))
  if (shape.every((d, i) => d === old.shape[i])) return old
  const bound = input(old.name ?? '', shape, old.dtype)
  replacements.set(old, bound)
  return bound
}

/** The same graph with variables turned into constants: what is exported and served. */
export function freeze(g: Graph, contents: (variable: Value) => Value): Graph {
  const replacements = new Map<Value, Value>(g.variables.map((v) => [v, contents(v)]))
  return replace({ ...g, updates: [] }, g.inputs, replacements)
}

/** The same graph with some nodes' outputs computed otherwise. */
export const rewriteNodes = (g: Graph, rewrite: Rewrite): Graph => replace(g, g.inputs, new Map(), rewrite)

/** The same graph with values in the place of others. */
export const replaceValues = (g: Graph, replacements: ReadonlyMap<Value, Value>): Graph =>
  replace(g, g.inputs, replacements)

function replace(
  g: Graph,
  inputs: readonly Value[],
  replacements: ReadonlyMap<Value, Value>,
  rewrite?: Rewrite,
): Graph {
  if (replacements.size === 0 && !rewrite) return g
  const keys = Object.keys(g.outputs)
  const wanted = [...Object.values(g.outputs), ...g.updates.map(([, next]) => next)]
  const roots = substitute(wanted, replacements, rewrite)
  return graph({
    inputs,
    outputs: Object.fromEntries(keys.map((key, i) => [key, roots[i]!])),
    outputOrder: g.outputOrder,
    updates: g.updates.map(([target], i) => [target, roots[keys.length + i]!] as const),
  })
}

/** An operator's name for messages, with the node's name and the file that it comes from if it has them. */
export function describeNode(node: {
  operator: Operator
  name: string | undefined
  origin?: string | undefined
}): string {
  const what = node.name ? `node '${node.name}' (${node.operator.name})` : `operator ${node.operator.name}`
  return node.origin ? `${what} of ${node.origin}` : what
}

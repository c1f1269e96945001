// Float16 and bfloat16 where ONNX Runtime has no kernels for them: computed in float32, rounded after each node.
// Source: what ONNX Runtime does for float16 on CPUs itself (its casts keep float32 between nodes); for bfloat16 it has
// a cast and little else, and its binding for JavaScript has no tensors of it.
// It does not promise the bits of a machine with half-precision kernels: those sum in other orders.

import type { Attributes, Graph, Node, Operator, Value } from '../contract.ts'
import { bodyNodes, branchNodes, graph } from '../graph.ts'
import { isHalf } from '../halves.ts'
import { cast, onnxTypes } from '../operators/cast.ts'
import { isMover } from '../plain/store.ts'
import { type DType, inDtype } from '../tensor.ts'
import { applyAll, constantOf, dependencies, input } from '../value.ts'

const everyValue = (nodes: readonly Node[]): Value[] =>
  nodes.flatMap((n) => [...n.outputs, ...dependencies(n)])

/** Whether any value of a graph, or of a subgraph in it, has this dtype. */
export function holds(g: Graph, dtype: DType): boolean {
  const values = [...g.inputs, ...Object.values(g.outputs), ...g.variables, ...everyValue(g.nodes)]
  return values.some((v) => v.dtype === dtype) || bodiesOf(g.nodes).some((body) => holds(body, dtype))
}

const isBody = (value: unknown): value is Graph =>
  typeof value === 'object' && value !== null && 'nodes' in value

const bodiesOf = (nodes: readonly Node[]): Graph[] =>
  nodes.flatMap((node) => Object.values(node.attributes).filter(isBody))

/** The same graph with float32 for both halves: inputs and outputs of them are float32 that a half could hold. */
export function inSingle(g: Graph): Graph {
  const known = new Map<Value, Value>()
  const inputs = g.inputs.map((v) => singleInput(v, known))
  lowerNodes(g.nodes, known)
  const outputs = Object.fromEntries(Object.entries(g.outputs).map(([key, v]) => [key, single(v, known)]))
  const updates = g.updates.map(([target, next]) => [target, single(next, known)] as const)
  return graph({ inputs, outputs, outputOrder: g.outputOrder, updates })
}

function singleInput(v: Value, known: Map<Value, Value>): Value {
  if (!isHalf(v.dtype)) return v
  const wide = input(v.name ?? '', v.shape, 'float32')
  known.set(v, wide)
  return wide
}

/** What stands for a value: float32 for a half. */
function single(v: Value, known: Map<Value, Value>): Value {
  const there = known.get(v)
  if (there) return there
  if (!isHalf(v.dtype) || v.kind !== 'constant') return v
  const wide = constantOf(inDtype(v.tensor!, 'float32'), v.name)
  known.set(v, wide)
  return wide
}

function lowerNodes(nodes: readonly Node[], known: Map<Value, Value>): void {
  for (const node of nodes) {
    const touched = everyValue([node]).some((v) => isHalf(v.dtype) || known.has(v))
    if (!touched && !bodiesOf([node]).some((b) => holds(b, 'float16') || holds(b, 'bfloat16'))) continue
    const { name, origin } = node
    const captured = node.captured.map((v) => single(v, known))
    const outputs = applyAll(
      singleOperator(node.operator),
      node.inputs.map((v) => v && single(v, known)),
      singleAttributes(node.attributes, known, captured),
      { name, origin, captured },
    )
    node.outputs.forEach((v, i) => void known.set(v, rounded(outputs[i]!, v.dtype, node.operator.name)))
  }
}

/** A node's result rounded to the half that it stands for. */
function rounded(y: Value, dtype: DType, operator: string): Value {
  if (!isHalf(dtype)) return y
  if (isHalf(y.dtype)) return cast(y, 'float32')
  return isMover(operator) ? y : cast(cast(y, dtype), 'float32')
}

// An operator that we do not know states its outputs as the file does; it is taken to follow its inputs.
function singleOperator(operator: Operator): Operator {
  if (operator.kernel || operator.view) return operator
  return {
    ...operator,
    infer: (...given) =>
      operator.infer(...given).map((r) => (isHalf(r.dtype) ? { ...r, dtype: 'float32' as const } : r)),
  }
}

function singleAttributes(
  attributes: Attributes,
  known: Map<Value, Value>,
  captured: readonly Value[],
): Attributes {
  const types = [onnxTypes.float16, onnxTypes.bfloat16]
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      if (isBody(value)) return [name, singleBody(value, known, captured)]
      if (typeof value === 'object' && 'dtype' in value && isHalf(value.dtype))
        return [name, inDtype(value, 'float32')]
      if (name === 'dtype' && types.includes(value as number)) return [name, onnxTypes.float32]
      return [name, value]
    }),
  )
}

function singleBody(body: Graph, outer: ReadonlyMap<Value, Value>, captured: readonly Value[]): Graph {
  const known = new Map(outer)
  const inputs = body.inputs.map((v) => singleInput(v, known))
  lowerNodes(body.nodes, known)
  const outputs = Object.fromEntries(Object.entries(body.outputs).map(([key, v]) => [key, single(v, known)]))
  const roots = Object.values(outputs)
  const nodes = inputs.length ? bodyNodes(inputs, roots, captured) : branchNodes(captured, roots)
  return { ...body, inputs, outputs, nodes }
}

// A graph with float8, float4 or integers of 4 and 2 bits as one of wider dtypes that ONNX Runtime computes.
// Source: each operator's own `narrow`; operators/_narrowed.ts for what carries what.
// What the runtime is given has none of them: its binding for JavaScript has no tensors of most.

import { FrostglassError } from '../../errors.ts'
import type { Graph, Node, Value } from '../contract.ts'
import { checkFeeds, type Program } from '../executor.ts'
import { describeNode, graph, substitute } from '../graph.ts'
import { isNarrow } from '../narrow.ts'
import { carrierOf } from '../operators/_narrowed.ts'
import { convert, inDtype, type Tensor, toFloat64 } from '../tensor.ts'
import { applyAll, constantOf, input } from '../value.ts'

/** A narrow tensor's numbers in the dtype that carries it; any other tensor as it is. */
function carried(t: Tensor): Tensor {
  if (!isNarrow(t.dtype)) return t
  const dtype = carrierOf(t.dtype)
  // By way of its own dtype: an array of bytes may hold more than 4 bits do.
  const own = { ...t, data: convert(toFloat64(t), t.dtype) }
  return { dtype, shape: t.shape, data: convert(toFloat64(own), dtype) }
}

/** The same graph without narrow dtypes. @throws FrostglassError `unsupported` for a variable of one, or a body that has some. */
export function withoutNarrow(g: Graph): Graph {
  const inside = g.nodes.find(hasNarrowBody)
  if (inside) {
    throw new FrostglassError(
      'unsupported',
      `${describeNode(inside)} has float8, float4 or integers of 4 or 2 bits in its body, which ONNX Runtime is not given`,
      "Cast them outside of it, or compile with executor: 'plain'.",
    )
  }
  const kept = g.variables.find((v) => isNarrow(v.dtype))
  if (kept) {
    throw new FrostglassError(
      'unsupported',
      `the variable '${kept.name}' is ${kept.dtype}, which ONNX Runtime cannot keep from run to run`,
      "Make it float32, or compile with executor: 'plain'.",
    )
  }
  const known = new Map<Value, Value>()
  const wide = (v: Value): Value => {
    const there = known.get(v)
    if (there || !isNarrow(v.dtype) || v.kind !== 'constant') return there ?? v
    const made = constantOf(carried(v.tensor!), v.name)
    known.set(v, made)
    return made
  }
  const inputs = g.inputs.map((v) => {
    if (!isNarrow(v.dtype)) return v
    const made = input(v.name ?? '', v.shape, carrierOf(v.dtype))
    known.set(v, made)
    return made
  })
  const rewrite = (node: Node, given: readonly (Value | undefined)[]) => {
    const { operator, attributes, name, origin } = node
    if (![...node.inputs, ...node.outputs].some((v) => v && isNarrow(v.dtype))) return undefined
    const wider = given.map((v) => v && wide(v))
    if (typeof operator.narrow === 'function')
      return operator.narrow(wider, attributes, node.outputs[0]!.dtype)
    return applyAll(operator, wider, attributes, { name, origin })
  }
  const keys = Object.keys(g.outputs)
  const wanted = [...Object.values(g.outputs), ...g.updates.map(([, next]) => next)]
  const roots = substitute(wanted, known, rewrite).map(wide)
  return graph({
    inputs,
    outputs: Object.fromEntries(keys.map((key, i) => [key, roots[i]!])),
    updates: g.updates.map(([target], i) => [target, roots[keys.length + i]!] as const),
  })
}

/** Whether a graph has values of narrow dtypes. */
export const holdsNarrow = (g: Graph): boolean =>
  [...g.inputs, ...g.variables, ...Object.values(g.outputs)].some((v) => isNarrow(v.dtype)) ||
  g.nodes.some(
    (node) =>
      [...node.inputs, ...node.captured, ...node.outputs].some((v) => v && isNarrow(v.dtype)) ||
      hasNarrowBody(node),
  )

const hasNarrowBody = ({ attributes }: Node): boolean =>
  Object.values(attributes).some((a) => typeof a === 'object' && 'nodes' in a && holdsNarrow(a))

/** The program of {@link withoutNarrow} with the ends that `g` has. */
export const withNarrowEnds = (g: Graph, program: Program): Program => ({
  ...program,
  async run(feeds) {
    const wide: Record<string, Tensor> = {}
    for (const [i, feed] of checkFeeds(g.inputs, feeds).entries()) {
      const { name, dtype } = g.inputs[i]!
      wide[name!] = carried(inDtype(feed, dtype))
    }
    const results = await program.run(wide)
    return Object.fromEntries(
      Object.entries(g.outputs).map(([name, v]) => {
        const t = results[name]!
        return [name, isNarrow(v.dtype) ? inDtype(t, v.dtype) : t]
      }),
    )
  },
})

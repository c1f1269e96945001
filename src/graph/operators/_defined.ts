// Operators that others can say: shapes, gradient and plain kernel follow from one definition.
// Source: ONNX's function bodies (operators that the specification itself defines by others).
// The gradient computes the forward values again: it costs a second forward pass, and needs no rule of its own.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Buffer, Graph, Node, Operator, Value, ValueInfo } from '../contract.ts'
import { pullBack } from '../gradients.ts'
import { describeNode, reach } from '../graph.ts'
import { inferNode } from '../infer.ts'
import { planNodes } from '../plain/program.ts'
import { formatShape } from '../shape.ts'
import { isFloat, sizeOf } from '../tensor.ts'
import { input } from '../value.ts'
import { identity } from './cast.ts'

/** An operator's outputs in other operators. It may look at shapes and dtypes, and at the content of constants. */
export type Definition = (
  inputs: readonly (Value | undefined)[],
  attributes: Attributes,
  what: string,
) => readonly Value[]

/** Values that stand for inputs of which only this is known. */
const placesOf = (inputs: readonly (ValueInfo | undefined)[]): (Value | undefined)[] =>
  inputs.map((v, i) => v && { ...input(`in${i}`, v.shape, v.dtype), content: v.content })

/** Shapes and dtypes of what the definition gives. */
export const inferBy =
  (definition: Definition): Operator['infer'] =>
  (inputs, attributes, what) => {
    try {
      const outputs = definition(placesOf(inputs), attributes, what)
      return outputs.map(({ dtype, shape, content }) => ({ dtype, shape, content }))
    } catch (cause) {
      if (!(cause instanceof FrostglassError) || cause.message.includes(what)) throw cause
      throw new FrostglassError(cause.code, `${what}: ${cause.message}`, cause.hint, cause)
    }
  }

/** The gradient of the definition, by those inputs that need one. */
export const gradientBy =
  (definition: Definition, name: string): Exclude<NonNullable<Operator['gradient']>, 'none'> =>
  ({ inputs, attributes, grads, needs }) => {
    // Each input under an identity of its own: one value may come as two inputs, or one be made of another.
    const own = inputs.map((v, i) => (v && needs[i] && isFloat(v.dtype) ? identity(v) : v))
    const wrt = own.filter((v, i): v is Value => v !== inputs[i])
    const found = pullBack(definition(own, attributes, name), grads, wrt)
    return own.map((v) => (v && wrt.includes(v) ? found[wrt.indexOf(v)] : undefined))
  }

/** The definition, planned over the node's own buffers. */
export const kernelBy =
  (definition: Definition, name: string): NonNullable<Operator['kernel']> =>
  ({ inputs, outputs, attributes }) => {
    const places = placesOf(inputs.map((b) => b && { ...b, content: undefined }))
    const buffers = new Map<Value, Buffer>()
    places.forEach((v, i) => void (v && buffers.set(v, inputs[i]!)))
    const results = definition(places, attributes, name).slice(0, outputs.length)
    const steps = planNodes(reach(results).nodes, buffers)
    const copies = results.map((v, i) => {
      const from = buffers.get(v)?.data ?? Float64Array.from(v.tensor!.data as ArrayLike<number>, Number)
      const to = outputs[i]!.data
      if (from.length !== to.length) throw otherSize(name, from.length, outputs[i]!)
      return () => to.set(from)
    })
    const all = [...steps, ...copies]
    return () => {
      for (let i = 0; i < all.length; i++) all[i]!()
    }
  }

// A shorter result would leave the rest of the output as it was.
const otherSize = (name: string, found: number, { shape }: Buffer): FrostglassError =>
  new FrostglassError(
    'unsupported',
    `${name}: its definition makes ${found} elements of ${formatShape(shape)}`,
    "Compile with executor: 'native'.",
  )

/** Operations of the definition; a free dimension counts as 32. */
export const flopsBy =
  (definition: Definition, name: string): NonNullable<Operator['flops']> =>
  (inputs, _, attributes) => {
    const infos = inputs.map((v) => v && { content: undefined, ...v })
    return flopsOf(reach(definition(placesOf(infos), attributes, name)).nodes)
  }

/** Operations of some nodes; a free dimension counts as 32. */
export function flopsOf(nodes: readonly Node[]): number {
  const sized = <T extends ValueInfo>(v: T) => ({
    ...v,
    shape: v.shape.map((d) => (typeof d === 'number' ? d : 32)),
  })
  let sum = 0
  for (const { operator, inputs, outputs, attributes } of nodes) {
    const results = outputs.map(sized)
    const given = inputs.map((v) => v && sized(v))
    sum += operator.flops
      ? operator.flops(given, results, attributes)
      : results.reduce((all, v) => all + sizeOf(v.shape), 0)
  }
  return sum
}

/**
 * What a subgraph gives, from what is known of its inputs and of the values that it takes from outside. Without more than
 * the values say themselves there is nothing to find out.
 */
export function inferBody(
  body: Graph,
  around: ReadonlyMap<Value, ValueInfo> | undefined,
  what: string,
): readonly ValueInfo[] {
  const known = new Map<Value, ValueInfo>(around)
  const now = (v: Value): ValueInfo => known.get(v) ?? v
  for (const node of around ? body.nodes : []) {
    const inputs = node.inputs.map((v) => v && now(v))
    const captured = new Map(node.captured.map((v) => [v, now(v)]))
    const where = `${what}: ${describeNode(node)}`
    const results = inferNode(node.operator, inputs, node.attributes, where, captured)
    node.outputs.forEach((v, i) => void (results[i] && known.set(v, results[i])))
  }
  return Object.values(body.outputs).map(now)
}

/** All of these at once, for an operator's record. */
export const definedBy = (
  name: string,
  definition: Definition,
): Required<Pick<Operator, 'infer' | 'gradient' | 'kernel' | 'flops'>> => ({
  infer: inferBy(definition),
  gradient: gradientBy(definition, name),
  kernel: kernelBy(definition, name),
  flops: flopsBy(definition, name),
})

// If: one of two branches, whichever the condition says; the other one does not run.
// Source: ONNX If (opset 16). A branch is a graph without inputs that uses values from around it.
// Its gradient is an If of the branches' gradients, which computes the branch's values again.

import { FrostglassError } from '../../errors.ts'
import type { Buffer, GradientContext, Graph, Node, Operator, Value, ValueInfo } from '../contract.ts'
import { pullBack } from '../gradients.ts'
import { branchNodes, capturedBy, describeNode, isRandom, reach } from '../graph.ts'
import { info } from '../operator.ts'
import { planNodes } from '../plain/program.ts'
import { formatShape, hasRank, isStatic, unknownDim, unknownShape } from '../shape.ts'
import { isFloat, sizeOf, toFloat64 } from '../tensor.ts'
import { applyAll, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { flopsOf, inferBody } from './_defined.ts'
import { expandLike } from './view.ts'

const branches = ['then_branch', 'else_branch'] as const

const branchOf = (attributes: Node['attributes'], which: (typeof branches)[number]): Graph =>
  attributes[which] as Graph

/** A branch of what is computed up to `border`, and what it takes from there. */
function branch(outputs: readonly Value[], border: readonly Value[]): { body: Graph; captured: Value[] } {
  const nodes = branchNodes(border, outputs)
  const body: Graph = {
    inputs: [],
    outputs: Object.fromEntries(outputs.map((v, i) => [`out${i}`, v])),
    variables: [],
    updates: [],
    nodes,
  }
  return { body, captured: capturedBy(body) }
}

/** What is known of a value that comes from either branch. @throws FrostglassError `shape` when dtypes differ. */
function either(a: ValueInfo, b: ValueInfo, i: number, what: string): ValueInfo {
  if (a.dtype !== b.dtype) {
    throw new FrostglassError(
      'shape',
      `${what}: output ${i} is ${a.dtype} in one branch and ${b.dtype} in the other`,
      'Cast one of them.',
    )
  }
  if (a.shape.length !== b.shape.length || !hasRank(a.shape)) return info(a.dtype, unknownShape)
  return info(
    a.dtype,
    a.shape.map((d, axis) => (d === b.shape[axis] ? d : unknownDim())),
  )
}

function gradient({ inputs, attributes, grads, needs, captured }: GradientContext) {
  const wanted = captured.filter((v, i) => needs[inputs.length + i] && isFloat(v.dtype))
  const border = [...captured, ...grads.filter((g) => g !== undefined)]
  const results = branches.map((which) => {
    const body = branchOf(attributes, which)
    const random = body.nodes.find(isRandom)
    if (random) {
      throw new FrostglassError(
        'unsupported',
        `${describeNode(random)} in a branch of If draws anew for the gradient`,
        'Draw before the branch.',
      )
    }
    const found = pullBack(Object.values(body.outputs), grads, wanted, new Set(captured))
    const all = found.map((g, i) => g ?? expandLike(scalarLike(wanted[i]!, 0), wanted[i]!))
    return branch(all, border)
  })
  const outputs = applyBranches(inputs[0]!, results)
  return [undefined, ...captured.map((v) => (wanted.includes(v) ? outputs[wanted.indexOf(v)] : undefined))]
}

function applyBranches(
  condition: Value,
  [yes, no]: readonly { body: Graph; captured: Value[] }[],
): readonly Value[] {
  return applyAll(
    ifOperator,
    [condition],
    { then_branch: yes!.body, else_branch: no!.body },
    { captured: [...new Set([...yes!.captured, ...no!.captured])] },
  )
}

/** One branch, planned: what a run calls, and where its results are. */
function planBranch(body: Graph, captured: ReadonlyMap<Value, Buffer>, outputs: readonly Buffer[]) {
  const buffers = new Map<Value, Buffer>(captured)
  const steps = planNodes(body.nodes, buffers)
  const copies = Object.values(body.outputs).map((v, i) => {
    const from = buffers.get(v)?.data ?? toFloat64(v.tensor!)
    const to = outputs[i]!.data
    return () => to.set(from)
  })
  return [...steps, ...copies]
}

export const ifOperator: Operator = {
  name: 'If',
  attributes: { then_branch: 'graph', else_branch: 'graph' },
  infer(inputs, attributes, what, captured) {
    const [condition] = requireInputs(inputs, 1, what) as [ValueInfo]
    const size = isStatic(condition.shape) ? sizeOf(condition.shape) : 1
    const [yes, no] = branches.map((which) => {
      const body = attributes[which] as Graph | undefined
      return body ? inferBody(body, captured, what) : []
    })
    if (condition.dtype !== 'bool' || size !== 1 || yes!.length !== no!.length || yes!.length === 0) {
      throw new FrostglassError(
        'shape',
        `${what}: the condition is ${condition.dtype} ${formatShape(condition.shape)}, its branches give ${yes!.length} and ${no!.length} values`,
        'Give one bool, and as many values from one branch as from the other.',
      )
    }
    return yes!.map((v, i) => either(v, no![i]!, i, what))
  },
  gradient,
  differentiatesCaptured: true,
  taken: (attributes, condition) => branchOf(attributes, condition[0] !== 0 ? 'then_branch' : 'else_branch'),
  kernel({ inputs, outputs, attributes, captured }) {
    const condition = inputs[0]!.data
    const [yes, no] = branches.map((which) => planBranch(branchOf(attributes, which), captured, outputs))
    return () => {
      const taken = condition[0] !== 0 ? yes! : no!
      for (let i = 0; i < taken.length; i++) taken[i]!()
    }
  },
  // Its branches may draw random numbers.
  random: true,
  flops: (_, __, attributes) =>
    Math.max(...branches.map((which) => flopsOf(branchOf(attributes, which).nodes))),
}

/**
 * What one of two branches gives; only the one that is taken runs.
 * @param condition a bool of one element
 * @param given values that the branches use. What else they use is computed inside them.
 * @throws FrostglassError `shape` when the branches' results differ in dtype or number.
 * @example const [y] = ifElse(greater(sum, zero), [x], (v) => [sqrt(v)], (v) => [neg(v)])
 */
export function ifElse(
  condition: Value,
  given: readonly Value[],
  then: (...given: Value[]) => readonly Value[],
  otherwise: (...given: Value[]) => readonly Value[],
): readonly Value[] {
  return applyBranches(
    condition,
    [then, otherwise].map((build) => branch(build(...given), given)),
  )
}

// A condition of more is not worth evaluating while a model is read.
const mostElements = 65536

/** The condition, when it follows from constants and from sizes that are known; undefined when a run must tell. */
export function knownCondition(condition: Value): boolean | undefined {
  const { nodes, leaves } = reach([condition], knownSizes(condition))
  const known = leaves.every((v) => v.kind === 'constant' || v.content?.every((d) => typeof d === 'number'))
  const small = [...nodes.flatMap((node) => node.outputs), ...leaves].every(
    (v) => isStatic(v.shape) && sizeOf(v.shape) <= mostElements,
  )
  const runs = nodes.every(
    (node) => (node.operator.kernel || node.operator.view) && !node.operator.random && !isRandom(node),
  )
  if (!known || !small || !runs) return undefined
  const buffers = new Map<Value, Buffer>()
  for (const v of leaves) {
    const data = v.tensor ? toFloat64(v.tensor) : Float64Array.from(v.content as number[])
    buffers.set(v, { data, shape: v.shape as number[], dtype: v.dtype })
  }
  for (const step of planNodes(nodes, buffers)) step()
  const found = buffers.get(condition)
  return found && found.data.length === 1 ? found.data[0] !== 0 : undefined
}

/** Values before the condition whose elements are known from shapes: nothing before them need be. */
function knownSizes(condition: Value): ReadonlySet<Value> {
  const all = reach([condition]).nodes.flatMap((node) => node.outputs)
  return new Set(all.filter((v) => v.content?.every((d) => typeof d === 'number')))
}

export const conditionalOperators: readonly Operator[] = [ifOperator]

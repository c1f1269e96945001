// Reverse-mode differentiation: the gradient of a scalar as more nodes of the same graph.
// Source: Griewank and Walther, Evaluating Derivatives, chapter 3; the rules stand beside each operator.
// Only first principles: no second executor, no tape. The result can be differentiated again.

import { FrostglassError } from '../errors.ts'
import type { Node, Value } from './contract.ts'
import { describeNode, reach } from './graph.ts'
import { addOperator } from './operators/arithmetic.ts'
import { formatShape, hasRank, isStatic } from './shape.ts'
import { isFloat, sizeOf } from './tensor.ts'
import { apply, dependencies, filled } from './value.ts'

/**
 * The gradients of `loss` by each of `wrt`, in that order, with their shapes.
 *
 * @param loss a floating-point value of one element (shape `[]`, `[1]` …)
 * @throws FrostglassError `unsupported` when an operator between has no gradient rule: the message names node and
 * operator; `shape` when the loss is not a scalar; `usage` when the loss does not depend on one of `wrt`.
 * @example const [dw] = gradients(reduceMean(mul(x, w)), [w])
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  if (!isFloat(loss.dtype) || !isStatic(loss.shape) || sizeOf(loss.shape) !== 1) {
    throw new FrostglassError(
      'shape',
      `a loss must be one number, not ${loss.dtype} ${formatShape(loss.shape)}`,
      'Reduce it with reduceMean or reduceSum.',
    )
  }
  const seed = filled(loss.shape, 1, loss.dtype)
  const found = pullBack([loss], [seed], wrt)
  return wrt.map((v, i) => {
    const g = found[i]
    if (g) return g
    throw new FrostglassError(
      'usage',
      `the loss does not depend on '${v.name ?? formatShape(v.shape)}'`,
      'Leave it out of what is trained.',
    )
  })
}

/**
 * Pulls gradients by `outputs` back to each of `wrt`: what a loss changes by, given what it changes by at the outputs.
 * @param seeds the gradient by each output; undefined for one that the loss does not use
 * @param border values that nothing is pulled through, but to
 * @returns one a value of `wrt`; undefined where nothing flows
 * @throws FrostglassError `unsupported` when an operator between has no gradient rule.
 */
export function pullBack(
  outputs: readonly Value[],
  seeds: readonly (Value | undefined)[],
  wrt: readonly Value[],
  border?: ReadonlySet<Value>,
): (Value | undefined)[] {
  const used = outputs.filter((_, i) => seeds[i])
  const active = new Set<Value>(wrt)
  const path = reach(used, border).nodes.filter((node) => {
    if (!dependencies(node).some((v) => active.has(v))) return false
    if (node.operator.gradient === 'none') return false
    for (const v of node.outputs) active.add(v)
    return true
  })
  const flowing = new Map<Value, Value>()
  const flow = (v: Value, g: Value): void => {
    const sum = flowing.get(v)
    flowing.set(v, sum ? apply(addOperator, [sum, g]) : g)
  }
  outputs.forEach((v, i) => {
    const seed = seeds[i]
    if (seed) flow(v, seed)
  })
  for (const node of path.toReversed()) {
    const grads = node.outputs.map((v) => flowing.get(v))
    if (grads.every((g) => g === undefined)) continue
    const rule = ruleOf(node, active)
    const read = [...node.inputs, ...node.captured]
    requireRanks(node, path)
    const needs = read.map((v) => v !== undefined && active.has(v))
    const { inputs, captured, outputs: results, attributes } = node
    const answers = rule({ inputs, captured, outputs: results, attributes, grads, needs })
    read.forEach((v, i) => {
      const g = answers[i]
      // What is made of integers does not vary, whatever a float before them does.
      if (v && g && needs[i] && isFloat(v.dtype)) flow(v, g)
    })
  }
  return wrt.map((v) => flowing.get(v))
}

/** @throws FrostglassError `unsupported`. */
function ruleOf(node: Node, active: ReadonlySet<Value>) {
  const rule = node.operator.gradient
  if (typeof rule !== 'function') {
    throw new FrostglassError(
      'unsupported',
      `${describeNode(node)} has no gradient rule, and what is trained lies behind it`,
      'Train only what comes after it, or replace the operator.',
    )
  }
  if (!node.operator.differentiatesCaptured && node.captured.some((v) => active.has(v))) {
    throw new FrostglassError(
      'unsupported',
      `${describeNode(node)} captures a value that is to be trained`,
      'Unroll the loop.',
    )
  }
  return rule
}

/** Rules go by shapes. @throws FrostglassError `unsupported` for a node of which a shape says not even its rank. */
function requireRanks(node: Node, path: readonly Node[]): void {
  if ([...node.inputs, ...node.outputs].every((v) => !v || hasRank(v.shape))) return
  // Most often the rank is unknown for what comes before: an operator that has no rule, either, and is what to name.
  const before = new Set(reach([node.outputs[0]!]).nodes)
  const unruled = path.find(
    (earlier) => before.has(earlier) && typeof earlier.operator.gradient !== 'function',
  )
  if (unruled) {
    const { operator, name, origin } = unruled
    const full = `${operator.domain ? `${operator.domain}.` : ''}${operator.name} (node '${name ?? ''}')`
    throw new FrostglassError(
      'unsupported',
      `${origin ? `${origin}: ` : ''}${full} has no gradient rule, and nobody states the shape of what it gives`,
      'Train only what comes after it, or replace the operator.',
    )
  }
  throw new FrostglassError(
    'unsupported',
    `the gradient of ${describeNode(node)} needs to know how many axes its inputs have`,
    'Run shape inference when exporting the model, or train only what comes after it.',
  )
}

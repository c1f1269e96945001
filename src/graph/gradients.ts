// Reverse-mode differentiation: the gradient of a scalar as more nodes of the same graph.
// Source: Griewank and Walther, Evaluating Derivatives, chapter 3; the rules stand beside each operator.
// Only first principles: no second executor, no tape. The result can be differentiated again.

import { FrostglassError } from '../errors.ts'
import type { Value } from './contract.ts'
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
  const { nodes } = reach([loss])
  const active = new Set<Value>(wrt)
  const path = nodes.filter((node) => {
    if (!dependencies(node).some((v) => active.has(v))) return false
    if (node.operator.gradient === 'none') return false
    for (const v of node.outputs) active.add(v)
    return true
  })
  const flowing = new Map<Value, Value>([[loss, filled(loss.shape, 1, loss.dtype)]])
  for (const node of path.toReversed()) {
    const grads = node.outputs.map((v) => flowing.get(v))
    if (grads.every((g) => g === undefined)) continue
    const rule = node.operator.gradient
    if (typeof rule !== 'function') {
      throw new FrostglassError(
        'unsupported',
        `${describeNode(node)} has no gradient rule, and what is trained lies behind it`,
        'Train only what comes after it, or replace the operator.',
      )
    }
    if (node.captured.some((v) => active.has(v))) {
      throw new FrostglassError(
        'unsupported',
        `${describeNode(node)} captures a value that is to be trained`,
        'Unroll the loop.',
      )
    }
    if ([...node.inputs, ...node.outputs].some((v) => v && !hasRank(v.shape))) {
      throw new FrostglassError(
        'unsupported',
        `the gradient of ${describeNode(node)} needs to know how many axes its inputs have`,
        'Run shape inference when exporting the model, or train only what comes after it.',
      )
    }
    const needs = node.inputs.map((v) => v !== undefined && active.has(v))
    const answers = rule({
      inputs: node.inputs,
      outputs: node.outputs,
      attributes: node.attributes,
      grads,
      needs,
    })
    node.inputs.forEach((v, i) => {
      const g = answers[i]
      if (!v || !g || !needs[i]) return
      const sum = flowing.get(v)
      flowing.set(v, sum ? apply(addOperator, [sum, g]) : g)
    })
  }
  return wrt.map((v) => {
    const g = flowing.get(v)
    if (g) return g
    throw new FrostglassError(
      'usage',
      `the loss does not depend on '${v.name ?? formatShape(v.shape)}'`,
      'Leave it out of what is trained.',
    )
  })
}

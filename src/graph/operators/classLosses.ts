// Losses of class numbers: NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.
// Source: ONNX operators of these names (opset 13). Classes are on axis 1; a target that is ignore_index counts nothing.
// Weights of classes are data: no gradient flows to them, and asking for one is an error.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Buffer, GradientContext, Operator, Value, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { formatShape, type Shape, unify } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { wordOf } from './_interpolation.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { equal, not, where } from './compare.ts'
import { exp, neg } from './elementwise.ts'
import { gather, scatterElements } from './gather.ts'
import { reduceSum } from './reduce.ts'
import { expandLike, unsqueeze } from './view.ts'

const reductions = ['mean', 'sum', 'none'] as const

const attributes = { ignore_index: 'int', reduction: 'string' } as const

/** The shape of the loss. @throws FrostglassError `shape` when targets are not one a place, or weights not one a class. */
function lossShape(inputs: readonly (ValueInfo | undefined)[], given: Attributes, what: string): Shape {
  const [x, target] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
  const places = [...x.shape.slice(0, 1), ...x.shape.slice(2)]
  const fits =
    x.shape.length >= 2 &&
    places.length === target.shape.length &&
    places.every((d, i) => unify(d, target.shape[i]!) !== undefined)
  if (!fits) {
    throw new FrostglassError(
      'shape',
      `${what}: targets of shape ${formatShape(target.shape)} for scores of ${formatShape(x.shape)}`,
      'Give one target a place: the shape of the scores without axis 1.',
    )
  }
  const weights = inputs[2]
  if (weights && (weights.shape.length !== 1 || unify(weights.shape[0]!, x.shape[1]!) === undefined)) {
    throw new FrostglassError(
      'shape',
      `${what}: weights of shape ${formatShape(weights.shape)} for scores of ${formatShape(x.shape)}`,
      'Give one weight a class: as many as axis 1 of the scores is long.',
    )
  }
  return wordOf(given, 'reduction', reductions, what) === 'none' ? target.shape : []
}

/** Plans the loss of what `scores` holds at each run. */
function lossStep(
  scores: Float64Array,
  shape: readonly number[],
  target: Buffer,
  weights: Buffer | undefined,
  loss: Buffer,
  given: Attributes,
  what: string,
): () => void {
  const classes = shape[1]!
  const inner = sizeOf(shape.slice(2))
  const reduction = wordOf(given, 'reduction', reductions, what)
  const ignored = given['ignore_index'] as number | undefined
  const to = loss.data
  return () => {
    let [sum, total] = [0, 0]
    for (let i = 0; i < target.data.length; i++) {
      const label = target.data[i]!
      let [one, weight] = [0, 0]
      if (label !== ignored) {
        if (!(label >= 0 && label < classes)) {
          throw new FrostglassError(
            'input',
            `${what}: there is no class ${label} among ${classes}`,
            `Use classes from 0 to ${classes - 1}, or ignore_index.`,
          )
        }
        weight = weights ? weights.data[label]! : 1
        one = -weight * scores[(Math.floor(i / inner) * classes + label) * inner + (i % inner)]!
      }
      sum += one
      total += weight
      if (reduction === 'none') to[i] = one
    }
    if (reduction !== 'none') to[0] = reduction === 'mean' ? sum / total : sum
  }
}

/** The gradient of the loss by logarithms of probabilities `like`. */
function byLogarithms({ inputs, attributes: given, needs }: GradientContext, like: Value, dy: Value): Value {
  const [, target, weights] = inputs as [Value, Value, Value | undefined]
  if (needs[2]) {
    throw new FrostglassError(
      'unsupported',
      'no gradient of a loss by the weights of its classes',
      'Leave the weights out of what is trained.',
    )
  }
  const ignored = given['ignore_index'] as number | undefined
  const isIgnored = ignored === undefined ? undefined : equal(target, scalarLike(target, ignored))
  const label = isIgnored ? where(isIgnored, scalarLike(target, 0), target) : target
  const each = weights ? gather(weights, label) : expandLike(scalarLike(like, 1), target)
  const weight = isIgnored ? mul(each, cast(not(isIgnored), like.dtype)) : each
  const isMean = wordOf(given, 'reduction', reductions, 'loss') === 'mean'
  const share = mul(weight, isMean ? div(dy, reduceSum(weight)) : dy)
  const zeros = expandLike(scalarLike(like, 0), like)
  return scatterElements(zeros, unsqueeze(label, [1]), unsqueeze(neg(share), [1]), { axis: 1 })
}

export const negativeLogLikelihoodLossOperator: Operator = {
  name: 'NegativeLogLikelihoodLoss',
  attributes,
  infer(inputs, given, what) {
    const shape = lossShape(inputs, given, what)
    return [info(inputs[0]!.dtype, shape)]
  },
  gradient: (g) => [byLogarithms(g, g.inputs[0]!, g.grads[0]!)],
  kernel({ inputs: [x, target, weights], outputs: [loss], attributes: given }) {
    return lossStep(x!.data, x!.shape, target!, weights, loss!, given, 'NegativeLogLikelihoodLoss')
  },
}

export const softmaxCrossEntropyLossOperator: Operator = {
  name: 'SoftmaxCrossEntropyLoss',
  attributes,
  infer(inputs, given, what) {
    const shape = lossShape(inputs, given, what)
    const x = inputs[0]!
    return [info(x.dtype, shape), info(x.dtype, x.shape)]
  },
  gradient(g) {
    const logarithms = g.outputs[1]!
    const [dLoss, dLogarithms] = g.grads
    const byLoss = dLoss && byLogarithms(g, logarithms, dLoss)
    const slope = byLoss && dLogarithms ? add(byLoss, dLogarithms) : (byLoss ?? dLogarithms)!
    return [sub(slope, mul(exp(logarithms), reduceSum(slope, [1], true)))]
  },
  kernel({ inputs: [x, target, weights], outputs: [loss, logarithms], attributes: given }) {
    const from = x!.data
    const to = logarithms!.data
    const classes = x!.shape[1]!
    const inner = sizeOf(x!.shape.slice(2))
    const step = lossStep(to, x!.shape, target!, weights, loss!, given, 'SoftmaxCrossEntropyLoss')
    return () => {
      for (let i = 0; i < target!.data.length; i++) {
        const start = Math.floor(i / inner) * classes * inner + (i % inner)
        let top = -Infinity
        for (let c = 0; c < classes; c++) top = Math.max(top, from[start + c * inner]!)
        let sum = 0
        for (let c = 0; c < classes; c++) sum += Math.exp(from[start + c * inner]! - top)
        const rest = Math.log(sum)
        for (let c = 0; c < classes; c++) to[start + c * inner] = from[start + c * inner]! - top - rest
      }
      step()
    }
  },
  flops: (inputs) => 4 * sizeOf(inputs[0]!.shape as number[]),
}

export const classLossOperators: readonly Operator[] = [
  negativeLogLikelihoodLossOperator,
  softmaxCrossEntropyLossOperator,
]

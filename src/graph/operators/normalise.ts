// Batch normalisation: BatchNormalization with given moments, and training on the batch's own, built from other operators.
// Source: ONNX BatchNormalization (opset 15); Ioffe and Szegedy, Batch Normalization (2015), algorithm 1.
// The variance of a batch is the mean square (divided by the number of elements, not by one less).

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, flag, info } from '../operator.ts'
import { formatShape, mayAgree } from '../shape.ts'
import { apply, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { gradientBy, kernelBy } from './_defined.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { neg, sqrt } from './elementwise.ts'
import { reduceMean, reduceSum } from './reduce.ts'
import { reshape } from './view.ts'

const defaultEpsilon = 1e-5
// As ONNX holds it, in float32.
const defaultMomentum = Math.fround(0.9)

/** All axes but the channels'. */
const otherAxes = (x: Value): number[] => [...x.shape.keys()].filter((axis) => axis !== 1)

/** One number a channel, so that it broadcasts over `x`. */
const perChannel = (v: Value, x: Value): Value => reshape(v, [-1, ...x.shape.slice(2).map(() => 1)])

export const batchNormalizationOperator: Operator = {
  name: 'BatchNormalization',
  attributes: { epsilon: 'float', momentum: 'float', training_mode: 'int' },
  infer(inputs, attributes, what) {
    const [x, ...moments] = requireInputs(inputs, 5, what) as [ValueInfo, ...ValueInfo[]]
    if (x.shape.length < 2) {
      throw new FrostglassError(
        'shape',
        `${what}: expected [N, C, …], got ${formatShape(x.shape)}`,
        'Put the channels into the second dimension.',
      )
    }
    for (const v of moments) {
      if (v.shape.length === 1 && mayAgree(v.shape[0]!, x.shape[1]!)) continue
      throw new FrostglassError(
        'shape',
        `${what}: input ${formatShape(x.shape)} has ${x.shape[1]} channels, but scale, bias, mean or variance has shape ${formatShape(v.shape)}`,
        `Give each of them shape [${x.shape[1]}].`,
      )
    }
    const y = info(x.dtype, x.shape)
    if (!flag(attributes, 'training_mode')) return [y]
    const running = moments.slice(2).map((v) => info(v.dtype, v.shape))
    return [y, ...running]
  },
  gradient(context) {
    const { inputs, attributes, grads, needs } = context
    if (flag(attributes, 'training_mode')) return trainingGradient(context)
    const [x, scale, , mean, variance] = inputs as [Value, Value, Value, Value, Value]
    const dy = grads[0]!
    const epsilon = scalarLike(variance, attribute(attributes, 'epsilon', defaultEpsilon))
    const deviation = sqrt(add(variance, epsilon))
    const slope = div(scale, deviation)
    const sum = reduceSum(dy, otherAxes(x))
    // Σ dy·(x − mean): what scale and variance see.
    const moment = () => reduceSum(mul(dy, sub(x, perChannel(mean, x))), otherAxes(x))
    const byVariance = () => div(mul(mul(moment(), slope), scalarLike(slope, -0.5)), add(variance, epsilon))
    return [
      needs[0] ? mul(dy, perChannel(slope, x)) : undefined,
      needs[1] ? div(moment(), deviation) : undefined,
      needs[2] ? sum : undefined,
      needs[3] ? neg(mul(sum, slope)) : undefined,
      needs[4] ? byVariance() : undefined,
    ]
  },
  kernel(context) {
    const {
      inputs: [x, scale, bias, mean, variance],
      outputs: [y],
      attributes,
    } = context
    if (flag(attributes, 'training_mode')) return trainingKernel(context)
    const epsilon = attribute(attributes, 'epsilon', defaultEpsilon)
    const from = x!.data
    const to = y!.data
    const channels = x!.shape[1]!
    const size = from.length / (x!.shape[0]! * channels)
    return () => {
      for (let plane = 0, base = 0; base < to.length; plane++, base += size) {
        const c = plane % channels
        const slope = scale!.data[c]! / Math.sqrt(variance!.data[c]! + epsilon)
        const offset = bias!.data[c]! - slope * mean!.data[c]!
        for (let i = base; i < base + size; i++) to[i] = slope * from[i]! + offset
      }
    }
  },
}

/** By the batch's own moments (training_mode), with which the running ones are moved on: momentum is the old one's share. */
function byTheBatch(inputs: readonly (Value | undefined)[], attributes: Attributes): readonly Value[] {
  const [x, scale, bias, ...running] = inputs as [Value, Value, Value, Value, Value]
  const { y, mean, variance } = batchNormTraining(
    x,
    scale,
    bias,
    attribute(attributes, 'epsilon', defaultEpsilon),
  )
  const kept = attribute(attributes, 'momentum', defaultMomentum)
  const moved = [mean, variance].map((now, i) => {
    const old = running[i]!
    return add(mul(old, scalarLike(old, kept)), mul(cast(now, old.dtype), scalarLike(old, 1 - kept)))
  })
  return [y, ...moved]
}

const trainingGradient = gradientBy(byTheBatch, 'BatchNormalization')
const trainingKernel = kernelBy(byTheBatch, 'BatchNormalization')

/**
 * (x − mean) / √(variance + epsilon) · scale + bias, channel by channel: `x` is `[N, C, …]`, the others `[C]`.
 * @throws FrostglassError `shape` when the channels differ.
 */
export const batchNormalization = (
  x: Value,
  scale: Value,
  bias: Value,
  mean: Value,
  variance: Value,
  epsilon = defaultEpsilon,
): Value => apply(batchNormalizationOperator, [x, scale, bias, mean, variance], { epsilon })

/**
 * Batch normalisation by the batch's own moments, through which the gradient flows.
 * @returns `y` shaped like `x`, and the batch's `mean` and `variance` `[C]`, for moving averages
 * @example const { y, mean, variance } = batchNormTraining(x, scale, bias)
 */
export function batchNormTraining(
  x: Value,
  scale: Value,
  bias: Value,
  epsilon = defaultEpsilon,
): { y: Value; mean: Value; variance: Value } {
  const axes = otherAxes(x)
  const mean = reduceMean(x, axes)
  const centred = sub(x, perChannel(mean, x))
  const variance = reduceMean(mul(centred, centred), axes)
  const slope = div(scale, sqrt(add(variance, scalarLike(variance, epsilon))))
  return { y: add(mul(centred, perChannel(slope, x)), perChannel(bias, x)), mean, variance }
}

export const normaliseOperators: readonly Operator[] = [batchNormalizationOperator]

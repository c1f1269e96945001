// Normalisation over an example's own numbers: Layer-, RMS-, Group-, InstanceNormalization, MeanVarianceNormalization,
// LpNormalization, LRN.
// Source: ONNX operators of these names (opsets 17, 23, 18 and 21, 6, 13, 1, 13), said by others as their function bodies are.
// Float16 is computed in float32 whatever stash_type says, float64 in float64: no less than what the specification asks.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { broadcast, formatShape, isStatic, normaliseAxis, type Shape, staticShape } from '../shape.ts'
import { type DType, sizeOf } from '../tensor.ts'
import { apply, applyAll, constant, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { type Definition, definedBy } from './_defined.ts'
import { add, div, mul, pow, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { equal, where } from './compare.ts'
import { abs, reciprocal, sqrt } from './elementwise.ts'
import { matmul } from './matmul.ts'
import { reduceMean, reduceSum } from './reduce.ts'
import { reshape, reshapeLike } from './view.ts'

// As a float attribute holds it.
const defaultEpsilon = Math.fround(1e-5)

/** Where it is computed: float16 in float32, the others in themselves. */
const widened = (x: Value): Value => cast(x, stashOf(x.dtype))
const stashOf = (dtype: DType): DType => (dtype === 'float64' ? 'float64' : 'float32')

const upwards = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)

/** `x` less its mean along `axes`, the mean, and one over the deviation. */
function standardise(x: Value, axes: readonly number[], epsilon: number) {
  const mean = reduceMean(x, axes, true)
  const centred = sub(x, mean)
  const variance = reduceMean(mul(centred, centred), axes, true)
  const inverse = reciprocal(sqrt(add(variance, scalarLike(x, epsilon))))
  return { mean, centred, inverse }
}

/** @throws FrostglassError `shape` when `v` does not broadcast over `x` alone. */
function requireFits(v: ValueInfo | undefined, x: ValueInfo, role: string, what: string): void {
  if (!v) return
  if (v.shape.length <= x.shape.length && sameShape(broadcast(v.shape, x.shape, what), x.shape)) return
  throw new FrostglassError(
    'shape',
    `${what}: the ${role} ${formatShape(v.shape)} does not broadcast over ${formatShape(x.shape)}`,
    'Give it the sizes of the normalised axes.',
  )
}

const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i] || typeof d === 'string' || typeof b[i] === 'string')

const layerDefinition: Definition = (inputs, attributes, what) => {
  const [x, scale] = requireInputs(inputs, 2, what) as [Value, Value]
  const bias = inputs[2]
  const axis = normaliseAxis(attribute(attributes, 'axis', -1), x.shape.length, what)
  requireFits(scale, x, 'scale', what)
  requireFits(bias, x, 'bias', what)
  const epsilon = attribute(attributes, 'epsilon', defaultEpsilon)
  const { mean, centred, inverse } = standardise(widened(x), upwards(axis, x.shape.length), epsilon)
  const scaled = mul(cast(mul(centred, inverse), x.dtype), scale)
  return [bias ? add(scaled, bias) : scaled, cast(mean, 'float32'), cast(inverse, 'float32')]
}

export const layerNormalizationOperator: Operator = {
  name: 'LayerNormalization',
  attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
  ...definedBy('LayerNormalization', layerDefinition),
}

const rmsDefinition: Definition = (inputs, attributes, what) => {
  const [x, scale] = requireInputs(inputs, 2, what) as [Value, Value]
  const axis = normaliseAxis(attribute(attributes, 'axis', -1), x.shape.length, what)
  requireFits(scale, x, 'scale', what)
  const wide = widened(x)
  const meanSquare = reduceMean(mul(wide, wide), upwards(axis, x.shape.length), true)
  const root = sqrt(add(meanSquare, scalarLike(wide, attribute(attributes, 'epsilon', defaultEpsilon))))
  return [mul(cast(div(wide, root), x.dtype), cast(scale, x.dtype))]
}

export const rmsNormalizationOperator: Operator = {
  name: 'RMSNormalization',
  attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
  ...definedBy('RMSNormalization', rmsDefinition),
  lower: (inputs, attributes) => rmsDefinition(inputs, attributes, 'RMSNormalization'),
}

/** One number a channel, so that it broadcasts over `x` `[N, C, …]`. @throws FrostglassError `shape`. */
function eachChannel(v: Value, x: Value, role: string, what: string): Value {
  if (v.shape.length !== 1 || (typeof v.shape[0] === 'number' && v.shape[0] !== x.shape[1])) {
    throw new FrostglassError(
      'shape',
      `${what}: the ${role} ${formatShape(v.shape)} is not one number for each of ${x.shape[1]} channels`,
      `Give it shape [${x.shape[1]}].`,
    )
  }
  return reshape(v, [-1, ...x.shape.slice(2).map(() => 1)])
}

/** @throws FrostglassError `shape` for less than [N, C]. */
function requireChannels(x: ValueInfo, what: string): void {
  if (x.shape.length >= 2) return
  throw new FrostglassError(
    'shape',
    `${what}: expected [N, C, …], got ${formatShape(x.shape)}`,
    'Put the channels into the second dimension.',
  )
}

const groupDefinition: Definition = (inputs, attributes, what) => {
  const [x, scale, bias] = requireInputs(inputs, 3, what) as [Value, Value, Value]
  requireChannels(x, what)
  const groups = attribute(attributes, 'num_groups', 0)
  const channels = staticShape([x.shape[1]!], `${what}: the number of channels`)[0]!
  if (!(groups >= 1) || channels % groups !== 0) {
    throw new FrostglassError(
      'shape',
      `${what}: ${channels} channels do not make ${groups} groups of one size`,
      'Choose a divisor of the number of channels.',
    )
  }
  const inGroups = isStatic(x.shape)
    ? [x.shape[0]!, groups, sizeOf(x.shape.slice(2)) * (channels / groups)]
    : [0, groups, -1]
  const wide = widened(x)
  const { centred, inverse } = standardise(
    reshape(wide, inGroups),
    [2],
    attribute(attributes, 'epsilon', defaultEpsilon),
  )
  const normalised = cast(reshapeLike(mul(centred, inverse), x), x.dtype)
  return [add(mul(normalised, eachChannel(scale, x, 'scale', what)), eachChannel(bias, x, 'bias', what))]
}

export const groupNormalizationOperator: Operator = {
  name: 'GroupNormalization',
  // Version 18 has a scale a group, and is translated on reading.
  since: [21],
  attributes: { num_groups: 'int', epsilon: 'float', stash_type: 'int' },
  ...definedBy('GroupNormalization', groupDefinition),
  lower: (inputs, attributes) => groupDefinition(inputs, attributes, 'GroupNormalization'),
}

const instanceDefinition: Definition = (inputs, attributes, what) => {
  const [x, scale, bias] = requireInputs(inputs, 3, what) as [Value, Value, Value]
  requireChannels(x, what)
  const epsilon = attribute(attributes, 'epsilon', defaultEpsilon)
  const { centred, inverse } = standardise(widened(x), upwards(2, x.shape.length), epsilon)
  const normalised = cast(mul(centred, inverse), x.dtype)
  return [add(mul(normalised, eachChannel(scale, x, 'scale', what)), eachChannel(bias, x, 'bias', what))]
}

export const instanceNormalizationOperator: Operator = {
  name: 'InstanceNormalization',
  attributes: { epsilon: 'float' },
  ...definedBy('InstanceNormalization', instanceDefinition),
  // ONNX Runtime has a kernel for float32 alone, refuses one without spatial axes, and ends with its process on nothing.
  lower: (inputs, attributes) =>
    inputs[0]?.dtype === 'float32' && inputs[0].shape.length > 2 && !inputs[0].shape.includes(0)
      ? undefined
      : instanceDefinition(inputs, attributes, 'InstanceNormalization'),
}

/** The square root, whose gradient at 0 is 0 and not infinite. */
function guardedSqrt(x: Value): Value {
  const none = equal(x, scalarLike(x, 0))
  return where(none, scalarLike(x, 0), sqrt(where(none, scalarLike(x, 1), x)))
}

const meanVarianceDefinition: Definition = (inputs, attributes, what) => {
  const [x] = requireInputs(inputs, 1, what) as [Value]
  const axes = attribute<readonly number[]>(attributes, 'axes', [0, 2, 3])
  const along = axes.map((axis) => normaliseAxis(axis, x.shape.length, what))
  const wide = widened(x)
  const centred = sub(wide, reduceMean(wide, along, true))
  const deviation = guardedSqrt(reduceMean(mul(centred, centred), along, true))
  return [cast(div(centred, add(deviation, scalarLike(wide, 1e-9))), x.dtype)]
}

export const meanVarianceNormalizationOperator: Operator = {
  name: 'MeanVarianceNormalization',
  attributes: { axes: 'ints' },
  ...definedBy('MeanVarianceNormalization', meanVarianceDefinition),
  lower: (inputs, attributes) => meanVarianceDefinition(inputs, attributes, 'MeanVarianceNormalization'),
}

/** @throws FrostglassError `unsupported` for a norm that is neither 1 nor 2. */
function normOrder(attributes: Attributes, what: string): 1 | 2 {
  const p = attribute<number>(attributes, 'p', 2)
  if (p === 1 || p === 2) return p
  throw new FrostglassError('unsupported', `${what}: the norm p = ${p}`, 'Choose 1 or 2.')
}

const lpDefinition: Definition = (inputs, attributes, what) => {
  const [x] = requireInputs(inputs, 1, what) as [Value]
  const axis = normaliseAxis(attribute(attributes, 'axis', -1), x.shape.length, what)
  const p = normOrder(attributes, what)
  const sum = reduceSum(p === 1 ? abs(x) : mul(x, x), [axis], true)
  // Where the norm is 0 all elements are: they stay 0.
  const divisor = where(equal(sum, scalarLike(x, 0)), scalarLike(x, 1), sum)
  return [div(x, p === 1 ? divisor : sqrt(divisor))]
}

export const lpNormalizationOperator: Operator = {
  name: 'LpNormalization',
  attributes: { axis: 'int', p: 'int' },
  ...definedBy('LpNormalization', lpDefinition),
  lower: (inputs, attributes) => lpDefinition(inputs, attributes, 'LpNormalization'),
}

// Which channels hold down which is a matrix, of so many rows at most.
const mostChannels = 4096

const inferResponse: Operator['infer'] = (inputs, attributes, what) => {
  const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
  requireChannels(x, what)
  const size = attribute(attributes, 'size', 0)
  if (!(size >= 1))
    throw new FrostglassError('shape', `${what}: a window of ${size} channels`, 'Give its size.')
  return [info(x.dtype, x.shape)]
}

const responseDefinition: Definition = (inputs, attributes, what) => {
  const [x] = requireInputs(inputs, 1, what) as [Value]
  const size = attribute(attributes, 'size', 0)
  const channels = staticShape([x.shape[1]!], `${what}: the number of channels`)[0]!
  if (channels > mostChannels) {
    throw new FrostglassError(
      'unsupported',
      `${what}: ${channels} channels are more than ${mostChannels}`,
      "Compile with executor: 'native', in float32 and with a window of an odd size.",
    )
  }
  // Channel c is held down by those from c − ⌊(size − 1)/2⌋ to c + ⌈(size − 1)/2⌉.
  const band = new Float64Array(channels * channels)
  for (let c = 0; c < channels; c++) {
    const last = Math.min(channels - 1, c + Math.ceil((size - 1) / 2))
    for (let d = Math.max(0, c - Math.floor((size - 1) / 2)); d <= last; d++) band[c * channels + d] = 1
  }
  const flat = isStatic(x.shape) ? [x.shape[0]!, channels, sizeOf(x.shape.slice(2))] : [0, channels, -1]
  const squares = reshape(mul(x, x), flat)
  const sums = reshapeLike(matmul(constant(band, [channels, channels], x.dtype), squares), x)
  const share = scalarLike(x, attribute(attributes, 'alpha', Math.fround(1e-4)) / size)
  const base = add(scalarLike(x, attribute(attributes, 'bias', 1)), mul(share, sums))
  return [div(x, pow(base, scalarLike(x, attribute(attributes, 'beta', 0.75))))]
}

export const lrnOperator: Operator = {
  name: 'LRN',
  attributes: { alpha: 'float', beta: 'float', bias: 'float', size: 'int' },
  ...definedBy('LRN', responseDefinition),
  infer: inferResponse,
  flops: (inputs) => sizeOf(inputs[0]!.shape as number[]) * 8,
  // ONNX Runtime has a kernel for images in float32 and windows of an odd size.
  lower: (inputs, attributes) =>
    inputs[0]?.dtype === 'float32' &&
    inputs[0].shape.length === 4 &&
    attribute(attributes, 'size', 0) % 2 === 1
      ? undefined
      : responseDefinition(inputs, attributes, 'LRN'),
}

/**
 * (x − mean) / √(variance + epsilon) · scale + bias, with the moments over `axis` and all axes after it.
 * @returns y like `x`
 */
export const layerNormalization = (
  x: Value,
  scale: Value,
  bias?: Value | undefined,
  options: { axis?: number | undefined; epsilon?: number | undefined } = {},
): Value =>
  applyAll(layerNormalizationOperator, bias ? [x, scale, bias] : [x, scale], {
    axis: options.axis ?? -1,
    epsilon: options.epsilon ?? defaultEpsilon,
  })[0]!

/** x / √(mean of x² + epsilon) · scale, the mean over `axis` and all axes after it. */
export const rmsNormalization = (
  x: Value,
  scale: Value,
  options: { axis?: number | undefined; epsilon?: number | undefined } = {},
): Value =>
  apply(rmsNormalizationOperator, [x, scale], {
    axis: options.axis ?? -1,
    epsilon: options.epsilon ?? defaultEpsilon,
  })

/**
 * The channels of `x` `[N, C, …]` in groups, each with mean 0 and variance 1 over its channels and places, then
 * scale and bias `[C]`.
 * @throws FrostglassError `shape` when the channels do not make so many groups.
 */
export const groupNormalization = (
  x: Value,
  scale: Value,
  bias: Value,
  groups: number,
  epsilon = defaultEpsilon,
): Value => apply(groupNormalizationOperator, [x, scale, bias], { num_groups: groups, epsilon })

/** Each plane of `x` `[N, C, …]` with mean 0 and variance 1, then scale and bias `[C]`. */
export const instanceNormalization = (x: Value, scale: Value, bias: Value, epsilon = defaultEpsilon): Value =>
  apply(instanceNormalizationOperator, [x, scale, bias], { epsilon })

export const normalisationOperators: readonly Operator[] = [
  layerNormalizationOperator,
  rmsNormalizationOperator,
  groupNormalizationOperator,
  instanceNormalizationOperator,
  meanVarianceNormalizationOperator,
  lpNormalizationOperator,
  lrnOperator,
]

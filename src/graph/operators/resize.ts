// Resampling: Resize, in all of its modes; and upsampling by whole factors, each element repeated.
// Source: ONNX Resize (opset 19; ours by `scales`, which ONNX Runtime's convolutions in blocks understand).
// Axes are resampled one after another. ONNX Runtime has no double kernel, and other answers of the rarer modes: those run as
// products with matrices there. Whole numbers are not blended on the plain executor.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { type Dim, formatShape, isStatic, normaliseAxis, staticShape, unknownDim } from '../shape.ts'
import { isFloat, sizeOf } from '../tensor.ts'
import { apply, constant, integers, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import {
  type Method,
  matrixOf,
  methodOf,
  type Sampling,
  type Taps,
  tapsOf,
  wordOf,
} from './_interpolation.ts'
import { add, mul } from './arithmetic.ts'
import { gather } from './gather.ts'
import { matmul, transpose } from './matmul.ts'
import { averagePool } from './pool.ts'

type Inputs = readonly (ValueInfo | Value | undefined)[]

/** The numbers of a small input, whether it is a constant that is being built upon or one that is planned. */
function numbersOf(v: ValueInfo | Value | undefined): readonly number[] | undefined {
  if (v?.content?.every((d) => typeof d === 'number')) return v.content as readonly number[]
  const held = v && 'tensor' in v ? v.tensor : undefined
  return held && Array.from(held.data, Number)
}

/** Axes that a resampling names, from the front. */
const axesOf = (attributes: Attributes, rank: number, what: string): readonly number[] =>
  ((attributes['axes'] as readonly number[] | undefined) ?? Array.from({ length: rank }, (_, i) => i)).map(
    (a) => normaliseAxis(a, rank, what),
  )

/** One number an axis. @throws FrostglassError `shape`. */
function requireOneEach(list: readonly unknown[], axes: readonly number[], name: string, what: string): void {
  if (list.length === axes.length) return
  throw new FrostglassError(
    'shape',
    `${what}: ${list.length} ${name} for ${axes.length} axes`,
    'Give one number an axis.',
  )
}

const policies = ['stretch', 'not_larger', 'not_smaller'] as const

/** Sizes of the result, unknown where they are not known beforehand, and the scale of each axis if it is. */
function plannedSizes(inputs: Inputs, attributes: Attributes, what: string) {
  const x = inputs[0]!
  const axes = axesOf(attributes, x.shape.length, what)
  const shape: Dim[] = [...x.shape]
  const scales: (number | undefined)[] = shape.map(() => 1)
  const byScale = numbersOf(inputs[2])
  if (byScale?.length) {
    requireOneEach(byScale, axes, 'scales', what)
    axes.forEach((axis, i) => {
      const scale = Math.fround(byScale[i]!)
      if (!(scale > 0))
        throw new FrostglassError('shape', `${what}: a scale of ${scale}`, 'Use positive ones.')
      const size = shape[axis]!
      scales[axis] = scale
      if (scale !== 1)
        shape[axis] = typeof size === 'number' ? Math.floor(Math.fround(size * scale)) : unknownDim()
    })
    return { shape, scales, axes }
  }
  const sizes = inputs[3]?.content
  if (!sizes) return { shape: shape.map(unknownDim), scales: shape.map(() => undefined), axes }
  requireOneEach(sizes, axes, 'sizes', what)
  const ratios = axes.map((axis, i) => {
    const [from, to] = [x.shape[axis], sizes[i]]
    return typeof from === 'number' && typeof to === 'number' ? to / from : undefined
  })
  const policy = wordOf(attributes, 'keep_aspect_ratio_policy', policies, what)
  const known = ratios.every((r) => r !== undefined)
  const common =
    policy === 'not_larger' ? Math.min(...(ratios as number[])) : Math.max(...(ratios as number[]))
  axes.forEach((axis, i) => {
    const from = x.shape[axis]!
    if (policy === 'stretch') {
      shape[axis] = sizes[i]!
      scales[axis] = ratios[i]
    } else {
      shape[axis] = known ? Math.floor(common * (from as number) + 0.5) : unknownDim()
      scales[axis] = known ? common : undefined
    }
  })
  return { shape, scales, axes }
}

/** The axes that change, each with how; undefined where that is not known beforehand. */
function samplingsOf(
  inputs: Inputs,
  attributes: Attributes,
  method: Method,
): Map<number, Sampling> | undefined {
  const { shape, scales, axes } = plannedSizes(inputs, attributes, 'Resize')
  const crops = method.transformation === 'tf_crop_and_resize'
  const roi = crops ? numbersOf(inputs[1]) : undefined
  if (crops && !roi) return undefined
  const samplings = new Map<number, Sampling>()
  for (const [i, axis] of axes.entries()) {
    const [from, to, scale] = [inputs[0]!.shape[axis], shape[axis], scales[axis]]
    const own: [number, number] = roi ? [roi[i]!, roi[axes.length + i]!] : [0, 1]
    const whole = own[0] === 0 && own[1] === 1
    if (scale === 1 && from === to && whole) continue
    if (typeof from !== 'number' || typeof to !== 'number' || scale === undefined) return undefined
    samplings.set(axis, { from, to, scale, roi: own })
  }
  return samplings
}

/** As {@link samplingsOf}. @throws FrostglassError `unsupported` where it is not known. */
function requireSamplings(inputs: Inputs, attributes: Attributes, what: string): Map<number, Sampling> {
  const known = samplingsOf(inputs, attributes, methodOf(attributes, what))
  if (known) return known
  throw new FrostglassError(
    'unsupported',
    `${what} of ${formatShape(inputs[0]!.shape)}: its sizes, scales or region are not known before a run`,
    "Make them constants and bind the free dimensions, or run it natively (executor: 'native').",
  )
}

/** `x` times a matrix along an axis. */
function along(x: Value, axis: number, matrix: Value): Value {
  const last = x.shape.length - 1
  if (axis === last) return matmul(x, matrix)
  const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i))
  return transpose(matmul(transpose(x, order), matrix), order)
}

/** What an axis makes of elements outside the crop, to be added; undefined for nothing. */
function filling(x: Value, axis: number, outside: Uint8Array, fill: number): Value | undefined {
  if (fill === 0 || !outside.includes(1)) return undefined
  const shape = [outside.length, ...x.shape.slice(axis + 1).map(() => 1)]
  return constant(
    Float64Array.from(outside, (o) => o * fill),
    shape,
    x.dtype,
  )
}

/** The same in operators that ONNX Runtime has for all dtypes: elements picked, or products with matrices. */
function resampled(x: Value, samplings: ReadonlyMap<number, Sampling>, attributes: Attributes): Value {
  const method = methodOf(attributes, 'Resize')
  const fill = attribute(attributes, 'extrapolation_value', 0)
  let y = x
  for (const [axis, sampling] of samplings) {
    const taps = tapsOf(sampling, method)
    const { from, to } = sampling
    if (taps.count === 1 && !taps.outside.includes(1)) {
      y = gather(y, integers(Array.from(taps.places)), axis)
      continue
    }
    const matrix = matrixOf(taps, from)
    const turned = Float64Array.from(matrix, (_, i) => matrix[(i % to) * from + Math.floor(i / to)]!)
    y = along(y, axis, constant(turned, [from, to], x.dtype))
    const more = filling(y, axis, taps.outside, fill)
    if (more) y = add(y, more)
  }
  return y
}

/** Transformations that ask how long the result is, its fraction of an element included. */
const countsLength = new Set<string>(['align_corners', 'pytorch_half_pixel', 'tf_crop_and_resize'])

/** Whether ONNX Runtime's own kernel answers what the specification has. */
function runs(x: Value, samplings: ReadonlyMap<number, Sampling>, method: Method): boolean {
  if (x.dtype === 'float64') return false
  if (!isFloat(x.dtype)) return true
  // Of a scale that asks for a fraction of an element it takes the whole ones only, where that matters.
  const isWhole = [...samplings.values()].every((s) => Math.abs(s.scale * s.from - s.to) < 1e-4)
  if (!isWhole && countsLength.has(method.transformation)) return false
  if (method.mode === 'nearest') return true
  const planar = x.shape.length === 4 && [...samplings.keys()].every((axis) => axis >= 2)
  return planar && !method.antialias
}

/** How often each element of each spatial axis is repeated; undefined when it is not so simple. */
function repeatsOf(x: Value, samplings: ReadonlyMap<number, Sampling>, method: Method): number[] | undefined {
  const { transformation, nearest } = method
  // With a whole factor f, all of these read element ⌊i / f⌋: what PyTorch exports, and ONNX's defaults.
  const below =
    transformation === 'asymmetric'
      ? nearest === 'floor'
      : /half_pixel/.test(transformation) && /^round/.test(nearest)
  if (method.mode !== 'nearest' || !below || !isStatic(x.shape.slice(2))) return undefined
  const factors = x.shape.map((_, axis) => samplings.get(axis)?.scale ?? 1)
  const [batch, channels, ...spatial] = factors
  const fits =
    batch === 1 && channels === 1 && spatial.length > 0 && spatial.every((f) => Number.isInteger(f))
  return fits ? spatial : undefined
}

export const resizeOperator: Operator = {
  name: 'Resize',
  attributes: {
    antialias: 'int',
    axes: 'ints',
    coordinate_transformation_mode: 'string',
    cubic_coeff_a: 'float',
    exclude_outside: 'int',
    extrapolation_value: 'float',
    keep_aspect_ratio_policy: 'string',
    mode: 'string',
    nearest_mode: 'string',
  },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const [, , scales, sizes] = inputs
    if (scales && sizes && scales.shape[0] !== 0)
      throw new FrostglassError('shape', `${what}: both scales and sizes`, 'Give one of them.')
    methodOf(attributes, what)
    return [info(x.dtype, plannedSizes(inputs, attributes, what).shape)]
  },
  gradient({ inputs, attributes, grads }) {
    const x = inputs[0]!
    let dy = grads[0]!
    const method = methodOf(attributes, 'Resize')
    const samplings = requireSamplings(inputs, attributes, 'the gradient of Resize')
    const factors = repeatsOf(x, samplings, method)
    // ONNX Runtime pools float32 only.
    if (factors && dy.dtype !== 'float64')
      return [mul(averagePool(dy, factors, { strides: factors }), scalarLike(dy, sizeOf(factors)))]
    for (const [axis, sampling] of samplings) {
      const { from, to } = sampling
      dy = along(dy, axis, constant(matrixOf(tapsOf(sampling, method), from), [to, from], dy.dtype))
    }
    return [dy]
  },
  lower([x, ...rest], attributes) {
    const method = methodOf(attributes, 'Resize')
    const samplings = samplingsOf([x, ...rest], attributes, method)
    const scaled = rest[1] !== undefined && rest[1].shape[0] !== 0
    // What comes out of scales that nobody knows, nobody can check.
    if (!samplings && scaled && countsLength.has(method.transformation))
      requireSamplings([x, ...rest], attributes, 'Resize')
    if (samplings && !runs(x!, samplings, method)) return [resampled(x!, samplings, attributes)]
    // It counts axes from the front only.
    const axes = attributes['axes'] as readonly number[] | undefined
    if (!axes?.some((a) => a < 0)) return undefined
    const fromFront = axesOf(attributes, x!.shape.length, 'Resize')
    return [apply(resizeOperator, [x, ...rest], { ...attributes, axes: fromFront })]
  },
  kernel({ inputs, outputs: [y], attributes }) {
    const infos = inputs.map((b, i) => b && info(b.dtype, b.shape, i ? Array.from(b.data) : undefined))
    const method = methodOf(attributes, 'Resize')
    const samplings = requireSamplings(infos, attributes, 'Resize')
    if (!isFloat(y!.dtype) && method.mode !== 'nearest') {
      throw new FrostglassError(
        'unsupported',
        `Resize of ${y!.dtype} by '${method.mode}' has no plain kernel`,
        "Cast it to float32 before, or run it natively (executor: 'native').",
      )
    }
    const fill = attribute(attributes, 'extrapolation_value', 0)
    const steps: (() => void)[] = []
    const shape = [...inputs[0]!.shape]
    let from = inputs[0]!.data
    for (const [axis, sampling] of samplings) {
      const inner = sizeOf(shape.slice(axis + 1))
      const outer = sizeOf(shape.slice(0, axis))
      shape[axis] = sampling.to
      const to = new Float64Array(sizeOf(shape))
      steps.push(axisStep(from, to, outer, inner, sampling, tapsOf(sampling, method), fill))
      from = to
    }
    return () => {
      for (const step of steps) step()
      y!.data.set(from)
    }
  },
}

/** Resamples one axis of `[outer, from, inner]`. */
function axisStep(
  from: Float64Array,
  to: Float64Array,
  outer: number,
  inner: number,
  sampling: Sampling,
  { count, places, weights, outside }: Taps,
  fill: number,
): () => void {
  return () => {
    let at = 0
    for (let o = 0; o < outer; o++) {
      const base = o * sampling.from
      for (let i = 0; i < sampling.to; i++) {
        for (let j = 0; j < inner; j++) {
          let sum = outside[i] ? fill : 0
          for (let tap = i * count; tap < (i + 1) * count && !outside[i]; tap++) {
            const weight = weights[tap]!
            if (weight !== 0) sum += weight * from[(base + places[tap]!) * inner + j]!
          }
          to[at++] = sum
        }
      }
    }
  }
}

/**
 * Each element repeated along the spatial axes: `[N, C, h, w]` to `[N, C, h·factors[0], w·factors[1]]`.
 * @throws FrostglassError `shape` when a spatial size is free.
 * @example upsample(x, [2, 2])
 */
export function upsample(x: Value, factors: readonly number[]): Value {
  const scales = [1, 1, ...staticShape(x.shape.slice(2), 'upsampling').map((_, i) => factors[i]!)]
  const known: Value = { ...constant(scales), content: scales }
  return apply(resizeOperator, [x, undefined, known], {
    coordinate_transformation_mode: 'asymmetric',
    mode: 'nearest',
    nearest_mode: 'floor',
  })
}

export const resizeOperators: readonly Operator[] = [resizeOperator]

// Pooling over windows: MaxPool and AveragePool.
// Source: ONNX operators of these names (MaxPool opset 12, AveragePool opset 19).
// Ties of a maximum: windows side by side share the gradient equally, overlapping ones give it to the first element.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, KernelContext, Operator, Value, ValueInfo } from '../contract.ts'
import { flag, info } from '../operator.ts'
import { isStatic, staticShape } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, applyAll, constant, scalarLike } from '../value.ts'
import { fillsBlocks, maximaOf, scaled } from './_blocked.ts'
import { requireInputs } from './_check.ts'
import {
  type Axis,
  addTap,
  planPlane,
  reachOf,
  type Shaped,
  spatialOf,
  visitTap,
  type WindowOptions,
  windowAttributes,
  windowAxes,
  windowOutput,
  withoutAutoPad,
} from './_window.ts'
import { add, div, max, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { col2im } from './columns.ts'
import { equal } from './compare.ts'
import { relu } from './elementwise.ts'
import { scatterElements } from './gather.ts'
import { upsample } from './resize.ts'
import { pad, slice } from './slice.ts'
import { expand, expandLike, reshape, reshapeLike } from './view.ts'

/** What pooling operators have. */
export const windowed = {
  auto_pad: 'string',
  ceil_mode: 'int',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
} as const

function kernelOf(attributes: Attributes, rank: number, what: string): readonly number[] {
  const kernel = attributes['kernel_shape'] as readonly number[] | undefined
  if (kernel?.length === rank) return kernel
  throw new FrostglassError(
    'shape',
    `${what}: kernel [${kernel ?? ''}] for ${rank} spatial axes`,
    'Give the kernel one size a spatial axis.',
  )
}

/** Shape inference of pooling. */
export function inferPool(
  inputs: readonly (ValueInfo | undefined)[],
  attributes: Attributes,
  what: string,
): ValueInfo {
  const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
  const spatial = spatialOf(x, what)
  const kernel = kernelOf(attributes, spatial.length, what)
  return info(x.dtype, [...x.shape.slice(0, 2), ...windowOutput(spatial, kernel, attributes, what)])
}

/** The geometry of a pooling operator's windows. @throws FrostglassError `shape`. */
export function axesOf(x: Shaped, attributes: Attributes, what: string): Axis[] {
  const spatial = spatialOf(x, what)
  return windowAxes(spatial, kernelOf(attributes, spatial.length, what), attributes, what)
}

/** The same with its padding spelled out, and without a rounding up that adds no window. */
export function lowerPool(
  operator: Operator,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes,
) {
  const x = inputs[0]!
  const kernel = kernelOf(attributes, x.shape.length - 2, operator.name)
  const explicit = withoutAutoPad(x, kernel, attributes, operator.name)
  if (explicit) return applyAll(operator, inputs, explicit)
  const { ceil_mode: ceil, ...rest } = attributes
  if (!ceil || !isStatic(x.shape.slice(2))) return undefined
  // The runtime's own inference counts a last window that begins in the padding; its kernel leaves it out, as ONNX says.
  const down = axesOf(x, attributes, operator.name).every(
    (a) => reachOf(a) + a.stride > a.large + a.begin + a.end && reachOf(a) <= a.large + a.begin + a.end,
  )
  return down ? applyAll(operator, inputs, rest) : undefined
}

/** Whether windows lie side by side, each within the image. They may leave a remainder at the end. */
const tiles = (axes: readonly Axis[]): boolean =>
  axes.every(
    (a) => a.stride === a.kernel && a.dilation === 1 && a.begin === 0 && a.small * a.kernel <= a.large,
  )

/** The part of an image that tiles cover. */
function tiled(x: Value, axes: readonly Axis[]): Value {
  if (axes.every((a) => a.small * a.kernel === a.large)) return x
  const ends = axes.map((a) => a.small * a.kernel)
  return slice(
    x,
    ends.map(() => 0),
    ends,
    ends.map((_, i) => i + 2),
  )
}

/** The adjoint of {@link tiled}: zeros where no tile lies. */
function untiled(x: Value, axes: readonly Axis[]): Value {
  const rest = axes.map((a) => a.large - a.small * a.kernel)
  if (rest.every((r) => r === 0)) return x
  return pad(x, [0, 0, ...rest.map(() => 0)], [0, 0, ...rest])
}

// Upsampling and comparing costs 0.7 ms for [128, 6, 28, 28] on two cores, with 0.15 of it for sharing ties; through
// MaxPool's indices it is 1.7, and by broadcasting over six dimensions 4. In blocks of channels it is less again: a step
// of ObfNet-CNN(128) before InfNet-CNN, batch 128, takes 2.5 ms less of 64 (measured in turns, with the same results).
function tiledMaxGradient(x: Value, y: Value, dy: Value, axes: readonly Axis[]): Value {
  const kernel = axes.map((a) => a.kernel)
  const options = { strides: kernel }
  if (fillsBlocks(x) && axes.every((a) => a.small * a.kernel === a.large)) {
    // The mask's own scale cancels.
    const mask = maximaOf(x, y, kernel)
    const share = scaled(div(dy, averagePool(mask, kernel, options)), 1 / sizeOf(kernel))
    return mul(mask, upsample(share, kernel))
  }
  const mask = cast(equal(tiled(x, axes), upsample(y, kernel)), dy.dtype)
  const ties = averagePool(mask, kernel, options)
  const share = div(mul(dy, scalarLike(dy, 1 / sizeOf(kernel))), ties)
  return untiled(mul(mask, upsample(share, kernel)), axes)
}

/** Whether windows slide by one, over nothing but the image. */
const slides = (axes: readonly Axis[]): boolean =>
  axes.every((a) => a.stride === 1 && a.dilation === 1 && a.begin === 0 && a.end === 0)

// One axis after another, from the last: a maximum of maxima, each of which gives its gradient to its first element, so
// that the whole goes to the window's first, row-major. All in rows of whole images, in which the next element of an axis is
// some places on: what a window that runs over an edge sees does not matter, since zeros come back to it. For [256, 16, 14,
// 14] and windows of 2×2 that takes 6.0 ms of processor time (by axes of their own, cut and padded, 7.0), for [256, 32, 5, 5]
// 1.4 (2.4); MaxPool's indices alone take 28 for the larger, and adding up by them 9.
function slidingMaxGradient(x: Value, dy: Value, axes: readonly Axis[]): Value {
  const ends = axes.map((a) => a.large - a.small)
  const whole = reshape(pad(dy, [0, 0, ...ends.map(() => 0)], [0, 0, ...ends]), [0, -1])
  const rule = (seen: Value, axis: number): Value => {
    const length = seen.shape[1] as number
    if (axis < 0) return slice(whole, [0], [length], [1])
    const { kernel } = axes[axis]!
    const step = sizeOf(axes.slice(axis + 1).map((a) => a.large))
    const reach = (kernel - 1) * step
    const taps = Array.from({ length: kernel }, (_, tap) =>
      slice(seen, [tap * step], [length - reach + tap * step], [1]),
    )
    const maxima = taps.reduce((most, tap) => max(most, tap))
    let left = rule(maxima, axis - 1)
    const parts = taps.map((tap, i) => {
      const part = i === kernel - 1 ? left : mul(cast(equal(tap, maxima), left.dtype), left)
      if (i < kernel - 1) left = sub(left, part)
      return pad(part, [0, i * step], [0, reach - i * step])
    })
    return parts.reduce((sum, part) => add(sum, part))
  }
  return reshape(rule(reshape(x, [0, -1]), axes.length - 1), [0, ...x.shape.slice(1)] as number[])
}

/** Adds the gradient at the places where the maxima were found. */
function scatteredMaxGradient(x: Value, dy: Value, attributes: Attributes): Value {
  const rowMajor = { ...attributes, storage_order: undefined }
  const [, places] = applyAll(maxPoolIndicesOperator, [x], rowMajor) as [Value, Value]
  const zeros = expandLike(scalarLike(dy, 0), reshape(x, [-1]))
  return reshapeLike(
    scatterElements(zeros, reshape(places, [-1]), reshape(dy, [-1]), { reduction: 'add' }),
    x,
  )
}

/** Stands for no place. */
const none = -1

function maxPoolKernel({ inputs: [x], outputs: [y, places], attributes }: KernelContext): () => void {
  const plane = planPlane(axesOf(x!, attributes, 'MaxPool'), 'MaxPool')
  const { taps, smallSize, largeSize } = plane
  const from = x!.data
  const to = y!.data
  const found = places?.data ?? new Float64Array(to.length)
  let [image, base] = [0, 0]
  const take = (small: number, large: number): void => {
    const [read, write] = [image + large, base + small]
    const v = from[read]!
    if (v > to[write]! || Number.isNaN(v) || found[write] === none) {
      to[write] = v
      found[write] = read
    }
  }
  return () => {
    to.fill(-Infinity)
    // A window of nothing above −∞ has its first element: never another window's, nor one of a run before.
    found.fill(none)
    for (image = 0, base = 0; base < to.length; image += largeSize, base += smallSize) {
      for (const tap of taps) visitTap(plane, tap, take)
    }
  }
}

/** An operation for each element of each window. */
export const windowFlops: Operator['flops'] = (_, outputs, attributes) =>
  sizeOf(outputs[0]!.shape as number[]) * sizeOf((attributes['kernel_shape'] as number[] | undefined) ?? [])

const maxPoolAttributes = { ...windowed, dilations: 'ints', storage_order: 'int' } as const

export const maxPoolOperator: Operator = {
  name: 'MaxPool',
  attributes: maxPoolAttributes,
  infer: (inputs, attributes, what) => [inferPool(inputs, attributes, what)],
  gradient({ inputs, outputs, attributes, grads }) {
    const x = inputs[0]!
    const dy = grads[0]!
    const axes = axesOf(x, attributes, 'MaxPool')
    // ONNX Runtime upsamples float32 only.
    if (tiles(axes) && dy.dtype === 'float32') return [tiledMaxGradient(x, outputs[0]!, dy, axes)]
    return [slides(axes) ? slidingMaxGradient(x, dy, axes) : scatteredMaxGradient(x, dy, attributes)]
  },
  lower: (inputs, attributes) => lowerPool(maxPoolOperator, inputs, attributes),
  kernel: maxPoolKernel,
  flops: windowFlops,
}

/** MaxPool with its second output: where in the whole input, row-major, each maximum was found first. */
export const maxPoolIndicesOperator: Operator = {
  name: 'MaxPool',
  attributes: maxPoolAttributes,
  infer(inputs, attributes, what) {
    const y = inferPool(inputs, attributes, what)
    return [y, info('int64', y.shape)]
  },
  lower: (inputs, attributes) => lowerPool(maxPoolIndicesOperator, inputs, attributes),
  kernel(k) {
    const step = maxPoolKernel(k)
    if (!flag(k.attributes, 'storage_order')) return step
    const places = k.outputs[1]!.data
    const sizes = k.inputs[0]!.shape.slice(2)
    const columnMajor = columnMajorOf(sizes)
    const plane = sizeOf(sizes)
    return () => {
      step()
      for (let i = 0; i < places.length; i++) {
        const within = places[i]! % plane
        places[i] = places[i]! - within + columnMajor[within]!
      }
    }
  },
  flops: windowFlops,
}

/** For each place of a plane, counted row by row, which it is when the first axis is counted first. */
function columnMajorOf(sizes: readonly number[]): Float64Array {
  const places = new Float64Array(sizeOf(sizes))
  for (let i = 0; i < places.length; i++) {
    let [rest, place] = [i, 0]
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      place += (rest % sizes[axis]!) * sizeOf(sizes.slice(0, axis))
      rest = Math.floor(rest / sizes[axis]!)
    }
    places[i] = place
  }
  return places
}

/** How many elements each window divides by: those inside, or with `count_include_pad` those in the padding too. */
function counts(axes: readonly Axis[], attributes: Attributes): number[] {
  const padded = flag(attributes, 'count_include_pad')
  // How many of a window's elements, one a dilation from `start`, lie before `end`.
  const before = (a: Axis, start: number, end: number): number =>
    Math.min(a.kernel, Math.max(0, Math.ceil((end - start) / a.dilation)))
  const along = (a: Axis): number[] =>
    Array.from({ length: a.small }, (_, i) => {
      const start = i * a.stride - a.begin
      const outside = padded ? 0 : before(a, start, 0)
      return before(a, start, a.large + (padded ? a.end : 0)) - outside
    })
  return axes.reduce<number[]>((list, a) => list.flatMap((n) => along(a).map((m) => n * m)), [1])
}

function averageGradient(x: Value, dy: Value, attributes: Attributes): Value {
  const axes = axesOf(x, attributes, 'AveragePool')
  const kernel = axes.map((a) => a.kernel)
  if (tiles(axes)) {
    const share = mul(dy, scalarLike(dy, 1 / sizeOf(kernel)))
    return untiled(upsample(share, kernel), axes)
  }
  const small = axes.map((a) => a.small)
  const shares = counts(axes, attributes).map((n) => 1 / n)
  const share = mul(dy, constant(shares, small, dy.dtype))
  return spreadOver(share, x, axes)
}

/** What every window has, given to every element that it sees, and added up there: `[N, C, …windows]` to the shape of `x`. */
export function spreadOver(share: Value, x: Shaped, axes: readonly Axis[]): Value {
  const channels = staticShape([x.shape[1] ?? ''], 'pooling')[0]!
  const [windows, elements] = [sizeOf(axes.map((a) => a.small)), sizeOf(axes.map((a) => a.kernel))]
  const spread = expand(reshape(share, [0, channels, 1, windows]), [1, 1, elements, 1])
  return col2im(reshape(spread, [0, channels * elements, windows]), axes)
}

export const averagePoolOperator: Operator = {
  name: 'AveragePool',
  attributes: { ...windowed, count_include_pad: 'int', dilations: 'ints' },
  infer: (inputs, attributes, what) => [inferPool(inputs, attributes, what)],
  gradient: ({ inputs, attributes, grads }) => [averageGradient(inputs[0]!, grads[0]!, attributes)],
  lower: (inputs, attributes) => lowerPool(averagePoolOperator, inputs, attributes),
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const axes = axesOf(x!, attributes, 'AveragePool')
    const plane = planPlane(axes, 'AveragePool')
    const { taps, smallSize, largeSize } = plane
    const from = x!.data
    const to = y!.data
    const count = counts(axes, attributes)
    return () => {
      to.fill(0)
      for (let image = 0, base = 0; base < to.length; image += largeSize, base += smallSize) {
        for (const tap of taps) addTap(plane, tap, 1, to, base, from, image, false)
        for (let i = 0; i < smallSize; i++) to[base + i] = to[base + i]! / count[i]!
      }
    }
  },
  flops: windowFlops,
}

/** Options of {@link maxPool} and {@link averagePool}. */
export interface PoolOptions extends WindowOptions {
  /** A last window that is partly outside counts too. Default false. */
  readonly ceil?: boolean | undefined
}

const poolAttributes = (x: Value, kernel: readonly number[], options: PoolOptions): Attributes => ({
  ...windowAttributes(options, spatialOf(x, 'pooling'), kernel, 'pooling'),
  kernel_shape: kernel,
  ...(options.ceil ? { ceil_mode: 1 } : {}),
})

/**
 * The largest element of each window: `[N, C, …]` to `[N, C, …windows]`. Strides are 1 when absent.
 * Windows side by side (stride = kernel, no padding) train fastest. In float32 they share the gradient of a tie
 * equally; all others, and float64, give it to the first element in row-major order.
 * @throws FrostglassError `shape` when the window does not fit.
 * @example maxPool(x, [2, 2], { strides: [2, 2] })
 */
export const maxPool = (x: Value, kernel: readonly number[], options: PoolOptions = {}): Value =>
  apply(maxPoolOperator, [x], poolAttributes(x, kernel, options))

/**
 * `maxPool(relu(x))`, as `relu(maxPool(x))`: the same numbers, but the activation and its gradient's mask touch the
 * pooled elements only (a quarter for a kernel of 2 by 2).
 */
export const reluMaxPool = (x: Value, kernel: readonly number[], options: PoolOptions = {}): Value =>
  relu(maxPool(x, kernel, options))

/**
 * The mean of each window. Padding counts as zeros with `countIncludePad`, and not at all without.
 * @throws FrostglassError `shape` when the window does not fit.
 */
export function averagePool(
  x: Value,
  kernel: readonly number[],
  options: Omit<PoolOptions, 'dilations'> & { readonly countIncludePad?: boolean | undefined } = {},
): Value {
  // Dilations are an attribute since opset 19.
  const { dilations: _, ...attributes } = poolAttributes(x, kernel, options)
  return apply(averagePoolOperator, [x], {
    ...attributes,
    count_include_pad: options.countIncludePad ? 1 : 0,
  })
}

export const poolOperators: readonly Operator[] = [maxPoolOperator, averagePoolOperator]

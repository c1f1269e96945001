// A window that slides over the spatial axes of NC… tensors: its geometry, for convolution and pooling.
// Source: ONNX Conv, ConvTranspose, MaxPool (auto_pad, pads, strides, dilations, ceil_mode), opset 18.
// Kernels treat one or two spatial axes as three of which the first have size 1; four or more run natively only.

import { FrostglassError } from '../../errors.ts'
import type { Attributes } from '../contract.ts'
import { attribute, flag } from '../operator.ts'
import { type Dim, formatShape, type Shape, unknownDim } from '../shape.ts'

/** What Conv and ConvTranspose both have. */
export const convolutionAttributes = {
  auto_pad: 'string',
  dilations: 'ints',
  group: 'int',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
} as const

/** What has a shape: a value, or a buffer. */
export interface Shaped {
  readonly shape: Shape
}

/** One spatial axis, all known: how many elements there are, and which of them each window sees. */
export interface Axis {
  /** Elements of the side that the window slides over. */
  readonly large: number
  /** Windows. */
  readonly small: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  /** Padding before and after. */
  readonly begin: number
  readonly end: number
}

/** What a caller can say of a window; each list has one number a spatial axis. */
export interface WindowOptions {
  readonly strides?: readonly number[] | undefined
  /** First all beginnings, then all ends: `[top, left, bottom, right]`. */
  readonly pads?: readonly number[] | undefined
  readonly dilations?: readonly number[] | undefined
  /** Pads from the sizes instead: outputs of ⌈input / stride⌉, the odd element at the end or the beginning. */
  readonly autoPad?: 'SAME_UPPER' | 'SAME_LOWER' | 'VALID' | undefined
}

/**
 * The options as ONNX attributes, for a window of this kernel over these sizes. Automatic padding is spelled out
 * where that does not need a free size: ONNX Runtime does not dilate automatically padded windows.
 */
export function windowAttributes(
  options: WindowOptions,
  spatial: Shape,
  kernel: readonly number[],
  what: string,
): Attributes {
  const rank = spatial.length
  const strides = options.strides ?? new Array<number>(rank).fill(1)
  const dilations = options.dilations ?? new Array<number>(rank).fill(1)
  if (options.autoPad === undefined) {
    return { strides, dilations, pads: options.pads ?? new Array<number>(2 * rank).fill(0) }
  }
  const automatic = { strides, dilations, auto_pad: options.autoPad }
  if (spatial.some((d, i) => typeof d !== 'number' && strides[i] !== 1)) return automatic
  // With a stride of 1 every size that the window fits is padded alike.
  const sizes = spatial.map((d, i) => (typeof d === 'number' ? d : (kernel[i] ?? 1) * (dilations[i] ?? 1)))
  return spelledOut(windowAxes(sizes, kernel, automatic, what))
}

/** Attributes that spell out a window that is known. */
export function spelledOut(axes: readonly Axis[]): Attributes {
  return {
    strides: axes.map((a) => a.stride),
    dilations: axes.map((a) => a.dilation),
    pads: [...axes.map((a) => a.begin), ...axes.map((a) => a.end)],
  }
}

/**
 * Attributes with automatic padding spelled out, for the native executor; undefined where there is none. ONNX Runtime takes no
 * dilation into it (pooling) or refuses one (Conv), and cuts pixels off where a kernel is smaller than its stride.
 * @throws FrostglassError `unsupported` where that would matter and a size is free.
 */
export function withoutAutoPad(
  x: Shaped,
  kernel: readonly number[],
  attributes: Attributes,
  what: string,
): Attributes | undefined {
  const { auto_pad: auto, ceil_mode: _, ...rest } = attributes
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') return undefined
  const spatial = spatialOf(x, what)
  const strides = listOf(attributes, 'strides', spatial.length, 1, what)
  const dilations = listOf(attributes, 'dilations', spatial.length, 1, what)
  const dilated = dilations.some((d) => d !== 1)
  if (spatial.every((d) => typeof d === 'number')) {
    const { dilations: gaps, ...window } = spelledOut(windowAxes(spatial, kernel, attributes, what))
    return { ...rest, ...window, ...(dilated ? { dilations: gaps } : {}) }
  }
  if (!dilated && kernel.every((k, i) => k >= strides[i]!)) return undefined
  throw new FrostglassError(
    'unsupported',
    `${what}: ONNX Runtime pads ${formatShape(spatial)} automatically otherwise than ONNX says, for this window`,
    'Bind the free dimensions (compile(graph, { dims })), or export it with pads.',
  )
}

/** The number of elements that a window spans, its gaps included. */
export const span = (a: { kernel: number; dilation: number }): number => (a.kernel - 1) * a.dilation + 1

/** The number of elements that all windows together reach, padding included. */
export const reachOf = (a: Axis): number => (a.small - 1) * a.stride + span(a)

/** An axis of one element that stands in where there is none. */
export const unit: Axis = { large: 1, small: 1, kernel: 1, stride: 1, dilation: 1, begin: 0, end: 0 }

/** The same windows with no more end padding than they reach, and as much as a last one beyond it (ceil) needs. */
export const fitted = (axes: readonly Axis[]): Axis[] =>
  axes.map((a) => ({ ...a, end: Math.max(0, reachOf(a) - a.large - a.begin) }))

/** Reads a list with one number a spatial axis. @throws FrostglassError `shape` for another length. */
export function listOf(
  attributes: Attributes,
  name: string,
  length: number,
  fallback: number,
  what: string,
): readonly number[] {
  const list = attributes[name] as readonly number[] | undefined
  if (!list || list.length === 0) return new Array<number>(length).fill(fallback)
  if (list.length !== length) {
    throw new FrostglassError(
      'shape',
      `${what}: ${name} has ${list.length} numbers, expected ${length}`,
      `Give ${name} one number a spatial axis${name === 'pads' ? ' and side' : ''}.`,
    )
  }
  return list
}

/** The spatial part of an NC… input. @throws FrostglassError `shape` when there is none. */
export function spatialOf(x: Shaped, what: string): Shape {
  if (x.shape.length < 3) {
    throw new FrostglassError(
      'shape',
      `${what}: expected [N, C, height, width], got ${formatShape(x.shape)}`,
      'Reshape to batch, channels, and one size a spatial axis.',
    )
  }
  return x.shape.slice(2)
}

/** The geometry of a window over known sizes. @throws FrostglassError `shape` when it does not fit. */
export function windowAxes(
  spatial: Shape,
  kernel: readonly number[],
  attributes: Attributes,
  what: string,
): Axis[] {
  return spatial.map((_, i) => windowAxis(spatial, kernel, attributes, what, i))
}

function windowAxis(
  spatial: Shape,
  kernels: readonly number[],
  attributes: Attributes,
  what: string,
  i: number,
): Axis {
  const rank = spatial.length
  const large = spatial[i]!
  if (typeof large !== 'number') {
    throw new FrostglassError(
      'shape',
      `${what}: the window slides over a size that is not known: ${large}`,
      'Give the input a known height and width, or bind them: compile(graph, { dims }).',
    )
  }
  const kernel = kernels[i]!
  const stride = listOf(attributes, 'strides', rank, 1, what)[i]!
  const dilation = listOf(attributes, 'dilations', rank, 1, what)[i]!
  const spans = span({ kernel, dilation })
  const auto = attribute<string>(attributes, 'auto_pad', 'NOTSET')
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const small = Math.ceil(large / stride)
    const total = Math.max(0, (small - 1) * stride + spans - large)
    const half = Math.floor(total / 2)
    const begin = auto === 'SAME_UPPER' ? half : total - half
    return { large, small, kernel, stride, dilation, begin, end: total - begin }
  }
  const pads = listOf(attributes, 'pads', 2 * rank, 0, what)
  const begin = auto === 'VALID' ? 0 : pads[i]!
  const end = auto === 'VALID' ? 0 : pads[rank + i]!
  const room = large + begin + end - spans
  if (room < 0) {
    throw new FrostglassError(
      'shape',
      `${what}: a window of ${spans} (kernel [${kernels}]) does not fit ${large} elements padded by ${begin} and ${end}, in ${formatShape(spatial)}`,
      'Use a smaller kernel or dilation, or more padding.',
    )
  }
  let small = Math.floor(room / stride) + 1
  if (flag(attributes, 'ceil_mode')) {
    small = Math.ceil(room / stride) + 1
    // A window that would begin in the end padding sees nothing.
    if ((small - 1) * stride >= large + begin) small--
  }
  return { large, small, kernel, stride, dilation, begin, end }
}

/** The output sizes, as far as they are known. @throws FrostglassError `shape`. */
export function windowOutput(
  spatial: Shape,
  kernel: readonly number[],
  attributes: Attributes,
  what: string,
): Dim[] {
  const rank = spatial.length
  return spatial.map((d, i) => {
    if (typeof d === 'number') return windowAxis(spatial, kernel, attributes, what, i).small
    if (listOf(attributes, 'strides', rank, 1, what)[i] !== 1) return unknownDim()
    if (attribute<string>(attributes, 'auto_pad', 'NOTSET').startsWith('SAME')) return d
    // A stride of 1 keeps the size when padding makes up for the window.
    const pads = listOf(attributes, 'pads', 2 * rank, 0, what)
    const dilation = listOf(attributes, 'dilations', rank, 1, what)[i]!
    const lost = span({ kernel: kernel[i]!, dilation }) - 1
    return lost === pads[i]! + pads[rank + i]! ? d : unknownDim()
  })
}

/** One element of a window: the windows for which it lies inside, and where they find it. */
export interface Tap {
  /** Which element of the window it is, row-major. */
  readonly element: number
  readonly depthFrom: number
  readonly depthTo: number
  readonly rowFrom: number
  readonly rowTo: number
  readonly columnFrom: number
  readonly columnTo: number
  /** Window (depth, row, column) finds its element at depth·depthStep + row·rowStep + column·columnStep + shift. */
  readonly shift: number
}

/** A window over up to three axes planned: its taps in row-major order, and the sizes of both sides of a channel. */
export interface Plane {
  /** Without those that no window sees. */
  readonly taps: readonly Tap[]
  /** Elements of a window, all of them. */
  readonly elements: number
  readonly depthStep: number
  readonly rowStep: number
  readonly columnStep: number
  readonly smallHeight: number
  readonly smallWidth: number
  readonly smallSize: number
  readonly largeSize: number
}

/** Plans the loops of a kernel. @throws FrostglassError `unsupported` for more than three spatial axes. */
export function planPlane(axes: readonly Axis[], what: string): Plane {
  if (axes.length > 3) {
    throw new FrostglassError(
      'unsupported',
      `${what}: ${axes.length} spatial axes have no plain kernel`,
      "Compile with executor: 'native'.",
    )
  }
  const [depths, rows, columns] = [unit, unit, unit, ...axes].slice(-3) as [Axis, Axis, Axis]
  const taps: Tap[] = []
  // Elements that lie in the padding of every window are left out: a kernel may be far larger than what it slides over.
  const [depthTaps, rowTaps, columnTaps] = [tapsOf(depths), tapsOf(rows), tapsOf(columns)]
  for (const { at: d, from: depthFrom, to: depthTo } of depthTaps) {
    for (const { at: i, from: rowFrom, to: rowTo } of rowTaps) {
      for (const { at: j, from: columnFrom, to: columnTo } of columnTaps) {
        const element = (d * rows.kernel + i) * columns.kernel + j
        const shift = (place(depths, d) * rows.large + place(rows, i)) * columns.large + place(columns, j)
        taps.push({ element, depthFrom, depthTo, rowFrom, rowTo, columnFrom, columnTo, shift })
      }
    }
  }
  return {
    taps,
    elements: depths.kernel * rows.kernel * columns.kernel,
    depthStep: depths.stride * rows.large * columns.large,
    rowStep: rows.stride * columns.large,
    columnStep: columns.stride,
    smallHeight: rows.small,
    smallWidth: columns.small,
    smallSize: depths.small * rows.small * columns.small,
    largeSize: depths.large * rows.large * columns.large,
  }
}

/** The elements of a window that lie inside for some window, in order, window by window. */
function seenBy({ small, large, kernel, stride, dilation, begin }: Axis): number[] {
  const seen = new Set<number>()
  for (let w = 0; w < small; w++) {
    const offset = begin - w * stride
    const last = Math.min(kernel - 1, Math.floor((large - 1 + offset) / dilation))
    for (let at = Math.max(0, Math.ceil(offset / dilation)); at <= last; at++) seen.add(at)
  }
  return [...seen].toSorted((a, b) => a - b)
}

/** Where element `at` of the first window lies. */
const place = (axis: Axis, at: number): number => at * axis.dilation - axis.begin

/** The elements of a window that some window sees, with the windows, from and to, that do. */
function tapsOf(axis: Axis): { at: number; from: number; to: number }[] {
  const taps: { at: number; from: number; to: number }[] = []
  for (const at of axis.kernel <= axis.small * axis.large ? Array(axis.kernel).keys() : seenBy(axis)) {
    const [from, to] = inside(axis, at)
    if (from < to) taps.push({ at, from, to })
  }
  return taps
}

/** The windows, from and to, whose element `at` is not padding. */
function inside(axis: Axis, at: number): [number, number] {
  const offset = at * axis.dilation - axis.begin
  const from = Math.max(0, Math.ceil(-offset / axis.stride))
  const to = Math.min(axis.small, Math.floor((axis.large - 1 - offset) / axis.stride) + 1)
  return [from, Math.max(from, to)]
}

/**
 * Adds `weight` times what a tap sees, window by window in row-major order: elements of a large plane to a small one, as Conv
 * does, or of a small one to a large one, as its adjoints do.
 * @param outAt where the plane that is added to begins in `out`. @param fromAt where the other one begins in `from`
 */
export function addTap(
  plane: Plane,
  tap: Tap,
  weight: number,
  out: Float64Array,
  outAt: number,
  from: Float64Array,
  fromAt: number,
  isAdjoint: boolean,
): void {
  for (let depth = tap.depthFrom; depth < tap.depthTo; depth++) {
    const small = depth * plane.smallHeight * plane.smallWidth
    const large = depth * plane.depthStep + tap.shift
    const [out0, from0] = isAdjoint ? [outAt + large, fromAt + small] : [outAt + small, fromAt + large]
    addTapOfPlane(plane, tap, weight, out, out0, from, from0, isAdjoint)
  }
}

/** The same for one depth. */
function addTapOfPlane(
  plane: Plane,
  tap: Tap,
  weight: number,
  out: Float64Array,
  outAt: number,
  from: Float64Array,
  fromAt: number,
  isAdjoint: boolean,
): void {
  const { rowFrom, rowTo, columnFrom, columnTo } = tap
  const readStep = isAdjoint ? 1 : plane.columnStep
  const writeStep = isAdjoint ? plane.columnStep : 1
  for (let row = rowFrom; row < rowTo; row++) {
    const small = row * plane.smallWidth + columnFrom
    const large = row * plane.rowStep + columnFrom * plane.columnStep
    let read = fromAt + (isAdjoint ? small : large)
    let write = outAt + (isAdjoint ? large : small)
    for (let column = columnFrom; column < columnTo; column++) {
      out[write] = out[write]! + weight * from[read]!
      read += readStep
      write += writeStep
    }
  }
}

/**
 * Calls `visit` with the place in a small plane and the place in a large one, for every window that has the tap inside. For
 * pooling, whose arithmetic is more than a sum.
 */
export function visitTap(plane: Plane, tap: Tap, visit: (small: number, large: number) => void): void {
  const { depthStep, rowStep, columnStep, smallHeight, smallWidth } = plane
  for (let depth = tap.depthFrom; depth < tap.depthTo; depth++) {
    for (let row = tap.rowFrom; row < tap.rowTo; row++) {
      const small = (depth * smallHeight + row) * smallWidth
      const large = depth * depthStep + row * rowStep + tap.shift
      for (let column = tap.columnFrom; column < tap.columnTo; column++) {
        visit(small + column, large + column * columnStep)
      }
    }
  }
}

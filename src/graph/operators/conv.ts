// Convolution: Conv, over one to three spatial axes (natively also more), with groups, dilation, stride and padding.
// Source: ONNX Conv (opset 11). It is a correlation, as in every neural-network library: filters are not flipped.
// Gradients are convolutions with the filters turned round, or matrix products over columns (columns.ts).
// ONNX Runtime has no double kernel for it on the CPU.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { reach } from '../graph.ts'
import { attribute, info } from '../operator.ts'
import { type Dim, formatShape, unify } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply } from '../value.ts'
import { requireGroups, requireInputs, requireSameDtype } from './_check.ts'
import {
  type Axis,
  addTap,
  convolutionAttributes,
  fitted,
  planPlane,
  reachOf,
  type Shaped,
  span,
  spatialOf,
  spelledOut,
  type WindowOptions,
  windowAttributes,
  windowAxes,
  windowOutput,
  withoutAutoPad,
} from './_window.ts'
import { inputGradient } from './columns.ts'
import { convTransposeOperator } from './convTranspose.ts'
import { filterGradient } from './filterGradient.ts'
import { transpose } from './matmul.ts'
import { reduceSum } from './reduce.ts'
import { slice } from './slice.ts'
import { reshape } from './view.ts'

/** The spatial sizes of filters. @throws FrostglassError `shape` when they are free or of another rank than `x`. */
export function kernelOf(x: Shaped, w: Shaped, attributes: Attributes, what: string): readonly number[] {
  if (w.shape.length !== x.shape.length) {
    throw new FrostglassError(
      'shape',
      `${what}: input ${formatShape(x.shape)} and filters ${formatShape(w.shape)} differ in rank`,
      `Give the filters ${x.shape.length} dimensions.`,
    )
  }
  return w.shape.slice(2).map((d, i) => {
    const size =
      typeof d === 'number' ? d : (attributes['kernel_shape'] as readonly number[] | undefined)?.[i]
    if (size !== undefined) return size
    throw new FrostglassError(
      'shape',
      `${what}: the filters' size is not known: ${formatShape(w.shape)}`,
      'Give the filters a known shape.',
    )
  })
}

/** Checks a bias against the number of output channels. @throws FrostglassError `shape`. */
export function checkBias(bias: ValueInfo | undefined, channels: Dim, what: string): void {
  if (!bias) return
  const [size] = bias.shape
  if (bias.shape.length !== 1 || unify(size!, channels) === undefined) {
    throw new FrostglassError(
      'shape',
      `${what}: the bias has shape ${formatShape(bias.shape)}, but there are ${channels} output channels`,
      `Give the bias shape [${channels}].`,
    )
  }
}

/** The gradient by a bias, one number a channel. */
export const biasGradient = (dy: Value): Value =>
  reduceSum(
    dy,
    [0, ...dy.shape.keys()].filter((a, i) => i === 0 || a > 1),
  )

const geometry = (x: Shaped, w: Shaped, attributes: Attributes) =>
  windowAxes(spatialOf(x, 'Conv'), kernelOf(x, w, attributes, 'Conv'), attributes, 'Conv')

// With filters that are known ONNX Runtime convolves in blocks of channels, which with fewer of them is wasted; filters
// that are trained go the slow way. Two cores, batch 128, milliseconds: Col2Im of a product; this; this with filters
// that are not known (all with their changes of layout).
//   32→64 of 3×3, 576 windows  20.8  15.7  30
//   64→64 of 3×3, 100 windows   7.6   5.4
//   16→16 of 3×3, 1024 windows  7.5   4.5
//   6→16 of 5×5, 100 windows    1.2   1.7
const manyChannels = 16

/** Whether a value depends on constants alone. */
export const isKnown = (v: Value): boolean => reach([v]).leaves.every((leaf) => leaf.kind === 'constant')

/**
 * The gradient by the input as a convolution of `dy` with the filters turned round, channels for outputs; undefined
 * where that is not the faster way. What turns the filters is folded when the graph is compiled.
 */
function turnedGradient(dy: Value, w: Value, axes: readonly Axis[], group: number): Value | undefined {
  const [outputs, each] = w.shape as readonly number[] as [number, number]
  const depthwise = each === 1 && outputs === group
  const wide = depthwise ? group >= manyChannels : Math.min(each, outputs / group) >= manyChannels
  const back = axes.map((a) => {
    const begin = span(a) - 1 - a.begin
    return { ...a, large: a.small, small: a.large, begin, end: a.large - a.small + a.begin }
  })
  if (!wide || back.some((a) => a.stride !== 1 || a.begin < 0 || a.end < 0) || !isKnown(w)) return undefined
  const kernel = axes.map((a) => a.kernel)
  const at = kernel.map((_, i) => i + 2)
  const spins = kernel.some((k) => k > 1)
  const ends = at.map(() => -toBeginning)
  const turned = spins
    ? slice(
        w,
        at.map(() => -1),
        ends,
        at,
        at.map(() => -1),
      )
    : w
  const order = [0, 2, 1, ...at.map((a) => a + 1)]
  const swapped = depthwise
    ? turned
    : reshape(transpose(reshape(turned, [group, outputs / group, each, ...kernel]), order), [
        group * each,
        outputs / group,
        ...kernel,
      ])
  return apply(convOperator, [dy, swapped], { ...spelledOut(back), group })
}

// With strides Col2Im and its product are the slower ones: 7.4 ms for 96 channels apart of 3×3, stride 2, to [2, 96, 112,
// 112], where ConvTranspose takes 2.9; 13 and 9 (of processor time) for 3→64 to [8, 3, 224, 224].
function spreadGradient(dy: Value, w: Value, axes: readonly Axis[], group: number): Value | undefined {
  const back = fitted(axes)
  const rest = back.map((a) => a.large + a.begin + a.end - reachOf(a))
  const fits = back.every((a, i) => rest[i]! >= 0 && rest[i]! < a.stride)
  const planar = axes.length < 3
  if ((planar && axes.every((a) => a.stride === 1)) || !fits) return undefined
  return apply(convTransposeOperator, [dy, w], { ...spelledOut(back), output_padding: rest, group })
}

// An end of a slice that goes backwards, before any first element.
const toBeginning = 2 ** 31 - 1

export const convOperator: Operator = {
  name: 'Conv',
  attributes: convolutionAttributes,
  infer(inputs, attributes, what) {
    const [x, w] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireSameDtype(x, w, what)
    const spatial = spatialOf(x, what)
    const kernel = kernelOf(x, w, attributes, what)
    const group = requireGroups(attributes, what)
    const [batch, channels] = x.shape as [Dim, Dim]
    const [outputs, each] = w.shape as [Dim, Dim]
    if (typeof channels === 'number' && typeof each === 'number' && channels !== each * group) {
      throw new FrostglassError(
        'shape',
        `${what}: input ${formatShape(x.shape)} has ${channels} channels, but filters ${formatShape(w.shape)} in ${group} group(s) read ${each * group}`,
        `Make the filters' second dimension ${channels / group}, or the input's second ${each * group}.`,
      )
    }
    if (typeof outputs === 'number' && outputs % group !== 0) {
      throw new FrostglassError(
        'shape',
        `${what}: ${outputs} filters cannot be shared among ${group} groups`,
        'Make the number of filters a multiple of the groups.',
      )
    }
    checkBias(inputs[2], outputs, what)
    return [info(x.dtype, [batch, outputs, ...windowOutput(spatial, kernel, attributes, what)])]
  },
  gradient({ inputs, attributes, grads, needs }) {
    const [x, w] = inputs as [Value, Value]
    const dy = grads[0]!
    const axes = geometry(x, w, attributes)
    const group = attribute(attributes, 'group', 1)
    return [
      needs[0]
        ? (spreadGradient(dy, w, axes, group) ??
          turnedGradient(dy, w, axes, group) ??
          inputGradient(dy, w, axes, group))
        : undefined,
      needs[1] ? filterGradient(x, dy, axes, group) : undefined,
      needs[2] ? biasGradient(dy) : undefined,
    ]
  },
  lower(inputs, attributes) {
    const [x, w] = inputs as [Value, Value]
    const explicit = withoutAutoPad(x, kernelOf(x, w, attributes, 'Conv'), attributes, 'Conv')
    return explicit && [apply(convOperator, inputs, explicit)]
  },
  kernel({ inputs: [x, w, b], outputs: [y], attributes }) {
    const plane = planPlane(geometry(x!, w!, attributes), 'Conv')
    const { taps, elements, smallSize, largeSize } = plane
    const [outputs, each] = w!.shape as [number, number]
    const batch = x!.shape[0]!
    const channels = x!.shape[1]!
    const perGroup = outputs / attribute(attributes, 'group', 1)
    const from = x!.data
    const filters = w!.data
    const bias = b?.data
    const out = y!.data
    return () => {
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outputs; o++) {
          const base = (n * outputs + o) * smallSize
          out.fill(bias ? bias[o]! : 0, base, base + smallSize)
          const first = n * channels + Math.floor(o / perGroup) * each
          for (let c = 0; c < each; c++) {
            const image = (first + c) * largeSize
            for (const tap of taps) {
              const weight = filters[(o * each + c) * elements + tap.element]!
              addTap(plane, tap, weight, out, base, from, image, false)
            }
          }
        }
      }
    }
  },
  flops: (inputs, outputs) =>
    2 * sizeOf(outputs[0]!.shape as number[]) * sizeOf((inputs[1]!.shape as number[]).slice(1)),
}

/** Options of {@link conv}: its window, and groups. */
export interface ConvOptions extends WindowOptions {
  /** Input and output channels are split into so many parts that do not see each other. Default 1. */
  readonly group?: number | undefined
}

/**
 * Convolution of `x` `[N, C, …]` with filters `[O, C/group, …kernel]` and an optional bias `[O]`.
 * @throws FrostglassError `shape` when channels, filters or padding do not fit.
 * @example conv(x, w, b, { strides: [2, 2], pads: [1, 1, 1, 1] })
 */
export function conv(x: Value, w: Value, bias?: Value, options: ConvOptions = {}): Value {
  const window = windowAttributes(options, spatialOf(x, 'Conv'), kernelOf(x, w, {}, 'Conv'), 'Conv')
  return apply(convOperator, bias ? [x, w, bias] : [x, w], { ...window, group: options.group ?? 1 })
}

export const convOperators: readonly Operator[] = [convOperator]

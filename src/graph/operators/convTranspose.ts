// Transposed convolution: ConvTranspose, the adjoint of Conv by its input. It makes images larger.
// Source: ONNX ConvTranspose (opset 11). One to three spatial axes (natively also more).
// ONNX Runtime has no double kernel for it on the CPU.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { type Dim, formatShape, isStatic, type Shape, unknownDim } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply } from '../value.ts'
import { requireGroups, requireInputs, requireSameDtype } from './_check.ts'
import {
  type Axis,
  addTap,
  convolutionAttributes,
  fitted,
  listOf,
  planPlane,
  reachOf,
  type Shaped,
  span,
  spatialOf,
  spelledOut,
  type WindowOptions,
} from './_window.ts'
import { biasGradient, checkBias, convOperator, kernelOf } from './conv.ts'
import { filterGradient } from './filterGradient.ts'
import { slice } from './slice.ts'

/** The geometry of one axis; its `large` side is the output. Undefined when the input's size is free. */
function axisOf(
  spatial: Shape,
  kernels: readonly number[],
  attributes: Attributes,
  what: string,
  i: number,
): Axis | undefined {
  const small = spatial[i]!
  if (typeof small !== 'number') return undefined
  const rank = spatial.length
  const one = (name: string, fallback: number) => listOf(attributes, name, rank, fallback, what)[i]!
  const kernel = kernels[i]!
  const stride = one('strides', 1)
  const dilation = one('dilations', 1)
  const extra = one('output_padding', 0)
  if (extra > 0 && extra >= Math.max(stride, dilation)) {
    throw new FrostglassError(
      'unsupported',
      `${what}: output_padding ${extra} with stride ${stride} and dilation ${dilation}`,
      'Make output_padding smaller than one of them.',
    )
  }
  const full = (small - 1) * stride + extra + span({ kernel, dilation })
  const auto = attribute<string>(attributes, 'auto_pad', 'NOTSET')
  const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER'
  const sized = attributes['output_shape'] !== undefined
  if (same || sized) {
    const large = sized ? one('output_shape', 0) : small * stride
    // A size beyond what windows reach is zeros at the end.
    const total = Math.max(0, full - large)
    const half = Math.floor(total / 2)
    const begin = auto === 'SAME_UPPER' ? half : total - half
    return { large, small, kernel, stride, dilation, begin, end: total - begin }
  }
  const pads = auto === 'VALID' ? undefined : listOf(attributes, 'pads', 2 * rank, 0, what)
  const begin = pads?.[i] ?? 0
  const end = pads?.[rank + i] ?? 0
  const large = full - begin - end
  if (large < 1) {
    throw new FrostglassError(
      'shape',
      `${what}: pads of ${begin} and ${end} leave nothing of ${full} elements, from ${formatShape(spatial)}`,
      'Use smaller ones: pads of a transposed convolution crop its output.',
    )
  }
  return { large, small, kernel, stride, dilation, begin, end }
}

function geometry(x: Shaped, w: Shaped, attributes: Attributes): Axis[] {
  const spatial = spatialOf(x, 'ConvTranspose')
  const kernel = kernelOf(x, w, attributes, 'ConvTranspose')
  return spatial.map((_, i) => {
    const axis = axisOf(spatial, kernel, attributes, 'ConvTranspose', i)
    if (axis) return axis
    throw new FrostglassError(
      'shape',
      `ConvTranspose: its input's size is not known: ${formatShape(x.shape)}`,
      'Give the input a known height and width, or bind them: compile(graph, { dims }).',
    )
  })
}

export const convTransposeOperator: Operator = {
  name: 'ConvTranspose',
  attributes: { ...convolutionAttributes, output_padding: 'ints', output_shape: 'ints' },
  infer(inputs, attributes, what) {
    const [x, w] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireSameDtype(x, w, what)
    const spatial = spatialOf(x, what)
    const kernel = kernelOf(x, w, attributes, what)
    const group = requireGroups(attributes, what)
    const [batch, channels] = x.shape as [Dim, Dim]
    const [reads, each] = w.shape as [Dim, Dim]
    if (
      typeof channels === 'number' &&
      typeof reads === 'number' &&
      (channels !== reads || channels % group)
    ) {
      throw new FrostglassError(
        'shape',
        `${what}: input ${formatShape(x.shape)} has ${channels} channels, but filters ${formatShape(w.shape)} in ${group} group(s) read ${reads}`,
        `Make the filters' first dimension ${channels}, and that a multiple of the groups.`,
      )
    }
    const outputs = typeof each === 'number' ? each * group : unknownDim()
    checkBias(inputs[2], outputs, what)
    const sizes = spatial.map((_, i) => axisOf(spatial, kernel, attributes, what, i)?.large ?? unknownDim())
    return [info(x.dtype, [batch, outputs, ...sizes])]
  },
  gradient({ inputs, attributes, grads, needs }) {
    const [x, w] = inputs as [Value, Value]
    const dy = grads[0]!
    const axes = geometry(x, w, attributes)
    const group = attribute(attributes, 'group', 1)
    // What output_padding added lies behind the last window, as the remainder of a stride does in Conv: less than a
    // stride, or it is cut off.
    const back = fitted(axes).map((a) => {
      const seen = reachOf(a) - a.begin
      return a.large - seen < a.stride ? a : { ...a, large: seen }
    })
    const cut = back.flatMap((a, i) => (a.large === axes[i]!.large ? [] : [i]))
    const seen = cut.length
      ? slice(
          dy,
          cut.map(() => 0),
          cut.map((i) => back[i]!.large),
          cut.map((i) => i + 2),
        )
      : dy
    return [
      needs[0] ? apply(convOperator, [seen, w], { ...spelledOut(back), group }) : undefined,
      needs[1] ? filterGradient(seen, x, back, group) : undefined,
      needs[2] ? biasGradient(dy) : undefined,
    ]
  },
  // ONNX Runtime gives fewer elements than ONNX says where a kernel is smaller than its stride.
  lower(inputs, attributes) {
    const [x, w] = inputs as [Value, Value]
    const { auto_pad: auto, output_shape: sized, ...rest } = attributes
    if (sized !== undefined || (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER')) return undefined
    if (!isStatic(spatialOf(x, 'ConvTranspose'))) return undefined
    const axes = geometry(x, w, attributes)
    const more = axes.map((a) => a.large + a.begin + a.end - reachOf(a))
    return [apply(convTransposeOperator, inputs, { ...rest, ...spelledOut(axes), output_padding: more })]
  },
  kernel({ inputs: [x, w, b], outputs: [y], attributes }) {
    const plane = planPlane(geometry(x!, w!, attributes), 'ConvTranspose')
    const { taps, elements, smallSize, largeSize } = plane
    const [channels, each] = w!.shape as [number, number]
    const batch = x!.shape[0]!
    const outputs = y!.shape[1]!
    const perGroup = channels / attribute(attributes, 'group', 1)
    const from = x!.data
    const filters = w!.data
    const bias = b?.data
    const out = y!.data
    return () => {
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outputs; o++) {
          const base = (n * outputs + o) * largeSize
          out.fill(bias ? bias[o]! : 0, base, base + largeSize)
          const group = Math.floor(o / each)
          for (let c = group * perGroup; c < (group + 1) * perGroup; c++) {
            const image = (n * channels + c) * smallSize
            for (const tap of taps) {
              const weight = filters[(c * each + (o - group * each)) * elements + tap.element]!
              addTap(plane, tap, weight, out, base, from, image, true)
            }
          }
        }
      }
    }
  },
  flops: (inputs) =>
    2 * sizeOf(inputs[0]!.shape as number[]) * sizeOf((inputs[1]!.shape as number[]).slice(1)),
}

/** Options of {@link convTranspose}: its window, groups, and padding of the output. */
export interface ConvTransposeOptions extends WindowOptions {
  /** Input and output channels are split into so many parts that do not see each other. Default 1. */
  readonly group?: number | undefined
  /** Elements added at the end of each spatial axis, below the stride: which of the sizes that Conv maps to the input's. */
  readonly outputPadding?: readonly number[] | undefined
}

/**
 * Transposed convolution of `x` `[N, C, …]` with filters `[C, O/group, …kernel]` and an optional bias `[O]`.
 * Each size becomes stride·(size − 1) + outputPadding + dilation·(kernel − 1) + 1 − pads.
 * @throws FrostglassError `shape` when channels, filters or padding do not fit.
 * @example convTranspose(x, w, b, { strides: [2, 2], pads: [1, 1, 1, 1], outputPadding: [1, 1] })
 */
export const convTranspose = (x: Value, w: Value, bias?: Value, options: ConvTransposeOptions = {}): Value =>
  apply(convTransposeOperator, bias ? [x, w, bias] : [x, w], {
    auto_pad: options.autoPad,
    dilations: options.dilations,
    group: options.group ?? 1,
    output_padding: options.outputPadding,
    pads: options.pads,
    strides: options.strides,
  })

export const convTransposeOperators: readonly Operator[] = [convTransposeOperator]

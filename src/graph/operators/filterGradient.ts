// The gradient of a convolution by its filters: products of slopes and what windows see, over windows and batch.
// Source: Chellapilla, Puri and Simard 2006; Rochette, Manoel and Tramel 2019 (as a convolution itself; by row, in groups).
// Which way is the fastest goes by shape, as measured; all of them give the same sums, in another order.

import type { Value } from '../contract.ts'
import { apply } from '../value.ts'
import { type Axis, fitted } from './_window.ts'
import { batchOf, columnsOf, elements, rowsOf, shifted, swapLast, windows } from './columns.ts'
import { convOperator } from './conv.ts'
import { concat } from './join.ts'
import { matmul, transpose } from './matmul.ts'
import { reduceSum } from './reduce.ts'
import { slice } from './slice.ts'
import { reshape } from './view.ts'

// Processor time, milliseconds, on one core:
//   by slices: one product an image, or all images at once where windows are few; as a convolution; of rows that were gathered
//   1→16 of 8×8, stride 2, 196 windows, batch 256    10.0   3.3  27.4
//   1→6 of 5×5, 784 windows, batch 128                3.5   2.8  19.9
//   6→16 of 5×5, 100 windows, batch 128               4.5   2.6   5.4
//   3→32 of 3×3, 900 windows, batch 128               6.0  10.6  13.0
//   8→32 of 4×4, stride 2, 25 windows, batch 128      1.7   1.3   0.9
//   16→32 of 4×4, stride 2, 25 windows, batch 256     7.3   4.9   3.8
//   32→64 of 3×3, 196 windows, batch 128             21.5  27.1  17.9
//   64→64 of 3×3, 100 windows, batch 128             22.8  25.3  17.2
//   256→256 of 3×3, 16 windows, batch 32              9.4  13.4   8.0
//   16→16 of 3×3, 1024 windows, batch 128            29.5  44.0  30.9
const gatheredChannels = 8
const gatheredWindows = 512
const wideKernel = 5

// By slices, measured natively on two cores, batch 128, milliseconds: one product of all window elements for each image;
// one product an element for each image; one product over all images at once.
//   1→6 of 5×5, 784 windows      1.8   5.8    2.0
//   3→32 of 3×3, 900 windows     3.2   7.6    4.0
//   32→64 of 3×3, 676 windows   34    27     35
const fewWindows = 64
const manyChannels = 32

type Way = 'gathered' | 'convolution' | 'sliced'

function wayOf(axes: readonly Axis[], channels: number, group: number): Way {
  if (group > 1) return 'sliced'
  if (channels >= gatheredChannels) return windows(axes) < gatheredWindows ? 'gathered' : 'sliced'
  return axes.at(-1)!.kernel >= wideKernel ? 'convolution' : 'sliced'
}

/** From `[n, O·elements·C]`, as rows that were gathered give it, to the order of filters, `[n, O·C·elements]`. */
const channelsFirst = (v: Value, outputs: number, channels: number): Value =>
  reshape(transpose(reshape(v, [0, outputs, -1, channels]), [0, 1, 3, 2]), [0, v.shape[1] as number])

/**
 * `images` [B, g·K, …large] under filters `slopes` [g·O, K, …small] whose elements stand as far apart as windows did:
 * [B, g·O, …kernel].
 */
function convolved(images: Value, slopes: Value, axes: readonly Axis[], group: number): Value {
  const seen = fitted(axes)
  const sums = apply(convOperator, [images, slopes], {
    group,
    strides: axes.map((a) => a.dilation),
    dilations: axes.map((a) => a.stride),
    pads: [...seen.map((a) => a.begin), ...seen.map((a) => a.end)],
  })
  const kernel = axes.map((a) => a.kernel)
  if (kernel.every((k, i) => k === sums.shape[i + 2])) return sums
  return slice(
    sums,
    kernel.map(() => 0),
    kernel,
    kernel.map((_, i) => i + 2),
  )
}

/**
 * The product of `small` and what each window sees of `large`, summed over windows and batch.
 * @param large `[N, C, …large]`
 * @param small `[N, O, …small]`
 * @returns `[O, C/group, …kernel]`
 */
export function filterGradient(large: Value, small: Value, axes: readonly Axis[], group: number): Value {
  const outputs = small.shape[1] as number
  const channels = (large.shape[1] as number) / group
  const kernel = axes.map((a) => a.kernel)
  const order = large.shape.map((_, i) => (i < 2 ? 1 - i : i))
  const way = wayOf(axes, channels, group)
  if (way === 'gathered') {
    const rows = reshape(rowsOf(large, axes), [-1, elements(axes) * channels])
    const sum = matmul(reshape(transpose(small, order), [outputs, -1]), rows)
    return reshape(channelsFirst(reshape(sum, [1, -1]), outputs, channels), [outputs, channels, ...kernel])
  }
  if (way === 'convolution')
    return transpose(convolved(transpose(large, order), transpose(small, order), axes, 1), order)
  if (windows(axes) < fewWindows) {
    const seen = concat(shifted(transpose(large, order), axes), 1)
    const columns = reshape(seen, [group, channels * elements(axes), -1])
    const d = reshape(transpose(small, order), [group, outputs / group, -1])
    return reshape(matmul(d, swapLast(columns)), [outputs, channels, ...kernel])
  }
  const d = reshape(small, [...batchOf(group), outputs / group, windows(axes)])
  const product = (seen: readonly Value[]): Value => {
    const together = seen.length === 1 ? seen[0]! : concat(seen, 2)
    const columns = reshape(together, [...batchOf(group), channels * seen.length, windows(axes)])
    return reshape(reduceSum(matmul(d, swapLast(columns)), [0]), [outputs, channels, seen.length])
  }
  const seen = shifted(large, axes)
  const parts = channels < manyChannels ? [product(seen)] : seen.map((one) => product([one]))
  return reshape(parts.length === 1 ? parts[0]! : concat(parts, 2), [outputs, channels, ...kernel])
}

/** Numbers for each row of a batch, in an order of their own. */
export interface Unordered {
  readonly value: Value
  /** Brings `[n, size]` of that order to the order of filters. */
  readonly inOrder: (v: Value) => Value
}

const asItIs = (v: Value): Value => v

/** What windows see, `[N, C·elements, windows]`, of which `inOrder` orders `[n, O·C·elements]`. */
export function unorderedColumns(large: Value, axes: readonly Axis[], outputs: number): Unordered {
  const channels = large.shape[1] as number
  if (wayOf(axes, channels, 1) !== 'gathered') return { value: columnsOf(large, axes), inOrder: asItIs }
  return { value: swapLast(rowsOf(large, axes)), inOrder: (v) => channelsFirst(v, outputs, channels) }
}

/** {@link filterGradient} of every row alone, `[N, O·C/group·elements]`. @param large of a known number of rows */
export function filterGradients(large: Value, small: Value, axes: readonly Axis[], group: number): Unordered {
  const [rows, channels] = large.shape as readonly number[] as [number, number]
  const outputs = small.shape[1] as number
  if (wayOf(axes, channels / group, group) === 'convolution') {
    const order = large.shape.map((_, i) => (i < 2 ? 1 - i : i))
    const slopes = reshape(small, [rows * outputs, 1, ...axes.map((a) => a.small)])
    const sums = convolved(transpose(large, order), slopes, axes, rows)
    const byRow = transpose(reshape(sums, [channels, rows, outputs * elements(axes)]), [1, 0, 2])
    return {
      value: reshape(byRow, [rows, -1]),
      inOrder: (v) =>
        reshape(transpose(reshape(v, [0, channels, outputs, -1]), [0, 2, 1, 3]), [0, v.shape[1] as number]),
    }
  }
  if (group === 1) {
    const { value, inOrder } = unorderedColumns(large, axes, outputs)
    const d = reshape(small, [rows, outputs, windows(axes)])
    return { value: reshape(matmul(d, swapLast(value)), [rows, -1]), inOrder }
  }
  const columns = reshape(columnsOf(large, axes), [rows, group, -1, windows(axes)])
  const d = reshape(small, [rows, group, outputs / group, windows(axes)])
  return { value: reshape(matmul(d, swapLast(columns)), [rows, -1]), inOrder: asItIs }
}

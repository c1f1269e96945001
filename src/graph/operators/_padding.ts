// Where the elements of a padded axis come from, in each mode of Pad; and the gradient back to there.
// Source: ONNX Pad (opset 19); NumPy's pad. What negative pads crop is gone before the rest is padded.
// An axis that is reflected is reflected once: by less than its size.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Value } from '../contract.ts'
import { formatShape, isStatic } from '../shape.ts'
import { apply, integers } from '../value.ts'
import { wordOf } from './_interpolation.ts'
import { gatherOperator } from './gather.ts'

const modes = ['constant', 'reflect', 'edge', 'wrap'] as const

/** A mode of Pad. */
export type PadMode = (typeof modes)[number]

/** The mode of a node. @throws FrostglassError `unsupported` for one that ONNX does not have. */
export const modeOf = (attributes: Attributes, what: string): PadMode =>
  wordOf(attributes, 'mode', modes, what)

/** So many elements more, or fewer, before and after each axis. */
export interface Pads {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** How many elements of an axis are left when negative pads have cropped it. */
const leftOf = (size: number, before: number, after: number): number =>
  size + Math.min(before, 0) + Math.min(after, 0)

/** Why an axis of this size cannot be padded so; undefined when it can. */
export function misfit(size: number, before: number, after: number, mode: PadMode): string | undefined {
  const left = leftOf(size, before, after)
  if (left < 0) return 'Crop no more than there is.'
  if (mode === 'reflect' && Math.max(before, after) >= Math.max(left, 1)) return 'Reflect less than the size.'
  if (mode !== 'constant' && left === 0 && Math.max(before, after) > 0) return 'There is nothing to repeat.'
  return undefined
}

/** For each element of a padded axis the one that it repeats; −1 for the constant. */
export function placesOf(size: number, before: number, after: number, mode: PadMode): number[] {
  const left = leftOf(size, before, after)
  const first = Math.max(0, -before)
  return Array.from({ length: Math.max(0, size + before + after) }, (_, i) => {
    const at = i - Math.max(before, 0)
    if (at >= 0 && at < left) return first + at
    if (mode === 'edge') return first + (at < 0 ? 0 : left - 1)
    if (mode === 'reflect') return first + (at < 0 ? -at : 2 * (left - 1) - at)
    return mode === 'wrap' ? first + (((at % left) + left) % left) : -1
  })
}

/** The axes that pads change. @throws FrostglassError `unsupported` where the size of one is free. */
function changedAxes(x: Value, { before, after }: Pads): number[] {
  const axes = x.shape.flatMap((_, axis) => (before[axis] || after[axis] ? [axis] : []))
  if (isStatic(axes.map((axis) => x.shape[axis]!))) return axes
  throw new FrostglassError(
    'unsupported',
    `Pad of ${formatShape(x.shape)}: a size that is padded is not known`,
    'Bind the free dimension first.',
  )
}

/** Padding by repetition as elements gathered, one axis after another: what each axis is made of, and its places. */
function gathered(
  x: Value,
  pads: Pads,
  mode: PadMode,
): { from: Value; places: Value; axis: number; to: Value }[] {
  let from = x
  return changedAxes(x, pads).map((axis) => {
    const size = x.shape[axis] as number
    const places = integers(placesOf(size, pads.before[axis]!, pads.after[axis]!, mode))
    const to = apply(gatherOperator, [from, places], { axis })
    const step = { from, places, axis, to }
    from = to
    return step
  })
}

/** Padding by repetition in another operator. */
export const padByGather = (x: Value, pads: Pads, mode: PadMode): Value =>
  gathered(x, pads, mode).at(-1)?.to ?? x

/** The gradient of padding by repetition: every element gets what all of its copies get. */
export function repetitionGradient(x: Value, dy: Value, pads: Pads, mode: PadMode): Value {
  const rule = gatherOperator.gradient
  if (typeof rule !== 'function') throw new TypeError('Gather has a gradient rule')
  return gathered(x, pads, mode).reduceRight((gradient, { from, places, axis, to }) => {
    const [dx] = rule({
      inputs: [from, places],
      outputs: [to],
      attributes: { axis },
      grads: [gradient],
      needs: [true, false],
      captured: [],
    })
    return dx!
  }, dy)
}

// GridSample: an image looked up at places between its pixels, as spatial transformers do.
// Source: ONNX GridSample (opset 20), over any number of spatial axes; Jaderberg et al., Spatial Transformer Networks (2015).
// Gradients flow to the image and to the grid. Beyond the border, cubic sampling repeats the border's elements, as PyTorch and
// ONNX Runtime do; ONNX's reference moves the place to the border first.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { flag, info } from '../operator.ts'
import { formatShape, isStatic, unify } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { type Definition, flopsBy, gradientBy, kernelBy } from './_defined.ts'
import { wordOf } from './_interpolation.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { and, equal, greater, greaterOrEqual, less, lessOrEqual, or, where } from './compare.ts'
import { abs, clip } from './elementwise.ts'
import { gatherElementsOperator } from './gather.ts'
import { floorOperator, roundOperator } from './rounding.ts'
import { slice } from './slice.ts'
import { expand, expandLike, reshape } from './view.ts'

const modes = ['linear', 'nearest', 'cubic'] as const
const paddings = ['zeros', 'border', 'reflection'] as const

/** How a node samples. @throws FrostglassError `unsupported` for a word that ONNX does not have. */
const methodOf = (attributes: Attributes, what: string) => ({
  mode: wordOf(attributes, 'mode', modes, what),
  padding: wordOf(attributes, 'padding_mode', paddings, what),
  corners: flag(attributes, 'align_corners'),
})

type Method = ReturnType<typeof methodOf>

const floor = (v: Value): Value => apply(floorOperator, [v])
const number = (v: Value, n: number): Value => scalarLike(v, n)

/** One axis: its size, and between which places it lies: the middles of its outermost elements, or their outer ends. */
interface Extent {
  readonly size: number
  readonly low: number
  readonly high: number
}

/** A place mirrored at both ends until it lies between them. */
function reflected(at: Value, { low, high }: Extent): Value {
  const range = high - low
  if (range === 0) return expandLike(number(at, low), at)
  const distance = abs(sub(at, number(at, low)))
  const turns = floor(div(distance, number(at, range)))
  const rest = sub(distance, mul(turns, number(at, range)))
  const half = floor(mul(turns, number(at, 0.5)))
  const even = equal(sub(turns, add(half, half)), number(at, 0))
  return where(even, add(rest, number(at, low)), sub(number(at, high), rest))
}

/** Where along an axis each point of the grid lies, counted in elements, and brought inside as the padding has it. */
function placeOf(grid: Value, axis: Extent, { mode, padding, corners }: Method): Value {
  const { size, low, high } = axis
  const from1 = add(grid, number(grid, 1))
  const at = corners
    ? mul(from1, number(grid, (size - 1) / 2))
    : mul(sub(mul(from1, number(grid, size)), number(grid, 1)), number(grid, 0.5))
  const place = mode === 'nearest' ? apply(roundOperator, [at]) : at
  // Further out than any neighbour reaches all is the same, and whole numbers hold it.
  if (padding !== 'reflection') return clip(place, -3, size + 2)
  const outside = or(less(place, number(place, low)), greater(place, number(place, high)))
  return where(outside, reflected(place, axis), place)
}

/** A neighbour along an axis: which element it is (a whole number, as a float), and its weight. */
interface Tap {
  readonly element: Value
  readonly weight: Value
}

const keys = -0.75

/** The weight of an element at a distance of at most 1, and of more than that. */
const near = (d: Value): Value =>
  add(mul(mul(sub(mul(d, number(d, keys + 2)), number(d, keys + 3)), d), d), number(d, 1))
const far = (d: Value): Value =>
  sub(
    mul(add(mul(sub(mul(d, number(d, keys)), number(d, 5 * keys)), d), number(d, 8 * keys)), d),
    number(d, 4 * keys),
  )

/** The neighbours of a place before padding says what lies there. */
function neighbours(place: Value, mode: Method['mode']): Tap[] {
  if (mode === 'nearest') return [{ element: place, weight: number(place, 1) }]
  const first = floor(place)
  const t = sub(place, first)
  const rest = sub(number(t, 1), t)
  const at = (offset: number) => add(first, number(first, offset))
  if (mode === 'linear')
    return [
      { element: first, weight: rest },
      { element: at(1), weight: t },
    ]
  return [
    { element: at(-1), weight: far(add(t, number(t, 1))) },
    { element: first, weight: near(t) },
    { element: at(1), weight: near(rest) },
    { element: at(2), weight: far(add(rest, number(t, 1))) },
  ]
}

/** The same, of elements that there are. */
function tapsOf(grid: Value, axis: Extent, method: Method): Tap[] {
  return neighbours(placeOf(grid, axis, method), method.mode).map(({ element, weight }) => {
    const last = axis.size - 1
    if (method.padding === 'reflection') {
      const mirrored = reflected(element, axis)
      return { element: clip(apply(roundOperator, [mirrored]), 0, last), weight }
    }
    const held = clip(element, 0, last)
    if (method.padding === 'border') return { element: held, weight }
    const there = and(
      greaterOrEqual(element, number(element, 0)),
      lessOrEqual(element, number(element, last)),
    )
    return { element: held, weight: mul(weight, cast(there, weight.dtype)) }
  })
}

const sampled: Definition = ([x, grid], attributes, what) => {
  const method = methodOf(attributes, what)
  const spatial = x!.shape.slice(2)
  const points = grid!.shape.slice(1, -1)
  const channels = x!.shape[1]!
  if (!isStatic([channels, ...spatial, ...points]))
    throw new FrostglassError(
      'unsupported',
      `${what}: ${formatShape(x!.shape)} at ${formatShape(grid!.shape)} has free sizes`,
      'Bind the free dimensions first.',
    )
  const rank = spatial.length
  const count = sizeOf(points as number[])
  const flat = reshape(x!, [0, channels as number, sizeOf(spatial as number[])])
  // The last coordinate of a point is that of the first axis.
  const coordinates = reshape(grid!, [0, count, rank])
  const axes = (spatial as number[]).map((size, i) => {
    const at = rank - 1 - i
    const own = reshape(slice(coordinates, [at], [at + 1], [2]), [0, 1, count])
    const extent = method.corners ? { low: 0, high: size - 1 } : { low: -0.5, high: size - 0.5 }
    return tapsOf(own, { size, ...extent }, method)
  })
  const combined = axes.reduce<Tap[]>(
    (list, taps, i) =>
      list.length === 0
        ? taps
        : list.flatMap((a) =>
            taps.map((b) => ({
              element: add(mul(a.element, number(a.element, spatial[i] as number)), b.element),
              weight: mul(a.weight, b.weight),
            })),
          ),
    [],
  )
  const terms = combined.map(({ element, weight }) => {
    const index = expand(cast(element, 'int64'), [1, channels as number, 1])
    return mul(apply(gatherElementsOperator, [flat, index], { axis: 2 }), cast(weight, x!.dtype))
  })
  return [
    reshape(
      terms.reduce((a, b) => add(a, b)),
      [0, channels as number, ...(points as number[])],
    ),
  ]
}

export const gridSampleOperator: Operator = {
  name: 'GridSample',
  since: [20, 22],
  attributes: { align_corners: 'int', mode: 'string', padding_mode: 'string' },
  infer(inputs, attributes, what) {
    const [x, grid] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    methodOf(attributes, what)
    const rank = x.shape.length - 2
    const fits =
      rank > 0 &&
      grid.shape.length === x.shape.length &&
      unify(x.shape[0]!, grid.shape[0]!) !== undefined &&
      unify(grid.shape.at(-1)!, rank) !== undefined
    if (!fits) {
      throw new FrostglassError(
        'shape',
        `${what}: ${formatShape(x.shape)} at the points ${formatShape(grid.shape)}`,
        'Give it [N, C, D1, …, Dr] and [N, points along each axis, r].',
      )
    }
    return [info(x.dtype, [...x.shape.slice(0, 2), ...grid.shape.slice(1, -1)])]
  },
  // The runtime counts in 32 bits, which points far outside do not fit: at ten times the image's size all sees the same.
  lower([x, grid], attributes) {
    if (methodOf(attributes, 'GridSample').padding === 'reflection') return undefined
    return [apply(gridSampleOperator, [x, clip(grid!, -10, 10)], attributes)]
  },
  gradient: gradientBy(sampled, 'GridSample'),
  kernel: kernelBy(sampled, 'GridSample'),
  flops: flopsBy(sampled, 'GridSample'),
}

export const gridSampleOperators: readonly Operator[] = [gridSampleOperator]

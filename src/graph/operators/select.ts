// Elements that a run decides upon: NonZero, Compress, Unique. How many there are, shapes do not tell.
// Source: ONNX NonZero (opset 13), Compress (opset 11), Unique (opset 11).
// The plain executor plans every shape before a run: it has them of constants, and of a few elements that are fed.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Buffer, KernelContext, Operator, ValueInfo } from '../contract.ts'
import { flag, info } from '../operator.ts'
import { normaliseAxis, unknownDim } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { requireInputs } from './_check.ts'

/** The places, row-major, of what is not 0. */
const placesOf = ({ data }: Buffer): number[] => [...data.keys()].filter((i) => data[i] !== 0)

export const nonZeroOperator: Operator = {
  name: 'NonZero',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info('int64', [x.shape.length, unknownDim()])]
  },
  gradient: 'none',
  measure: ({ inputs: [x] }) => [[x!.shape.length, placesOf(x!).length]],
  kernel({ inputs: [x], outputs: [y] }) {
    return () => {
      const places = placesOf(x!)
      x!.shape.forEach((size, axis) => {
        const inner = sizeOf(x!.shape.slice(axis + 1))
        places.forEach((place, i) => {
          y!.data[axis * places.length + i] = Math.floor(place / inner) % size
        })
      })
    }
  },
}

/** An axis of which slices are taken: of all elements in a row where none is named. */
function slicesOf(x: Buffer, attributes: Attributes, what: string) {
  const given = attributes['axis'] as number | undefined
  if (given === undefined)
    return { axis: 0, shape: [x.data.length], count: x.data.length, outer: 1, inner: 1 }
  const axis = normaliseAxis(given, x.shape.length, what)
  const { shape } = x
  return {
    axis,
    shape,
    count: shape[axis]!,
    outer: sizeOf(shape.slice(0, axis)),
    inner: sizeOf(shape.slice(axis + 1)),
  }
}

type Slices = ReturnType<typeof slicesOf>

/** Writes some slices of an axis, in this order. */
function take(
  { count, outer, inner }: Slices,
  from: Float64Array,
  kept: readonly number[],
  to: Float64Array,
) {
  let next = 0
  for (let o = 0; o < outer; o++)
    for (const k of kept) for (let i = 0; i < inner; i++) to[next++] = from[(o * count + k) * inner + i]!
}

/** Which slices a condition keeps. It may be shorter than the axis. @throws FrostglassError `shape` for a longer one. */
function keptBy(condition: Buffer, { count }: Slices): number[] {
  if (condition.data.length > count) {
    throw new FrostglassError(
      'shape',
      `Compress: a condition of ${condition.data.length} for ${count} elements`,
      'Give it no more than there are.',
    )
  }
  return placesOf(condition)
}

export const compressOperator: Operator = {
  name: 'Compress',
  attributes: { axis: 'int' },
  infer(inputs, attributes, what) {
    const [x, condition] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    if (condition.dtype !== 'bool') {
      throw new FrostglassError(
        'shape',
        `${what}: the condition must be bool, not ${condition.dtype}`,
        'Compare it with something.',
      )
    }
    const given = attributes['axis'] as number | undefined
    if (given === undefined) return [info(x.dtype, [unknownDim()])]
    return [info(x.dtype, x.shape.toSpliced(normaliseAxis(given, x.shape.length, what), 1, unknownDim()))]
  },
  measure({ inputs: [x, condition], attributes }) {
    const slices = slicesOf(x!, attributes, 'Compress')
    return [slices.shape.toSpliced(slices.axis, 1, keptBy(condition!, slices).length)]
  },
  kernel({ inputs: [x, condition], outputs: [y], attributes }) {
    const slices = slicesOf(x!, attributes, 'Compress')
    return () => take(slices, x!.data, keptBy(condition!, slices), y!.data)
  },
}

/** The slices that differ: where each is first, how often it comes, and which of them every slice is. */
function distinct(x: Buffer, slices: Slices, sorted: boolean) {
  if (x.data.some(Number.isNaN)) {
    throw new FrostglassError(
      'unsupported',
      'Unique: whether one NaN is another ONNX leaves open',
      "Compile with executor: 'native'.",
    )
  }
  const { count, outer, inner } = slices
  const contents = Array.from({ length: count }, (_, k) => {
    const own = new Float64Array(outer * inner)
    take(slices, x.data, [k], own)
    return own
  })
  const order = new Map<string, number>()
  const first: number[] = []
  const seen = contents.map((own, k) => {
    // A zero is a zero, whatever its sign.
    const key = own.map((v) => v + 0).join()
    const known = order.get(key)
    if (known !== undefined) return known
    order.set(key, first.length)
    return first.push(k) - 1
  })
  const compare = (a: number, b: number): number => {
    const [left, right] = [contents[first[a]!]!, contents[first[b]!]!]
    const at = left.findIndex((v, i) => v !== right[i])
    return at < 0 ? 0 : left[at]! - right[at]!
  }
  const ranks = [...first.keys()]
  if (sorted) ranks.sort((a, b) => compare(a, b))
  const rankOf = new Map(ranks.map((found, rank) => [found, rank]))
  const inverse = seen.map((found) => rankOf.get(found)!)
  const counts = ranks.map(() => 0)
  for (const rank of inverse) counts[rank]!++
  return { first: ranks.map((found) => first[found]!), inverse, counts }
}

function uniqueOf({ inputs: [x], attributes }: Pick<KernelContext, 'inputs' | 'attributes'>) {
  const slices = slicesOf(x!, attributes, 'Unique')
  return { slices, ...distinct(x!, slices, flag(attributes, 'sorted', true)) }
}

export const uniqueOperator: Operator = {
  name: 'Unique',
  attributes: { axis: 'int', sorted: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const given = attributes['axis'] as number | undefined
    const count = unknownDim()
    const shape =
      given === undefined ? [count] : x.shape.toSpliced(normaliseAxis(given, x.shape.length, what), 1, count)
    return [
      info(x.dtype, shape),
      info('int64', [count]),
      info('int64', [unknownDim()]),
      info('int64', [count]),
    ]
  },
  measure(k) {
    const { slices, first, inverse } = uniqueOf(k)
    return [
      slices.shape.toSpliced(slices.axis, 1, first.length),
      [first.length],
      [inverse.length],
      [first.length],
    ]
  },
  kernel(k) {
    const [y, places, back, times] = k.outputs
    return () => {
      const { slices, first, inverse, counts } = uniqueOf(k)
      take(slices, k.inputs[0]!.data, first, y!.data)
      places?.data.set(first)
      back?.data.set(inverse)
      times?.data.set(counts)
    }
  },
}

export const selectOperators: readonly Operator[] = [nonZeroOperator, compressOperator, uniqueOperator]

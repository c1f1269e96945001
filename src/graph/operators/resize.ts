// Upsampling by whole factors: Resize, each element repeated along the spatial axes.
// Source: ONNX Resize (opset 18; ours by `scales`, which ONNX Runtime's convolutions in blocks understand).
// Other modes and sizes of imported models run natively only and have no gradient rule. No double kernel natively.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { type Dim, formatShape, normaliseAxis, staticShape, unknownDim } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, constant, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { mul } from './arithmetic.ts'
import { averagePool } from './pool.ts'

const elsewhere = "Run it natively (executor: 'native'), and train only what comes after it."

// With a whole factor f, both of these read element ⌊i / f⌋: what PyTorch exports, and ONNX's defaults.
function repeats(attributes: Attributes): boolean {
  const nearest = attribute(attributes, 'mode', 'nearest') === 'nearest'
  const place = attribute<string>(attributes, 'coordinate_transformation_mode', 'half_pixel')
  const rounding = attribute<string>(attributes, 'nearest_mode', 'round_prefer_floor')
  return (
    nearest &&
    (place === 'asymmetric' ? rounding === 'floor' : place === 'half_pixel' && rounding.startsWith('round'))
  )
}

/** How often each element of each axis is repeated. @throws FrostglassError `unsupported` when it is not so simple. */
function factorsOf(from: readonly Dim[], to: readonly Dim[], attributes: Attributes): number[] {
  return from.map((d, axis) => {
    const size = to[axis]!
    if (d === size) return 1
    const factor = (size as number) / (d as number)
    if (Number.isInteger(factor) && repeats(attributes)) return factor
    throw new FrostglassError(
      'unsupported',
      `Resize from ${formatShape(from)} to ${formatShape(to)} (${attribute(attributes, 'mode', 'nearest')}) is not a repetition`,
      elsewhere,
    )
  })
}

const scaledShape = (shape: readonly Dim[], scales: readonly Dim[]): Dim[] =>
  shape.map((d, i) => {
    if (scales[i] === 1) return d
    return typeof d === 'number' ? Math.floor(d * (scales[i] as number)) : unknownDim()
  })

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
    const scales = inputs[2]?.content
    if (scales?.length === x.shape.length) return [info(x.dtype, scaledShape(x.shape, scales))]
    const sizes = inputs[3]?.content
    if (!sizes) return [info(x.dtype, x.shape.map(unknownDim))]
    const shape = [...x.shape]
    const axes = attribute<readonly number[]>(
      attributes,
      'axes',
      shape.map((_, i) => i),
    )
    if (axes.length !== sizes.length) {
      throw new FrostglassError(
        'shape',
        `${what}: ${sizes.length} sizes for ${axes.length} axes`,
        'Give one size an axis.',
      )
    }
    axes.forEach((axis, i) => {
      shape[normaliseAxis(axis, shape.length, what)] = sizes[i]!
    })
    return [info(x.dtype, shape)]
  },
  gradient({ inputs, outputs, attributes, grads }) {
    const x = inputs[0]!
    const dy = grads[0]!
    const [batch, channels, ...factors] = factorsOf(x.shape, outputs[0]!.shape, attributes)
    if (batch !== 1 || channels !== 1 || factors.length === 0) {
      throw new FrostglassError('unsupported', 'Resize of batch or channels has no gradient rule', elsewhere)
    }
    return [mul(averagePool(dy, factors, { strides: factors }), scalarLike(dy, sizeOf(factors)))]
  },
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const factors = factorsOf(x!.shape, y!.shape, attributes)
    const from = x!.data
    const to = y!.data
    const table = repeatTable(x!.shape, factors)
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = from[table[i]!]!
    }
  },
}

/** For each element of the result, the element that it repeats. */
function repeatTable(shape: readonly number[], factors: readonly number[]): Int32Array {
  let table = Int32Array.of(0)
  shape.forEach((size, axis) => {
    const factor = factors[axis]!
    const next = new Int32Array(table.length * size * factor)
    let at = 0
    for (const base of table)
      for (let i = 0; i < size * factor; i++) next[at++] = base * size + Math.floor(i / factor)
    table = next
  })
  return table
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

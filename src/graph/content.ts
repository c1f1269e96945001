// What is known of the numbers in a small tensor before anything runs: shapes that a model computes from shapes.
// Source: partial evaluation; "data propagation" of ONNX shape inference. Exporters write x.view(x.size(0), -1) as Shape,
// Gather, Concat, Reshape. An element is a number or a free dimension; what is computed from a free one is unknown.
// Scalars and vectors of at most 64 elements; whole numbers beyond 2^53 count as unknown once they are computed with.

import type { Attributes, Operator, Value, ValueInfo } from './contract.ts'
import { elementOf } from './elements.ts'
import { isCoded } from './narrow.ts'
import { flag } from './operator.ts'
import { contentLimit, type Dim, hasRank } from './shape.ts'
import { type DType, isFloat, type Tensor } from './tensor.ts'

/** What inference is given of an input: a constant's tensor is its content, a variable's only its first. */
export type Known = ValueInfo & {
  readonly kind?: Value['kind'] | undefined
  readonly tensor?: Tensor | undefined
}

let unknowns = 0

/** An element of which nothing is known: unlike a dimension it may be negative. */
const unknownNumber = (): Dim => `?~${unknowns++}`

/** The elements of a scalar or vector as far as they are known. */
function elements(v: Known | undefined): readonly Dim[] | undefined {
  if (!v) return undefined
  if (v.content) return v.content
  const t = v.kind === 'constant' ? v.tensor : undefined
  if (!t || t.shape.length > 1 || t.data.length > contentLimit || t.dtype === 'string' || isCoded(t.dtype))
    return undefined
  return Array.from(t.data as ArrayLike<number | bigint>, Number)
}

type Pair = (a: number, b: number) => number

/** Of two elements: by numbers where both are, else by what holds whatever the dimension is. */
function pairwise(exact: Pair, free: (a: Dim, b: Dim) => Dim | undefined = () => undefined) {
  return (a: Dim, b: Dim): Dim => {
    if (typeof a !== 'number' || typeof b !== 'number') return free(a, b) ?? unknownNumber()
    const result = exact(a, b)
    const exactly = Number.isSafeInteger(result) || (Number.isFinite(result) && !Number.isInteger(result))
    return exactly ? result : unknownNumber()
  }
}

/** What is surely not negative: a named dimension, or one of unknown size, but nothing that was computed. */
const isSize = (d: Dim): boolean => (typeof d === 'number' ? d >= 0 : !d.startsWith('?~'))
const negative = (d: Dim): boolean => typeof d === 'number' && d < 0
// The ends that exporters write for "to the end": no dimension reaches them.
const huge = (d: Dim): boolean => typeof d === 'number' && d >= 2 ** 53

const apart = (a: Dim, b: Dim): boolean => (negative(a) && isSize(b)) || (negative(b) && isSize(a))

const pairs: Readonly<Record<string, (a: Dim, b: Dim, whole: boolean, attributes: Attributes) => Dim>> = {
  Add: pairwise(
    (a, b) => a + b,
    (a, b) => (a === 0 ? b : b === 0 ? a : undefined),
  ),
  Sub: pairwise(
    (a, b) => a - b,
    (a, b) => (b === 0 ? a : a === b ? 0 : undefined),
  ),
  Mul: pairwise(
    (a, b) => a * b,
    (a, b) => (a === 1 ? b : b === 1 ? a : a === 0 || b === 0 ? 0 : undefined),
  ),
  Div: (a, b, whole) =>
    pairwise(
      (x, y) => (whole ? Math.trunc(x / y) : x / y),
      (x, y) => (y === 1 ? x : undefined),
    )(a, b),
  Mod: (a, b, _, attributes) =>
    pairwise(
      (x, y) => (flag(attributes, 'fmod') ? x % y : x - Math.floor(x / y) * y),
      (_x, y) => (y === 1 ? 0 : undefined),
    )(a, b),
  Min: pairwise(Math.min, (a, b) => (huge(a) ? b : huge(b) ? a : a === b ? a : undefined)),
  Max: pairwise(Math.max, (a, b) =>
    a === b ? a : a === 0 && isSize(b) ? b : b === 0 && isSize(a) ? a : undefined,
  ),
  Equal: pairwise(
    (a, b) => Number(a === b),
    (a, b) => (a === b ? 1 : apart(a, b) ? 0 : undefined),
  ),
  Less: pairwise(
    (a, b) => Number(a < b),
    (a, b) => (negative(a) && isSize(b) ? 1 : undefined),
  ),
  Greater: pairwise(
    (a, b) => Number(a > b),
    (a, b) => (negative(b) && isSize(a) ? 1 : undefined),
  ),
  LessOrEqual: pairwise((a, b) => Number(a <= b)),
  GreaterOrEqual: pairwise(
    (a, b) => Number(a >= b),
    (a, b) => (b === 0 && isSize(a) ? 1 : undefined),
  ),
  And: pairwise((a, b) => Number(a !== 0 && b !== 0)),
  Or: pairwise((a, b) => Number(a !== 0 || b !== 0)),
}

const singles: Readonly<Record<string, (a: number) => number>> = {
  Neg: (a) => 0 - a,
  Abs: Math.abs,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Sqrt: Math.sqrt,
  Not: (a) => Number(a === 0),
}

const folds: Readonly<Record<string, (a: Dim, b: Dim) => Dim>> = {
  ReduceProd: pairs['Mul'] as (a: Dim, b: Dim) => Dim,
  ReduceSum: pairs['Add'] as (a: Dim, b: Dim) => Dim,
  ReduceMax: pairs['Max'] as (a: Dim, b: Dim) => Dim,
  ReduceMin: pairs['Min'] as (a: Dim, b: Dim) => Dim,
}

/** Repeats a single element where a vector of `size` is asked for; undefined when the lengths do not fit. */
function spread(values: readonly Dim[], size: number): readonly Dim[] | undefined {
  if (values.length === size) return values
  return values.length === 1 ? new Array<Dim>(size).fill(values[0]!) : undefined
}

/** Another dtype changes a number: a cast to integers truncates, one to bool asks whether it is 0. */
function castTo(dtype: ValueInfo['dtype'], d: Dim): Dim | undefined {
  if (typeof d !== 'number') return dtype === 'bool' ? undefined : d
  if (dtype === 'bool') return Number(d !== 0)
  return dtype === 'int64' || dtype === 'int32' ? Math.trunc(d) : d
}

/**
 * What a run has for a result of one operation: floats are rounded. Integers that would wrap are unknown, and so is a dimension
 * in a dtype that may not hold it; it is no larger than 32 bits hold.
 */
function held(dtype: DType, d: Dim): Dim {
  if (typeof d === 'string')
    return dtype === 'int64' || dtype === 'int32' || dtype === 'float64' ? d : unknownNumber()
  const element = elementOf(dtype)
  const now = element ? element(d) : d
  if (isFloat(dtype)) return Number.isFinite(now) ? now : unknownNumber()
  const fits = dtype === 'uint64' ? d >= 0 : dtype !== 'string'
  return fits && now === d && Number.isSafeInteger(d) ? d : unknownNumber()
}

/** As {@link held}, of a result in the middle of many: in which order those are added is the runtime's, so it must be exact. */
function heldExactly(dtype: DType, d: Dim): Dim {
  const now = held(dtype, d)
  return now === d ? d : unknownNumber()
}

/** Elementwise operators, on vectors that broadcast. */
function elementwise(
  name: string,
  values: readonly (readonly Dim[] | undefined)[],
  output: ValueInfo,
  attributes: Attributes,
  size: number,
): readonly Dim[] | undefined {
  const [a, b, c] = values.map((v) => v && spread(v, size))
  if (!a) return undefined
  const single = singles[name]
  if (single) return a.map((d) => (typeof d === 'number' ? single(d) : unknownNumber()))
  if (name === 'Cast') return a.map((d) => castTo(output.dtype, d) ?? unknownNumber())
  if (!b) return undefined
  if (name === 'Where' && c)
    return a.map((d, i) => (typeof d !== 'number' ? unknownNumber() : d !== 0 ? b[i]! : c[i]!))
  const whole = output.dtype.includes('int')
  const pair = pairs[name]
  return pair && a.map((d, i) => pair(d, b[i]!, whole, attributes))
}

/** The number of elements of a scalar or vector of known size that is small; undefined for all else. */
function smallSize(v: ValueInfo): number | undefined {
  if (!hasRank(v.shape) || v.shape.length > 1) return undefined
  const size = v.shape.length === 0 ? 1 : v.shape[0]!
  return typeof size === 'number' && size <= contentLimit ? size : undefined
}

/**
 * The elements of an output, from those of the inputs; undefined where nothing of them is known. What the operator's own
 * inference said of them stands.
 */
export function knownContent(
  operator: Operator,
  inputs: readonly (Known | undefined)[],
  attributes: Attributes,
  output: ValueInfo,
): readonly Dim[] | undefined {
  const size = smallSize(output)
  if (output.content || operator.domain || size === undefined) return output.content
  const found = contentBy(operator.name, inputs, attributes, output, size)
  return found?.map((d) => held(output.dtype, d))
}

function contentBy(
  name: string,
  inputs: readonly (Known | undefined)[],
  attributes: Attributes,
  output: ValueInfo,
  size: number,
): readonly Dim[] | undefined {
  const same = name === 'Reshape' || name === 'Squeeze' || name === 'Unsqueeze' || name === 'Flatten'
  const values = inputs.map(elements)
  const [first] = values
  if (!first) return undefined
  if (same) return first.length === size ? first : undefined
  if (name === 'Expand') return spread(first, size)
  const fold = folds[name]
  if (fold) {
    const step = (a: Dim, b: Dim) => heldExactly(output.dtype, fold(a, b))
    return size === 1 && first.length > 0 ? [first.reduce(step)] : undefined
  }
  return elementwise(name, values, output, attributes, size)
}

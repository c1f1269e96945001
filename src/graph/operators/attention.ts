// Attention: scaled dot products of queries and keys, masked, softmaxed, times values.
// Source: ONNX Attention (opsets 23, 24, and the windows of 25); Vaswani et al. 2017; its reference implementation.
// Said by other operators on both executors: ONNX Runtime's own kernel need not know the newest version's rules.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, flag } from '../operator.ts'
import { formatShape, isStatic, staticShape } from '../shape.ts'
import { apply, applyAll, constant, integers, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { type Definition, definedBy } from './_defined.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { cast, dtypeOfOnnx } from './cast.ts'
import { and, equal, less, lessOrEqual, where } from './compare.ts'
import { tanh } from './elementwise.ts'
import { rangeOperator } from './generate.ts'
import { concat } from './join.ts'
import { matmul, transpose } from './matmul.ts'
import { reduceMax } from './reduce.ts'
import { pad, slice } from './slice.ts'
import { softmax } from './softmax.ts'
import { reshape, shapeOf, squeeze, unsqueeze } from './view.ts'

/** One dimension of a value as an int64 scalar. */
const sizeAlong = (v: Value, axis: number): Value => {
  const size = v.shape[axis]!
  return typeof size === 'number'
    ? constant(size, [], 'int64')
    : squeeze(slice(shapeOf(v), [axis], [axis + 1]), [0])
}

/** 0, 1, 2 … along an axis of a value, as int64. */
function positions(v: Value, axis: number): Value {
  const size = v.shape[axis]!
  if (typeof size === 'number') return integers(Array.from({ length: size }, (_, i) => i))
  return apply(rangeOperator, [constant(0, [], 'int64'), sizeAlong(v, axis), constant(1, [], 'int64')])
}

/** `[batch, length, heads·size]` to `[batch, heads, length, size]`; what has four axes already stays. */
function withHeads(v: Value, heads: number | undefined, role: string, what: string): Value {
  if (v.shape.length === 4) return v
  const width = staticShape([v.shape.at(-1) ?? 0], `${what}: the last axis of the ${role}`)[0]!
  if (v.shape.length !== 3 || heads === undefined || heads < 1 || width % heads !== 0) {
    throw new FrostglassError(
      'shape',
      `${what}: the ${role} ${formatShape(v.shape)} do not make ${heads ?? 'an unknown number of'} heads`,
      'Give four axes, or three and the numbers of heads.',
    )
  }
  return transpose(reshape(v, [0, 0, heads, width / heads]), [0, 2, 1, 3])
}

/** Each head so many times in a row: `[batch, heads, length, size]` to `[batch, heads·times, length, size]`. */
function repeatHeads(v: Value, times: number): Value {
  if (times === 1) return v
  const [, heads, , size] = v.shape as number[]
  const apart = unsqueeze(v, [2])
  return reshape(concat(Array<Value>(times).fill(apart), 2), [0, heads! * times, -1, size!])
}

interface Masked {
  readonly query: Value
  readonly key: Value
  readonly mask: Value | undefined
  /** How many keys stand before the first query: int64 scalar, or `[batch, 1, 1, 1]`. */
  readonly offset: Value
  /** Keys of each sequence that are no padding: int64 `[batch, 1, 1, 1]`. */
  readonly valid: Value | undefined
}

/** Which keys a query may look at, as bool; undefined when it may at all. */
function allowedKeys({ query, key, offset, valid }: Masked, attributes: Attributes): Value | undefined {
  const left = attribute(attributes, 'left_window_size', -1)
  const right = attribute(attributes, 'right_window_size', -1)
  const rules: Value[] = []
  const j = unsqueeze(positions(key, 2), [0])
  // Positions among the keys: [queries, 1], or one a sequence.
  const at = () => add(unsqueeze(positions(query, 2), [1]), offset)
  const number = (n: number) => constant(n, [], 'int64')
  if (flag(attributes, 'is_causal')) rules.push(lessOrEqual(j, at()))
  if (left >= 0) rules.push(lessOrEqual(sub(at(), number(left)), j))
  if (right >= 0) rules.push(lessOrEqual(j, add(at(), number(right))))
  if (valid) rules.push(less(j, valid))
  return rules.length ? rules.reduce((a, b) => and(a, b)) : undefined
}

/** What is added to the scores: −∞ where a query may not look. */
function biasOf(masked: Masked, attributes: Attributes): Value | undefined {
  const { mask, query, key } = masked
  const none = scalarLike(query, -Infinity)
  const zero = scalarLike(query, 0)
  const given = mask && (mask.dtype === 'bool' ? where(mask, zero, none) : mask)
  const bias = given && paddedTo(given, key, none)
  const allowed = allowedKeys(masked, attributes)
  return allowed ? where(allowed, bias ?? zero, none) : bias
}

/** A mask may be shorter than the keys: the others are not looked at. */
function paddedTo(mask: Value, key: Value, none: Value): Value {
  const [own, all] = [mask.shape.at(-1), key.shape[2]]
  // A last axis of 1 is padded too: it is one key, and not all of them.
  if (typeof own !== 'number' || typeof all !== 'number' || own >= all) return mask
  const nothing = mask.shape.map(() => 0)
  return pad(mask, nothing, [...nothing.slice(1), all - own], { value: none })
}

/** Softmax over the keys, in the precision that is asked for; 0 where a query may look at nothing. */
function weigh(scores: Value, bias: Value | undefined, attributes: Attributes, what: string): Value {
  const precision = attribute(attributes, 'softmax_precision', 0)
  const dtype = precision === 0 ? scores.dtype : dtypeOfOnnx(precision, what)
  const wide = cast(scores, dtype)
  if (!bias) return cast(softmax(wide), scores.dtype)
  const blind = equal(reduceMax(bias, [-1], true), scalarLike(bias, -Infinity))
  const zero = scalarLike(wide, 0)
  // Once before, so that no gradient meets the softmax of nothing.
  return cast(where(blind, zero, softmax(where(blind, zero, wide))), scores.dtype)
}

/** @throws FrostglassError `shape` for what the specification excludes. */
function requireCache(inputs: readonly (ValueInfo | undefined)[], what: string): void {
  const [, , , , pastKey, pastValue, valid] = inputs
  if (!pastKey === !pastValue && !(pastKey && valid)) return
  throw new FrostglassError(
    'shape',
    `${what}: past_key and past_value go together, and not with nonpad_kv_seqlen`,
    'Give both or neither.',
  )
}

const definition: Definition = (inputs, attributes, what) => {
  const [q, k, v] = requireInputs(inputs, 3, what) as [Value, Value, Value]
  requireCache(inputs, what)
  const [, , , mask, pastKey, pastValue, nonPad] = inputs
  const queryHeads = attributes['q_num_heads'] as number | undefined
  const keyHeads = attributes['kv_num_heads'] as number | undefined
  const query = withHeads(q, queryHeads, 'queries', what)
  const newKey = withHeads(k, keyHeads, 'keys', what)
  const newValue = withHeads(v, keyHeads, 'values', what)
  const key = pastKey ? concat([pastKey, newKey], 2) : newKey
  const value = pastValue ? concat([pastValue, newValue], 2) : newValue
  const heads = staticShape([query.shape[1]!, key.shape[1]!], `${what}: the numbers of heads`)
  const times = heads[0]! / heads[1]!
  if (!Number.isInteger(times)) {
    throw new FrostglassError(
      'shape',
      `${what}: ${heads[0]} heads of queries for ${heads[1]} of keys`,
      'Make the first a multiple of the second.',
    )
  }
  const size = staticShape([query.shape[3]!], `${what}: the size of a head`)[0]!
  // Half of the scale on either side, so that no product overflows.
  const half = scalarLike(query, Math.sqrt(attribute(attributes, 'scale', 1 / Math.sqrt(size))))
  const across = transpose(repeatHeads(key, times), [0, 1, 3, 2])
  const raw = matmul(mul(query, half), mul(across, half))
  const cap = attribute(attributes, 'softcap', 0)
  const bound = scalarLike(raw, cap)
  const capped = cap > 0 ? mul(tanh(div(raw, bound)), bound) : raw
  const valid = nonPad && reshape(nonPad, [-1, 1, 1, 1])
  const offset = valid
    ? sub(valid, sizeAlong(query, 2))
    : pastKey
      ? sizeAlong(pastKey, 2)
      : constant(0, [], 'int64')
  const bias = biasOf({ query, key, mask, offset, valid }, attributes)
  const scores = bias ? add(capped, bias) : capped
  const weights = weigh(scores, bias, attributes, what)
  const mixed = matmul(weights, repeatHeads(value, times))
  const y = q.shape.length === 3 ? joinHeads(mixed) : mixed
  const shown = [raw, capped, scores, weights][attribute(attributes, 'qk_matmul_output_mode', 0)] ?? raw
  return [y, key, value, shown]
}

/** `[batch, heads, length, size]` to `[batch, length, heads·size]`. */
function joinHeads(v: Value): Value {
  const [, heads, , size] = v.shape
  const width = isStatic([heads!, size!]) ? (heads as number) * (size as number) : -1
  return reshape(transpose(v, [0, 2, 1, 3]), [0, 0, width])
}

export const attentionOperator: Operator = {
  name: 'Attention',
  since: [23, 24, 25],
  attributes: {
    is_causal: 'int',
    kv_num_heads: 'int',
    left_window_size: 'int',
    q_num_heads: 'int',
    qk_matmul_output_mode: 'int',
    right_window_size: 'int',
    scale: 'float',
    softcap: 'float',
    softmax_precision: 'int',
  },
  ...definedBy('Attention', definition),
  lower: (inputs, attributes) => definition(inputs, attributes, 'Attention'),
}

/**
 * Softmax of the scaled products of queries and keys, times the values: `[batch, heads, length, size]` each. Keys and
 * values may have fewer heads (grouped queries) and another length than the queries.
 * @param options.mask bool (true: may look), or added to the scores; broadcast to `[batch, heads, queries, keys]`
 * @param options.causal whether a query may look only at keys up to its own place
 */
export const attention = (
  query: Value,
  key: Value,
  value: Value,
  options: {
    mask?: Value | undefined
    causal?: boolean | undefined
    scale?: number | undefined
    softcap?: number | undefined
  } = {},
): Value =>
  applyAll(attentionOperator, options.mask ? [query, key, value, options.mask] : [query, key, value], {
    is_causal: options.causal ? 1 : 0,
    scale: options.scale,
    softcap: options.softcap ?? 0,
  })[0]!

export const attentionOperators: readonly Operator[] = [attentionOperator]

// The gradient of each row by one weight, as far as it is needed: its squared norm; and itself where that is the cheaper way.
// Source: Goodfellow 2015 (dense layers); Li and others 2022, section 4 (sequences); Bu, Mao and Xu 2022 (convolutions).
// A rule must see all that a row does to a weight: `checkRows` holds every one to numbers before a training starts.

import { FrostglassError } from '../../errors.ts'
import { describeNode } from '../../graph/graph.ts'
import {
  add,
  cast,
  concat,
  type DType,
  equal,
  matmul,
  mul,
  type Node,
  reduceSum,
  reshape,
  sizeOf,
  type Value,
} from '../../graph/index.ts'
import { attribute, flag } from '../../graph/operator.ts'
import { spatialOf, windowAxes } from '../../graph/operators/_window.ts'
import { swapLast, windows } from '../../graph/operators/columns.ts'
import { kernelOf } from '../../graph/operators/conv.ts'
import { filterGradients, type Unordered, unorderedColumns } from '../../graph/operators/filterGradient.ts'

/** What is known of the rows' gradients by a weight. */
export interface PerExample {
  /** Squared norms, [rows]. */
  readonly squared: Value
  /** All gradients, [rows, size of the weight], where they had to be made for their norms. */
  readonly single?: Unordered
}

/** A node that uses a weight, and what comes back to it: the gradient of the sum of all rows' losses by its output. */
export interface Use {
  readonly node: Node
  /** Which input the weight is. */
  readonly at: number
  /** As the node's output. */
  readonly slope: Value
}

/** Sums of products: the weight's gradient is Σₜ d[:, t] a[:, t]ᵀ, one [u, k] a row. */
interface Outer {
  /** [rows, k, t]; with `turned` 'table' the numbers of the table's rows, [rows, 1, t], which stand for one-hot columns. */
  readonly a: Value
  /** [rows, u, t] */
  readonly d: Value
  /** How the weight lies: [u, k], [k, u], or as a table of k rows that are looked up. */
  readonly weight: 'as it is' | 'turned' | 'table'
}

type Found = { readonly single: Value | Unordered } | { readonly outer: Outer; readonly inOrder?: Order }

type Order = Unordered['inOrder']

// A gradient is made where it takes at most twice the memory of what it is made of. The CNN of the tutorials, of whose second
// convolution that is 8,192 numbers from 7,200, takes 1.03 to 1.12 of the processor time of its plain step at batch 256; by
// products of all columns with all others 1.12 to 1.19 (both with columns by slices, before they were gathered). A dense
// layer's single gradient would be hundreds of times its factors.
const roomy = 2

/** Whether single gradients fit: of products over `times` columns of `k` and `u` numbers. */
const isRoomy = (weight: Value, times: number, k: number, u: number): boolean =>
  sizeOf(weight.shape as number[]) <= roomy * times * (k + u)

/**
 * What a weight's uses say of each row.
 * @param uses all of them
 * @param rows of the batch
 * @throws FrostglassError `unsupported` for a use that no rule knows
 */
export function perExample(weight: Value, uses: readonly Use[], rows: number): PerExample {
  const found = uses.map((use) => ruleOf(weight, use)(use, rows))
  const outers = found.flatMap((f) => ('outer' in f ? [f.outer] : []))
  if (outers.length === found.length) {
    const all = together(outers)
    const times = all.d.shape[2] as number
    const table = all.weight === 'table'
    if (times === 1) return { squared: table ? squares(all.d) : mul(squares(all.a), squares(all.d)) }
    if (table || !isRoomy(weight, times, all.a.shape[1] as number, all.d.shape[1] as number))
      return { squared: reduceSum(mul(products(all.a, table, all.d.dtype), products(all.d, false)), [1, 2]) }
  }
  const singles = found.map((f) => singleOf(f, rows))
  const [first] = singles as [Unordered]
  const single =
    singles.length === 1
      ? first
      : { value: singles.map((g) => g.inOrder(g.value)).reduce((sum, g) => add(sum, g)), inOrder: asItIs }
  return { squared: squares(single.value), single }
}

const asItIs: Order = (v) => v

function singleOf(found: Found, rows: number): Unordered {
  if ('outer' in found) {
    const { a, d, weight } = found.outer
    const product = weight === 'turned' ? matmul(a, swapLast(d)) : matmul(d, swapLast(a))
    return { value: reshape(product, [rows, -1]), inOrder: found.inOrder ?? asItIs }
  }
  if ('inOrder' in found.single) return found.single
  return { value: reshape(found.single, [rows, -1]), inOrder: asItIs }
}

/** Uses one after another, as one that is longer. */
function together(outers: readonly Outer[]): Outer {
  const [first] = outers as [Outer]
  if (outers.length === 1) return first
  const join = (part: 'a' | 'd') =>
    concat(
      outers.map((o) => o[part]),
      2,
    )
  return { ...first, a: join('a'), d: join('d') }
}

/** Products of all columns with all others, [rows, t, t]; of one-hot columns from their places. */
function products(v: Value, places: boolean, dtype: DType = v.dtype): Value {
  return places ? cast(equal(swapLast(v), v), dtype) : matmul(swapLast(v), v)
}

/** Σ v² of each row, [rows]. */
const squares = (v: Value): Value =>
  reduceSum(
    mul(v, v),
    Array.from({ length: v.shape.length - 1 }, (_, i) => i + 1),
  )

/** [rows, …, k], or [rows · t, k] with the rows one after another, to [rows, k, t]. */
function inColumns(v: Value, rows: number): Value {
  const k = v.shape.at(-1) as number
  const lying = reshape(v, [rows, -1, k])
  return lying.shape[1] === 1 ? reshape(v, [rows, k, 1]) : swapLast(lying)
}

type Rule = (use: Use, rows: number) => Found

const rules: Readonly<Record<string, readonly (Rule | undefined)[]>> = {
  Gemm: [undefined, gemmKernel, gemmBias],
  MatMul: [undefined, matmulKernel],
  Conv: [undefined, convFilters, convBias],
  Add: [added, added],
  Mul: [multiplied, multiplied],
  Gather: [rowsOfTable],
}

function ruleOf(weight: Value, { node, at }: Use): Rule {
  const rule = rules[node.operator.name]?.[at]
  if (rule) return rule
  throw new FrostglassError(
    'unsupported',
    `${describeNode(node)} uses the weight '${weight.name}', and how much one row does to it is not known`,
    { hint: 'freeze that layer, or use dense, convolution, embedding and LSTM layers' },
  )
}

function gemmKernel({ node, slope }: Use, rows: number): Found {
  const { attributes } = node
  const a = node.inputs[0] as Value
  if (flag(attributes, 'transA') || attribute(attributes, 'alpha', 1) !== 1) return refuse(node)
  return {
    outer: {
      a: inColumns(a, rows),
      d: inColumns(slope, rows),
      weight: flag(attributes, 'transB') ? 'as it is' : 'turned',
    },
  }
}

function gemmBias({ node, slope }: Use, rows: number): Found {
  const bias = node.inputs[2] as Value
  if (attribute(node.attributes, 'beta', 1) !== 1 || bias.shape.at(-1) !== slope.shape[1]) return refuse(node)
  return { single: reduceSum(reshape(slope, [rows, -1, slope.shape[1] as number]), [1]) }
}

function matmulKernel({ node, slope }: Use, rows: number): Found {
  const [a, kernel] = node.inputs as [Value, Value]
  if (kernel.shape.length !== 2 || a.shape[0] !== rows) return refuse(node)
  return { outer: { a: inColumns(a, rows), d: inColumns(slope, rows), weight: 'turned' } }
}

function convFilters({ node, slope }: Use, rows: number): Found {
  const [x, w] = node.inputs as [Value, Value]
  const axes = windowAxes(
    spatialOf(x, 'Conv'),
    kernelOf(x, w, node.attributes, 'Conv'),
    node.attributes,
    'Conv',
  )
  const group = attribute(node.attributes, 'group', 1)
  const [outputs, ...seen] = w.shape as number[] as [number, ...number[]]
  if (group > 1 || isRoomy(w, windows(axes), sizeOf(seen), outputs))
    return { single: filterGradients(x, slope, axes, group) }
  const { value, inOrder } = unorderedColumns(x, axes, outputs)
  return { outer: { a: value, d: reshape(slope, [rows, outputs, -1]), weight: 'as it is' }, inOrder }
}

function convBias({ slope }: Use): Found {
  return {
    single: reduceSum(
      slope,
      Array.from({ length: slope.shape.length - 2 }, (_, i) => i + 2),
    ),
  }
}

function added({ node, at, slope }: Use, rows: number): Found {
  return { single: summedTo(node.inputs[at] as Value, slope, rows, node) }
}

function multiplied({ node, at, slope }: Use, rows: number): Found {
  const other = node.inputs[1 - at] as Value
  return { single: summedTo(node.inputs[at] as Value, mul(slope, other), rows, node) }
}

/** What comes back to a weight that was broadcast over rows and perhaps more. */
function summedTo(weight: Value, v: Value, rows: number, node: Node): Value {
  const extra = v.shape.length - weight.shape.length
  const wide = v.shape.flatMap((_, axis) => (axis < extra || weight.shape[axis - extra] === 1 ? [axis] : []))
  if (v.shape[0] !== rows || wide[0] !== 0) return refuse(node)
  const rest = wide.slice(1)
  return rest.length === 0 ? v : reduceSum(v, rest)
}

function rowsOfTable({ node, slope }: Use, rows: number): Found {
  const places = node.inputs[1] as Value
  if (attribute(node.attributes, 'axis', 0) !== 0 || places.shape[0] !== rows) return refuse(node)
  return { outer: { a: reshape(places, [rows, 1, -1]), d: inColumns(slope, rows), weight: 'table' } }
}

function refuse(node: Node): never {
  throw new FrostglassError(
    'unsupported',
    `${describeNode(node)} uses a weight in a way of which one row's part is not known`,
    { hint: 'freeze that layer, or build it of dense, convolution, embedding and LSTM layers' },
  )
}

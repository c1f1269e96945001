// The gradient of each example by one weight, as few numbers as can be bounded without cancellation.
// Source: Goodfellow 2015 (dense layers); Rochette, Manoel and Tramel 2019 (convolutions); Lee and Kifer 2021 (recurrent).
// A rule must see all that an example does to a weight: `checkExamples` holds every one to numbers before a training starts.

import { FrostglassError } from '../../errors.ts'
import { describeNode } from '../../graph/graph.ts'
import {
  add,
  cast,
  concat,
  constant,
  equal,
  matmul,
  mul,
  type Node,
  reduceSum,
  reshape,
  type Value,
} from '../../graph/index.ts'
import { attribute, flag } from '../../graph/operator.ts'
import { spatialOf, windowAxes } from '../../graph/operators/_window.ts'
import { swapLast, windows } from '../../graph/operators/columns.ts'
import { kernelOf } from '../../graph/operators/conv.ts'
import { filterGradients, type Unordered, unorderedColumns } from '../../graph/operators/filterGradient.ts'
import { scalarLike } from '../../graph/value.ts'

/**
 * What one weight gets of each example. Norms of all of these are sums of squares of numbers that are at hand, so that nothing
 * cancels: norms from products of columns, Σ (aₛ·aₜ)(dₛ·dₜ), do (PROOF.md, "Why no Gram matrices").
 */
export type ExampleGradient =
  /** All numbers, [examples, size], in an order of their own. */
  | ({ readonly kind: 'whole' } & Unordered)
  /** One outer product: `right` [examples, u] by `left` [examples, k]; [u, k], or [k, u] where it lies `turned`. */
  | {
      readonly kind: 'product'
      readonly left: Value
      readonly right: Value
      readonly turned: boolean
      readonly inOrder: Order
    }
  /** Rows of a table: at the first of equal `places` [examples, t] what all of them get together, zeros at the others. */
  | { readonly kind: 'rows'; readonly places: Value; readonly value: Value; readonly node: Node }

/** A node that uses a weight, and what comes back to it: the gradient of the sum of all losses by its output. */
export interface Use {
  readonly node: Node
  /** Which input the weight is. */
  readonly at: number
  /** As the node's output. */
  readonly slope: Value
}

/** How many examples a batch has, and how many rows each of them: a person's rows are one example. */
export interface Sizes {
  readonly examples: number
  readonly rowsEach: number
}

/** Sums of products: the weight's gradient is Σₜ d[:, t] a[:, t]ᵀ, one [u, k] an example. */
interface Outer {
  /** [examples, k, t] */
  readonly a: Value
  /** [examples, u, t] */
  readonly d: Value
  readonly turned: boolean
}

interface Table {
  /** [examples, 1, t] */
  readonly places: Value
  /** [examples, t, u] */
  readonly d: Value
  readonly node: Node
}

type Found =
  | { readonly single: Value | Unordered }
  | { readonly outer: Outer; readonly inOrder?: Order | undefined }
  | { readonly table: Table }

type Order = Unordered['inOrder']

/**
 * What a weight's uses say of each example.
 * @param uses all of them
 * @throws FrostglassError `unsupported` for a use that no rule knows
 */
export function exampleGradient(weight: Value, uses: readonly Use[], sizes: Sizes): ExampleGradient {
  if (uses.length === 0)
    throw new FrostglassError(
      'unsupported',
      `the model's output does not depend on the weight '${weight.name}'`,
      'Freeze that layer, or leave it out.',
    )
  const gradient = gradientOf(weight, uses, sizes)
  const parts = gradient.kind === 'product' ? [gradient.left, gradient.right] : [gradient.value]
  if (parts.some((v) => v.shape[0] !== sizes.examples))
    throw new TypeError(
      `'${weight.name}' has a gradient of ${parts[0]?.shape[0]} examples, not ${sizes.examples}`,
    )
  return gradient
}

function gradientOf(weight: Value, uses: readonly Use[], sizes: Sizes): ExampleGradient {
  const found = uses.map((use) => ruleOf(weight, use)(use, sizes))
  const [only, ...others] = found as [Found, ...Found[]]
  if (found.some((f) => 'table' in f)) return rowsOfTable(found, uses)
  if ('outer' in only && others.length === 0 && only.outer.a.shape[2] === 1) {
    const { a, d, turned } = only.outer
    const flat = (v: Value) => reshape(v, v.shape.slice(0, 2) as number[])
    return { kind: 'product', left: flat(a), right: flat(d), turned, inOrder: only.inOrder ?? asItIs }
  }
  const outers = found.flatMap((f) => ('outer' in f ? [f] : []))
  const alike = outers.every((f) => f.inOrder === undefined && f.outer.turned === outers[0]?.outer.turned)
  if (outers.length === found.length && alike)
    return { kind: 'whole', value: multipliedOut(together(outers.map((f) => f.outer))), inOrder: asItIs }
  const singles = found.map((f) => singleOf(f, sizes))
  const [first] = singles as [Unordered]
  if (singles.length === 1) return { kind: 'whole', ...first }
  const value = singles.map((g) => g.inOrder(g.value)).reduce((sum, g) => add(sum, g))
  return { kind: 'whole', value, inOrder: asItIs }
}

const asItIs: Order = (v) => v

function singleOf(found: Found, { examples }: Sizes): Unordered {
  if ('outer' in found) return { value: multipliedOut(found.outer), inOrder: found.inOrder ?? asItIs }
  const { single } = found as Extract<Found, { single: unknown }>
  return 'inOrder' in single ? single : { value: reshape(single, [examples, -1]), inOrder: asItIs }
}

const multipliedOut = ({ a, d, turned }: Outer): Value =>
  reshape(turned ? matmul(a, swapLast(d)) : matmul(d, swapLast(a)), [a.shape[0] as number, -1])

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

/** What equal places get is added up first: the table's rows of one example are then as many numbers as they are told. */
function rowsOfTable(found: readonly Found[], uses: readonly Use[]): ExampleGradient {
  const [only, ...others] = found as [Found, ...Found[]]
  if (others.length > 0 || !('table' in only)) return refuse(uses[0]!.node)
  const { places, d, node } = only.table
  const [examples, , t] = places.shape as [number, number, number]
  const same = cast(equal(swapLast(places), places), d.dtype)
  const before = Float64Array.from({ length: t * t }, (_, i) => (i % t < Math.floor(i / t) ? 1 : 0))
  const earlier = reduceSum(mul(same, cast(constant(before, [t, t]), d.dtype)), [2])
  const first = cast(equal(earlier, scalarLike(earlier, 0)), d.dtype)
  const value = mul(matmul(same, d), reshape(first, [examples, t, 1]))
  return { kind: 'rows', places: reshape(places, [examples, t]), value, node }
}

/** [rows, …, k], or [rows · t, k] with an example's one after another, to [examples, k, t]. */
function inColumns(v: Value, { examples }: Sizes): Value {
  const k = v.shape.at(-1) as number
  const lying = reshape(v, [examples, -1, k])
  return lying.shape[1] === 1 ? reshape(v, [examples, k, 1]) : swapLast(lying)
}

/** What an example's rows get together, [examples, …], of [rows, …]. */
function ofExamples(v: Value, { examples, rowsEach }: Sizes): Value {
  if (rowsEach === 1) return v
  return reduceSum(reshape(v, [examples, rowsEach, ...(v.shape.slice(1) as number[])]), [1])
}

type Rule = (use: Use, sizes: Sizes) => Found

const rules: Readonly<Record<string, readonly (Rule | undefined)[]>> = {
  Gemm: [undefined, gemmKernel, gemmBias],
  MatMul: [undefined, matmulKernel],
  Conv: [undefined, convFilters, convBias],
  Add: [added, added],
  Mul: [multiplied, multiplied],
  Gather: [lookedUp],
}

function ruleOf(weight: Value, { node, at }: Use): Rule {
  const rule = rules[node.operator.name]?.[at]
  if (rule) return rule
  throw new FrostglassError(
    'unsupported',
    `${describeNode(node)} uses the weight '${weight.name}', and how much one row does to it is not known`,
    'Freeze that layer, or use dense, convolution, embedding and LSTM layers.',
  )
}

function gemmKernel({ node, slope }: Use, sizes: Sizes): Found {
  const { attributes } = node
  if (flag(attributes, 'transA') || attribute(attributes, 'alpha', 1) !== 1) return refuse(node)
  const a = inColumns(node.inputs[0]!, sizes)
  return { outer: { a, d: inColumns(slope, sizes), turned: !flag(attributes, 'transB') } }
}

function gemmBias({ node, slope }: Use, { examples }: Sizes): Found {
  const bias = node.inputs[2]!
  if (attribute(node.attributes, 'beta', 1) !== 1 || bias.shape.at(-1) !== slope.shape[1]) return refuse(node)
  return { single: reduceSum(reshape(slope, [examples, -1, slope.shape[1] as number]), [1]) }
}

function matmulKernel({ node, slope }: Use, sizes: Sizes): Found {
  const [a, kernel] = node.inputs as [Value, Value]
  if (kernel.shape.length !== 2 || a.shape[0] !== rowsOf(sizes)) return refuse(node)
  return { outer: { a: inColumns(a, sizes), d: inColumns(slope, sizes), turned: true } }
}

function convFilters({ node, slope }: Use, sizes: Sizes): Found {
  const [x, w] = node.inputs as [Value, Value]
  if (x.shape[0] !== rowsOf(sizes)) return refuse(node)
  const axes = windowAxes(
    spatialOf(x, 'Conv'),
    kernelOf(x, w, node.attributes, 'Conv'),
    node.attributes,
    'Conv',
  )
  const group = attribute(node.attributes, 'group', 1)
  const [outputs] = w.shape as number[] as [number]
  // Filters that see the whole of their input are a dense layer, whose gradients would be many times their factors.
  if (group === 1 && sizes.rowsEach === 1 && windows(axes) === 1) {
    const { value, inOrder } = unorderedColumns(x, axes, outputs)
    return { outer: { a: value, d: reshape(slope, [sizes.examples, outputs, 1]), turned: false }, inOrder }
  }
  const { value, inOrder } = filterGradients(x, slope, axes, group)
  return { single: { value: ofExamples(value, sizes), inOrder } }
}

function convBias({ node, slope }: Use, sizes: Sizes): Found {
  if (slope.shape[0] !== rowsOf(sizes)) return refuse(node)
  const spatial = Array.from({ length: slope.shape.length - 2 }, (_, i) => i + 2)
  return { single: ofExamples(reduceSum(slope, spatial), sizes) }
}

function added({ node, at, slope }: Use, sizes: Sizes): Found {
  return { single: summedTo(node.inputs[at]!, slope, sizes, node) }
}

function multiplied({ node, at, slope }: Use, sizes: Sizes): Found {
  const other = node.inputs[1 - at]!
  return { single: summedTo(node.inputs[at]!, mul(slope, other), sizes, node) }
}

/** What comes back to a weight that was broadcast over rows and perhaps more. */
function summedTo(weight: Value, v: Value, sizes: Sizes, node: Node): Value {
  const extra = v.shape.length - weight.shape.length
  const wide = v.shape.flatMap((_, axis) => (axis < extra || weight.shape[axis - extra] === 1 ? [axis] : []))
  if (v.shape[0] !== rowsOf(sizes) || wide[0] !== 0) return refuse(node)
  const rest = wide.slice(1)
  return ofExamples(rest.length === 0 ? v : reduceSum(v, rest), sizes)
}

function lookedUp({ node, slope }: Use, sizes: Sizes): Found {
  const { examples } = sizes
  const places = node.inputs[1]!
  if (attribute(node.attributes, 'axis', 0) !== 0 || places.shape[0] !== rowsOf(sizes)) return refuse(node)
  const d = reshape(slope, [examples, -1, slope.shape.at(-1) as number])
  return { table: { places: reshape(places, [examples, 1, -1]), d, node } }
}

const rowsOf = ({ examples, rowsEach }: Sizes): number => examples * rowsEach

function refuse(node: Node): never {
  throw new FrostglassError(
    'unsupported',
    `${describeNode(node)} uses a weight in a way of which one row's part is not known`,
    'Freeze that layer, or build it of dense, convolution, embedding and LSTM layers.',
  )
}

// Einsum: products of tensors along named axes, summed over those that the output does not name.
// Source: ONNX Einsum (opset 12); NumPy's einsum. A gradient is an Einsum of the others and of the output's gradient.
// Three or more operands are multiplied two by two from the left, which need not be the cheapest order.

import type { Buffer, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { isStatic, type Shape, staticShape } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, constant } from '../value.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { readEquation, writeEquation } from './_equation.ts'
import { mul } from './arithmetic.ts'
import { transpose } from './matmul.ts'
import { reduceSum } from './reduce.ts'
import { expand, expandLike, reshape, unsqueeze } from './view.ts'

const equationOf = (inputs: readonly (ValueInfo | undefined)[], text: string, what: string) =>
  readEquation(text, requireInputs(inputs, Math.max(1, inputs.length), what), what)

/** A tensor with labels on its axes. */
interface Labelled {
  readonly labels: readonly string[]
  readonly shape: readonly number[]
  readonly data: Float64Array
}

type Sizes = ReadonlyMap<string, number>

/** For each combination of the labels in row-major order, where an operand is read. */
function offsets({ labels, shape }: Labelled, along: readonly string[], sizes: Sizes): Int32Array {
  const stride = new Map<string, number>()
  let step = 1
  for (let axis = labels.length - 1; axis >= 0; axis--) {
    const label = labels[axis]!
    // A label that stands twice walks a diagonal; an axis of 1 stays where it is.
    if (shape[axis] !== 1) stride.set(label, (stride.get(label) ?? 0) + step)
    step *= shape[axis]!
  }
  let table = Int32Array.of(0)
  for (const label of along) {
    const size = sizes.get(label)!
    const each = stride.get(label) ?? 0
    const next = new Int32Array(table.length * size)
    let at = 0
    for (const base of table) for (let i = 0; i < size; i++) next[at++] = base + i * each
    table = next
  }
  return table
}

const unit: Labelled = { labels: [], shape: [], data: Float64Array.of(1) }

/** Plans one product of two operands (or a sum of one) into `to`. */
function contract(a: Labelled, b: Labelled | undefined, to: Labelled, sizes: Sizes): () => void {
  const summed = [...new Set([...a.labels, ...(b?.labels ?? [])])].filter((l) => !to.labels.includes(l))
  const other = b ?? unit
  const [aOut, aSum] = [offsets(a, to.labels, sizes), offsets(a, summed, sizes)]
  const [bOut, bSum] = [offsets(other, to.labels, sizes), offsets(other, summed, sizes)]
  const [x, y, out] = [a.data, other.data, to.data]
  return () => {
    for (let o = 0; o < out.length; o++) {
      const ao = aOut[o]!
      const bo = bOut[o]!
      let sum = 0
      for (let s = 0; s < aSum.length; s++) sum += x[ao + aSum[s]!]! * y[bo + bSum[s]!]!
      out[o] = sum
    }
  }
}

/** What a product of the first two of several operands must keep. */
function keptLabels(operands: readonly Labelled[], output: readonly string[]): string[] {
  const later = new Set([...output, ...operands.slice(2).flatMap((o) => o.labels)])
  return [...new Set([...operands[0]!.labels, ...operands[1]!.labels])].filter((l) => later.has(l))
}

/** The axes that are there once, in the shape in which the operand has some of them twice: zero off the diagonal. */
function ontoDiagonal(v: Value, once: readonly string[], labels: readonly string[], x: Value): Value {
  const shape = staticShape(x.shape, 'Einsum along a diagonal')
  const firsts = labels.map((label, axis) => labels.indexOf(label) === axis)
  // Axes of `v` are those of the first places, in that order.
  const placed = reshape(
    v,
    labels.map((label, axis) => (firsts[axis] ? (v.shape[once.indexOf(label)] as number) : 1)),
  )
  let result = placed
  labels.forEach((label, axis) => {
    if (firsts[axis]) return
    const first = labels.indexOf(label)
    const size = shape[axis]!
    const eye = new Float64Array(size * size)
    for (let i = 0; i < size; i++) eye[i * size + i] = 1
    const mask = labels.map((_, a) => (a === axis || a === first ? size : 1))
    result = mul(result, constant(eye, mask, x.dtype))
  })
  return result
}

/** The gradient by operand `i`. */
function gradientOf(i: number, inputs: readonly Value[], dy: Value, text: string): Value {
  const { operands, output } = readEquation(text, inputs, 'Einsum')
  const x = inputs[i]!
  const labels = operands[i]!
  const once = [...new Set(labels)]
  const others = inputs.filter((_, j) => j !== i)
  const terms = [output, ...operands.filter((_, j) => j !== i)]
  const there = new Set(terms.flat())
  const kept = once.filter((label) => there.has(label))
  const found = apply(einsumOperator, [dy, ...others], { equation: writeEquation(terms, kept) })
  // What the output and the others do not name was summed alone: the same gradient everywhere along it.
  const missing = once.flatMap((label, axis) => (there.has(label) ? [] : [axis]))
  const full = missing.length ? unsqueeze(found, missing) : found
  if (once.length === labels.length) return expandLike(alongOnes(full, x.shape), x)
  const sizes = staticShape(
    once.map((label) => x.shape[labels.indexOf(label)]!),
    'Einsum along a diagonal',
  )
  return ontoDiagonal(expand(alongOnes(full, sizes), sizes), once, labels, x)
}

/** Summed along the axes of size 1: there one element of the operand met many of another. */
function alongOnes(v: Value, shape: Shape): Value {
  const axes = v.shape.flatMap((d, axis) => (shape[axis] === 1 && d !== 1 ? [axis] : []))
  return axes.length ? reduceSum(v, axes, true) : v
}

/**
 * The same with ellipses for equally many axes and no axis of 1 that meets more, as ONNX Runtime wants them; undefined where
 * they are.
 */
function evened(given: readonly Value[], text: string): readonly Value[] | undefined {
  const { operands, output, sizes } = readEquation(text, given, 'Einsum')
  const inputs = given.map((v, i) => {
    const shape = v.shape.map((d, axis) => (d === 1 ? sizes.get(operands[i]![axis]!)! : d))
    return isStatic(shape) && shape.some((d, axis) => d !== v.shape[axis]) ? expand(v, shape) : v
  })
  const hidden = operands.map((labels) => labels.filter((l) => l[0] === '.'))
  const most = hidden.reduce((a, b) => (b.length > a.length ? b : a))
  const even = hidden.every((h) => h.length === most.length)
  if (even && inputs.every((v, i) => v === given[i])) return undefined
  const whole = operands.map((labels) => [...most, ...labels.filter((l) => l[0] !== '.')])
  const same = inputs.map((v, i) => {
    const labels = operands[i]!
    const order = whole[i]!.filter((l) => labels.includes(l))
    // A label that stands twice cannot be moved by its name: such operands are left to the runtime's own words.
    const moved =
      order.length === labels.length && order.join() !== labels.join()
        ? transpose(
            v,
            order.map((l) => labels.indexOf(l)),
          )
        : v
    const lacking = most.length - hidden[i]!.length
    return lacking ? unsqueeze(moved, [...Array(lacking).keys()]) : moved
  })
  return [apply(einsumOperator, same, { equation: writeEquation(whole, output) })]
}

export const einsumOperator: Operator = {
  name: 'Einsum',
  attributes: { equation: 'string' },
  infer(inputs, attributes, what) {
    const { output, sizes } = equationOf(inputs, attribute(attributes, 'equation', ''), what)
    const first = inputs[0]!
    for (const v of inputs) requireSameDtype(first, v!, what)
    return [
      info(
        first.dtype,
        output.map((label) => sizes.get(label)!),
      ),
    ]
  },
  gradient: ({ inputs, attributes, grads, needs }) =>
    inputs.map((_, i) =>
      needs[i]
        ? gradientOf(i, inputs as Value[], grads[0]!, attribute(attributes, 'equation', ''))
        : undefined,
    ),
  kernel({ inputs, outputs: [y], attributes }) {
    const buffers = inputs as readonly Buffer[]
    const infos = buffers.map((b) => info(b.dtype, b.shape))
    const equation = readEquation(attribute(attributes, 'equation', ''), infos, 'Einsum')
    const sizes = equation.sizes as Sizes
    let operands: Labelled[] = buffers.map(({ shape, data }, i) => ({
      labels: equation.operands[i]!,
      shape,
      data,
    }))
    const steps: (() => void)[] = []
    while (operands.length > 2) {
      const [a, b, ...rest] = operands as [Labelled, Labelled, ...Labelled[]]
      const labels = keptLabels(operands, equation.output)
      const shape = labels.map((label) => pairSize(label, [a, b]))
      const product: Labelled = { labels, shape, data: new Float64Array(sizeOf(shape)) }
      const own = new Map([...new Set([...a.labels, ...b.labels])].map((l) => [l, pairSize(l, [a, b])]))
      steps.push(contract(a, b, product, own))
      operands = [product, ...rest]
    }
    const [a, b] = operands as [Labelled, Labelled | undefined]
    const to: Labelled = { labels: equation.output, shape: y!.shape, data: y!.data }
    steps.push(contract(a, b, to, sizes))
    return () => {
      for (let i = 0; i < steps.length; i++) steps[i]!()
    }
  },
  lower: (inputs, attributes) => evened(inputs as Value[], attribute(attributes, 'equation', '')),
  flops(inputs, _, attributes) {
    const infos = inputs.map((v) => info('float32', v!.shape))
    const { sizes } = readEquation(attribute(attributes, 'equation', ''), infos, 'Einsum')
    return 2 * [...sizes.values()].reduce<number>((all, d) => all * (typeof d === 'number' ? d : 32), 1)
  },
}

/** The size of a label in two operands: the larger one where one of them is 1. */
function pairSize(label: string, operands: readonly Labelled[]): number {
  const sizes = operands.flatMap(({ labels, shape }) =>
    labels.flatMap((l, i) => (l === label ? [shape[i]!] : [])),
  )
  return sizes.find((size) => size !== 1) ?? 1
}

/**
 * Products along named axes, summed over those that the output does not name: `einsum('bij,bjk->bik', a, b)`.
 * @throws FrostglassError `shape` for an equation that the operands do not fit.
 */
export const einsum = (equation: string, ...operands: readonly Value[]): Value =>
  apply(einsumOperator, operands, { equation })

export const einsumOperators: readonly Operator[] = [einsumOperator]

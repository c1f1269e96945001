// Matrix products: MatMul, Gemm; and Transpose.
// Source: ONNX MatMul, Gemm, Transpose (opset 13).
// Gradients of products of matrices use Gemm with transA or transB, which is as fast as without: no weight is transposed.

import { FrostglassError } from '../../errors.ts'
import type { Buffer, Operator, Value, ValueInfo } from '../contract.ts'
import { exact, isInteger } from '../integers.ts'
import { attribute, flag, info } from '../operator.ts'
import { broadcast, type Dim, formatShape, type Shape, unify } from '../shape.ts'
import { type DType, sizeOf } from '../tensor.ts'
import { apply, scalarLike } from '../value.ts'
import { readTable, sumTo } from './_broadcast.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { add, mul } from './arithmetic.ts'
import { reshapeLike, unsqueeze } from './view.ts'

function inner(a: Dim, b: Dim, left: Shape, right: Shape, what: string): void {
  if (unify(a, b) === undefined) {
    throw new FrostglassError(
      'shape',
      `${what}: ${formatShape(left)} times ${formatShape(right)}: the inner dimensions are ${a} and ${b}`,
      `Make the last dimension of the left (${a}) equal to the second last of the right (${b}), or transpose one.`,
      { dims: [a, b] },
    )
  }
}

// Below this many products 2×2 sums in registers win (1.7 µs where plain dot products took 8.7, the five products of a
// 7-8-3 network at batch 10); above, rows of the right-hand side must stay in cache.
const smallProducts = 32768

interface ProductSize {
  readonly n: number
  readonly k: number
  readonly m: number
  /** Element (i, l) of A is a[i·ai + l·al]; element (l, j) of B is b[l·bl + j·bj]. */
  readonly ai: number
  readonly al: number
  readonly bl: number
  readonly bj: number
}

/** C = A·B, row-major [n, m]. */
function product(a: Float64Array, b: Float64Array, out: Float64Array, size: ProductSize): () => void {
  return size.n * size.k * size.m <= smallProducts
    ? tiledProduct(a, b, out, size)
    : rowProduct(a, b, out, size)
}

function rowProduct(a: Float64Array, b: Float64Array, out: Float64Array, size: ProductSize): () => void {
  const { n, k, m, ai, al, bl, bj } = size
  return () => {
    out.fill(0)
    for (let i = 0; i < n; i++) {
      for (let l = 0; l < k; l++) {
        const scale = a[i * ai + l * al]!
        let q = l * bl
        for (let o = i * m; o < (i + 1) * m; o++) {
          out[o] = out[o]! + scale * b[q]!
          q += bj
        }
      }
    }
  }
}

function tiledProduct(a: Float64Array, b: Float64Array, out: Float64Array, size: ProductSize): () => void {
  return () => {
    const { n, k, m, ai, al, bl, bj } = size
    const evenRows = n - (n % 2)
    const evenColumns = m - (m % 2)
    for (let i = 0; i < evenRows; i += 2) {
      for (let j = 0; j < evenColumns; j += 2) {
        let s00 = 0
        let s01 = 0
        let s10 = 0
        let s11 = 0
        let p = i * ai
        let q = j * bj
        for (let l = 0; l < k; l++) {
          const x = a[p]!
          const y = a[p + ai]!
          const u = b[q]!
          const v = b[q + bj]!
          s00 += x * u
          s01 += x * v
          s10 += y * u
          s11 += y * v
          p += al
          q += bl
        }
        const o = i * m + j
        out[o] = s00
        out[o + 1] = s01
        out[o + m] = s10
        out[o + m + 1] = s11
      }
    }
    // What the tiles leave: the last column of an odd width, the last row of an odd height.
    for (let i = 0; i < n; i++) {
      for (let j = i < evenRows ? evenColumns : 0; j < m; j++) {
        let sum = 0
        let p = i * ai
        let q = j * bj
        for (let l = 0; l < k; l++) {
          sum += a[p]! * b[q]!
          p += al
          q += bl
        }
        out[i * m + j] = sum
      }
    }
  }
}

/** The largest magnitude. */
const largest = (x: Float64Array): number => x.reduce((most, v) => Math.max(most, Math.abs(v)), 0)

/** Products of integers, none of whose sums of `k` terms may be rounded on the way. */
function wholeProducts(steps: readonly (() => void)[], k: number, a: Buffer, b: Buffer): () => void {
  return () => {
    exact(largest(a.data) * largest(b.data) * k)
    for (const step of steps) step()
  }
}

/** Adds a row to every row of C. */
function addRow(row: Float64Array, out: Float64Array): () => void {
  const m = row.length
  return () => {
    for (let o = 0; o < out.length; o += m) {
      for (let j = 0; j < m; j++) out[o + j] = out[o + j]! + row[j]!
    }
  }
}

export const matmulOperator: Operator = {
  name: 'MatMul',
  infer(inputs, _, what) {
    const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireSameDtype(a, b, what)
    if (a.shape.length < 1 || b.shape.length < 1) {
      throw new FrostglassError('shape', `${what}: a scalar has no matrix product`, 'Use mul.')
    }
    const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape
    const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape
    inner(left.at(-1)!, right.at(-2)!, a.shape, b.shape, what)
    const batch = broadcast(left.slice(0, -2), right.slice(0, -2), what)
    const shape = [...batch]
    if (a.shape.length > 1) shape.push(left.at(-2)!)
    if (b.shape.length > 1) shape.push(right.at(-1)!)
    return [info(a.dtype, shape)]
  },
  gradient({ inputs, grads, needs }) {
    const [a, b] = inputs as [Value, Value]
    const dy = grads[0]!
    if (a.shape.length === 2 && b.shape.length === 2) {
      return [
        needs[0] ? gemm(dy, b, undefined, { transB: true }) : undefined,
        needs[1] ? gemm(a, dy, undefined, { transA: true }) : undefined,
      ]
    }
    // A vector stands for a matrix with one row or column: give it that, then take it away again.
    const left = a.shape.length === 1 ? unsqueeze(a, [0]) : a
    const right = b.shape.length === 1 ? unsqueeze(b, [1]) : b
    let full = dy
    if (a.shape.length === 1)
      full = unsqueeze(full, [b.shape.length === 1 ? full.shape.length : full.shape.length - 1])
    if (b.shape.length === 1) full = unsqueeze(full, [full.shape.length])
    const byA = needs[0] ? sumTo(matmul(full, swapLast(right)), left) : undefined
    const byB = needs[1] ? sumTo(matmul(swapLast(left), full), right) : undefined
    return [
      byA && a.shape.length === 1 ? reshapeLike(byA, a) : byA,
      byB && b.shape.length === 1 ? reshapeLike(byB, b) : byB,
    ]
  },
  kernel({ inputs: [a, b], outputs: [y] }) {
    const left = a!.shape.length === 1 ? [1, ...a!.shape] : a!.shape
    const right = b!.shape.length === 1 ? [...b!.shape, 1] : b!.shape
    const n = left.at(-2)!
    const k = left.at(-1)!
    const m = right.at(-1)!
    const batchA = left.slice(0, -2)
    const batchB = right.slice(0, -2)
    const batch = broadcast(batchA, batchB, 'MatMul') as number[]
    const ia = readTable(batchA, batch)
    const ib = readTable(batchB, batch)
    const size = { n, k, m, ai: k, al: 1, bl: m, bj: 1 }
    const steps = Array.from(ia, (at, i) =>
      product(
        a!.data.subarray(at * n * k, (at + 1) * n * k),
        b!.data.subarray(ib[i]! * k * m, (ib[i]! + 1) * k * m),
        y!.data.subarray(i * n * m, (i + 1) * n * m),
        size,
      ),
    )
    if (isInteger(y!.dtype)) return wholeProducts(steps, k, a!, b!)
    if (steps.length === 1) return steps[0]!
    return () => {
      for (const step of steps) step()
    }
  },
  flops: (inputs, outputs) => 2 * sizeOf(outputs[0]!.shape as number[]) * (inputs[0]!.shape.at(-1) as number),
}

function swapLast(x: Value): Value {
  const order = x.shape.map((_, i) => i)
  const last = order.length - 1
  order[last] = last - 1
  order[last - 1] = last
  return transpose(x, order)
}

export const gemmOperator: Operator = {
  name: 'Gemm',
  attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  infer(inputs, attributes, what) {
    const [a, b] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    requireSameDtype(a, b, what)
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw new FrostglassError(
        'shape',
        `${what}: takes matrices, not ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
        'Use matmul, or reshape to two dimensions.',
      )
    }
    const [n, ka] = flag(attributes, 'transA') ? a.shape.toReversed() : a.shape
    const [kb, m] = flag(attributes, 'transB') ? b.shape.toReversed() : b.shape
    inner(ka!, kb!, a.shape, b.shape, what)
    const shape = [n!, m!]
    const c = inputs[2]
    if (c) broadcast(c.shape, shape, what)
    return [info(a.dtype, shape)]
  },
  gradient({ inputs, attributes, grads, needs }) {
    const [a, b, c] = inputs as [Value, Value, Value | undefined]
    const dy = grads[0]!
    const transA = flag(attributes, 'transA')
    const transB = flag(attributes, 'transB')
    const alpha = attribute(attributes, 'alpha', 1)
    const beta = attribute(attributes, 'beta', 1)
    const byA = () =>
      transA
        ? gemm(b, dy, undefined, { alpha, transA: transB, transB: true })
        : gemm(dy, b, undefined, { alpha, transB: !transB })
    const byB = () =>
      transB
        ? gemm(dy, a, undefined, { alpha, transA: true, transB: transA })
        : gemm(a, dy, undefined, { alpha, transA: !transA })
    const byC = () => {
      const sum = sumTo(dy, c!)
      return beta === 1 ? sum : mul(sum, scalarLike(sum, beta))
    }
    return [needs[0] ? byA() : undefined, needs[1] ? byB() : undefined, needs[2] && c ? byC() : undefined]
  },
  // Of products over nothing ONNX Runtime gives C, without its factor.
  lower([a, b, c], attributes) {
    const over = [flag(attributes, 'transA') ? a!.shape[0]! : a!.shape[1]!]
    over.push(flag(attributes, 'transB') ? b!.shape[1]! : b!.shape[0]!)
    const beta = attribute(attributes, 'beta', 1)
    if (!c || beta === 1 || over.some((d) => typeof d === 'number' && d > 0)) return undefined
    return [add(apply(gemmOperator, [a, b], attributes), mul(c, scalarLike(c, beta)))]
  },
  kernel({ inputs: [a, b, c], outputs: [y], attributes }) {
    const [n, m] = y!.shape as [number, number]
    const transA = flag(attributes, 'transA')
    const transB = flag(attributes, 'transB')
    const alpha = attribute(attributes, 'alpha', 1)
    const beta = attribute(attributes, 'beta', 1)
    const k = (transA ? a!.shape[0] : a!.shape[1]) as number
    const multiply = product(a!.data, b!.data, y!.data, {
      n,
      k,
      m,
      ai: transA ? 1 : k,
      al: transA ? n : 1,
      bl: transB ? 1 : m,
      bj: transB ? k : 1,
    })
    const out = y!.data
    if (isInteger(y!.dtype)) throw noIntegers(y!.dtype)
    if (!c && alpha === 1) return multiply
    if (c && alpha === 1 && beta === 1 && c.shape.at(-1) === m && c.data.length === m) {
      const bias = addRow(c.data, out)
      return () => {
        multiply()
        bias()
      }
    }
    const bias = c?.data ?? Float64Array.of(0)
    const at = readTable(c?.shape ?? [], y!.shape)
    const scale = c ? beta : 0
    return () => {
      multiply()
      for (let i = 0; i < out.length; i++) out[i] = alpha * out[i]! + scale * bias[at[i]!]!
    }
  },
  flops: (inputs, outputs, attributes) =>
    2 *
    sizeOf(outputs[0]!.shape as number[]) *
    (inputs[0]!.shape[flag(attributes, 'transA') ? 0 : 1] as number),
}

// Its alpha and beta are floats, and no runtime that we know computes it: what would be rounded is left open.
const noIntegers = (dtype: DType): FrostglassError =>
  new FrostglassError('unsupported', `Gemm of ${dtype} has no plain kernel`, 'Use MatMul, or cast to float.')

export const transposeOperator: Operator = {
  name: 'Transpose',
  narrow: 'moves',
  attributes: { perm: 'ints' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const order = orderOf(x.shape.length, attributes['perm'] as readonly number[] | undefined)
    if (order.length !== x.shape.length || new Set(order).size !== order.length) {
      throw new FrostglassError(
        'shape',
        `${what}: perm [${order}] does not order the axes of ${formatShape(x.shape)}`,
        'Name every axis once.',
      )
    }
    return [
      info(
        x.dtype,
        order.map((axis) => x.shape[axis]!),
      ),
    ]
  },
  gradient({ inputs, attributes, grads }) {
    const order = orderOf(inputs[0]!.shape.length, attributes['perm'] as readonly number[] | undefined)
    const back = order.map((_, axis) => order.indexOf(axis))
    return [transpose(grads[0]!, back)]
  },
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const order = orderOf(x!.shape.length, attributes['perm'] as readonly number[] | undefined)
    const from = x!.data
    const to = y!.data
    const table = transposeTable(x!.shape, order)
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = from[table[i]!]!
    }
  },
}

function orderOf(rank: number, perm: readonly number[] | undefined): readonly number[] {
  return perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)
}

function transposeTable(shape: readonly number[], order: readonly number[]): Int32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const to = order.map((axis) => shape[axis]!)
  const table = new Int32Array(sizeOf(shape))
  const at = new Array<number>(to.length).fill(0)
  for (let i = 0; i < table.length; i++) {
    let read = 0
    for (let axis = 0; axis < to.length; axis++) read += at[axis]! * strides[order[axis]!]!
    table[i] = read
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at[axis] = at[axis]! + 1
      if (at[axis]! < to[axis]!) break
      at[axis] = 0
    }
  }
  return table
}

/** Matrix product, with NumPy's rules for vectors and batches. */
export const matmul = (a: Value, b: Value): Value => apply(matmulOperator, [a, b])

/** alpha·op(a)·op(b) + beta·c for matrices, where op transposes or not and `c` broadcasts. */
export function gemm(
  a: Value,
  b: Value,
  c?: Value,
  options: {
    alpha?: number | undefined
    beta?: number | undefined
    transA?: boolean | undefined
    transB?: boolean | undefined
  } = {},
): Value {
  return apply(gemmOperator, c ? [a, b, c] : [a, b], {
    alpha: options.alpha ?? 1,
    beta: options.beta ?? 1,
    transA: options.transA ? 1 : 0,
    transB: options.transB ? 1 : 0,
  })
}

/** The axes in another order; reversed when no order is given. */
export const transpose = (x: Value, order?: readonly number[]): Value =>
  apply(transposeOperator, [x], { perm: orderOf(x.shape.length, order) })

export const matmulOperators: readonly Operator[] = [matmulOperator, gemmOperator, transposeOperator]

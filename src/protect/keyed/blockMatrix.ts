// Secret matrices of wide tables: products of sparse orthogonal factors about a diagonal, with their inverses.
// Source: ours. Block-diagonal rotations with secret orders between them, as butterflies mix; blocks from matrix.ts.
// They have far fewer secret numbers than a dense matrix (some 2 k√k instead of k²), and so fall to fewer known rows.

import { add, concat, constant, gather, matmul, mul, reshape, slice, type Value } from '../../graph/index.ts'
import type { Stream } from '../../secret/index.ts'
import { conditionBound, haarOrthogonal } from './matrix.ts'

/** Features up to which a key takes dense matrices if its owner does not say. */
export const denseLimit = 512

/**
 * An orthogonal k × k matrix: an order of the components, then rotations of `size` of them each, one behind the other;
 * what is left at the end has a smaller rotation, `rest`.
 */
export interface Rotation {
  readonly order: Int32Array
  readonly size: number
  /** `count` row-major matrices `[size, size]`. */
  readonly blocks: Float64Array
  readonly count: number
  /** Row-major, of order k - count · size; empty where that is 0. */
  readonly rest: Float64Array
}

/** `after · diag(scale) · before`, each a product of two rotations, the first of the array applied first. */
export interface BlockMatrix {
  readonly size: number
  readonly before: readonly Rotation[]
  readonly scale: Float64Array
  readonly after: readonly Rotation[]
}

/**
 * Singular values log-uniform on [1/√c, √c], c = `conditionBound`, as those of a `bounded` matrix. Two rotations of
 * blocks of √k components reach every component from every other. Takes about 4 k√k multiplications to draw, and
 * 8 k√k to apply, where a dense matrix takes 4k³ and 2k²: for k = 5,000 it has 2.8 million numbers instead of 25.
 */
export function blockMatrix(size: number, random: Stream): BlockMatrix {
  const before = [rotation(size, random), rotation(size, random)]
  const after = [rotation(size, random), rotation(size, random)]
  const scale = Float64Array.from({ length: size }, () => conditionBound ** (random.uniform() - 0.5))
  return { size, before, scale, after }
}

function rotation(size: number, random: Stream): Rotation {
  const width = Math.ceil(Math.sqrt(size))
  const count = Math.floor(size / width)
  const left = size - count * width
  const blocks = new Float64Array(count * width * width)
  const order = random.permutation(size)
  for (let i = 0; i < count; i++) blocks.set(haarOrthogonal(width, random), i * width * width)
  return {
    order,
    size: width,
    blocks,
    count,
    rest: left > 0 ? haarOrthogonal(left, random) : new Float64Array(0),
  }
}

/** The matrix times `gain`. */
export const scaledBlocks = (matrix: BlockMatrix, gain: number): BlockMatrix => ({
  ...matrix,
  scale: matrix.scale.map((s) => s * gain),
})

/** The matrix applied to columns `[k, N]`, as a graph. */
export function applyBlocks({ size, before, scale, after }: BlockMatrix, h: Value): Value {
  const turned = before.reduce((x, rotation) => turn(rotation, size, x), h)
  return after.reduce((x, rotation) => turn(rotation, size, x), mul(turned, columnOf(scale)))
}

/** The inverse of {@link applyBlocks}. */
export function undoBlocks({ size, before, scale, after }: BlockMatrix, z: Value): Value {
  const turned = after.toReversed().reduce((x, rotation) => turnBack(rotation, size, x), z)
  const shrunk = mul(turned, columnOf(scale.map((s) => 1 / s)))
  return before.toReversed().reduce((x, rotation) => turnBack(rotation, size, x), shrunk)
}

/** {@link applyBlocks} for one column of numbers. */
export function blocksTimes({ size, before, scale, after }: BlockMatrix, h: Float64Array): Float64Array {
  const turned = before
    .reduce((x, rotation) => turnPlainly(rotation, size, x), h)
    .map((x, i) => x * scale[i]!)
  return after.reduce((x, rotation) => turnPlainly(rotation, size, x), turned)
}

function turnPlainly({ order, size: width, count, blocks, rest }: Rotation, size: number, h: Float64Array) {
  const out = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const block = Math.floor(i / width)
    const isRest = block >= count
    const matrix = isRest ? rest : blocks
    const side = isRest ? size - count * width : width
    const from = isRest ? 0 : block * width * width
    const row = from + (i - block * width) * side
    for (let j = 0; j < side; j++) out[i] = out[i]! + matrix[row + j]! * h[order[block * width + j]!]!
  }
  return out
}

/** The components of `[k, N]` in another order. */
export function reordered(h: Value, order: Int32Array): Value {
  return gather(h, constant(order, [order.length], 'int64'))
}

/** For each component its place in `order`. */
export function inverseOrder(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length)
  order.forEach((component, place) => {
    places[component] = place
  })
  return places
}

function turn({ order, ...rotation }: Rotation, size: number, h: Value): Value {
  return rotated(rotation, size, reordered(h, order))
}

/** The inverse of a rotation is its transpose. */
function turnBack({ order, size: width, count, blocks, rest }: Rotation, size: number, h: Value): Value {
  const left = size - count * width
  const back = {
    size: width,
    count,
    blocks: transposed(blocks, width),
    rest: left > 0 ? transposed(rest, left) : rest,
  }
  return reordered(rotated(back, size, h), inverseOrder(order))
}

function rotated(
  { size: width, count, blocks, rest }: Omit<Rotation, 'order'>,
  size: number,
  h: Value,
): Value {
  const full = count * width
  const left = size - full
  const main = left > 0 ? slice(h, [0], [full]) : h
  const grouped = reshape(main, [count, width, -1])
  const turned = matmul(constant(blocks, [count, width, width], 'float64'), grouped)
  const flat = reshape(turned, [full, -1])
  if (left === 0) return flat
  const remainder = matmul(constant(rest, [left, left], 'float64'), slice(h, [full], [size]))
  return concat([flat, remainder], 0)
}

/** Each of the row-major square matrices, transposed. */
function transposed(matrices: Float64Array, width: number): Float64Array {
  const out = new Float64Array(matrices.length)
  for (let from = 0; from < matrices.length; from += width * width)
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++) out[from + j * width + i] = matrices[from + i * width + j]!
  return out
}

function columnOf(values: Float64Array): Value {
  return constant(values, [values.length, 1], 'float64')
}

/** `h + b` for columns `[k, N]`. */
export const shifted = (h: Value, bias: Float64Array): Value => add(h, columnOf(bias))

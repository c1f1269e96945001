// Shapes with dimensions that may be free, and the arithmetic of broadcasting on them.
// Source: ONNX IR specification ("Tensor shapes") and its multidirectional broadcasting.
// A free dimension is a name; a name that begins with "?" is unknown and fits anything.

import { FrostglassError } from '../errors.ts'

/** One dimension: a size, or the name of a free one such as `N`; `?…` is unknown. */
export type Dim = number | string
/** Sizes of a tensor, the outermost first; none for a scalar. */
export type Shape = readonly Dim[]

let unknowns = 0

/** A dimension about which nothing is known. Each call gives a new one. */
export function unknownDim(): string {
  return `?${unknowns++}`
}

export function isUnknown(dim: Dim): boolean {
  return typeof dim === 'string' && dim.startsWith('?')
}

/** The shape of which not even the rank is known. It is no scalar: inference goes by {@link hasRank} first. */
export const unknownShape: Shape = Object.freeze(['?…'])

/** False for {@link unknownShape} alone. */
export function hasRank(shape: Shape): boolean {
  return !(shape.length === 1 && shape[0] === unknownShape[0])
}

/** `[N, 7]` as text, for messages. */
export function formatShape(shape: Shape): string {
  if (!hasRank(shape)) return '[…]'
  return `[${shape.map((d) => (isUnknown(d) ? '?' : d)).join(', ')}]`
}

export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((d) => typeof d === 'number')
}

/** The most elements of a value that shape inference knows: more are no sizes, and lists of them could be made to grow. */
export const contentLimit = 64

/** The shape as numbers. @throws FrostglassError `shape` naming `what` when a dimension is free. */
export function staticShape(shape: Shape, what: string): readonly number[] {
  if (isStatic(shape)) return shape
  throw new FrostglassError(
    'shape',
    `${what} needs a known shape, but it is ${formatShape(shape)}`,
    'Bind the free dimensions first, e.g. compile(graph, { dims: { N: 128 } }).',
  )
}

/** The one dimension that both may be, or undefined when they contradict. */
export function unify(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return a
  if (isUnknown(a)) return b
  if (isUnknown(b)) return a
  return undefined
}

/** Whether two dimensions can turn out equal: a name may stand for any number, as it may in ONNX. */
export const mayAgree = (a: Dim, b: Dim): boolean => typeof a !== 'number' || typeof b !== 'number' || a === b

/**
 * The shape that elementwise operators give for these inputs.
 * @throws FrostglassError `shape` with both shapes and the axis that disagrees; its cause holds the two `dims`.
 */
export function broadcast(a: Shape, b: Shape, what: string): Shape {
  const rank = Math.max(a.length, b.length)
  const out: Dim[] = []
  for (let i = 0; i < rank; i++) {
    const da = a[a.length - rank + i] ?? 1
    const db = b[b.length - rank + i] ?? 1
    if (da === 1) out.push(db)
    else if (db === 1) out.push(da)
    else {
      const both = unify(da, db)
      if (both === undefined) {
        throw new FrostglassError(
          'shape',
          `${what}: ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${i - rank} is ${da} on the left and ${db} on the right`,
          `Make that axis equal on both sides, or 1 on one of them.`,
          { dims: [da, db] },
        )
      }
      out.push(both)
    }
  }
  return out
}

/** `axis` counted from the front. @throws FrostglassError `shape` when it is outside the rank. */
export function normaliseAxis(axis: number, rank: number, what: string): number {
  const at = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(at) || at < 0 || at >= Math.max(rank, 1)) {
    throw new FrostglassError(
      'shape',
      `${what}: axis ${axis} is outside a tensor of rank ${rank}`,
      `Use an axis from ${-rank} to ${rank - 1}.`,
    )
  }
  return at
}

/**
 * The quotient of two products of dimensions, as one dimension: free names must cancel but for at most one.
 * Unknown when they do not. Used by Reshape's −1.
 */
export function divideDims(numerator: Shape, denominator: Shape): Dim {
  let over = 1
  let under = 1
  const names: string[] = []
  for (const d of numerator) {
    if (typeof d === 'number') over *= d
    else names.push(d)
  }
  for (const d of denominator) {
    if (typeof d === 'number') under *= d
    else {
      const at = names.indexOf(d)
      if (at < 0) return unknownDim()
      names.splice(at, 1)
    }
  }
  if (names.length === 0) return under === 0 ? 0 : over / under
  if (names.length === 1 && over === under) return names[0]!
  return unknownDim()
}

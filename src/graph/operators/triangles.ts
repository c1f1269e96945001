// Matrices, one at a time: Trilu keeps a triangle, EyeLike makes a diagonal, Det is a determinant.
// Source: ONNX Trilu (opset 14), EyeLike (opset 9), Det (opset 11).
// Det has no gradient rule: ONNX has no inverse to write it with.

import { FrostglassError } from '../../errors.ts'
import type { Operator, ValueInfo } from '../contract.ts'
import { attribute, flag, info } from '../operator.ts'
import { formatShape, unify } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply } from '../value.ts'
import { requireInputs } from './_check.ts'
import { dtypeOfOnnx } from './cast.ts'

/** @throws FrostglassError `shape` for less than two axes. */
function requireMatrix(x: ValueInfo, what: string): void {
  if (x.shape.length >= 2) return
  throw new FrostglassError(
    'shape',
    `${what}: expected matrices, got ${formatShape(x.shape)}`,
    'Give it two axes or more.',
  )
}

export const triluOperator: Operator = {
  name: 'Trilu',
  attributes: { upper: 'int' },
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    requireMatrix(x, what)
    return [info(x.dtype, x.shape)]
  },
  gradient: ({ inputs, attributes, grads }) => [apply(triluOperator, [grads[0]!, inputs[1]], attributes)],
  kernel({ inputs: [x, diagonal], outputs: [y], attributes }) {
    const upper = flag(attributes, 'upper', true)
    const [rows, columns] = x!.shape.slice(-2) as [number, number]
    const from = x!.data
    const to = y!.data
    return () => {
      const k = diagonal ? diagonal.data[0]! : 0
      for (let i = 0; i < to.length; i++) {
        const above = (i % columns) - (Math.floor(i / columns) % rows) - k
        to[i] = (upper ? above >= 0 : above <= 0) ? from[i]! : 0
      }
    }
  },
}

export const eyeLikeOperator: Operator = {
  name: 'EyeLike',
  attributes: { dtype: 'int', k: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    if (x.shape.length !== 2) {
      throw new FrostglassError(
        'shape',
        `${what}: expected a matrix, got ${formatShape(x.shape)}`,
        'Give it two axes.',
      )
    }
    const to = attributes['dtype'] as number | undefined
    return [info(to === undefined ? x.dtype : dtypeOfOnnx(to, what), x.shape)]
  },
  gradient: 'none',
  kernel({ outputs: [y], attributes }) {
    const [rows, columns] = y!.shape as [number, number]
    const k = attribute(attributes, 'k', 0)
    return () => {
      y!.data.fill(0)
      for (let row = 0; row < rows; row++) {
        const column = row + k
        if (column >= 0 && column < columns) y!.data[row * columns + column] = 1
      }
    }
  },
}

export const detOperator: Operator = {
  name: 'Det',
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    requireMatrix(x, what)
    const [rows, columns] = x.shape.slice(-2) as [number, number]
    if (unify(rows, columns) === undefined) {
      throw new FrostglassError(
        'shape',
        `${what}: the matrices of ${formatShape(x.shape)} are not square`,
        'A determinant needs as many rows as columns.',
      )
    }
    return [info(x.dtype, x.shape.slice(0, -2))]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const size = x!.shape.at(-1)!
    const matrix = new Float64Array(size * size)
    const to = y!.data
    return () => {
      for (let m = 0; m < to.length; m++) {
        matrix.set(x!.data.subarray(m * size * size, (m + 1) * size * size))
        to[m] = determinant(matrix, size)
      }
    }
  },
  flops: (inputs) => sizeOf(inputs[0]!.shape as number[]) * (inputs[0]!.shape.at(-1) as number),
}

/** By elimination with row pivots (Golub and Van Loan, Matrix Computations, 3.4); `a` is overwritten. */
function determinant(a: Float64Array, size: number): number {
  let product = 1
  for (let k = 0; k < size; k++) {
    let pivot = k
    for (let i = k + 1; i < size; i++)
      if (Math.abs(a[i * size + k]!) > Math.abs(a[pivot * size + k]!)) pivot = i
    const top = a[pivot * size + k]!
    if (top === 0) return 0
    if (pivot !== k) {
      product = -product
      for (let j = k; j < size; j++) {
        const held = a[k * size + j]!
        a[k * size + j] = a[pivot * size + j]!
        a[pivot * size + j] = held
      }
    }
    product *= top
    for (let i = k + 1; i < size; i++) {
      const factor = a[i * size + k]! / top
      for (let j = k + 1; j < size; j++) a[i * size + j] = a[i * size + j]! - factor * a[k * size + j]!
    }
  }
  return product
}

export const triangleOperators: readonly Operator[] = [triluOperator, eyeLikeOperator, detOperator]

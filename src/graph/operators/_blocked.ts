// Masks of gradients made of operators that ONNX Runtime keeps in blocks of channels, as it keeps convolutions.
// Source: ONNX Runtime, nchwc_transformer.cc: Conv, pooling, Add, Mul, Relu and Resize by `scales` stay in blocks; Equal,
// Greater, Cast and Where do not, and each tensor that they touch is reordered on the way there and on the way back.
// Masks are constants to a second differentiation, as those of comparisons are.

import type { Value } from '../contract.ts'
import { apply, filled } from '../value.ts'
import { add } from './arithmetic.ts'
import { identityOperator } from './cast.ts'
import { conv } from './conv.ts'
import { relu } from './elementwise.ts'
import { upsample } from './resize.ts'

/** Whether `x` can lie in blocks: float32 images whose channels fill blocks of 16 (AVX-512; 8 and 4 divide that). */
export function fillsBlocks(x: Value): boolean {
  const channels = x.shape[1]
  return x.dtype === 'float32' && x.shape.length === 4 && typeof channels === 'number' && channels % 16 === 0
}

// Nothing flows back through it.
const still = (x: Value): Value => apply({ ...identityOperator, gradient: 'none' }, [x])

/** `factor · x + bias`, as a convolution of each channel alone. */
export function scaled(x: Value, factor: number, bias?: number): Value {
  const channels = x.shape[1] as number
  const fill = (shape: readonly number[], value: number) => filled(shape, value, x.dtype)
  return conv(x, fill([channels, 1, 1, 1], factor), bias === undefined ? bias : fill([channels], bias), {
    group: channels,
  })
}

// A little more than half a last place of float32, relative: what is subtracted to get to the next number below.
const half = 2 ** -24 + 2 ** -30
// So that zero has one too.
const least = 2 ** -100

/**
 * Where windows side by side have their maxima: there one positive number a window, elsewhere 0. It is `x` less the
 * number next below the maximum, where that is positive: the last place of the maximum.
 * @param y the maxima
 */
export function maximaOf(x: Value, y: Value, kernel: readonly number[]): Value {
  const most = still(y)
  const lower = add(scaled(most, -1, least), relu(scaled(most, half)))
  const below = add(lower, relu(scaled(most, -half)))
  return relu(add(scaled(still(x), 1), upsample(below, kernel)))
}

/** 1 where `y ≥ 0` is positive (by more than 2⁻¹⁰⁰, below which it rises evenly), 0 where it is 0. */
export function positiveOf(y: Value): Value {
  const zeros = relu(scaled(still(y), -1 / least, 1))
  return scaled(zeros, -1, 1)
}

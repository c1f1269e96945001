// Pooling by a norm: LpPool over windows, GlobalLpPool over whole planes. (Σ |x|^p)^(1/p), of which padding adds nothing.
// Source: ONNX operators of these names (LpPool opset 18, GlobalLpPool opset 2).
// Where all that a window sees is 0 the norm has a kink: its gradient is 0 there.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { isStatic } from '../shape.ts'
import { apply, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { addTap, fitted, planPlane, spatialOf, spelledOut } from './_window.ts'
import { mul, pow } from './arithmetic.ts'
import { equal, where } from './compare.ts'
import { abs, sign } from './elementwise.ts'
import { axesOf, inferPool, lowerPool, spreadOver, windowed, windowFlops } from './pool.ts'
import { pad } from './slice.ts'
import { expandLike } from './view.ts'

/** The exponent of the norm. @throws FrostglassError `unsupported` for one that makes none. */
function exponentOf(attributes: Attributes, what: string): number {
  const p = attribute(attributes, 'p', 2)
  if (p >= 1) return p
  throw new FrostglassError('unsupported', `${what}: p is ${p}`, 'Take a norm: p of 1 or more.')
}

/** Raises the sums of powers to 1/p. */
function takeRoots(sums: Float64Array, p: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] = p === 2 ? Math.sqrt(sums[i]!) : sums[i]! ** (1 / p)
}

/** By an input: sign(x)·|x|^(p−1) times what `spread` gives to each element of dy·y^(1−p). */
function gradientOf(x: Value, y: Value, dy: Value, p: number, spread: (share: Value) => Value): Value {
  if (p === 1) return mul(sign(x), spread(dy))
  const zero = scalarLike(y, 0)
  const none = equal(y, zero)
  const safe = where(none, scalarLike(y, 1), y)
  const share = where(none, zero, mul(dy, pow(safe, scalarLike(y, 1 - p))))
  const slope = p === 2 ? x : mul(sign(x), pow(abs(x), scalarLike(x, p - 1)))
  return mul(slope, spread(share))
}

export const lpPoolOperator: Operator = {
  name: 'LpPool',
  attributes: { ...windowed, dilations: 'ints', p: 'int' },
  infer(inputs, attributes, what) {
    exponentOf(attributes, what)
    return [inferPool(inputs, attributes, what)]
  },
  gradient({ inputs, outputs, attributes, grads }) {
    const x = inputs[0]!
    const axes = axesOf(x, attributes, 'LpPool')
    const p = exponentOf(attributes, 'LpPool')
    return [gradientOf(x, outputs[0]!, grads[0]!, p, (share) => spreadOver(share, x, axes))]
  },
  // The runtime has sizes of its own where the last window is partly outside (ceil_mode). Padding is nothing to a norm.
  lower(inputs, attributes) {
    const x = inputs[0]!
    const { ceil_mode: ceil, auto_pad: _, ...rest } = attributes
    if (!ceil || !isStatic(x.shape.slice(2))) return lowerPool(lpPoolOperator, inputs, attributes)
    const axes = fitted(axesOf(x, attributes, 'LpPool'))
    const { pads: _pads, ...window } = spelledOut(axes)
    const before = [0, 0, ...axes.map((a) => a.begin)]
    const padded = pad(x, before, [0, 0, ...axes.map((a) => a.end)])
    return [apply(lpPoolOperator, [padded], { ...rest, ...window, pads: undefined })]
  },
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const plane = planPlane(axesOf(x!, attributes, 'LpPool'), 'LpPool')
    const p = exponentOf(attributes, 'LpPool')
    const powers = new Float64Array(x!.data.length)
    const to = y!.data
    return () => {
      for (let i = 0; i < powers.length; i++) powers[i] = Math.abs(x!.data[i]!) ** p
      to.fill(0)
      for (let image = 0, base = 0; base < to.length; image += plane.largeSize, base += plane.smallSize) {
        for (const tap of plane.taps) addTap(plane, tap, 1, to, base, powers, image, false)
      }
      takeRoots(to, p)
    }
  },
  flops: windowFlops,
}

export const globalLpPoolOperator: Operator = {
  name: 'GlobalLpPool',
  attributes: { p: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    exponentOf(attributes, what)
    return [info(x.dtype, [...x.shape.slice(0, 2), ...spatialOf(x, what).map(() => 1)])]
  },
  gradient({ inputs, outputs, attributes, grads }) {
    const x = inputs[0]!
    const p = exponentOf(attributes, 'GlobalLpPool')
    return [gradientOf(x, outputs[0]!, grads[0]!, p, (share) => expandLike(share, x))]
  },
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const p = exponentOf(attributes, 'GlobalLpPool')
    const from = x!.data
    const to = y!.data
    const size = from.length / to.length
    return () => {
      for (let i = 0; i < to.length; i++) {
        let sum = 0
        for (let j = i * size; j < (i + 1) * size; j++) sum += Math.abs(from[j]!) ** p
        to[i] = sum
      }
      takeRoots(to, p)
    }
  },
  flops: (inputs) => inputs[0]!.shape.reduce<number>((n, d) => n * (d as number), 1),
}

export const lpPoolOperators: readonly Operator[] = [lpPoolOperator, globalLpPoolOperator]

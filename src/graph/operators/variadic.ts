// Sums and means of any number of inputs: Sum, Mean.
// Source: ONNX operators of these names (opset 13); they broadcast.
// Min and Max of more than two inputs are read as chains of pairs.

import type { Operator, ValueInfo } from '../contract.ts'
import { info } from '../operator.ts'
import { broadcast, type Shape } from '../shape.ts'
import { scalarLike } from '../value.ts'
import { readTable, sumTo } from './_broadcast.ts'
import { requireInputs, requireSameDtype } from './_check.ts'
import { mul } from './arithmetic.ts'

/** `shareOf` says what each of so many inputs counts. */
const sumOf = (name: string, shareOf: (count: number) => number): Operator => ({
  name,
  infer(inputs, _, what) {
    const all = requireInputs(inputs, Math.max(1, inputs.length), what)
    const [first] = all as [ValueInfo]
    for (const other of all) requireSameDtype(first, other, what)
    return [
      info(
        first.dtype,
        all.reduce<Shape>((shape, v) => broadcast(shape, v.shape, what), []),
      ),
    ]
  },
  gradient({ inputs, grads, needs }) {
    const share = shareOf(inputs.length)
    const dy = share === 1 ? grads[0]! : mul(grads[0]!, scalarLike(grads[0]!, share))
    return inputs.map((x, i) => (needs[i] ? sumTo(dy, x!) : undefined))
  },
  kernel({ inputs, outputs: [y] }) {
    const to = y!.data
    const share = shareOf(inputs.length)
    const terms = inputs.map((b) => ({ from: b!.data, table: readTable(b!.shape, y!.shape) }))
    return () => {
      to.fill(0)
      for (const { from, table } of terms) {
        for (let i = 0; i < to.length; i++) to[i] = to[i]! + from[table[i]!]!
      }
      if (share !== 1) for (let i = 0; i < to.length; i++) to[i] = to[i]! * share
    }
  },
  flops: (inputs, [y]) => inputs.length * (y!.shape as number[]).reduce((a, b) => a * b, 1),
})

export const variadicOperators: readonly Operator[] = [sumOf('Sum', () => 1), sumOf('Mean', (n) => 1 / n)]

// The LSTM layer, unrolled over its steps.
// Source: Hochreiter and Schmidhuber 1997; Keras 3, LSTM: gates in the order input, forget, cell, output; sigmoid, and
// tanh unless told; forget bias 1. Every step is nodes of its own, so a graph grows with the length of the series.

import {
  add,
  concat,
  gemm,
  mul,
  reshape,
  sigmoid,
  split,
  squeeze,
  unsqueeze,
  type Value,
} from '../../graph/index.ts'
import { type ActivationName, activate } from './activation.ts'
import { type Builder, type LayerOptions, sizesOf } from './layer.ts'

export interface Lstm extends LayerOptions {
  readonly kind: 'lstm'
  readonly units: number
  /** Of what is written to the cell and of what is read from it; `tanh` if absent. The gates are always sigmoid. */
  readonly activation?: ActivationName | undefined
  /** All steps' outputs [N, steps, units] rather than the last one's [N, units]. */
  readonly returnSequences?: boolean | undefined
}

/**
 * [N, steps, k] to [N, units], or [N, steps, units]. Weights `kernel` [k, 4·units], `recurrent` [units, 4·units] and
 * `bias` [4·units].
 */
export const lstm = (options: Omit<Lstm, 'kind'>): Lstm => Object.freeze({ kind: 'lstm', ...options })

export const buildLstm: Builder<Lstm> = (layer, x, b) => {
  const [steps, k] = sizesOf(x, 2, 'an LSTM layer') as [number, number]
  const { units, activation = 'tanh' } = layer
  const kernel = b.weight('kernel', [k, 4 * units], 'glorotUniform', { in: k, out: 4 * units })
  const recurrent = b.weight('recurrent', [units, 4 * units], 'orthogonal', { in: units, out: 4 * units })
  const bias = b.weight('bias', [4 * units], 'unitForgetBias', { in: k, out: 4 * units })
  // The inputs' part of all steps is one product.
  const projected = reshape(gemm(reshape(x, [-1, k]), kernel, bias), [-1, steps, 4 * units])
  const parts = steps === 1 ? [projected] : split(projected, steps, 1)
  const outputs: Value[] = []
  let h: Value | undefined
  let c: Value | undefined
  for (const part of parts) {
    const seen = squeeze(part, [1])
    const z = h ? gemm(h, recurrent, seen) : seen
    const [i, f, g, o] = split(z, 4, 1) as [Value, Value, Value, Value]
    const fresh = mul(sigmoid(i), activate(activation, g))
    c = c ? add(mul(sigmoid(f), c), fresh) : fresh
    h = mul(sigmoid(o), activate(activation, c))
    outputs.push(h)
  }
  if (!layer.returnSequences) return h!
  const rows = outputs.map((y) => unsqueeze(y, [1]))
  return rows.length === 1 ? rows[0]! : concat(rows, 1)
}

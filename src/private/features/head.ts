// What ships: a dense head that takes rows as they are, though it was trained on centred and dampened ones.
// Source: linear algebra: ((x − m) D) W + b = x (D W) + (b − m D W), D = I − Σ sᵢ uᵢ uᵢᵀ.
// It needs neither mean nor directions beside it; both were paid for, and may be told.

import type { Dampening } from './principal.ts'

/** A dense layer's weights: kernel [width, units] row-major, bias [units]. */
export interface Head {
  readonly kernel: Float64Array
  readonly bias: Float64Array
}

/** The same answers from rows as they are. @param features what rows were centred by and, if at all, dampened with, in that order */
export function foldedHead(
  { kernel, bias }: Head,
  { mean, dampening }: { readonly mean: Float64Array; readonly dampening?: Dampening | undefined },
): Head {
  const units = bias.length
  const width = mean.length
  const weights = kernel.slice()
  for (let d = 0; d < (dampening?.shares.length ?? 0); d++) {
    const u = dampening!.directions.subarray(d * width, (d + 1) * width)
    for (let unit = 0; unit < units; unit++) {
      let along = 0
      for (let i = 0; i < width; i++) along += u[i]! * kernel[i * units + unit]!
      along *= dampening!.shares[d]!
      for (let i = 0; i < width; i++) weights[i * units + unit] = weights[i * units + unit]! - along * u[i]!
    }
  }
  return {
    kernel: weights,
    bias: bias.map((b, unit) => mean.reduce((sum, m, i) => sum - m * weights[i * units + unit]!, b)),
  }
}

// The graph that moves the weights: an optimiser's step on private gradients, and on penalties, which need no noise.
// Source: Abadi and others 2016, algorithm 1, its last line, with any optimiser: what comes behind the noise costs nothing.
// It never sees a row.

import type { Graph } from '../../graph/contract.ts'
import { add, gradients, graph, input, type Value } from '../../graph/index.ts'
import type { Optimizer } from '../../learn/index.ts'
import type { ModelType } from '../../learn/model.ts'
import { optimizerStep } from '../../learn/optimizers/step.ts'

/** The name of the input that takes a weight's gradient. */
export const slopeOf = (weight: Value): string => `slope.${weight.name}`

/** @param trained variables, which the graph updates; `penalties` scalars of them */
export function updateGraph(
  optimizer: Optimizer,
  trained: readonly Value[],
  penalties: readonly Value[],
  dtype: ModelType,
): Graph {
  const slopes = trained.map((w) => input(slopeOf(w), w.shape, dtype))
  const whole = trained.map((w, i) => {
    const terms = penalties.filter((p) => dependsOn(p, w))
    return terms.reduce((sum, p) => add(sum, gradients(p, [w])[0]!), slopes[i]!)
  })
  const step = optimizerStep(optimizer, trained, whole, dtype)
  return graph({ inputs: slopes, outputs: {}, updates: step.updates })
}

const dependsOn = (value: Value, w: Value): boolean =>
  value === w || (value.node?.inputs.some((v) => v !== undefined && dependsOn(v, w)) ?? false)

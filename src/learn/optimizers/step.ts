// One step of an optimiser as nodes of a graph, with the variables that it remembers.
// Source: docs/architecture.md#the-engine: an update is part of the graph.
// Where the gradients come from is not its business.

import { type Tensor, type Value, variable } from '../../graph/index.ts'
import { filled } from '../../graph/value.ts'
import type { ModelType } from '../model.ts'
import { type Optimizer, ruleOf } from './index.ts'
import type { Memory } from './optimizer.ts'

/** One step of an optimiser, on gradients from wherever they come. */
export interface OptimizerStep {
  /** New weights, and what the optimiser remembers. */
  readonly updates: readonly (readonly [Value, Value])[]
  readonly memory: ReadonlyMap<string, Value>
  readonly learningRate: Value
}

/**
 * @param slopes the gradient of each of `trained`
 * @param share the variables of another step of the same model
 */
export function optimizerStep(
  optimizer: Optimizer,
  trained: readonly Value[],
  slopes: readonly Value[],
  dtype: ModelType,
  share?: ReadonlyMap<string, Value>,
): OptimizerStep {
  const updates: [Value, Value][] = []
  const memory = new Map<string, Value>()
  const remember = (name: string, content: Tensor): Value => {
    const v = share?.get(name) ?? variable(name, content)
    memory.set(name, v)
    return v
  }
  const learningRate = remember('optimizer.learningRate', filled([], optimizer.learningRate, dtype).tensor!)
  const slots: Memory = {
    slot: (name, of, start) =>
      remember(
        `optimizer.${of ? `${of.name}.` : ''}${name}`,
        filled((of?.shape ?? []) as number[], start, dtype).tensor!,
      ),
    next: (slot, content) => void updates.push([slot, content]),
  }
  const step = ruleOf(optimizer)(optimizer, learningRate, slots)
  trained.forEach((w, i) => void updates.push([w, step(w, slopes[i]!)]))
  return { updates, memory, learningRate }
}

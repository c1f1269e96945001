// What an optimiser is: a plain record of its settings, and a rule that adds one step to a graph.
// Source: Keras 3 for names, defaults and the order of operations.
// A step is nodes, so it runs where the gradient does; large nodes are few, and scalars combine on scalars first.

import type { Value } from '../../graph/index.ts'

/** Where a rule keeps what it remembers. */
export interface Memory {
  /** A variable that starts filled with one number; `of` names the parameter it belongs to, if any. */
  slot(name: string, of: Value | undefined, start: number): Value
  /** The content of a slot after this step. */
  next(slot: Value, content: Value): void
}

/** Answers a parameter's next content from its gradient. */
export type Step = (parameter: Value, gradient: Value) => Value

/** Prepares one step for all parameters: what they share is computed once, on scalars. */
export type Rule<O> = (settings: O, learningRate: Value, memory: Memory) => Step

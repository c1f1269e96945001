// The names of a graph that is being read, over those of the graphs around it.
// Source: ONNX IR specification, "Name scopes": a name is given once in a graph, and a body sees what is around it.
// It does not say whether a name may hide one from around: ONNX forbids it, and files do it.

import { FrostglassError } from '../../errors.ts'
import type { Value } from '../contract.ts'

/** Values by name, and names of values that a file has and we do not; what a subgraph lacks is looked for around it. */
export class Scope {
  readonly #around: Scope | undefined
  readonly #values = new Map<string, Value>()
  readonly #missing = new Map<string, string>()
  /** What was read from around it. */
  readonly taken = new Set<Value>()

  constructor(around?: Scope) {
    this.#around = around
  }

  get(name: string): Value | undefined {
    const own = this.#values.get(name)
    if (own) return own
    const outer = this.#around?.get(name)
    if (outer) this.taken.add(outer)
    return outer
  }

  /** Whether there is a graph around it. */
  get isInner(): boolean {
    return this.#around !== undefined
  }

  /** @throws FrostglassError `input` for a name that this graph has given already. */
  set(name: string, v: Value): void {
    if (this.#values.has(name))
      throw new FrostglassError(
        'input',
        `'${name}' is computed twice`,
        'Export it again: the model is damaged.',
      )
    this.#values.set(name, v)
  }

  /** Notes what is not computed under this name. */
  lack(name: string, what: string): void {
    this.#missing.set(name, what)
  }

  lacks(name: string): string | undefined {
    return this.#missing.get(name) ?? this.#around?.lacks(name)
  }
}

// Names of a file's free dimensions, which its own operators may hold equal: an exporter names each input's batch its own
// way (q_dynamic_axes_1, kv_dynamic_axes_1), and adds the two. Inference refuses that where we build a graph ourselves.
// Source: ONNX IR specification: a dimension's name says nothing of how it relates to others.
// Two names become one; a name that meets a number becomes unknown, for it may be 1. What a run is fed with decides.

import { type Dim, unknownDim } from '../shape.ts'

/** The names of one file. */
export interface DimNames {
  /** What stands for a name. */
  of(name: string): Dim
  /** Takes note of what an error of inference is about. Answers whether reading anew may get further. */
  learn(error: unknown): boolean
}

/** What an error of inference says in its cause when two dimensions contradict. */
interface Contradiction {
  readonly dims: readonly [Dim, Dim]
}

function contradictionOf(error: unknown): Contradiction | undefined {
  let at = error
  while (at instanceof Error) at = at.cause
  return typeof at === 'object' && at !== null && 'dims' in at ? (at as Contradiction) : undefined
}

/** No names seen yet. */
export function createDimNames(): DimNames {
  const stands = new Map<string, Dim>()
  return {
    of(name) {
      const dim = stands.get(name) ?? name
      stands.set(name, dim)
      return dim
    },
    learn(error) {
      const [a, b] = contradictionOf(error)?.dims ?? []
      const named = [a, b].filter((d) => typeof d === 'string' && [...stands.values()].includes(d))
      if (named.length === 0) return false
      const instead = named.length === 2 ? named[0]! : unknownDim()
      for (const [name, dim] of stands) if (dim === named.at(-1)) stands.set(name, instead)
      return true
    },
  }
}

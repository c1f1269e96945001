// Several training steps in one call: the step's graph inside a Loop, its inputs stacked, its outputs collected.
// Source: ONNX Loop. ONNX Runtime's Node binding copies every variable out of a call (19 MB for ObfNet2): eight steps a
// call took 8.7 ms each where single calls took 10.7 (784-1000-784 with Adam, batch 128, two cores).

import type { Graph } from '../graph/contract.ts'
import { gather, graph, input, loop, substitute, type Value } from '../graph/index.ts'

// More steps gain little; larger stacks would crowd out the model.
const mostSteps = 8
const mostBytes = 64 * 2 ** 20

/** How many steps to do in a call when a step's inputs take so many bytes and an epoch has so many full batches. */
export function stepsPerCall(bytes: number, steps: number): number {
  return Math.max(1, Math.min(mostSteps, steps, Math.floor(mostBytes / bytes)))
}

/**
 * The same graph done `rounds` times, each with its own slice of every input and the variables that the one before
 * left: inputs `[rounds, …]`, outputs `[rounds, …]`.
 * @param step of known shapes
 */
export function repeatSteps(step: Graph, rounds: number): Graph {
  const stacked = step.inputs.map((v) => input(v.name!, [rounds, ...v.shape], v.dtype))
  const targets = step.updates.map(([target]) => target)
  const names = Object.keys(step.outputs)
  const { carried, scans } = loop(rounds, targets, (round) => {
    const now = new Map<Value, Value>()
    step.inputs.forEach((v, i) => {
      now.set(v, gather(stacked[i]!, round.iteration, 0))
    })
    targets.forEach((target, i) => {
      now.set(target, round.carried[i]!)
    })
    const wanted = [...step.updates.map(([, next]) => next), ...Object.values(step.outputs)]
    const values = substitute(wanted, now)
    return { carried: values.slice(0, targets.length), scans: values.slice(targets.length) }
  })
  return graph({
    inputs: stacked,
    outputs: Object.fromEntries(names.map((name, i) => [name, scans[i]!])),
    updates: targets.map((target, i) => [target, carried[i]!] as const),
  })
}

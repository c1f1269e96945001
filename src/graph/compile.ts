// Makes a graph ready to run on one of the two executors, by name or by estimated cost.
// Source: docs/architecture.md#the-engine; the constants of the cost model are measured (see `npm run bench`).
// The estimate knows sizes, not machines: name the executor where it matters.

import type { Graph, Node, Value } from './contract.ts'
import type { CompileOptions, ExecutorName, Program } from './executor.ts'
import { bindDims } from './graph.ts'
import { silenceRuntime } from './native/telemetry.ts'
import { sizeOf } from './tensor.ts'

// When this module is read, not when the runtime is: in a worker thread that would be too late.
silenceRuntime()

/** Makes a graph ready to run. @throws FrostglassError `unsupported` for what the chosen executor cannot do. */
export async function compile(g: Graph, options: CompileOptions = {}): Promise<Program> {
  const bound = options.dims ? bindDims(g, options.dims) : g
  const name = options.executor ?? chooseExecutor(bound)
  if (name === 'plain') {
    const { compilePlain } = await import('./plain/program.ts')
    return compilePlain(bound, options)
  }
  const { compileNative } = await import('./native/program.ts')
  return compileNative(bound, options)
}

// Nanoseconds, fitted on two cores to the training step of a 7-8-3 network (90 nodes, 15,000 operations: plain 8.8 µs,
// native 107 µs) and to large products (native 50 GFLOP/s and more). Each
// element that leaves a native call, variables too, costs 0.6 ns: the runtime copies it.
const cost = {
  nativeCall: 50_000,
  nativeNode: 600,
  nativeFlop: 0.02,
  nativeCopy: 0.6,
  plainNode: 30,
  plainFlop: 0.4,
}

/** Whether the plain executor cannot run a node whatever is fed, or one of a graph in it. */
function lacksKernel({ operator, attributes }: Node): boolean {
  // What is measured by elements can be planned for few of them alone.
  if ((!operator.kernel && !operator.view) || operator.measure) return true
  return Object.values(attributes).some(
    (a) => typeof a === 'object' && 'nodes' in a && a.nodes.some(lacksKernel),
  )
}

/** The executor with the smaller estimated time of a run; a free dimension counts as 32. */
export function chooseExecutor(g: Graph): ExecutorName {
  if (g.nodes.some(lacksKernel)) return 'native'
  const estimate = estimateCost(g)
  return estimate.plain <= estimate.native ? 'plain' : 'native'
}

/** Estimated nanoseconds of one run on each executor, and its floating-point operations. */
export function estimateCost(g: Graph, free = 32): { plain: number; native: number; flops: number } {
  const sized = (v: Value | undefined) =>
    v && { ...v, shape: v.shape.map((d) => (typeof d === 'number' ? d : free)) }
  let flops = 0
  for (const node of g.nodes) {
    const outputs = node.outputs.map((v) => sized(v) as Value)
    flops += node.operator.flops
      ? node.operator.flops(node.inputs.map(sized), outputs, node.attributes)
      : outputs.reduce((sum, v) => sum + sizeOf(v.shape as number[]), 0)
  }
  const n = g.nodes.length
  const leaving = [...Object.values(g.outputs), ...g.updates.map(([target]) => target)]
  const copied = leaving.reduce((sum, v) => sum + sizeOf((sized(v) as Value).shape as number[]), 0)
  return {
    plain: n * cost.plainNode + flops * cost.plainFlop,
    native: cost.nativeCall + n * cost.nativeNode + flops * cost.nativeFlop + copied * cost.nativeCopy,
    flops,
  }
}

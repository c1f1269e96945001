// The one interface of the two executors, and the choice between them.
// Source: ARCHITECTURE, "The engine"; the constants of the cost model are measured by `npm run bench`.
// A program keeps its variables between runs; what a run returns is valid until the next run.

import { FrostglassError } from '../errors.ts'
import type { Graph } from './graph.ts'
import { bindDims } from './graph.ts'
import { sizeOf, type Tensor } from './tensor.ts'
import type { Value } from './value.ts'

/** Feeds by input name; results by output name. */
export type Tensors = Readonly<Record<string, Tensor>>

/** A compiled graph with its variables' contents. */
export interface Program {
  readonly executor: ExecutorName
  /**
   * One run. The plain executor answers at once, the native one with a promise; `await` fits both.
   * Results stay valid until the next run. The plain executor's are float64 whatever the declared dtype.
   * @throws FrostglassError `shape` for a feed that is missing or does not fit.
   */
  run(feeds: Tensors): Tensors | Promise<Tensors>
  /** The content of a variable now (a copy). */
  read(variable: Value): Tensor
  /** Replaces the content of a variable. */
  write(variable: Value, content: Tensor): void
  /** Frees native memory. */
  close(): Promise<void>
}

export type ExecutorName = 'plain' | 'native'

export interface CompileOptions {
  /** Named by the caller, or chosen by estimated cost. */
  readonly executor?: ExecutorName
  /** Sizes for free dimensions: a graph of known shapes runs faster natively. */
  readonly dims?: Readonly<Record<string, number>>
  /** Where the native executor runs. In a browser `cpu` is `wasm` (WebAssembly); on Node there is no `wasm`. */
  readonly device?: 'cpu' | 'webgpu' | 'cuda' | 'wasm'
  /**
   * Threads of the native executor; the machine's cores by default. In a browser the first program decides for all, and
   * the page must be cross-origin isolated to have more than one.
   */
  readonly threads?: number
  /** Let the native executor's idle threads spin (fastest on a free machine). Default false when a core is shared. */
  readonly spin?: boolean
}

/** Makes a graph ready to run. @throws FrostglassError `unsupported` for what the chosen executor cannot do. */
export async function compile(g: Graph, options: CompileOptions = {}): Promise<Program> {
  const bound = options.dims ? bindDims(g, options.dims) : g
  const name = options.executor ?? chooseExecutor(bound)
  if (name === 'plain') {
    const { compilePlain } = await import('./plain/program.ts')
    return compilePlain(bound)
  }
  const { compileNative } = await import('./native/program.ts')
  return compileNative(bound, options)
}

// Nanoseconds, fitted on two cores to the training step of a 7-8-3 network (90 nodes, 15,000 operations: plain 8.8 µs,
// native 107 µs) and to large products (native 50 GFLOP/s and more).
const cost = { nativeCall: 50_000, nativeNode: 600, nativeFlop: 0.02, plainNode: 30, plainFlop: 0.4 }

/** The executor with the smaller estimated time of a run; a free dimension counts as 32. */
export function chooseExecutor(g: Graph): ExecutorName {
  if (g.nodes.some((n) => !n.operator.kernel && !n.operator.view)) return 'native'
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
  return {
    plain: n * cost.plainNode + flops * cost.plainFlop,
    native: cost.nativeCall + n * cost.nativeNode + flops * cost.nativeFlop,
    flops,
  }
}

/** Checks a feed against an input. @throws FrostglassError `shape`. */
export function checkFeed(value: Value, feed: Tensor | undefined): Tensor {
  if (!feed) {
    throw new FrostglassError('shape', `the input '${value.name}' was not fed`, {
      hint: `pass { ${value.name}: tensor(…) }`,
    })
  }
  const fits =
    feed.shape.length === value.shape.length &&
    value.shape.every((d, i) => typeof d !== 'number' || d === feed.shape[i])
  if (!fits) {
    throw new FrostglassError(
      'shape',
      `the input '${value.name}' has shape [${value.shape.join(', ')}], but [${feed.shape}] was fed`,
      {
        hint: 'feed a tensor of that shape',
      },
    )
  }
  return feed
}

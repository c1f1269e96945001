// The one interface of the two executors. compile.ts chooses between them.
// Source: docs/architecture.md#the-engine.
// A program keeps its variables between runs; what a run returns is valid until the next run.

import { FrostglassError } from '../errors.ts'
import type { Value } from './contract.ts'
import { hasRank, isUnknown } from './shape.ts'
import type { Tensor } from './tensor.ts'

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

/** `plain`: float64 kernels in TypeScript; `native`: ONNX Runtime. */
export type ExecutorName = 'plain' | 'native'

/** How {@link compile} makes a graph ready to run. */
export interface CompileOptions {
  /** Named by the caller, or chosen by estimated cost. */
  readonly executor?: ExecutorName | undefined
  /** Sizes for free dimensions: a graph of known shapes runs faster natively. */
  readonly dims?: Readonly<Record<string, number>> | undefined
  /** Where the native executor runs. In a browser `cpu` is `wasm` (WebAssembly); on Node there is no `wasm`. */
  readonly device?: 'cpu' | 'webgpu' | 'cuda' | 'wasm' | undefined
  /**
   * Threads of the native executor; the machine's cores by default. In a browser the first program decides for all, and
   * the page must be cross-origin isolated to have more than one.
   */
  readonly threads?: number | undefined
  /**
   * Whether the native executor keeps the memory of its intermediate results for the next run; true by default. Say false
   * for a program that seldom runs beside others: each holds its own.
   */
  readonly keepMemory?: boolean | undefined
  /**
   * What the plain executor does with integers beyond 2^53, which it cannot hold exactly: refuse them, or round them. Say
   * `round` where an error would tell of what is fed. `refuse` by default; ONNX Runtime holds 64 bits, and wraps.
   */
  readonly inexactIntegers?: 'refuse' | 'round' | undefined
  /**
   * Numbers that the plain executor's buffers may hold together, for each set of sizes; so many times what is given unless this
   * says another bound: say one where whoever made the graph also says how much is given.
   */
  readonly mostElements?: number | undefined
  /** Let the native executor's idle threads spin: fastest on a free machine. By default they sleep after 20 µs. */
  readonly spin?: boolean | undefined
}

/**
 * The feeds of inputs, in their order.
 * @throws FrostglassError `shape` for one that is missing or does not fit, and for a name that is fed two sizes: what a graph is
 * planned with takes them to be one.
 */
export function checkFeeds(inputs: readonly Value[], feeds: Tensors): Tensor[] {
  const sizes = new Map<string, Sized>()
  return inputs.map((value) => {
    const feed = checkFeed(value, feeds[value.name!])
    if (!hasRank(value.shape)) return feed
    for (const [axis, dim] of value.shape.entries()) {
      if (typeof dim === 'number' || isUnknown(dim)) continue
      const size = feed.shape[axis]!
      const before = sizes.get(dim)
      if (!before) sizes.set(dim, { size, of: value.name })
      else if (before.size !== size) throw twoSizes(dim, before, { size, of: value.name })
    }
    return feed
  })
}

type Sized = { readonly size: number; readonly of: string | undefined }

const twoSizes = (dim: string, a: Sized, b: Sized): FrostglassError =>
  new FrostglassError(
    'shape',
    a.of === b.of
      ? `the input '${a.of}' has the size '${dim}' twice, but ${a.size} and ${b.size} were fed`
      : `the inputs '${a.of}' and '${b.of}' share the size '${dim}', but ${a.size} and ${b.size} were fed`,
    'Feed equal sizes, or give the sizes names of their own.',
  )

function checkFeed(value: Value, feed: Tensor | undefined): Tensor {
  if (!feed) {
    throw new FrostglassError(
      'shape',
      `the input '${value.name}' was not fed`,
      `Pass { ${value.name}: tensor(…) }.`,
    )
  }
  const fits =
    !hasRank(value.shape) ||
    (feed.shape.length === value.shape.length &&
      value.shape.every((d, i) => typeof d !== 'number' || d === feed.shape[i]))
  if (!fits) {
    throw new FrostglassError(
      'shape',
      `the input '${value.name}' has shape [${value.shape.join(', ')}], but [${feed.shape}] was fed`,
      'Feed a tensor of that shape.',
    )
  }
  return feed
}

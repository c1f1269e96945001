// How a private training is computed: how many examples a program takes at once, on which executor, in which type.
// Source: measured; more examples at once than these gain nothing: products are wide enough by then.
// What is chosen changes no sum: whole numbers are added, of which no order or place changes it.

import { chooseExecutor } from '../../graph/compile.ts'
import type { ExecutorName } from '../../graph/index.ts'
import type { ModelType } from '../../learn/model.ts'
import type { ClippedGraph } from './clippedGraph.ts'

/** Examples that are in memory at once. */
const mostExamples = 512

/** Numbers of one weight's gradients by example that are in memory at once, unless one example has more. */
const mostNumbers = 2 ** 23

/** What was chosen. */
export interface MachinePlan {
  readonly executor: ExecutorName
  readonly dtype: ModelType
  /** Examples of the larger program. */
  readonly main: number
  /** Examples of the smaller one, at most as many. */
  readonly tail: number
  /** The graph of the larger one. */
  readonly clipped: ClippedGraph
}

/**
 * @param options.batch examples that are expected in a step, `rowsEach` rows each
 * @param build a graph for so many examples
 */
export function machinePlan(
  options: {
    readonly executor?: ExecutorName | undefined
    readonly batch: number
    readonly rowsEach: number
  },
  build: (dtype: ModelType, examples: number) => ClippedGraph,
): MachinePlan {
  const { batch, rowsEach } = options
  const guessed = options.executor === 'plain' ? 'float64' : 'float32'
  let main = Math.ceil(batch / Math.ceil((batch * rowsEach) / mostExamples))
  let clipped = build(guessed, main)
  if (clipped.largest > mostNumbers && main > 1) {
    main = Math.max(1, Math.floor((main * mostNumbers) / clipped.largest))
    clipped = build(guessed, main)
  }
  // The deviation of a sample's size: what a sample has beyond what is expected mostly fits one or two of these.
  const tail = Math.min(main, Math.max(8, Math.ceil(Math.sqrt(batch))))
  const executor = options.executor ?? chooseExecutor(clipped.graph)
  const dtype: ModelType = executor === 'plain' ? 'float64' : 'float32'
  if (executor === 'plain' && options.executor === undefined) clipped = build(dtype, main)
  return { executor, dtype, main, tail, clipped }
}

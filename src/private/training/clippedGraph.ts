// The graph of private gradients: one forward and one backward pass, norms of all examples' gradients, and their whole sums.
// Source: Bu and others 2023, "book-keeping": norms first, then factors, then one more product for the sum.
// It adds no noise. Examples that do not stand alone are found by standAlone.ts and checkExamples.ts, not here.

import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { describeNode, reach } from '../../graph/graph.ts'
import {
  cast,
  gradients,
  graph,
  input,
  mul,
  type Node,
  reduceSum,
  reshape,
  sizeOf,
  substitute,
  type Value,
} from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import { type ForwardPass, forwardPass, type NoiseInput } from '../../learn/forwardPass.ts'
import type { Loss, Model, Weights } from '../../learn/index.ts'
import type { ModelType } from '../../learn/model.ts'
import { type Clipping, clippingFactors } from './clipping.ts'
import { exampleGradient, type Sizes, type Use } from './exampleGradient.ts'
import { squaredNorm } from './exampleNorm.ts'
import { requireStandAlone } from './standAlone.ts'
import { wholeSum } from './wholeSum.ts'
import { withinTables } from './withinTables.ts'

/**
 * A step's private half. Inputs `input` and `target` [examples · rowsEach, …], `taken` [examples], `share` [examples ·
 * rowsEach] where an example has several rows, and noise; outputs `norms` [examples] and a whole sum for each weight.
 */
export interface ClippedGraph {
  readonly graph: Graph
  readonly noise: readonly NoiseInput[]
  readonly parameters: ReadonlyMap<string, Value>
  readonly frozen: ReadonlyMap<string, Value>
  /** The weights, of which `outputs['sum.' + name]` is the sum. */
  readonly trained: readonly Value[]
  /** What 1 means in the sum of each of `trained`. */
  readonly steps: readonly number[]
  /** How much shorter than clipped an example's sum may be, since it is cut off to whole numbers. */
  readonly cut: number
  /** Scalars of the weights alone, whose gradients need no noise. */
  readonly penalties: readonly Value[]
  /** Numbers of the largest array of examples' gradients: what limits how many examples fit into memory. */
  readonly largest: number
}

/** The name of a weight's sum among the outputs. */
export const sumOf = (weight: Value): string => `sum.${weight.name}`

/**
 * Builds it for a batch of `examples`, of which those with 0 in `taken` count for nothing. The rows of an example count by
 * their `share`: 0 for a place that holds no row.
 * @param options.grid a power of two, of which the steps of all sums are multiples
 * @throws FrostglassError `unsupported` for a weight whose examples' gradients are not known, and for layers that mix rows
 */
export function clippedGraph(
  model: Model,
  weights: Weights,
  options: Sizes & {
    loss: Loss
    dtype: ModelType
    clip: number
    clipping: Clipping
    grid: number
    pixels: boolean
    share?: ClippedGraph | undefined
  },
): ClippedGraph {
  const { examples, rowsEach, clip, clipping, loss, dtype, grid } = options
  const rows = examples * rowsEach
  const pass = forwardPass(model, weights, { ...options, rows, pieces: false })
  const { trained } = pass
  const [output] = withinTables(pass.x, [pass.parts[0]?.value as Value]) as [Value]
  const fed = [pass.x, ...[...pass.noise.values()].map((n) => n.value)]
  const holds = requireStandAlone(output, fed, rows)
  const taken = input('taken', [examples], dtype)
  const share = rowsEach > 1 ? input('share', [rows], dtype) : undefined
  const slope = lossSlope(loss, output, pass.target, rows)
  // A loss that looks along the axis of the rows mixes them as a layer does.
  requireStandAlone(slope, [output, pass.target], rows)
  const all = usesOf(trained, share ? shared(slope, share) : slope, output)
  // What a weight makes of no row is the same for all: its gradient would be all rows' together.
  const unheld = all.find((use) => !holds(use.node.outputs[0]))
  if (unheld)
    throw new FrostglassError(
      'unsupported',
      `${describeNode(unheld.node)} uses a weight beside the rows, so that no row's part of its gradient is known`,
      'Freeze that layer.',
    )
  const found = trained.map((w) =>
    exampleGradient(
      w,
      all.filter((use) => use.node.inputs[use.at] === w),
      options,
    ),
  )
  const norms = found.map(squaredNorm)
  const { norm, sound, of } = clippingFactors(clipping, clip, trained, norms)
  const counted = mul(taken, cast(sound, dtype))
  const sums = trained.map((weight, i) =>
    wholeSum(found[i]!, norms[i]!, of[i]!, counted, {
      weight,
      clip,
      grid,
    }),
  )
  const inputs = [pass.x, pass.target, taken, ...(share ? [share] : [])]
  return {
    graph: graph({
      inputs: [...inputs, ...[...pass.noise.values()].map((n) => n.value)],
      outputs: {
        norms: norm,
        ...Object.fromEntries(trained.map((w, i) => [sumOf(w), sums[i]?.value as Value])),
      },
    }),
    noise: [...pass.noise.values()],
    parameters: pass.parameters,
    frozen: pass.frozen,
    trained,
    steps: sums.map((s) => s.step),
    cut: Math.hypot(...sums.map((s) => s.cut)),
    penalties: pass.penalties,
    largest: Math.max(0, ...found.map((g) => (g.kind === 'product' ? 0 : sizeOf(g.value.shape as number[])))),
  }
}

/** The gradient of the sum of all rows' losses by the model's output. */
function lossSlope(loss: Loss, output: Value, target: Value, rows: number): Value {
  const mean = loss.build(output, target)
  // Losses are means over rows: their sum has each row's own gradient.
  const [slope] = gradients(mul(mean, scalarLike(mean, rows)), [output]) as [Value]
  return slope
}

/** An example's loss is its rows' by their shares. */
const shared = (slope: Value, share: Value): Value =>
  mul(slope, reshape(share, [share.shape[0] as number, ...slope.shape.slice(1).map(() => 1)]))

/** Every use of every weight on the way to `output`, with what comes back to it of `slope`. */
function usesOf(trained: ForwardPass['trained'], slope: Value, output: Value): Use[] {
  const weights = new Set(trained)
  const found = reach([output]).nodes.flatMap((node) =>
    node.inputs.flatMap((v, at) => (v && weights.has(v) ? [{ node, at }] : [])),
  )
  const nodes = [...new Set(found.map(({ node }) => node))]
  const outputs = nodes.map((node) => node.outputs[0]!)
  // What comes back is linear in the slope, which stands as an input while the way back is built.
  const seed = input('slope', slope.shape, slope.dtype)
  const slopes = substitute(gradients(reduceSum(mul(output, seed)), outputs), new Map([[seed, slope]]))
  const slopeOf = new Map<Node, Value>(nodes.map((node, i) => [node, slopes[i]!]))
  return found.map((use) => ({ ...use, slope: slopeOf.get(use.node)! }))
}

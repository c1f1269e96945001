// The graph of private gradients: one forward and one backward pass, norms of all rows' gradients, and their clipped sum.
// Source: Bu and others 2023, "book-keeping": what came back to each node, scaled by row, goes into the same last product.
// It sums; it neither divides nor adds noise. Rows that do not stand alone are found by checkRows.ts, not here.

import { reach } from '../../graph/graph.ts'
import {
  add,
  type Graph,
  gemm,
  gradients,
  graph,
  input,
  mul,
  type Node,
  reshape,
  scalarLike,
  type Value,
} from '../../graph/index.ts'
import { type ForwardPass, forwardPass, type NoiseInput } from '../../learn/forwardPass.ts'
import type { Loss, Model, ModelType, Weights } from '../../learn/index.ts'
import { type Clipping, clippingFactors } from './clipping.ts'
import { perExample, type Use } from './perExample.ts'

/** A step's private half: inputs `input`, `target`, `taken` and noise; outputs `norms` and a sum for each weight. */
export interface ClippedGraph {
  readonly graph: Graph
  readonly noise: readonly NoiseInput[]
  readonly parameters: ReadonlyMap<string, Value>
  readonly frozen: ReadonlyMap<string, Value>
  /** The weights, of which `outputs['sum.' + name]` is the clipped sum. */
  readonly trained: readonly Value[]
  /** Scalars of the weights alone, whose gradients need no noise. */
  readonly penalties: readonly Value[]
}

/** The name of a weight's sum among the outputs. */
export const sumOf = (weight: Value): string => `sum.${weight.name}`

/**
 * Builds it for a batch of `rows` rows, of which those with 0 in `taken` [rows] count for nothing.
 * @throws FrostglassError `unsupported` for a weight whose rows' gradients are not known
 */
export function clippedGraph(
  model: Model,
  weights: Weights,
  options: {
    loss: Loss
    dtype: ModelType
    rows: number
    clip: number
    clipping: Clipping
    pixels: boolean
    share?: ClippedGraph
  },
): ClippedGraph {
  const { rows, clip, clipping, loss, dtype } = options
  const pass = forwardPass(model, weights, { ...options, pieces: false })
  const taken = input('taken', [rows], dtype)
  const output = pass.parts[0]?.value as Value
  const mean = loss.build(output, pass.target)
  // Losses are means over rows: their sum has each row's own gradient.
  const total = mul(mean, scalarLike(mean, rows))
  const { trained } = pass
  const all = usesOf(trained, total)
  const uses = trained.map((w) => all.filter((use) => use.node.inputs[use.at] === w))
  const own = trained.map((w, i) => perExample(w, uses[i] as Use[], rows))
  const { norm, of } = clippingFactors(
    clipping,
    clip,
    trained,
    own.map((g) => g.squared),
  )
  const factors = new Map(of.map((factor) => [factor, mul(factor, taken)]))
  const sums = trained.map((w, i) => {
    const factor = factors.get(of[i] as Value) as Value
    const single = own[i]?.single
    if (single) {
      const sum = gemm(reshape(factor, [1, rows]), single.value)
      return reshape(single.inOrder(sum), w.shape as number[])
    }
    return (uses[i] as Use[]).map((use) => scaledGradient(use, factor, rows)).reduce((sum, g) => add(sum, g))
  })
  return {
    graph: graph({
      inputs: [pass.x, pass.target, taken, ...[...pass.noise.values()].map((n) => n.value)],
      outputs: { norms: norm, ...Object.fromEntries(trained.map((w, i) => [sumOf(w), sums[i] as Value])) },
    }),
    noise: [...pass.noise.values()],
    parameters: pass.parameters,
    frozen: pass.frozen,
    trained,
    penalties: pass.penalties,
  }
}

/** Every use of every weight on the way to `total`, with what comes back to it. */
function usesOf(trained: ForwardPass['trained'], total: Value): Use[] {
  const weights = new Set(trained)
  const found = reach([total]).nodes.flatMap((node) =>
    node.inputs.flatMap((v, at) => (v && weights.has(v) ? [{ node, at }] : [])),
  )
  const nodes = [...new Set(found.map(({ node }) => node))]
  const slopes = gradients(
    total,
    nodes.map((node) => node.outputs[0] as Value),
  )
  const slopeOf = new Map<Node, Value>(nodes.map((node, i) => [node, slopes[i] as Value]))
  return found.map((use) => ({ ...use, slope: slopeOf.get(use.node) as Value }))
}

/** The node's own gradient rule, on what comes back to it with each row scaled. */
function scaledGradient({ node, at, slope }: Use, factor: Value, rows: number): Value {
  const { shape } = slope
  const scaled =
    shape[0] === rows
      ? mul(slope, reshape(factor, [rows, ...shape.slice(1).map(() => 1)]))
      : reshape(mul(reshape(slope, [rows, -1]), reshape(factor, [rows, 1])), shape as number[])
  const rule = node.operator.gradient
  if (typeof rule !== 'function') throw new TypeError(`${node.operator.name} has no gradient rule`)
  const answers = rule({
    inputs: node.inputs,
    outputs: node.outputs,
    attributes: node.attributes,
    grads: [scaled],
    needs: node.inputs.map((_, i) => i === at),
  })
  return answers[at] as Value
}

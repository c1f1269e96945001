// The pane that releases codes, as one graph of ordinary operators: a row in, one whole number out.
// Source: ours: predicted label × nearest cell within the label → merged group.
// Ties go to the first: the lower label, then the lower cell. Executors round z differently, in the seventh digit: a row that
// lies so near a border may have another code elsewhere. What is certified is the code that was counted.

import type { Graph } from '../../graph/contract.ts'
import {
  argMax,
  cast,
  constant,
  div,
  equal,
  gather,
  gemm,
  graph,
  input,
  mul,
  neg,
  reduceSum,
  sub,
  transpose,
  unsqueeze,
  type Value,
  where,
} from '../../graph/index.ts'
import type { Weights } from '../../learn/index.ts'
import type { Cells } from './cells.ts'
import type { CodeNetwork } from './codeNetwork.ts'
import { infer } from './encodeRows.ts'

/** The score of cells of other labels: below any that an encoder in −1 … 1 can give. */
const outside = -1e9

/** Mean and deviation of each feature among the training rows. */
export interface FeatureScale {
  readonly mean: Float64Array
  readonly deviation: Float64Array
}

/** A trained network, and how its features are put on one scale; images have 0 … 1. */
export interface EncodedBy {
  readonly network: CodeNetwork
  readonly weights: Weights
  readonly scale?: FeatureScale | undefined
}

/**
 * From `image` (float32 [N, channels, height, width] in 0 … 1) or `row` (float64 [N, features], as they are in the table) to
 * `code`, int64 [N].
 * @param groupOf the code of each cell
 */
export function codeGraph(
  { network, weights, scale }: EncodedBy,
  cells: Cells,
  groupOf: readonly number[],
): Graph {
  const { encoder, head } = network
  const name = inputName(encoder.input)
  const x = input(name, ['N', ...encoder.input], name === 'image' ? 'float32' : 'float64')
  const z = infer(encoder, weights, onOneScale(x, scale))
  const label = argMax(infer(head, weights, z))
  const codeOfLabel = sameWithin(cells.labelOf, groupOf)
  const code = codeOfLabel
    ? gather(constant(codeOfLabel, [codeOfLabel.length], 'int64'), label)
    : gather(constant(groupOf, [groupOf.length], 'int64'), nearestCell(z, label, cells))
  return graph({ inputs: [x], outputs: { code } })
}

/** What a pane calls its input. */
export const inputName = (shape: readonly number[]): 'image' | 'row' => (shape.length === 3 ? 'image' : 'row')

/** In float64 until the means are taken off: large numbers of small spread keep their digits. */
function onOneScale(x: Value, scale: FeatureScale | undefined): Value {
  if (!scale) return cast(x, 'float32')
  const { mean, deviation } = scale
  const centred = sub(x, constant(mean, [mean.length], 'float64'))
  return cast(div(centred, constant(deviation, [deviation.length], 'float64')), 'float32')
}

/** |z − c|² is least where z·c − |c|² / 2 is largest, among the label's own cells. */
function nearestCell(z: Value, label: Value, { width, centres, labelOf }: Cells): Value {
  const count = labelOf.length
  const c = constant(centres, [count, width])
  const half = mul(reduceSum(mul(c, c), [1]), constant([0.5], [1]))
  const scores = gemm(z, transpose(c), neg(half))
  const inside = equal(unsqueeze(label, [1]), constant(labelOf, [1, count], 'int64'))
  return argMax(where(inside, scores, constant([outside], [1, 1])))
}

/** The code of each label, where all cells of every label have one. */
function sameWithin(labelOf: Int32Array, groupOf: readonly number[]): readonly number[] | undefined {
  const of: number[] = []
  for (const [cell, label] of labelOf.entries()) {
    of[label] ??= groupOf[cell]!
    if (of[label] !== groupOf[cell]) return undefined
  }
  return of
}

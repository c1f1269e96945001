// What leaves the device, as one graph of ordinary operators: the windows of a session in, one code voted, one release out.
// Source: CERTIFIED obfuscation, sections 5a, 5b and step 9. Everything behind `code` is post-processing of what is certified.
// Public: it holds the pane, and the dictionary's pictures where the release is a picture.

import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import {
  argMax,
  cast,
  constant,
  div,
  gather,
  graph,
  identity,
  input,
  oneHot,
  readOnnx,
  reduceSum,
  type Tensor,
  type Value,
} from '../../graph/index.ts'
import { constantOf } from '../../graph/value.ts'
import { applyLayers } from '../../learn/buildLayers.ts'
import { nameLayers } from '../../learn/layers/index.ts'
import { layoutLayers, normalisingLayers } from '../learned/preprocessing.ts'
import type { CodePane } from './codePane.ts'
import type { Dictionary } from './dictionary.ts'

/**
 * What the service gets: the number of the code, a one-hot row, the dictionary's picture as it takes raw ones, or a vector of
 * the owner's for each code (float32 [codes, width]).
 */
export type ReleaseForm =
  | { readonly kind: 'code' }
  | { readonly kind: 'one-hot' }
  | { readonly kind: 'picture'; readonly dictionary: Dictionary }
  | { readonly kind: 'vector'; readonly vectors: Tensor }

/** A pane as far as a release needs it. */
export type ReleasingPane = Pick<CodePane, 'onnx' | 'sha256' | 'card'>

/**
 * The graph: `image` or `row` [windows, …], and `map`, int64 [codes]: the output that is released for each code, itself where there
 * is no channel. It gives `code`, int64 [windows], and `voted`, int64 [1], the commonest of them, of equals the smallest, as a ledger
 * of releases votes; both stay on the device. `released`, one row, is what is sent.
 *
 * @param outputs how many different releases there are: the pane's codes, or the channel's outputs
 * @throws FrostglassError `shape` for a dictionary or vectors of another number of outputs
 */
export function releaseGraph(pane: ReleasingPane, form: ReleaseForm, outputs: number): Graph {
  const own = readOnnx(pane.onnx, { file: 'the pane' }).graph
  const code = own.outputs['code']!
  const map = input('map', [pane.card.labelOf.length], 'int64')
  const votes = reduceSum(oneHot(code, pane.card.labelOf.length), [0], true)
  const voted = argMax(votes)
  return graph({
    inputs: [...own.inputs, map],
    outputs: { code, voted, released: released(form, gather(map, voted), outputs) },
  })
}

/** int64 [1] to what is sent, one row. */
function released(form: ReleaseForm, output: Value, outputs: number): Value {
  if (form.kind === 'code') return identity(output)
  if (form.kind === 'one-hot') return oneHot(output, outputs)
  if (form.kind === 'vector') {
    requireOutputs('the vectors are of', form.vectors.shape[0]!, outputs)
    return gather(constantOf(form.vectors), output)
  }
  const { pictures, shape, preprocessing, read } = form.dictionary
  requireOutputs('the dictionary has pictures of', read.length, outputs)
  const all = constantOf({ dtype: 'uint8', shape: [outputs, ...shape], data: pictures })
  const unit = div(cast(gather(all, output), 'float32'), constant([255], [1]))
  const layers = [...normalisingLayers(preprocessing, shape), ...layoutLayers(preprocessing, shape)]
  return applyLayers(nameLayers('service', layers), unit, { training: false, parameter: none })
}

function requireOutputs(what: string, has: number, outputs: number): void {
  if (has === outputs) return
  throw new FrostglassError(
    'shape',
    `${what} ${has} codes, but ${outputs} are released`,
    'Make it of the same pane and channel.',
  )
}

const none = (): never => {
  throw new TypeError('preprocessing has no weights')
}

// Somebody's model for ONNX Runtime as it is, but for guards where a node may end the process: fragile.ts, and elements.
// Source: fragile.ts; the `lower` of Div and Mod (the least integer by −1) and of GridSample (points that 32 bits do not count).
// The ends stay as the file states them: names, order, types, names of free sizes. Nothing else is said otherwise.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../contract.ts'
import { type Rewrite, rewriteNodes } from '../graph.ts'
import { ModelProtoSchema, type ValueInfoProto } from '../onnx/onnx_pb.js'
import type { ParsedModel } from '../onnx/parse.ts'
import { writeOnnx } from '../onnx/write.ts'
import { hasRank } from '../shape.ts'
import { isFloat } from '../tensor.ts'
import { guardNode } from './fragile.ts'

/** Operators whose kernels end the process, or read beside their memory, on elements; of floats the first two do not. */
const loweredForSafety: ReadonlySet<string> = new Set(['Div', 'Mod', 'GridSample'])

const lowerNode: Rewrite = ({ operator, attributes }, inputs) => {
  if (operator.domain || !loweredForSafety.has(operator.name)) return undefined
  if (operator.name !== 'GridSample' && isFloat(inputs[0]!.dtype)) return undefined
  return inputs.every((v) => !v || hasRank(v.shape)) ? operator.lower?.(inputs, attributes) : undefined
}

/**
 * The bytes of the model with guards; undefined where it needs none.
 * @param g what the file says
 * @throws FrostglassError `unsupported` as {@link guardNode}, and where guards cannot be put into the file
 */
export function guardedModel({ graph: stated }: ParsedModel, g: Graph): Uint8Array | undefined {
  let guards = 0
  const counted =
    (rewrite: Rewrite): Rewrite =>
    (node, inputs) => {
      const instead = rewrite(node, inputs)
      if (instead) guards++
      return instead
    }
  const safe = rewriteNodes(rewriteNodes(g, counted(lowerNode)), counted(guardNode))
  // What ends in a sequence or a map is not run: nobody could be told of it.
  if (guards === 0 || stated.output.some(({ type }) => type?.value.case !== 'tensorType')) return undefined
  const model = fromBinary(ModelProtoSchema, writeOnnx(safe))
  const written = model.graph!
  const weights = new Set(stated.initializer.map(({ name }) => name))
  const inputs = stated.input.filter(({ name }) => !weights.has(name))
  if (!sameNames(inputs, written.input) || !sameNames(stated.output, written.output)) {
    throw new FrostglassError(
      'unsupported',
      'it needs guards against what ends the process, and its inputs and outputs cannot be kept with them',
      'Export it again: one name, one input or output.',
    )
  }
  written.input = inputs
  written.output = stated.output
  return toBinary(ModelProtoSchema, model)
}

function sameNames(a: readonly ValueInfoProto[], b: readonly ValueInfoProto[]): boolean {
  const names = new Set(a.map(({ name }) => name))
  return a.length === b.length && names.size === a.length && b.every(({ name }) => names.has(name))
}

// Shape inference of one node: the operator's own rule, where ranks are known; what all ranks have in common, where not.
// Source: ONNX shape inference. No operator needs a rule of its own for an input of unknown rank: its rule is asked for
// every rank up to 8, and what all the answers say is what is known (a Reshape to [2, 3] gives [2, 3] whatever came).
// It does not find out what no rule says: a rank that stays unknown is bound by a run, or refused by the plain executor.

import { FrostglassError } from '../errors.ts'
import { type Known, knownContent } from './content.ts'
import type { Attributes, Operator, Value, ValueInfo } from './contract.ts'
import { isNarrow } from './narrow.ts'
import { type Dim, hasRank, unknownDim, unknownShape } from './shape.ts'

const ranks = [0, 1, 2, 3, 4, 5, 6, 7, 8]

/**
 * Dtypes, shapes and known contents of a node's outputs. `what` names the node in messages.
 * @throws FrostglassError `shape` or `unsupported` from the operator's inference.
 */
export function inferNode(
  operator: Operator,
  inputs: readonly (Known | undefined)[],
  attributes: Attributes,
  what: string,
  captured?: ReadonlyMap<Value, ValueInfo>,
): readonly ValueInfo[] {
  const ranked = operator.anyRank || inputs.every((v) => !v || hasRank(v.shape))
  const infos = ranked
    ? operator.infer(inputs, attributes, what, captured)
    : inferRankless(operator, inputs, attributes, what)
  requireNarrowTaken(operator, [...inputs, ...infos], what)
  if (operator.random) return infos
  return infos.map((info) => {
    const content = knownContent(operator, inputs, attributes, info)
    return content === info.content ? info : { ...info, content }
  })
}

/** @throws FrostglassError `unsupported` where an operator that computes meets a dtype that nobody computes in. */
function requireNarrowTaken(
  operator: Operator,
  values: readonly (ValueInfo | undefined)[],
  what: string,
): void {
  if (operator.narrow) return
  const narrow = values.find((v) => v && isNarrow(v.dtype))
  if (!narrow) return
  throw new FrostglassError(
    'unsupported',
    `${what}: nothing is computed in ${narrow.dtype}`,
    'Cast it to float32, or int8, first.',
  )
}

function inferRankless(
  operator: Operator,
  inputs: readonly (Known | undefined)[],
  attributes: Attributes,
  what: string,
): readonly ValueInfo[] {
  let refusal: unknown
  let common: readonly ValueInfo[] | undefined
  for (const choice of choices(inputs)) {
    try {
      const infos = operator.infer(choice, attributes, what)
      common = common ? common.map((v, i) => agree(v, infos[i], what)) : infos
    } catch (cause) {
      refusal ??= cause
    }
  }
  if (common) return common
  throw refusal
}

/** The inputs with a rank for each that has none: every pair for two of them, the same for all of more. */
function* choices(inputs: readonly (Known | undefined)[]): Generator<(ValueInfo | undefined)[]> {
  const open = inputs.flatMap((v, i) => (v && !hasRank(v.shape) ? [i] : []))
  const apart = open.length === 2 ? ranks : [undefined]
  for (const rank of ranks)
    for (const other of apart)
      yield inputs.map((v, i) => {
        if (!v || !open.includes(i)) return v
        const length = i === open[0] ? rank : (other ?? rank)
        return { dtype: v.dtype, shape: Array.from({ length }, unknownDim), content: undefined }
      })
}

/** What two answers have in common. */
function agree(a: ValueInfo, b: ValueInfo | undefined, what: string): ValueInfo {
  if (!b || a.dtype !== b.dtype) {
    throw new FrostglassError(
      'unsupported',
      `${what}: what it gives depends on the rank of its input, which is not known`,
      'Run shape inference when exporting the model.',
    )
  }
  const shape =
    hasRank(a.shape) && hasRank(b.shape) && a.shape.length === b.shape.length
      ? a.shape.map((d, i): Dim => (d === b.shape[i] ? d : unknownDim()))
      : unknownShape
  const content =
    a.content?.length === b.content?.length && a.content?.every((d, i) => d === b.content?.[i])
      ? a.content
      : undefined
  return { dtype: a.dtype, shape, content }
}

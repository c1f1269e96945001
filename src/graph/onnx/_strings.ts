// Text in a model: the class names that scikit-learn's pipelines look up, as constants that only the native executor reads.
// Source: ONNX Constant (value_strings, opset 12). No array of ours holds text, so it stays in the attribute of a node.

import { FrostglassError } from '../../errors.ts'
import type { Operator, Value } from '../contract.ts'
import { info } from '../operator.ts'
import { reshape } from '../operators/view.ts'
import { apply } from '../value.ts'
import { type NodeProto, type TensorProto, TensorProto_DataType } from './onnx_pb.js'

const stringsOperator: Operator = {
  name: 'Constant',
  attributes: { value_strings: 'strings' },
  infer: (_, attributes) => [info('string', [(attributes['value_strings'] as readonly string[]).length])],
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function strings(texts: readonly string[], shape: readonly number[]): Value {
  const row = apply(stringsOperator, [], { value_strings: texts })
  return shape.length === 1 ? row : reshape(row, shape)
}

/** Whether a tensor is of text. */
export const isText = (t: TensorProto | undefined): boolean => t?.dataType === TensorProto_DataType.STRING

/** A tensor of text as a value. @throws FrostglassError `input` when contents and dims disagree. */
export function stringTensor(t: TensorProto, file: string): Value {
  const shape = t.dims.map(Number)
  const texts = t.stringData.map(decode)
  if (shape.reduce((product, d) => product * d, 1) === texts.length) return strings(texts, shape)
  throw new FrostglassError(
    'input',
    `${file}: tensor '${t.name}' has the shape [${shape}] but holds ${texts.length} texts`,
    'Copy or export the model again: it is damaged or cut short.',
  )
}

/** What a Constant node holds when it is text; undefined for one of numbers. */
export function stringsOfConstant(node: NodeProto, file: string): Value | undefined {
  for (const a of node.attribute) {
    if (a.name === 'value' && a.t && isText(a.t)) return stringTensor(a.t, file)
    if (a.name === 'value_strings') return strings(a.strings.map(decode), [a.strings.length])
    if (a.name === 'value_string') return strings([decode(a.s)], [])
  }
  return undefined
}

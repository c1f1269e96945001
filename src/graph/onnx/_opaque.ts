// Operators that we do not have: they run natively, between values of which nothing more may be known than a dtype.
// Source: ONNX shape inference; operator specifications for the rules, ai.onnx.ml for those of trees and their like.
// What a file states of an output holds for the inputs that it was exported with: when these change (a batch is bound), what
// the file said by name is bound with them, and the rest becomes unknown. Nothing is guessed of a shape.

import { FrostglassError } from '../../errors.ts'
import type { Operator, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { broadcast, type Dim, divideDims, hasRank, type Shape, unknownDim, unknownShape } from '../shape.ts'
import type { DType } from '../tensor.ts'
import { opaqueDtype } from './_dtypes.ts'

/** What a model says of an output; a shape that it leaves out is unknown. */
export type Stated = ValueInfo | undefined

/** The shapes of the outputs. */
type Rule = (
  inputs: readonly (ValueInfo | undefined)[],
  attributes: Readonly<Record<string, unknown>>,
) => Shape[]

const same: Rule = ([x]) => [x!.shape]
const joint: Rule = (inputs) => {
  const present = inputs.filter((v) => v !== undefined)
  if (!present.every((v) => hasRank(v.shape))) return [unknownShape]
  return [present.map((v) => v.shape).reduce((a, b) => broadcast(a, b, 'broadcasting'))]
}
const rows = (x: ValueInfo | undefined): Dim =>
  x && hasRank(x.shape) && x.shape.length > 1 ? x.shape[0]! : unknownDim()

/** Scores of a classifier: a label a row, and a column a class. */
const classifier: Rule = ([x], attributes) => {
  const names = attributes['classlabels_strings'] as readonly string[] | undefined
  const numbers = (attributes['classlabels_int64s'] ?? attributes['classlabels_ints']) as
    | readonly number[]
    | undefined
  const classes = names?.length || numbers?.length
  return [[rows(x)], [rows(x), classes || unknownDim()]]
}
const regressor: Rule = ([x], attributes) => [
  [rows(x), attribute(attributes as Record<string, number>, 'n_targets', 1)],
]

const rules: Readonly<Record<string, Rule>> = {
  Erf: same,
  Sin: same,
  Cos: same,
  Tan: same,
  Asin: same,
  Acos: same,
  Atan: same,
  Sinh: same,
  Cosh: same,
  Asinh: same,
  Acosh: same,
  Atanh: same,
  Ceil: same,
  Floor: same,
  Round: same,
  Celu: same,
  Gelu: same,
  HardSigmoid: same,
  HardSwish: same,
  Hardmax: same,
  Mish: same,
  PRelu: same,
  Selu: same,
  Shrink: same,
  Swish: same,
  ThresholdedRelu: same,
  LpNormalization: same,
  LRN: same,
  MeanVarianceNormalization: same,
  InstanceNormalization: same,
  LayerNormalization: same,
  GroupNormalization: same,
  RMSNormalization: same,
  CumSum: same,
  Trilu: same,
  ReverseSequence: same,
  ScatterND: same,
  BitwiseNot: same,
  RandomUniformLike: same,
  Bernoulli: same,
  IsNaN: same,
  IsInf: same,
  Mod: joint,
  Mean: joint,
  Sum: joint,
  BitShift: joint,
  BitwiseAnd: joint,
  BitwiseOr: joint,
  BitwiseXor: joint,
  Xor: joint,
  NonZero: ([x]) => [[hasRank(x!.shape) ? x!.shape.length : unknownDim(), unknownDim()]],
  'ai.onnx.ml:TreeEnsembleClassifier': classifier,
  'ai.onnx.ml:LinearClassifier': classifier,
  // As many scores as pairs of classes, when it has no probabilities.
  'ai.onnx.ml:SVMClassifier': (inputs, attributes) => {
    const [label, scores] = classifier(inputs, attributes) as [Shape, Shape]
    return [label, [scores[0]!, unknownDim()]]
  },
  'ai.onnx.ml:TreeEnsembleRegressor': regressor,
  'ai.onnx.ml:SVMRegressor': regressor,
  'ai.onnx.ml:LinearRegressor': (inputs, attributes) => {
    const { targets } = attributes as { targets?: number }
    return regressor(inputs, { n_targets: targets ?? 1 })
  },
  'ai.onnx.ml:Scaler': same,
  'ai.onnx.ml:Normalizer': same,
  'ai.onnx.ml:Imputer': same,
  'ai.onnx.ml:Binarizer': same,
  'ai.onnx.ml:ArrayFeatureExtractor': ([x, at]) => {
    const count = at && hasRank(at.shape) ? divideDims(at.shape, []) : undefined
    const open = !hasRank(x!.shape) || x!.shape.length === 0
    if (open) return [unknownShape]
    const lead = x!.shape.length === 1 ? [1] : x!.shape.slice(0, -1)
    return [[...lead, count ?? unknownDim()]]
  },
  'ai.onnx.ml:LabelEncoder': same,
  'ai.onnx.ml:FeatureVectorizer': ([x]) => [[rows(x), unknownDim()]],
  'ai.onnx.ml:OneHotEncoder': ([x]) => [x && hasRank(x.shape) ? [...x.shape, unknownDim()] : unknownShape],
}

/** What is made of other things than tensors: its values would be taken for tensors. */
const beyond = /^(Sequence|SplitToSequence|ConcatFromSequence|Optional|ZipMap|CastMap|DictVectorizer)/

/**
 * Shape inference of an operator of this name and domain that we have no form of.
 * @param given its inputs as the file has them
 * @param stated what the file says of each output, for these inputs
 * @param outputs their names; of one without nobody asks
 * @throws FrostglassError `unsupported` for one that makes or takes sequences, maps or optionals.
 */
export function opaqueInference(
  name: string,
  domain: string,
  given: readonly (ValueInfo | undefined)[],
  stated: readonly Stated[],
  outputs: readonly string[],
  what: string,
): Operator['infer'] {
  if (beyond.test(name)) {
    throw new FrostglassError(
      'unsupported',
      `${what} works on a sequence, a map or an optional, and only tensors are read`,
      'Export the model without sequences, maps and optionals.',
    )
  }
  const rule = rules[domain === '' ? name : `${domain}:${name}`]
  const then = given.map((v) => v?.shape)
  return (inputs, attributes) => {
    const ruled = rule && inputs[0] ? rule(inputs, attributes) : []
    const rebound = rebind(
      then,
      inputs.map((v) => v?.shape),
    )
    return stated.map((said, i) => {
      const known = ruled[i]
      if (outputs[i] === '') return info('float32', unknownShape)
      const dtype = opaqueDtype(name, domain, inputs, attributes, i) ?? said?.dtype
      if (dtype === undefined || (said && said.dtype !== dtype))
        throw dtypeRefusal(what, i, dtype, said?.dtype)
      if (known && hasRank(known)) return info(dtype, known)
      return info(dtype, said ? rebound(said.shape) : unknownShape)
    })
  }
}

function dtypeRefusal(
  what: string,
  i: number,
  ruled: DType | undefined,
  said: DType | undefined,
): FrostglassError {
  if (ruled)
    return new FrostglassError(
      'input',
      `${what}: its output ${i} is ${ruled}, and the model says ${said}`,
      'Export the model again: it is damaged.',
    )
  return new FrostglassError(
    'unsupported',
    `${what}: the dtype of its output ${i} is not known`,
    'Run shape inference when exporting the model, so that it states it.',
  )
}

/** What becomes of a stated shape when the inputs' shapes are others than those that it was stated for. */
function rebind(
  then: readonly (Shape | undefined)[],
  now: readonly (Shape | undefined)[],
): (shape: Shape) => Shape {
  const dims = new Map<Dim, Dim>()
  let changed = false
  let alike = true
  let otherRank = false
  then.forEach((before, i) => {
    const after = now[i]
    if (!before || !after || before === after) return
    if (before.length !== after.length || !hasRank(before) || !hasRank(after)) {
      otherRank = true
      return
    }
    before.forEach((d, axis) => {
      const next = after[axis]!
      if (d === next) return
      changed = true
      if (typeof d === 'number' || (dims.has(d) && dims.get(d) !== next)) alike = false
      else dims.set(d, next)
    })
  })
  if (otherRank) return () => unknownShape
  if (!changed) return (shape) => shape
  return (shape) => {
    if (!hasRank(shape)) return shape
    return shape.map((d) =>
      typeof d === 'number' ? (alike ? d : unknownDim()) : (dims.get(d) ?? unknownDim()),
    )
  }
}

// The dtypes of the outputs of operators that we have no form of, by ONNX's rules: that of an input, one that is fixed, or one that
// an attribute names.
// Source: the schemas and the type inference of ONNX 1.23.2; the runtime's for its own domain.
// Of an operator that is not here, and not of the standard domain, nothing is known: see the caller for what is refused.

import type { Attributes, ValueInfo } from '../contract.ts'
import { dtypeOfOnnx } from '../operators/cast.ts'
import type { DType, Tensor } from '../tensor.ts'

type Inputs = readonly (ValueInfo | undefined)[]
type Found = (inputs: Inputs, attributes: Attributes) => DType | undefined
/** Of one output: a dtype, that of the input of this place, or what is found out. */
type Rule = DType | number | Found

/** The dtype that an attribute names by its number in onnx.proto, or else a fixed one or an input's. */
const named =
  (attribute: string, otherwise: DType | number): Found =>
  (inputs, attributes) => {
    const type = attributes[attribute]
    // Where it is 0, nothing is said.
    if (typeof type === 'number' && type !== 0) return dtypeOfOnnx(type, `the attribute '${attribute}'`)
    return typeof otherwise === 'number' ? inputs[otherwise]?.dtype : otherwise
  }

const ofTensor =
  (attribute: string, otherwise: DType): Rule =>
  (_, attributes) =>
    (attributes[attribute] as Tensor | undefined)?.dtype ?? otherwise

/** Text for numbers, numbers for text. */
const swapped: Found = ([x]) => (x?.dtype === 'string' ? 'int64' : 'string')

/** What the list of values holds; of old, a list of classes alone. */
const encoded: Found = (inputs, attributes) => {
  if (attributes['classes_strings']) return swapped(inputs, attributes)
  const lists = { values_strings: 'string', values_int64s: 'int64', values_floats: 'float32' } as const
  const found = Object.entries(lists).find(
    ([name]) => (attributes[name] as readonly unknown[] | undefined)?.length,
  )
  return (attributes['values_tensor'] as Tensor | undefined)?.dtype ?? found?.[1]
}

const label: Rule = (_, attributes) =>
  (attributes['classlabels_strings'] as readonly string[] | undefined)?.length ? 'string' : 'int64'
const classifier: readonly Rule[] = [label, 'float32']
const window: readonly Rule[] = [named('output_datatype', 'float32')]
const drawn: readonly Rule[] = [named('dtype', 'float32')]
const drawnAlike: readonly Rule[] = [named('dtype', 0)]
const told: readonly Rule[] = ['bool']
const first: readonly Rule[] = [0]

const rules: Readonly<Record<string, readonly Rule[]>> = {
  And: told,
  ArgMax: ['int64'],
  ArgMin: ['int64'],
  Attention: [0, 1, 2, 0],
  // Statistics may have another dtype than what they are of.
  BatchNormalization: [0, 3, 3],
  Bernoulli: drawnAlike,
  BitCast: [named('to', 0)],
  BlackmanWindow: window,
  Cast: [named('to', 0)],
  CastLike: [1],
  ConstantOfShape: [ofTensor('value', 'float32')],
  ConvInteger: ['int32'],
  DequantizeLinear: [named('output_dtype', 1)],
  Dropout: [0, 'bool'],
  DynamicQuantizeLinear: ['uint8', 'float32', 'uint8'],
  Equal: told,
  EyeLike: drawnAlike,
  Greater: told,
  GreaterOrEqual: told,
  HammingWindow: window,
  HannWindow: window,
  ImageDecoder: ['uint8'],
  IsInf: told,
  IsNaN: told,
  LayerNormalization: [0, named('stash_type', 'float32'), named('stash_type', 'float32')],
  Less: told,
  LessOrEqual: told,
  // The state that it hands on is of its own dtype.
  LinearAttention: [0, (inputs) => (inputs[3] ?? inputs[0])?.dtype],
  MatMulInteger: ['int32'],
  MaxPool: [0, 'int64'],
  MelWeightMatrix: window,
  Multinomial: [named('dtype', 'int32')],
  NonMaxSuppression: ['int64'],
  NonZero: ['int64'],
  Not: told,
  OneHot: [2],
  Or: told,
  QLinearConv: [7],
  QLinearMatMul: [7],
  QuantizeLinear: [
    (inputs, attributes) => inputs[2]?.dtype ?? named('output_dtype', 'uint8')(inputs, attributes),
  ],
  RandomNormal: drawn,
  RandomNormalLike: drawnAlike,
  RandomUniform: drawn,
  RandomUniformLike: drawnAlike,
  RMSNormalization: [1],
  RegexFullMatch: told,
  Shape: ['int64'],
  Size: ['int64'],
  StringNormalizer: ['string'],
  StringSplit: ['string', 'int64'],
  TfIdfVectorizer: ['float32'],
  TopK: [0, 'int64'],
  Unique: [0, 'int64', 'int64', 'int64'],
  Where: [1],
  Xor: told,
  'ai.onnx.ml:ArrayFeatureExtractor': first,
  'ai.onnx.ml:Binarizer': first,
  'ai.onnx.ml:CategoryMapper': [swapped],
  'ai.onnx.ml:FeatureVectorizer': ['float32'],
  'ai.onnx.ml:Imputer': first,
  'ai.onnx.ml:LabelEncoder': [encoded],
  'ai.onnx.ml:LinearClassifier': classifier,
  'ai.onnx.ml:LinearRegressor': ['float32'],
  'ai.onnx.ml:Normalizer': ['float32'],
  'ai.onnx.ml:OneHotEncoder': ['float32'],
  'ai.onnx.ml:SVMClassifier': classifier,
  'ai.onnx.ml:SVMRegressor': ['float32'],
  'ai.onnx.ml:Scaler': ['float32'],
  'ai.onnx.ml:TreeEnsemble': first,
  'ai.onnx.ml:TreeEnsembleClassifier': classifier,
  'ai.onnx.ml:TreeEnsembleRegressor': ['float32'],
}

/** Of the runtime's own domain: those that give what their first input is. */
const runtimes = new Set(
  (
    'BiasAdd BiasGelu BiasSoftmax BiasSplitGelu FastGelu FusedConv FusedGemm FusedMatMul FusedMatMulActivation Gelu GridSample ' +
    'GroupNorm Inverse LayerNormalization MatMulNBits NhwcConv NhwcFusedConv NhwcMaxPool QuickGelu Rfft Irfft RotaryEmbedding ' +
    'QLinearAdd QLinearAveragePool QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearSigmoid SimplifiedLayerNormalization ' +
    'SkipGroupNorm SkipLayerNormalization SkipSimplifiedLayerNormalization Trilu'
  ).split(' '),
)

/** Whose bodies say what they give. */
const bodied = new Set(['If', 'Loop', 'Scan'])

/**
 * The dtype of output `index` of an operator of this name and domain, by rule; undefined where there is none.
 * @throws FrostglassError `unsupported` for one that an attribute names and that is not held here
 */
export function opaqueDtype(
  name: string,
  domain: string,
  inputs: Inputs,
  attributes: Attributes,
  index: number,
): DType | undefined {
  const called = domain === '' ? name : `${domain}:${name}`
  const known = rules[called]
  if (!known && (domain !== '' || bodied.has(name)) && !(domain === 'com.microsoft' && runtimes.has(name)))
    return undefined
  const rule = known?.[index] ?? 0
  if (typeof rule === 'number') return inputs[rule]?.dtype
  return typeof rule === 'string' ? rule : rule(inputs, attributes)
}

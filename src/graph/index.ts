// The engine: build an ONNX graph, differentiate it, run it. It knows nothing of privacy.
// Source: docs/architecture.md#the-engine.

export { compile } from './compile.ts'
export type {
  Attributes,
  AttributeType,
  AttributeValue,
  Buffer,
  GradientContext,
  Graph,
  KernelContext,
  Node,
  Operator,
  Value,
  ValueInfo,
} from './contract.ts'
export type { CompileOptions, ExecutorName, Program, Tensors } from './executor.ts'
export { gradients } from './gradients.ts'
export { bindDims, freeze, graph, type Rewrite, substitute } from './graph.ts'
export type { NarrowFloat, NarrowInteger } from './narrow.ts'
export type { ExternalFiles } from './onnx/_tensor.ts'
export { type OnnxModel, type ReadOptions, readOnnx } from './onnx/read.ts'
export { type WriteOptions, writeOnnx } from './onnx/write.ts'
export { add, div, max, min, mul, pow, sub } from './operators/arithmetic.ts'
export { attention } from './operators/attention.ts'
export { cast, identity } from './operators/cast.ts'
export { oneHot } from './operators/classes.ts'
export {
  and,
  equal,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  not,
  or,
  where,
} from './operators/compare.ts'
export { ifElse } from './operators/conditional.ts'
export { type ConvOptions, conv } from './operators/conv.ts'
export { type ConvTransposeOptions, convTranspose } from './operators/convTranspose.ts'
export { einsum } from './operators/einsum.ts'
export {
  abs,
  clip,
  elu,
  exp,
  leakyRelu,
  log,
  neg,
  reciprocal,
  relu,
  sigmoid,
  sign,
  softplus,
  softsign,
  sqrt,
  tanh,
} from './operators/elementwise.ts'
export { gather, gatherElements, scatterElements } from './operators/gather.ts'
export { globalAveragePool, globalMaxPool } from './operators/globalPool.ts'
export { concat, split } from './operators/join.ts'
export { type LoopRound, type LoopStep, loop } from './operators/loop.ts'
export { gemm, matmul, transpose } from './operators/matmul.ts'
export {
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
} from './operators/normalisations.ts'
export { batchNormalization, batchNormTraining } from './operators/normalise.ts'
export { averagePool, maxPool, type PoolOptions } from './operators/pool.ts'
export { dequantize } from './operators/quantise.ts'
export { randomDropout, randomNormalLike, randomUniformLike } from './operators/random.ts'
export { argMax } from './operators/ranking.ts'
export { reduceMax, reduceMean, reduceMin, reduceSum } from './operators/reduce.ts'
export { upsample } from './operators/resize.ts'
export { pad, slice } from './operators/slice.ts'
export { logSoftmax, softmax } from './operators/softmax.ts'
export { expand, flattenToMatrix, reshape, shapeOf, squeeze, unsqueeze } from './operators/view.ts'
export type { Dim, Shape } from './shape.ts'
export { type DType, sizeOf, type Tensor, type TensorData, tensor } from './tensor.ts'
export { constant, input, variable } from './value.ts'

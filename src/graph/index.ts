// The engine: build an ONNX graph, differentiate it, run it. It knows nothing of privacy.
// Source: docs/architecture.md#the-engine.

export { chooseExecutor, compile, estimateCost } from './compile.ts'
export type {
  Attributes,
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
export { foldConstants } from './fold.ts'
export { gradients } from './gradients.ts'
export { bindDims, freeze, graph, substitute } from './graph.ts'
export { type OnnxModel, type ReadOptions, readOnnx } from './onnx/read.ts'
export { type WriteOptions, writeOnnx } from './onnx/write.ts'
export * from './operators/index.ts'
export { type Dim, formatShape, type Shape } from './shape.ts'
export { arrayOf, type DType, sizeOf, type Tensor, type TensorData, tensor, toFloat64 } from './tensor.ts'
export {
  apply,
  applyAll,
  constant,
  constantOf,
  filled,
  input,
  integers,
  scalarLike,
  variable,
} from './value.ts'

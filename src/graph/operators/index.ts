// Every operator that we know, by ONNX name; and their constructors.
// Adding an operator is one entry in one family's file; adding a family is one line in each list here.

import type { Operator } from '../contract.ts'
import { arithmeticOperators } from './arithmetic.ts'
import { castOperators } from './cast.ts'
import { classOperators } from './classes.ts'
import { columnOperators } from './columns.ts'
import { compareOperators } from './compare.ts'
import { convOperators } from './conv.ts'
import { convTransposeOperators } from './convTranspose.ts'
import { elementwiseOperators } from './elementwise.ts'
import { gatherOperators } from './gather.ts'
import { generateOperators } from './generate.ts'
import { globalPoolOperators } from './globalPool.ts'
import { joinOperators } from './join.ts'
import { loopOperators } from './loop.ts'
import { matmulOperators } from './matmul.ts'
import { normaliseOperators } from './normalise.ts'
import { poolOperators } from './pool.ts'
import { quantiseOperators } from './quantise.ts'
import { randomOperators } from './random.ts'
import { reduceOperators } from './reduce.ts'
import { resizeOperators } from './resize.ts'
import { sliceOperators } from './slice.ts'
import { softmaxOperators } from './softmax.ts'
import { viewOperators } from './view.ts'

export { add, div, max, min, mul, pow, sub } from './arithmetic.ts'
export { cast, identity } from './cast.ts'
export { argMax, oneHot } from './classes.ts'
export { and, equal, greater, greaterOrEqual, less, lessOrEqual, not, or, where } from './compare.ts'
export { type ConvOptions, conv } from './conv.ts'
export { type ConvTransposeOptions, convTranspose } from './convTranspose.ts'
export * from './elementwise.ts'
export { gather, gatherElements, scatterElements } from './gather.ts'
export { globalAveragePool, globalMaxPool } from './globalPool.ts'
export { concat, split } from './join.ts'
export { capturedBy, type LoopRound, type LoopStep, loop, subgraph } from './loop.ts'
export { gemm, matmul, transpose } from './matmul.ts'
export { batchNormalization, batchNormTraining } from './normalise.ts'
export { averagePool, maxPool, type PoolOptions, reluMaxPool } from './pool.ts'
export { dequantize } from './quantise.ts'
export { dropout, randomNormalLike, randomUniformLike } from './random.ts'
export { reduceMax, reduceMean, reduceMin, reduceSum } from './reduce.ts'
export { upsample } from './resize.ts'
export { pad, slice } from './slice.ts'
export { logSoftmax, softmax } from './softmax.ts'
export { expand, flatten, reshape, shapeOf, squeeze, unsqueeze } from './view.ts'

const families: readonly (readonly Operator[])[] = [
  arithmeticOperators,
  castOperators,
  classOperators,
  compareOperators,
  elementwiseOperators,
  gatherOperators,
  generateOperators,
  joinOperators,
  loopOperators,
  matmulOperators,
  quantiseOperators,
  randomOperators,
  reduceOperators,
  sliceOperators,
  softmaxOperators,
  columnOperators,
  convOperators,
  convTransposeOperators,
  normaliseOperators,
  globalPoolOperators,
  poolOperators,
  resizeOperators,
  viewOperators,
]

/** Operators by ONNX op_type. */
export const operators: ReadonlyMap<string, Operator> = new Map(families.flat().map((o) => [o.name, o]))

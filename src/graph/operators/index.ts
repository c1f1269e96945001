// Every operator that we know, by ONNX name; and their constructors.
// Adding an operator is one entry in one family's file; adding a family is one line in each list here.

import type { Operator } from '../contract.ts'
import { activationOperators } from './activations.ts'
import { arithmeticOperators } from './arithmetic.ts'
import { attentionOperators } from './attention.ts'
import { bitOperators } from './bits.ts'
import { castOperators } from './cast.ts'
import { classOperators } from './classes.ts'
import { classLossOperators } from './classLosses.ts'
import { columnOperators } from './columns.ts'
import { compareOperators } from './compare.ts'
import { conditionalOperators } from './conditional.ts'
import { convOperators } from './conv.ts'
import { convTransposeOperators } from './convTranspose.ts'
import { cumulativeOperators } from './cumulative.ts'
import { einsumOperators } from './einsum.ts'
import { elementwiseOperators } from './elementwise.ts'
import { gatherOperators } from './gather.ts'
import { gatherNdOperators } from './gatherNd.ts'
import { generateOperators } from './generate.ts'
import { globalPoolOperators } from './globalPool.ts'
import { gridSampleOperators } from './gridSample.ts'
import { joinOperators } from './join.ts'
import { loopOperators } from './loop.ts'
import { lpPoolOperators } from './lpPool.ts'
import { matmulOperators } from './matmul.ts'
import { normalisationOperators } from './normalisations.ts'
import { normaliseOperators } from './normalise.ts'
import { poolOperators } from './pool.ts'
import { quantiseOperators } from './quantise.ts'
import { quantisedLinearOperators } from './quantisedLinear.ts'
import { randomOperators } from './random.ts'
import { rankingOperators } from './ranking.ts'
import { rearrangeOperators } from './rearrange.ts'
import { recurrentOperators } from './recurrent.ts'
import { reduceOperators } from './reduce.ts'
import { reduceNormOperators } from './reduceNorms.ts'
import { resizeOperators } from './resize.ts'
import { rotaryOperators } from './rotary.ts'
import { roundingOperators } from './rounding.ts'
import { scanOperators } from './scan.ts'
import { selectOperators } from './select.ts'
import { sliceOperators } from './slice.ts'
import { softmaxOperators } from './softmax.ts'
import { triangleOperators } from './triangles.ts'
import { trigonometryOperators } from './trigonometry.ts'
import { variadicOperators } from './variadic.ts'
import { viewOperators } from './view.ts'

const families: readonly (readonly Operator[])[] = [
  activationOperators,
  arithmeticOperators,
  bitOperators,
  attentionOperators,
  castOperators,
  classOperators,
  compareOperators,
  einsumOperators,
  elementwiseOperators,
  gatherOperators,
  generateOperators,
  joinOperators,
  loopOperators,
  lpPoolOperators,
  matmulOperators,
  quantiseOperators,
  randomOperators,
  recurrentOperators,
  reduceOperators,
  roundingOperators,
  rotaryOperators,
  scanOperators,
  sliceOperators,
  softmaxOperators,
  columnOperators,
  conditionalOperators,
  convOperators,
  convTransposeOperators,
  normaliseOperators,
  normalisationOperators,
  globalPoolOperators,
  gridSampleOperators,
  poolOperators,
  resizeOperators,
  trigonometryOperators,
  cumulativeOperators,
  rankingOperators,
  reduceNormOperators,
  triangleOperators,
  gatherNdOperators,
  rearrangeOperators,
  selectOperators,
  variadicOperators,
  classLossOperators,
  quantisedLinearOperators,
  viewOperators,
]

/** Operators by ONNX op_type. */
export const operators: ReadonlyMap<string, Operator> = new Map(families.flat().map((o) => [o.name, o]))

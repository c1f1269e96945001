// What a training step that somebody sent may do: operators whose work shows in their shapes, and no more of it than a bound.
// Source: ours. Loops, conditions and what picks by what rows hold would take longer for some rows: that time would tell of them.
// It bounds the work that shapes tell. Seconds on a machine, and what its caches do, it does not.

import { FrostglassError } from '../../errors.ts'
import { estimateCost } from '../../graph/compile.ts'
import { type Graph, sizeOf } from '../../graph/index.ts'

/** Operators of networks, their gradients and losses. No subgraphs, no texts, no random numbers, no shapes that follow from rows. */
const operators = new Set(
  (
    'Abs Add AveragePool BatchNormalization Cast Clip Col2Im Concat Conv ConvTranspose Div Elu Equal Erf Exp Expand Flatten Gather ' +
    'Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid Identity LayerNormalization ' +
    'LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mul Neg Not Or And Pad Pow Reciprocal ReduceMax ' +
    'ReduceMean ReduceMin ReduceSum Relu Reshape Resize ScatterElements Shape Sigmoid Sign Size Slice Softmax Softplus Softsign ' +
    'Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where'
  ).split(' '),
)

/** Nodes of a graph, numbers of all its values together (1 GiB), operations of one step. */
const [mostNodes, mostNumbers, mostOperations] = [20_000, 2 ** 27, 2 ** 34]

/**
 * @param graph with every size known
 * @throws FrostglassError 'unsupported' for other operators, sizes that are not known, or more work than the bounds
 */
export function refuseBoundless(graph: Graph): void {
  if (graph.nodes.length > mostNodes) throw tooMuch(`${graph.nodes.length} operators, more than ${mostNodes}`)
  let numbers = graph.inputs.reduce((sum, { shape }) => sum + sizeOf(shape as number[]), 0)
  for (const { operator, outputs } of graph.nodes) {
    if (operator.domain || !operators.has(operator.name))
      throw tooMuch(`the operator ${operator.name}, which no step needs`)
    for (const { shape } of outputs) {
      if (!shape.every((dim) => typeof dim === 'number'))
        throw tooMuch(`${operator.name} of a size that only rows would tell`)
      numbers += sizeOf(shape as number[])
    }
  }
  const { flops } = estimateCost(graph)
  // Written so that what is no number is refused.
  if (!(numbers <= mostNumbers)) throw tooMuch(`${numbers} numbers at once, more than ${mostNumbers}`)
  if (!(flops <= mostOperations)) throw tooMuch(`${flops} operations a step, more than ${mostOperations}`)
}

const tooMuch = (what: string): FrostglassError =>
  new FrostglassError(
    'unsupported',
    `the server’s training step asks for ${what}`,
    'Send one that `frostglass fleet step` made, or smaller batches.',
  )

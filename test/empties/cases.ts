// A node of each operator in whose kernel ONNX Runtime ends the process, or answers with what lies in memory, on an empty tensor;
// and of some that it is right on.
// Source: the search that src/graph/native/fragile.ts was written from.

import type { Attributes, AttributeType, Operator, Value } from '../../src/graph/contract.ts'
import { bodyNodes } from '../../src/graph/graph.ts'
import { info } from '../../src/graph/operator.ts'
import { mul } from '../../src/graph/operators/arithmetic.ts'
import { operators } from '../../src/graph/operators/index.ts'
import { unknownShape } from '../../src/graph/shape.ts'
import type { DType } from '../../src/graph/tensor.ts'
import { applyAll, constant, input, integers } from '../../src/graph/value.ts'

type Inputs = readonly (Value | undefined)[]
type Shapes = readonly (readonly number[])[]

/** A node to be tried: the sizes of its inputs that are fed, all float32. */
export interface Case {
  readonly name: string
  readonly shapes: Shapes
  build(fed: readonly Value[]): readonly Value[]
}

/** Of an operator that we have. `inputs` puts constants among what is fed, and `undefined` where an input is left out. */
const own = (
  name: string,
  shapes: Shapes,
  attributes: Attributes = {},
  inputs: (fed: readonly Value[]) => Inputs = (fed) => fed,
): Case => ({
  name,
  shapes,
  build: (fed) => applyAll(operators.get(name)!, inputs(fed), attributes),
})

/** Of one that we have not, as a file that says nothing of its outputs has it; its attributes are whole numbers. */
function foreign(
  name: string,
  shapes: Shapes,
  attributes: Readonly<Record<string, number>> = {},
  inputs: (fed: readonly Value[]) => Inputs = (fed) => fed,
  more: { dtype?: DType; since?: readonly number[] } = {},
): Case {
  const operator: Operator = {
    name,
    attributes: Object.fromEntries(Object.keys(attributes).map((a): [string, AttributeType] => [a, 'int'])),
    anyRank: true,
    since: more.since,
    infer: () => [info(more.dtype ?? 'float32', unknownShape)],
  }
  return { name, shapes, build: (fed) => applyAll(operator, inputs(fed), attributes) }
}

function scan(): Case {
  const state = input('state', [3])
  const slice = input('slice', [3])
  const next = mul(state, slice)
  const out = mul(next, slice)
  const nodes = bodyNodes([state, slice], [next, out])
  const body = { inputs: [state, slice], outputs: { next, out }, variables: [], updates: [], nodes }
  return own('Scan', [[3], [3, 4]], { body, num_scan_inputs: 1, scan_input_axes: [1] })
}

const length = (x: number): Value => constant(x, [], 'int64')

/** All of them. */
export const cases: readonly Case[] = [
  own(
    'Einsum',
    [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
    ],
    { equation: 'bhid,bhjd->bhij' },
  ),
  own(
    'Einsum',
    [
      [3, 4],
      [4, 2],
    ],
    { equation: '...ij,...jk->...ik' },
  ),
  own('Conv', [[2, 4, 5], [6, 4, 3], [6]], { pads: [1, 1], kernel_shape: [3] }),
  own(
    'Conv',
    [
      [2, 4, 5, 5],
      [6, 2, 3, 3],
    ],
    { group: 2, kernel_shape: [3, 3] },
  ),
  own('ConvTranspose', [[2, 4, 5], [4, 6, 3], [6]], { kernel_shape: [3] }),
  own(
    'ConvTranspose',
    [
      [2, 4, 3, 4, 5],
      [4, 3, 3, 3, 3],
    ],
    { group: 2, kernel_shape: [3, 3, 3] },
  ),
  own('InstanceNormalization', [[2, 4, 5, 3], [4], [4]]),
  own(
    'LSTM',
    [
      [4, 2, 3],
      [1, 12, 3],
      [1, 12, 3],
    ],
    { hidden_size: 3 },
  ),
  own(
    'GRU',
    [
      [4, 2, 3],
      [2, 9, 3],
      [2, 9, 3],
    ],
    { hidden_size: 3, direction: 'bidirectional' },
  ),
  own(
    'RNN',
    [
      [4, 2, 3],
      [1, 3, 3],
      [1, 3, 3],
    ],
    { hidden_size: 3 },
  ),
  scan(),
  own('TopK', [[3, 4]], {}, (fed) => [...fed, integers([2])]),
  own('MatMul', [
    [3, 1, 3, 4],
    [1, 2, 4, 2],
  ]),
  own('MatMul', [[4], [2, 4, 3]]),
  own('MatMul', [[2, 3, 4], [4]]),
  own('MatMul', [
    [2, 3, 4],
    [2, 4, 3],
  ]),
  own('Gemm', [[3, 4], [4, 2], [2]], { beta: 0.5 }),
  own('Gemm', [[4, 3], [2, 4], [2]], { beta: 0.5, transA: 1, transB: 1 }),
  own('ArgMax', [[3, 4]], { axis: -1 }),
  own('ArgMin', [[3, 4]], { axis: -2, keepdims: 0 }),
  ...['ReduceSum', 'ReduceMax', 'ReduceL1', 'ReduceLogSum', 'ReduceProd'].map((name) =>
    own(name, [[3, 4, 5]], { keepdims: 1 }, (fed) => [...fed, integers([-2])]),
  ),
  own('Unique', [[3, 4]], { axis: 1 }),
  own('LayerNormalization', [[3, 4], [4]], {}, (fed) => [...fed, undefined]),
  own(
    'Concat',
    [
      [2, 3],
      [4, 3],
    ],
    { axis: 0 },
  ),
  own('Softmax', [[3, 4]], { axis: -1 }),
  own('MaxPool', [[2, 3, 4, 4]], { kernel_shape: [2, 2] }),
  foreign('DFT', [[2, 6, 1]], {}, ([x]) => [x, length(4), length(1)], { since: [20] }),
  foreign('DFT', [[2, 6, 1]], {}, ([x]) => [x, undefined, length(1)], { since: [20] }),
  foreign('STFT', [[2, 16, 1], [8]], {}, ([x, window]) => [x, length(4), window, length(8)]),
  foreign(
    'QuantizeLinear',
    [
      [3, 4],
      [3, 2],
    ],
    { axis: 1, block_size: 2 },
    (fed) => fed,
    { dtype: 'uint8', since: [21] },
  ),
  foreign('Multinomial', [[2, 4]], { sample_size: 3 }, (fed) => fed, { dtype: 'int32' }),
]

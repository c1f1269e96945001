// Every gradient rule at awkward shapes, against differences: axes of size 0 and 1, broadcasting, pads on one side, dilations,
// windows that lie over the edge, indices that repeat. An operator with a rule that is neither here nor in a test of its own
// fails the last test. (PyTorch says the same: test/gradients.)

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Attributes, Operator, Value } from '../contract.ts'
import { graph } from '../graph.ts'
import { info } from '../operator.ts'
import { compilePlain } from '../plain/program.ts'
import type { Shape } from '../shape.ts'
import { tensor } from '../tensor.ts'
import { type Build, type CheckOptions, checkGradient } from '../testing.ts'
import { apply, applyAll, constant, input, integers } from '../value.ts'
import { kernelBy } from './_defined.ts'
import { operators } from './index.ts'
import { reduceSum } from './reduce.ts'

type Case = readonly [attributes: Attributes, shapes: readonly Shape[], fixed?: Fixed, options?: CheckOptions]
/** Inputs that are constants, by their places; those that are null are left out. */
type Fixed = Readonly<Record<number, Value | null>>

function buildOf(name: string, attributes: Attributes, fixed: Fixed): Build {
  return (...given) => {
    const left = [...given]
    const count = given.length + Object.keys(fixed).length
    const inputs = Array.from({ length: count }, (_, i) => {
      const own = fixed[i]
      return own === undefined ? left.shift() : (own ?? undefined)
    })
    return applyAll(operators.get(name)!, inputs, attributes)
  }
}

const pairs: readonly (readonly [Shape, Shape])[] = [
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[], [2, 2]],
  [
    [0, 3],
    [1, 3],
  ],
  [
    [1, 1],
    [2, 0],
  ],
]
const positive: CheckOptions = { domain: [0.3, 2] }
const ofTwo = (options: CheckOptions = {}): Case[] => pairs.map((shapes) => [{}, shapes, {}, options])
const ofOne = (options: CheckOptions = {}, attributes: Attributes = {}): Case[] =>
  [[2, 3], [], [0, 2], [1, 1]].map((shape) => [attributes, [shape], {}, options])
const floats = (values: readonly number[], shape?: readonly number[]) =>
  constant(values, shape ?? [values.length], 'float64')

const reduction = (options: CheckOptions = {}): Case[] => [
  [{ keepdims: 0 }, [[2, 3, 2]], { 1: integers([-1, 0]) }, options],
  [{}, [[2, 1, 2]], { 1: integers([1]) }, options],
  [{}, [[2, 3]], {}, options],
  [{ noop_with_empty_axes: 1 }, [[2, 3]], {}, options],
  [{ noop_with_empty_axes: 1, keepdims: 0 }, [[2, 3]], { 1: integers([]) }, options],
  [{}, [[3, 0]], { 1: integers([0]) }, options],
]

const softmax: Case[] = [
  [{ axis: 0 }, [[3]]],
  [{ axis: -2 }, [[2, 3, 2]]],
  [{ axis: 0 }, [[2, 1, 2, 3]]],
  [{}, [[0, 3]]],
]

const window = { strides: [2, 1], pads: [1, 0, 0, 2], dilations: [1, 2] }
const pool: Case[] = [
  [{ kernel_shape: [3, 2], ...window }, [[2, 2, 6, 5]]],
  [{ kernel_shape: [2, 2], strides: [2, 3], pads: [0, 1, 1, 0], ceil_mode: 1 }, [[1, 2, 6, 7]]],
  [{ kernel_shape: [2, 2], strides: [2, 2] }, [[1, 2, 5, 5]]],
  [{ kernel_shape: [3, 3] }, [[1, 1, 3, 5]]],
  [{ kernel_shape: [3], strides: [2], ceil_mode: 1 }, [[2, 1, 6]]],
  [{ kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' }, [[1, 1, 5, 3]]],
]
const repeated = constant([0, 2, 2, -1, 0, 0], [2, 3], 'int64')

const cases: Readonly<Record<string, readonly Case[]>> = {
  Add: ofTwo(),
  Sub: ofTwo(),
  Mul: ofTwo(),
  Div: ofTwo(),
  Min: ofTwo(),
  Max: ofTwo(),
  Mod: pairs.map((shapes): Case => [{ fmod: 1 }, shapes, {}, { domain: [0.7, 5], seed: 4 }]),
  Pow: [
    ...ofTwo(positive),
    ...[0, 1, 2, 3, -2].map((power): Case => [{}, [[2, 3]], { 1: floats([power], []) }]),
    [{}, [[2, 3]], { 1: constant([0, 2, -1], [3], 'int64') }],
    [{}, [[2]], { 0: floats([0, 0, 2], [3, 1]) }, positive],
  ],
  Sum: [[{}, [[2, 1], [3], []]]],
  Mean: [[{}, [[2, 1], [3], []]]],
  Where: [[{}, [[2, 1], [3]], { 0: constant([1, 0], [2, 1], 'bool') }]],
  PRelu: [[{}, [[2, 3], [3]]]],
  Clip: [
    [{}, [[3, 4], [], []]],
    [{}, [[3, 4], []], { 1: null }],
    [{}, [[3, 4], []]],
    [{}, [[3, 4]], { 1: floats([0.9], []), 2: floats([-0.4], []) }],
    [{}, [[4]]],
  ],
  ...Object.fromEntries(
    ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare'].map(
      (name) => [name, reduction()],
    ),
  ),
  ReduceLogSum: reduction(positive),
  ReduceLogSumExp: reduction(),
  ReduceProd: reduction(),
  Softmax: softmax,
  LogSoftmax: softmax,
  MatMul: [
    [{}, [[3], [3]]],
    [{}, [[3], [2, 3, 4]]],
    [
      {},
      [
        [2, 1, 2, 3],
        [4, 3, 1],
      ],
    ],
    [
      {},
      [
        [2, 0],
        [0, 3],
      ],
    ],
  ],
  Gemm: [
    [{ alpha: 0.5, beta: 2, transA: 1 }, [[3, 2], [3, 4], [4]]],
    [
      { transB: 1 },
      [
        [2, 3],
        [4, 3],
        [2, 1],
      ],
    ],
    [{ transA: 1, transB: 1 }, [[3, 2], [4, 3], []]],
  ],
  Gather: [0, 1, -1].flatMap((axis): Case[] => [
    [{ axis }, [[3, 3, 3]], { 1: repeated }],
    [{ axis }, [[3, 1, 3]], { 1: constant([0], [], 'int64') }],
  ]),
  GatherElements: [
    [{ axis: 0 }, [[3, 3]], { 1: repeated }],
    [{ axis: 1 }, [[3, 3]], { 1: repeated }],
  ],
  ScatterElements: [
    [
      { axis: 1, reduction: 'add' },
      [
        [3, 3],
        [2, 3],
      ],
      { 1: repeated },
    ],
    [
      { axis: 1, reduction: 'max' },
      [
        [3, 3],
        [2, 3],
      ],
      { 1: repeated },
    ],
    [
      { axis: 0, reduction: 'min' },
      [
        [3, 3],
        [2, 3],
      ],
      { 1: repeated },
    ],
    [{ axis: 0, reduction: 'mul' }, [[3, 3]], { 1: repeated, 2: floats([1, -2, 0.5, 3, 2, -1], [2, 3]) }],
    [
      {},
      [
        [3, 2],
        [1, 2],
      ],
      { 1: constant([-1, 0], [1, 2], 'int64') },
    ],
  ],
  OneHot: [
    [{ axis: 1 }, [[2]], { 0: constant([0, 2, -1, 7], [2, 2], 'int64'), 1: constant(3, [], 'int64') }],
  ],
  Concat: [
    [
      { axis: -1 },
      [
        [2, 1],
        [2, 0],
        [2, 3],
      ],
    ],
  ],
  Split: [
    [{ axis: 1 }, [[2, 4]], { 1: integers([1, 0, 3]) }],
    [{ num_outputs: 3 }, [[5, 1]]],
  ],
  Slice: [
    [
      {},
      [[3, 4]],
      { 1: integers([3, 0]), 2: integers([-100, 100]), 3: integers([1, 0]), 4: integers([-2, 2]) },
    ],
    [{}, [[3, 4]], { 1: integers([1]), 2: integers([1]), 3: integers([0]) }],
  ],
  Pad: [
    [{}, [[2, 3]], { 1: integers([0, 2, 1, -1]) }],
    [{}, [[2, 3], []], { 1: integers([0, 2, 1, 0]) }],
    [{ mode: 'edge' }, [[2, 3]], { 1: integers([1, 0, 0, 2]) }],
    [{ mode: 'reflect' }, [[2, 3]], { 1: integers([1, 0, 0, 2]) }],
    [{ mode: 'wrap' }, [[2, 3]], { 1: integers([1, 0, 0, 2]) }],
  ],
  CastLike: [[{}, [[2, 3]], { 1: floats([1], []) }]],
  Transpose: [
    [{}, [[2, 1, 3]]],
    [{ perm: [1, 0] }, [[0, 2]]],
  ],
  Reshape: [[{}, [[2, 6]], { 1: integers([0, 3, -1]) }]],
  Flatten: [
    [{ axis: 0 }, [[2, 3]]],
    [{ axis: -1 }, [[2, 3, 2]]],
  ],
  Squeeze: [[{}, [[1, 3, 1]]]],
  Unsqueeze: [[{}, [[3]], { 1: integers([-1, 0]) }]],
  Expand: [
    [{}, [[3, 1]], { 1: integers([2, 1, 4]) }],
    [{}, [[1]], { 1: integers([0, 2]) }],
    [{}, [[]], { 1: integers([2]) }],
  ],
  DequantizeLinear: [
    [{}, [[]], { 0: constant([3, -4, 5, 100], [2, 2], 'int8') }],
    [{ axis: 0 }, [[2]], { 0: constant([3, -4, 5, 100], [2, 2], 'int8'), 2: constant([1, -1], [2], 'int8') }],
    [{ axis: 1, block_size: 2 }, [[2, 2]], { 0: constant([3, -4, 5, 9, 8, 7], [2, 3], 'int8') }],
  ],
  Conv: [
    [{ ...window, group: 2 }, [[2, 4, 6, 5], [2, 2, 2, 2], [2]]],
    [
      { auto_pad: 'SAME_LOWER', strides: [2, 2] },
      [
        [1, 1, 5, 4],
        [2, 1, 2, 3],
      ],
    ],
    [
      { pads: [2, 0], strides: [2] },
      [
        [1, 2, 5],
        [1, 2, 3],
      ],
    ],
    [
      {},
      [
        [1, 2, 2, 2],
        [1, 2, 2, 2],
      ],
    ],
  ],
  ConvTranspose: [
    [{ ...window, group: 2 }, [[1, 2, 3, 4], [2, 1, 2, 2], [2]]],
    ...[
      [9, 7],
      [12, 10],
      [8, 6],
    ].map(
      (size): Case => [
        { strides: [3, 2], output_shape: size },
        [
          [1, 1, 3, 3],
          [1, 2, 3, 3],
        ],
      ],
    ),
    [
      { auto_pad: 'SAME_UPPER', strides: [2, 2] },
      [
        [1, 1, 3, 2],
        [1, 1, 1, 3],
      ],
    ],
    [
      { strides: [2], output_padding: [1], pads: [1, 0] },
      [
        [2, 1, 3],
        [1, 2, 3],
      ],
    ],
  ],
  MaxPool: pool,
  AveragePool: pool.flatMap(([attributes, shapes]): Case[] => [
    [attributes, shapes],
    [{ ...attributes, count_include_pad: 1 }, shapes],
  ]),
  GlobalAveragePool: [
    [{}, [[1, 2, 3]]],
    [{}, [[2, 1, 1, 1]]],
  ],
  GlobalMaxPool: [
    [{}, [[1, 2, 3]]],
    [{}, [[2, 1, 1, 1]]],
  ],
  BatchNormalization: [
    [{}, [[2, 3], [3], [3], [3], [3]], {}, positive],
    [{ epsilon: 0.1 }, [[1, 2, 1, 3], [2], [2], [2], [2]], {}, positive],
    [{ training_mode: 1 }, [[4, 3], [3], [3], [3], [3]]],
    [{ training_mode: 1, momentum: 0.3, epsilon: 0.01 }, [[2, 2, 1, 3], [2], [2], [2], [2]]],
  ],
  ...Object.fromEntries(
    'Erf Gelu Mish Swish Selu Celu HardSwish Identity Neg Abs Exp Relu LeakyRelu Elu Softplus Softsign Sigmoid Tanh Sin Cos Atan Sinh Cosh Asinh Reciprocal'
      .split(' ')
      .map((name) => [name, ofOne()]),
  ),
  ...Object.fromEntries(['Sqrt', 'Log'].map((name) => [name, ofOne(positive)])),
  ...Object.fromEntries(
    ['Tan', 'Asin', 'Acos', 'Atanh', 'HardSigmoid', 'ThresholdedRelu', 'Shrink'].map((name) => [
      name,
      ofOne({ domain: [-0.8, 0.8], avoid: [0, 0.5, -0.5] }),
    ]),
  ),
  Attention: [
    [
      {},
      [
        [1, 2, 3, 2],
        [1, 2, 4, 2],
        [1, 2, 4, 1],
      ],
    ],
  ],
  RotaryEmbedding: [
    [
      {},
      [
        [1, 2, 3, 4],
        [1, 3, 2],
        [1, 3, 2],
      ],
    ],
  ],
  Acosh: ofOne({ domain: [1.2, 3] }),
}

/** Rules that tests of their own hold against differences. */
const elsewhere: Readonly<Record<string, string>> = {
  Cast: 'cast.test.ts',
  Col2Im: 'conv.slow.test.ts',
  CumProd: 'cumulative.test.ts',
  CumSum: 'cumulative.test.ts',
  DepthToSpace: 'rearrange.test.ts',
  Dropout: 'random.test.ts',
  Einsum: 'einsum.test.ts',
  GRU: 'recurrent.test.ts',
  GatherND: 'gatherNd.test.ts',
  GlobalLpPool: 'lpPool.test.ts',
  GridSample: 'gridSample.test.ts',
  GroupNormalization: 'normalisations.test.ts',
  InstanceNormalization: 'normalisations.test.ts',
  If: 'conditional.test.ts',
  LRN: 'normalisations.test.ts',
  LSTM: 'recurrent.test.ts',
  LayerNormalization: 'normalisations.test.ts',
  // It says that it has none.
  Loop: 'loop.test.ts',
  LpNormalization: 'normalisations.test.ts',
  LpPool: 'lpPool.test.ts',
  MeanVarianceNormalization: 'normalisations.test.ts',
  NegativeLogLikelihoodLoss: 'classLosses.test.ts',
  RMSNormalization: 'normalisations.test.ts',
  RNN: 'recurrent.test.ts',
  Resize: 'resize.test.ts',
  ReverseSequence: 'rearrange.test.ts',
  Scan: 'scan.test.ts',
  ScatterND: 'gatherNd.test.ts',
  SoftmaxCrossEntropyLoss: 'classLosses.test.ts',
  SpaceToDepth: 'rearrange.test.ts',
  Tile: 'rearrange.test.ts',
  TopK: 'ranking.test.ts',
  Trilu: 'cumulative.test.ts',
}

describe('gradients agree with differences', () => {
  for (const [name, list] of Object.entries(cases)) {
    test(name, () => {
      list.forEach(([attributes, shapes, fixed = {}, options], i) => {
        try {
          checkGradient(buildOf(name, attributes, fixed), shapes, options)
        } catch (error) {
          throw new Error(`case ${i}, ${JSON.stringify(attributes)}: ${(error as Error).message}`, {
            cause: error,
          })
        }
      })
    })
  }
})

test('every operator with a rule is held against differences', () => {
  for (const file of new Set(Object.values(elsewhere)))
    expect(readFileSync(new URL(file, import.meta.url), 'utf8'), file).toMatch(/checkGradient|checkNative/)
  const ruled = [...operators.values()].filter((o) => typeof o.gradient === 'function').map((o) => o.name)
  const held = new Set([...Object.keys(cases), ...Object.keys(elsewhere)])
  expect(ruled.filter((name) => !held.has(name))).toEqual([])
})

test('a definition that makes another number of elements than its node has is refused, not copied in part', () => {
  const mistaken: Operator = {
    name: 'Mistaken',
    infer: ([x]) => [info(x!.dtype, x!.shape)],
    kernel: kernelBy(([x]) => [reduceSum(x!)], 'Mistaken'),
  }
  const x = input('x', [2, 3])
  const program = compilePlain(graph({ inputs: [x], outputs: { y: apply(mistaken, [x]) } }))
  expect(() => program.run({ x: tensor(new Float32Array(6), [2, 3]) })).toThrow(
    'Mistaken: its definition makes 1 elements of [2, 3]',
  )
})

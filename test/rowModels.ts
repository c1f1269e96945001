// Models for tests of batching, node by node, also of operators that the graph builder has not: what mixes rows and what does not.
// Source: onnx.proto.
// Their weights are made up.

import { create, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from '../src/graph/onnx/onnx_pb.js'

type Numbers = Float32Array | BigInt64Array | Uint8Array | Int8Array
export interface Weight {
  readonly dims: readonly number[]
  readonly data: Numbers
}
export interface Step {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, number | readonly number[]>> | undefined
}
type End = readonly [name: string, type: 'FLOAT' | 'INT64' | 'UINT8', shape: readonly (number | string)[]]

const typeOf = (data: Numbers) =>
  data instanceof Float32Array
    ? TensorProto_DataType.FLOAT
    : data instanceof BigInt64Array
      ? TensorProto_DataType.INT64
      : data instanceof Uint8Array
        ? TensorProto_DataType.UINT8
        : TensorProto_DataType.INT8

const end = ([name, type, shape]: End) =>
  create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: create(TypeProto_TensorSchema, {
          elemType: TensorProto_DataType[type],
          shape: {
            dim: shape.map((size) => ({
              value:
                typeof size === 'number'
                  ? { case: 'dimValue' as const, value: BigInt(size) }
                  : { case: 'dimParam' as const, value: size },
            })),
          },
        }),
      },
    }),
  })

const attributeOf = (name: string, value: number | readonly number[]) =>
  typeof value === 'number'
    ? create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) })
    : create(AttributeProtoSchema, {
        name,
        type: AttributeProto_AttributeType.INTS,
        ints: value.map(BigInt),
      })

/** A model of these nodes. */
export function modelOf(
  inputs: readonly End[],
  outputs: readonly End[],
  weights: Readonly<Record<string, Weight>>,
  steps: readonly Step[],
  opset = 18,
): Uint8Array {
  const node = ({ op, inputs: input, outputs: output, attributes = {} }: Step) =>
    create(NodeProtoSchema, {
      opType: op,
      input: [...input],
      output: [...output],
      attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
    })
  const tensor = ([name, { dims, data }]: [string, Weight]) =>
    create(TensorProtoSchema, {
      name,
      dims: dims.map(BigInt),
      dataType: typeOf(data),
      rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [create(OperatorSetIdProtoSchema, { version: BigInt(opset) })],
      graph: create(GraphProtoSchema, {
        name: 'rows',
        input: inputs.map(end),
        output: outputs.map(end),
        initializer: Object.entries(weights).map(tensor),
        node: steps.map(node),
      }),
    }),
  )
}

const whole = (...values: number[]): Weight => ({
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
})

/** A linear layer, `x` [N, 4] to `y` [N, 3], whose input is quantised to 8 bits by the range of the whole batch. */
export function dynamicallyQuantisedModel(): Uint8Array {
  return modelOf(
    [['x', 'FLOAT', ['N', 4]]],
    [['y', 'FLOAT', ['N', 3]]],
    {
      w: { dims: [4, 3], data: Int8Array.of(3, -7, 11, 50, 20, -90, 17, 33, -5, 64, -2, 8) },
      wScale: { dims: [], data: Float32Array.of(0.02) },
    },
    [
      { op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 'scale', 'zero'] },
      { op: 'MatMulInteger', inputs: ['q', 'w', 'zero'], outputs: ['product'] },
      { op: 'Cast', inputs: ['product'], outputs: ['sums'], attributes: { to: 1 } },
      { op: 'Mul', inputs: ['scale', 'wScale'], outputs: ['both'] },
      { op: 'Mul', inputs: ['sums', 'both'], outputs: ['y'] },
    ],
  )
}

/** `x` [N, 3], whole numbers, less a hundredth of the batch's largest: zeros and ones do not show it. */
export function wholeNumbersOfTheBatchModel(): Uint8Array {
  return modelOf(
    [['x', 'INT64', ['N', 3]]],
    [['y', 'INT64', ['N', 3]]],
    { axes: whole(0), hundred: { dims: [], data: BigInt64Array.of(100n) } },
    [
      { op: 'ReduceMax', inputs: ['x', 'axes'], outputs: ['most'] },
      { op: 'Div', inputs: ['most', 'hundred'], outputs: ['share'] },
      { op: 'Sub', inputs: ['x', 'share'], outputs: ['y'] },
    ],
  )
}

const ones = (...dims: number[]): Weight => ({
  dims,
  data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1),
})

const reduced = (op: string, axes: readonly number[], attributes: Step['attributes'] = {}) => ({
  weights: { axes: whole(...axes) },
  steps: [
    { op, inputs: ['x', 'axes'], outputs: ['r'], attributes },
    { op: 'Sub', inputs: ['x', 'r'], outputs: ['y'] },
  ],
})

/** Each of `x` [N, 4] to `y` [N, 4], and whether its rows stay apart. */
export const rowSteps: readonly {
  readonly what: string
  readonly apart: boolean
  readonly weights?: Readonly<Record<string, Weight>> | undefined
  readonly steps: readonly Step[]
  readonly opset?: number | undefined
}[] = [
  { what: 'Relu', apart: true, steps: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }] },
  { what: 'Add of one row', apart: true, weights: { w: ones(1, 4) }, steps: two('Add') },
  { what: 'Add of a vector', apart: true, weights: { w: ones(4) }, steps: two('Add') },
  { what: 'Add of rows by place', apart: false, weights: { w: ones(5, 4) }, steps: two('Add') },
  { what: 'MatMul by weights', apart: true, weights: { w: ones(4, 4) }, steps: two('MatMul') },
  {
    what: 'Gemm with rows by place',
    apart: false,
    weights: { w: ones(4, 4), c: ones(3, 4) },
    steps: [{ op: 'Gemm', inputs: ['x', 'w', 'c'], outputs: ['y'] }],
  },
  { what: 'Softmax over the row', apart: true, steps: one('Softmax', { axis: 1 }) },
  { what: 'Softmax over the batch', apart: false, steps: one('Softmax', { axis: 0 }) },
  { what: 'LogSoftmax over the batch, from the end', apart: false, steps: one('LogSoftmax', { axis: -2 }) },
  { what: 'ReduceMean over the row', apart: true, ...reduced('ReduceMean', [1]) },
  { what: 'ReduceMean over the batch', apart: false, ...reduced('ReduceMean', [0]) },
  { what: 'ReduceSum over the batch, from the end', apart: false, ...reduced('ReduceSum', [-2]) },
  { what: 'ReduceMax over both', apart: false, ...reduced('ReduceMax', [0, 1]) },
  {
    what: 'ReduceMin over all, unnamed',
    apart: false,
    steps: [
      { op: 'ReduceMin', inputs: ['x'], outputs: ['r'] },
      { op: 'Sub', inputs: ['x', 'r'], outputs: ['y'] },
    ],
  },
  {
    what: 'a product with the whole batch',
    apart: false,
    steps: [
      { op: 'Transpose', inputs: ['x'], outputs: ['t'], attributes: { perm: [1, 0] } },
      { op: 'MatMul', inputs: ['t', 'x'], outputs: ['m'] },
      { op: 'MatMul', inputs: ['x', 'm'], outputs: ['y'] },
    ],
  },
  {
    what: 'the batch turned and back',
    apart: false,
    weights: { w: whole(4, -1), v: whole(-1, 4) },
    steps: [
      { op: 'Reshape', inputs: ['x', 'w'], outputs: ['r'] },
      { op: 'Softmax', inputs: ['r'], outputs: ['s'], attributes: { axis: 0 } },
      { op: 'Reshape', inputs: ['s', 'v'], outputs: ['y'] },
    ],
  },
  {
    what: 'Reshape within the row',
    apart: true,
    weights: { w: whole(-1, 2, 2), v: whole(0, 4) },
    steps: [
      { op: 'Reshape', inputs: ['x', 'w'], outputs: ['r'] },
      { op: 'Softmax', inputs: ['r'], outputs: ['s'], attributes: { axis: 1 } },
      { op: 'Reshape', inputs: ['s', 'v'], outputs: ['y'] },
    ],
  },
  {
    what: 'the number of rows',
    apart: false,
    weights: { zero: whole(0) },
    steps: [
      { op: 'Shape', inputs: ['x'], outputs: ['sizes'] },
      { op: 'Gather', inputs: ['sizes', 'zero'], outputs: ['n'], attributes: { axis: 0 } },
      { op: 'Cast', inputs: ['n'], outputs: ['float'], attributes: { to: 1 } },
      { op: 'Div', inputs: ['x', 'float'], outputs: ['y'] },
    ],
  },
  {
    what: 'the number of rows as a shape',
    apart: true,
    weights: { zero: whole(0), four: whole(4) },
    steps: [
      { op: 'Shape', inputs: ['x'], outputs: ['sizes'] },
      { op: 'Gather', inputs: ['sizes', 'zero'], outputs: ['n'], attributes: { axis: 0 } },
      { op: 'Concat', inputs: ['n', 'four'], outputs: ['shape'], attributes: { axis: 0 } },
      { op: 'Reshape', inputs: ['x', 'shape'], outputs: ['y'] },
    ],
  },
  { what: 'CumSum over the batch', apart: false, weights: { w: whole(0) }, steps: two('CumSum') },
  {
    what: 'statistics of the batch',
    apart: false,
    weights: { w: ones(4), b: ones(4), m: ones(4), v: ones(4) },
    steps: [
      {
        op: 'BatchNormalization',
        inputs: ['x', 'w', 'b', 'm', 'v'],
        outputs: ['y', 'mean', 'variance'],
        attributes: { training_mode: 1 },
      },
    ],
  },
  {
    what: 'statistics that are known',
    apart: true,
    weights: { w: ones(4), b: ones(4), m: ones(4), v: ones(4) },
    steps: [{ op: 'BatchNormalization', inputs: ['x', 'w', 'b', 'm', 'v'], outputs: ['y'] }],
  },
  { what: 'dynamic quantisation', apart: false, steps: quantisedAndBack() },
]

function one(op: string, attributes: Step['attributes'] = {}): Step[] {
  return [{ op, inputs: ['x'], outputs: ['y'], attributes }]
}

function two(op: string): Step[] {
  return [{ op, inputs: ['x', 'w'], outputs: ['y'] }]
}

function quantisedAndBack(): Step[] {
  return [
    { op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 'scale', 'zero'] },
    { op: 'DequantizeLinear', inputs: ['q', 'scale', 'zero'], outputs: ['y'] },
  ]
}

/** The model of one of {@link rowSteps}. */
export function rowModel({ weights = {}, steps, opset }: (typeof rowSteps)[number]): Uint8Array {
  return modelOf([['x', 'FLOAT', ['N', 4]]], [['y', 'FLOAT', ['N', 4]]], weights, steps, opset)
}

// What exporters write beside plain nodes of known shapes: models written out by hand, as protocol buffers.

import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { compile, type DType, gradients, reduceSum, type Tensor, tensor } from '../index.ts'
import { onnxTypes } from '../operators/cast.ts'
import { hasRank } from '../shape.ts'
import {
  AttributeProto_AttributeType,
  type AttributeProtoSchema,
  type FunctionProtoSchema,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from './onnx_pb.js'
import { readOnnx } from './read.ts'

type Init<S extends Parameters<typeof create>[0]> = MessageInitShape<S>
const { FLOAT, INT64 } = TensorProto_DataType
const T = AttributeProto_AttributeType

/** A value of a model, of known, named or unknown sizes; without a shape of unknown rank. */
function value(
  name: string,
  shape?: readonly (number | string)[],
  elemType: number = FLOAT,
): Init<typeof ValueInfoProtoSchema> {
  const dim = shape?.map((d) => ({
    value:
      typeof d === 'number'
        ? { case: 'dimValue' as const, value: BigInt(d) }
        : { case: 'dimParam' as const, value: d },
  }))
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType, ...(dim && { shape: { dim } }) } } },
  }
}
const node = (
  opType: string,
  input: string[],
  output: string[],
  attribute: Init<typeof AttributeProtoSchema>[] = [],
  domain = '',
): Init<typeof NodeProtoSchema> => ({ opType, input, output, attribute, domain, name: `the ${opType}` })
const floats = (
  name: string,
  numbers: number[],
  dims = [numbers.length],
): Init<typeof TensorProtoSchema> => ({
  name,
  dims: dims.map(BigInt),
  dataType: FLOAT,
  floatData: numbers,
})
const whole = (name: string, numbers: number[], dims = [numbers.length]): Init<typeof TensorProtoSchema> => ({
  name,
  dims: dims.map(BigInt),
  dataType: INT64,
  int64Data: numbers.map(BigInt),
})

function model(
  graph: Init<typeof GraphProtoSchema>,
  functions: Init<typeof FunctionProtoSchema>[] = [],
): Uint8Array {
  const opsetImport = [
    { domain: '', version: 18n },
    { domain: 'own', version: 1n },
    { domain: 'com.microsoft', version: 1n },
    { domain: 'ai.onnx.ml', version: 4n },
  ]
  const proto = { irVersion: 9n, opsetImport, graph: { name: 'g', ...graph }, functions }
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, proto))
}

async function run(
  bytes: Uint8Array,
  feeds: Record<string, Tensor>,
  executor: 'plain' | 'native' = 'native',
  dims?: Record<string, number>,
) {
  const program = await compile(readOnnx(bytes).graph, { executor, dims })
  const out = await program.run(feeds)
  const numbers = Object.fromEntries(Object.entries(out).map(([k, t]) => [k, Array.from(t.data, Number)]))
  await program.close()
  return numbers
}

describe('operators that we have no form of', () => {
  // Of the runtime's own domain: the inverses of matrices.
  const inverse = node('Inverse', ['x'], ['i'], [], 'com.microsoft')
  const stated = model({
    input: [value('x', ['N', 2, 2])],
    node: [
      inverse,
      node('Add', ['x', 'i'], ['a']),
      node('ReduceSum', ['a', 'axes'], ['y'], [{ name: 'keepdims', type: T.INT, i: 0n }]),
    ],
    initializer: [whole('axes', [1, 2])],
    valueInfo: [value('i', ['N', 2, 2])],
    output: [value('y', ['N'])],
  })
  const x = tensor([0, 2, 4, 0, 2, 0, 0, 2], [2, 2, 2])

  it('are bound with the batch, by the names that the file states', async () => {
    expect(await run(stated, { x }, 'native', { N: 2 })).toEqual({ y: [6.75, 5] })
    expect(await run(stated, { x })).toEqual({ y: [6.75, 5] })
  })

  it('may state nothing: what comes behind them runs, and the plain executor names them', async () => {
    const silent = model({
      input: [value('x', ['N', 2, 2])],
      node: [inverse, node('Mul', ['i', 'two'], ['m']), node('Reshape', ['m', 'to'], ['y'])],
      initializer: [floats('two', [2]), whole('to', [-1, 4])],
      output: [value('y', ['N', 4])],
    })
    const { graph } = readOnnx(silent)
    expect(graph.nodes.map((n) => hasRank(n.outputs[0]!.shape))).toEqual([false, false, true])
    expect(await run(silent, { x }, 'native', { N: 2 })).toEqual({ y: [0, 0.5, 1, 0, 1, 0, 0, 1] })
    await expect(run(silent, { x }, 'plain')).rejects.toThrow(/the Inverse.*no plain kernel/)
  })

  it('may be given sizes that the runtime changes without a word: refused, known or fed', async () => {
    const crop = node('CenterCropPad', ['x', 's'], ['y'])
    const plane = value('x', [2, 4])
    const known = (size: number) =>
      model({ input: [plane], node: [crop], initializer: [whole('s', [size, 2])], output: [value('y')] })
    const given = model({ input: [plane, value('s', [2], INT64)], node: [crop], output: [value('y')] })
    const feed = tensor([0, 1, 2, 3, 4, 5, 6, 7], [2, 4])
    const fed = (size: number) => run(given, { x: feed, s: tensor([size, 2], [2], 'int64') }, 'native')
    expect(await fed(1)).toEqual({ y: [1, 2] })
    expect(await run(known(1), { x: feed }, 'native')).toEqual({ y: [1, 2] })
    for (const size of [2 ** 31, 2 ** 32 - 1]) {
      const words = /the CenterCropPad.*a size beyond 2147483647/
      await expect(fed(size)).rejects.toThrow(words)
      await expect(run(known(size), { x: feed }, 'native')).rejects.toThrow(words)
    }
  })

  const dtypes: [string, string, Init<typeof AttributeProtoSchema>[], DType][] = [
    ['Multinomial', '', [{ name: 'dtype', type: T.INT, i: 7n }], 'int64'],
    ['Multinomial', '', [], 'int32'],
    ['HannWindow', '', [{ name: 'output_datatype', type: T.INT, i: 11n }], 'float64'],
    ['RandomUniformLike', '', [{ name: 'dtype', type: T.INT, i: 11n }], 'float64'],
    ['CastLike', '', [], 'int64'],
    [
      'LabelEncoder',
      'ai.onnx.ml',
      [{ name: 'values_tensor', type: T.TENSOR, t: whole('', [5, 6]) }],
      'int64',
    ],
    ['LabelEncoder', 'ai.onnx.ml', [{ name: 'values_floats', type: T.FLOATS, floats: [5, 6] }], 'float32'],
    [
      'LabelEncoder',
      'ai.onnx.ml',
      [{ name: 'values_strings', type: T.STRINGS, strings: [new Uint8Array([65])] }],
      'string',
    ],
    ['FusedMatMul', 'com.microsoft', [], 'float32'],
  ]
  it.each(dtypes)('%s %s%# has the dtype that ONNX gives it', (name, domain, attributes, dtype) => {
    const bytes = model({
      input: [value('x', [2, 2]), value('like', [2, 2], INT64)],
      node: [node(name, ['x', 'like'], ['m'], attributes, domain), node('Identity', ['m'], ['y'])],
      output: [value('y', [2, 2], onnxTypes[dtype])],
    })
    expect(readOnnx(bytes).graph.outputs['y']?.dtype).toBe(dtype)
  })

  it('are refused by name where nothing says a dtype, and where what the file says is not ONNX’s', () => {
    const of = (made: Init<typeof NodeProtoSchema>, stated: Init<typeof ValueInfoProtoSchema>[]) =>
      model({
        input: [value('x', [2, 2])],
        node: [made, node('Identity', ['m'], ['y'])],
        valueInfo: stated,
        output: [value('y', [2, 2])],
      })
    const strange = node('Strange', ['x'], ['m'], [], 'own')
    expect(() => readOnnx(of(strange, []))).toThrow(/the Strange.*dtype of its output 0 is not known/)
    expect(readOnnx(of(strange, [value('m', [2, 2])])).graph.nodes).toHaveLength(2)
    const wrong = of(node('Multinomial', ['x'], ['m']), [value('m', [2, 2])])
    expect(() => readOnnx(wrong)).toThrow(/the Multinomial.*output 0 is int32, and the model says float32/)
  })

  it('are refused by name where they make sequences', () => {
    const bytes = model({
      input: [value('x', [2])],
      node: [node('SequenceConstruct', ['x'], ['s']), node('ConcatFromSequence', ['s'], ['y'])],
      output: [value('y', [2])],
    })
    expect(() => readOnnx(bytes)).toThrow(/SequenceConstruct.*only tensors/)
  })
})

describe('constants', () => {
  const of = (attribute: Init<typeof AttributeProtoSchema>) =>
    model({
      input: [value('x', [2])],
      node: [
        node('Constant', [], ['c'], [attribute]),
        node('Cast', ['c'], ['f'], [{ name: 'to', type: T.INT, i: 1n }]),
        node('Add', ['x', 'f'], ['y']),
      ],
      output: [value('y')],
    })
  const x = tensor([1, 2], [2])

  it.each([
    ['value', { name: 'value', type: T.TENSOR, t: floats('', [3], []) }],
    ['value_float', { name: 'value_float', type: T.FLOAT, f: 3 }],
    ['value_floats', { name: 'value_floats', type: T.FLOATS, floats: [3] }],
    ['value_int', { name: 'value_int', type: T.INT, i: 3n }],
    ['value_ints', { name: 'value_ints', type: T.INTS, ints: [3n] }],
  ])('of the kind %s are read', async (_, attribute) => {
    expect(await run(of(attribute), { x })).toEqual({ y: [4, 5] })
    expect(await run(of(attribute), { x }, 'plain')).toEqual({ y: [4, 5] })
  })

  it('that are sparse are refused by name', () => {
    const sparse = { name: 'sparse_value', type: T.SPARSE_TENSOR, sparseTensor: {} }
    expect(() => readOnnx(of(sparse))).toThrow(/'sparse_value' is a sparse tensor/)
    const bytes = model({
      input: [value('x', [2])],
      node: [node('Add', ['x', 'w'], ['y'])],
      sparseInitializer: [{ values: floats('w', [1]), dims: [2n] }],
      output: [value('y')],
    })
    expect(() => readOnnx(bytes)).toThrow(/the initialiser 'w' is a sparse tensor/)
  })

  it('that are text pass through natively', async () => {
    const bytes = model({
      input: [value('x', [1], INT64)],
      node: [node('Gather', ['names', 'x'], ['y'])],
      initializer: [
        {
          name: 'names',
          dims: [2n],
          dataType: 8,
          stringData: ['a', 'ü'].map((t) => new TextEncoder().encode(t)),
        },
      ],
      output: [value('y', [1], TensorProto_DataType.STRING)],
    })
    const program = await compile(readOnnx(bytes).graph, { executor: 'native' })
    const { y } = await program.run({ x: tensor([1n] as unknown as number[], [1], 'int64') })
    expect(Array.from(y!.data as unknown as string[])).toEqual(['ü'])
    await program.close()
  })

  it('that others are computed from, turned and cast, are constants', () => {
    // As TorchScript pads: pairs of each axis, the last first, turned into all beginnings and all ends.
    const bytes = model({
      input: [value('x', ['N', 3])],
      node: [
        node('Reshape', ['pairs', 'two'], ['r']),
        node('Slice', ['r', 'last', 'first', 'axis', 'back'], ['s']),
        node('Transpose', ['s'], ['t'], [{ name: 'perm', type: T.INTS, ints: [1n, 0n] }]),
        node('Reshape', ['t', 'flat'], ['p']),
        node('Pad', ['x', 'p'], ['y']),
      ],
      initializer: [
        whole('pairs', [1, 2, 0, 0]),
        whole('two', [-1, 2]),
        whole('last', [-1]),
        { ...whole('first', []), dims: [1n], int64Data: [-(2n ** 63n) + 1n] },
        whole('axis', [0]),
        whole('back', [-1]),
        whole('flat', [-1]),
      ],
      output: [value('y')],
    })
    const { graph } = readOnnx(bytes)
    expect(graph.nodes.map((n) => n.operator.name)).toEqual(['Pad'])
    expect(graph.outputs['y']!.shape).toEqual(['N', 6])
  })

  it('that are listed as inputs, too, are not asked for', () => {
    const bytes = model({
      input: [value('x', [2]), value('w', [2])],
      node: [node('Add', ['x', 'w'], ['y'])],
      initializer: [floats('w', [1, 2])],
      output: [value('y', [2])],
    })
    expect(readOnnx(bytes).graph.inputs.map((v) => v.name)).toEqual(['x'])
  })
})

describe('local functions', () => {
  const slope = { name: 'alpha', type: T.FLOAT, refAttrName: 'slope' }
  const leaky: Init<typeof FunctionProtoSchema> = {
    name: 'Leaky',
    domain: 'own',
    input: ['a', 'b'],
    output: ['c'],
    attribute: ['slope'],
    opsetImport: [{ domain: '', version: 18n }],
    node: [node('LeakyRelu', ['a'], ['t'], [slope]), node('Add', ['t', 'b'], ['c'])],
  }
  const twice: Init<typeof FunctionProtoSchema> = {
    name: 'Twice',
    domain: 'own',
    input: ['t'],
    output: ['u', 't'],
    opsetImport: [
      { domain: '', version: 18n },
      { domain: 'own', version: 1n },
    ],
    node: [
      node('Leaky', ['t', 't'], ['s'], [{ name: 'slope', type: T.FLOAT, f: 0.5 }], 'own'),
      node('Leaky', ['s', 't'], ['u'], [{ name: 'slope', type: T.FLOAT, f: 2 }], 'own'),
    ],
  }
  const calling = (functions: Init<typeof FunctionProtoSchema>[]) =>
    model(
      {
        input: [value('c', [2])],
        node: [node('Twice', ['c'], ['y', 'z'], [], 'own')],
        output: [value('y', [2]), value('z', [2])],
      },
      functions,
    )

  it.each(['plain', 'native'] as const)('are put in the place of their calls (%s)', async (executor) => {
    // Leaky(x, b) = leakyRelu(x) + b; Twice(x) = Leaky₂(Leaky½(x, x), x). For −2: −1 − 2 = −3, then −6 − 2.
    const got = await run(calling([leaky, twice]), { c: tensor([-2, 1], [2]) }, executor)
    expect(got).toEqual({ y: [-8, 3], z: [-2, 1] })
  })

  it('leave out an attribute that a call leaves out', async () => {
    const bytes = model(
      {
        input: [value('x', [1])],
        node: [node('Leaky', ['x', 'x'], ['y'], [], 'own')],
        output: [value('y', [1])],
      },
      [leaky],
    )
    const { y } = await run(bytes, { x: tensor([-1], [1]) })
    expect(y![0]).toBeCloseTo(-1.01, 6)
  })

  it('that call themselves, or grow without end, are refused', () => {
    const circle = { ...leaky, node: [node('Leaky', ['a', 'b'], ['c'], [], 'own')] }
    expect(() => readOnnx(calling([circle, twice]))).toThrow(/Leaky calls itself/)
    const doubling = Array.from(
      { length: 40 },
      (_, i): Init<typeof FunctionProtoSchema> => ({
        ...leaky,
        name: `F${i}`,
        input: ['a'],
        attribute: [],
        node:
          i === 0
            ? [node('Relu', ['a'], ['c'])]
            : [node(`F${i - 1}`, ['a'], ['b'], [], 'own'), node(`F${i - 1}`, ['b'], ['c'], [], 'own')],
      }),
    )
    const bytes = model(
      { input: [value('x', [1])], node: [node('F39', ['x'], ['y'], [], 'own')], output: [value('y', [1])] },
      doubling,
    )
    expect(() => readOnnx(bytes)).toThrow(/more than \d+ nodes/)
  })

  it('of another operator set than the model are refused', () => {
    const old = { ...leaky, opsetImport: [{ domain: '', version: 11n }] }
    expect(() => readOnnx(calling([old, twice]))).toThrow(/Leaky is of operator set 11/)
  })
})

describe('free dimensions of several names', () => {
  const two = (q: readonly (number | string)[], k: readonly (number | string)[], op: string) =>
    model({
      input: [value('q', q), value('k', k)],
      node: [node(op, ['q', 'k'], ['y'], op === 'Concat' ? [{ name: 'axis', type: T.INT, i: 1n }] : [])],
      output: [value('y')],
    })
  const q = tensor([1, 2, 3, 4], [2, 2])

  it.each(['Add', 'Concat', 'MatMul'])('are one where %s holds them equal', async (op) => {
    const bytes = two(['q_axis', 2], op === 'MatMul' ? ['other', 2] : ['k_axis', 2], op)
    const { graph } = readOnnx(bytes)
    for (const executor of ['plain', 'native'] as const)
      expect(await run(bytes, { q, k: q }, executor)).toBeDefined()
    if (op !== 'MatMul') expect(graph.inputs.map((v) => v.shape[0])).toEqual(['q_axis', 'q_axis'])
  })

  it('are unknown beside a number: 1 fits, and that number', async () => {
    const bytes = two(['N', 2], [2, 2], 'Add')
    for (const executor of ['plain', 'native'] as const) {
      expect(await run(bytes, { q: tensor([1, 2], [1, 2]), k: q }, executor)).toEqual({ y: [2, 4, 4, 6] })
      expect(await run(bytes, { q, k: q }, executor)).toEqual({ y: [2, 4, 6, 8] })
    }
    const read = readOnnx(bytes).graph
    expect(() => gradients(reduceSum(read.outputs['y']!), [read.inputs[0]!])).toThrow(/whether axis 0 is 1/)
  })

  it('contradict each other only when both are numbers', () => {
    expect(() => readOnnx(two([3, 2], [2, 2], 'Add'))).toThrow(/do not broadcast/)
  })
})

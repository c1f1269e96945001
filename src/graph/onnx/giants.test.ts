// Models of a few bytes that ask for far more: refused in words of ours, before anything is made.

import { create, toBinary } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { compile } from '../compile.ts'
import { graph } from '../graph.ts'
import { mul } from '../operators/arithmetic.ts'
import { operators } from '../operators/index.ts'
import { reduceSum } from '../operators/reduce.ts'
import { shapeOf } from '../operators/view.ts'
import { sizeOf, tensor } from '../tensor.ts'
import { apply, constant, input } from '../value.ts'
import { AttributeProto_AttributeType, GraphProtoSchema, ModelProtoSchema } from './onnx_pb.js'
import { readOnnx } from './read.ts'
import { writeOnnx } from './write.ts'

const int64 = (name: string, values: readonly number[], dims = [BigInt(values.length)]) => ({
  name,
  dims,
  dataType: 7,
  int64Data: values.map(BigInt),
})
const float = (name: string, values: readonly number[], dims = [BigInt(values.length)]) => ({
  name,
  dims,
  dataType: 1,
  floatData: [...values],
})
const ints = (name: string, values: readonly number[]) => ({
  name,
  type: AttributeProto_AttributeType.INTS,
  ints: values.map(BigInt),
})
const int = (name: string, value: number) => ({
  name,
  type: AttributeProto_AttributeType.INT,
  i: BigInt(value),
})
const typed = (name: string, dims: readonly number[]) => ({
  name,
  type: {
    value: {
      case: 'tensorType' as const,
      value: {
        elemType: 1,
        shape: { dim: dims.map((n) => ({ value: { case: 'dimValue' as const, value: BigInt(n) } })) },
      },
    },
  },
})

function model(
  node: { opType: string; input: string[]; attribute?: object[]; output?: string[] },
  initializer: object[] = [],
): Uint8Array {
  const proto = create(GraphProtoSchema, {
    node: [{ output: ['y'], ...node }],
    initializer,
    input: [typed('x', [1, 1, 5, 5])],
    output: [{ name: 'y' }],
  } as Parameters<typeof create<typeof GraphProtoSchema>>[1])
  const whole = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 18n }],
    graph: proto,
  })
  return toBinary(ModelProtoSchema, whole)
}

const giant = 10 ** 9
const models: Record<string, Uint8Array> = {
  Range: model({ opType: 'Range', input: ['a', 'b', 'c'] }, [
    int64('a', [0], []),
    int64('b', [3e8], []),
    int64('c', [1], []),
  ]),
  'Range of floats': model({ opType: 'Range', input: ['a', 'b', 'c'] }, [
    float('a', [0], []),
    float('b', [3e8], []),
    float('c', [1], []),
  ]),
  'Range downwards': model({ opType: 'Range', input: ['a', 'b', 'c'] }, [
    int64('a', [0], []),
    int64('b', [-(2 ** 60)], []),
    int64('c', [-1], []),
  ]),
  'Range without a step': model({ opType: 'Range', input: ['a', 'b', 'c'] }, [
    int64('a', [0], []),
    int64('b', [5], []),
    int64('c', [0], []),
  ]),
  Split: model({ opType: 'Split', input: ['x'], attribute: [int('num_outputs', 3e8)] }),
  MaxPool: model({
    opType: 'MaxPool',
    input: ['x'],
    attribute: [ints('kernel_shape', [giant, giant]), ints('pads', [giant, giant, giant, giant])],
  }),
  Conv: model(
    { opType: 'Conv', input: ['x', 'w'], attribute: [ints('pads', [giant, giant, giant, giant])] },
    [float('w', [1], [1n, 1n, 1n, 1n])],
  ),
  ConvTranspose: model(
    { opType: 'ConvTranspose', input: ['x', 'w'], attribute: [ints('strides', [giant, giant])] },
    [float('w', [1], [1n, 1n, 1n, 1n])],
  ),
  ConstantOfShape: model({ opType: 'ConstantOfShape', input: ['s'] }, [int64('s', [giant, giant])]),
  'ConstantOfShape of a negative size': model({ opType: 'ConstantOfShape', input: ['s'] }, [
    int64('s', [-5, 2]),
  ]),
  Expand: model({ opType: 'Expand', input: ['x', 's'] }, [int64('s', [3e8, 1, 1, 5, 5])]),
  Tile: model({ opType: 'Tile', input: ['x', 's'] }, [int64('s', [giant, 1, 1, 1])]),
  OneHot: model({ opType: 'OneHot', input: ['s', 'd', 'v'] }, [
    int64('s', [1]),
    int64('d', [10 * giant], []),
    float('v', [0, 1]),
  ]),
  Resize: model({ opType: 'Resize', input: ['x', '', 's'] }, [float('s', [1, 1, 1e9, 1e9])]),
  'Resize to sizes': model({ opType: 'Resize', input: ['x', '', '', 's'] }, [
    int64('s', [1, 1, giant, giant]),
  ]),
  Pad: model({ opType: 'Pad', input: ['x', 's'] }, [int64('s', [0, 0, 0, 0, 0, 0, giant, giant])]),
  'a size of 2^60': model({ opType: 'Reshape', input: ['x', 's'] }, [int64('s', [2 ** 30, 2 ** 30])]),
  'an index': model({ opType: 'Gather', input: ['x', 's'] }, [int64('s', [2 ** 40])]),
}

it.each(Object.keys(models))('%s is refused by both executors', async (name) => {
  for (const executor of ['plain', 'native'] as const) {
    const before = process.memoryUsage().arrayBuffers
    const work = async () => {
      const { graph: g } = readOnnx(models[name]!, { file: 'giant.onnx' })
      const program = await compile(g, { executor })
      const feeds = g.inputs.map((v) => [
        v.name,
        tensor(new Float32Array(sizeOf(v.shape as number[])), v.shape as number[]),
      ])
      await program.run(Object.fromEntries(feeds))
    }
    await expect(work(), executor).rejects.toThrow(FrostglassError)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28)
  }
})

it('a size computed from one that is fed is weighed before the runtime makes it', async () => {
  const x = input('x', ['N'])
  const size = mul(shapeOf(x), constant([10 ** 6], [1], 'int64'))
  const y = apply(operators.get('ConstantOfShape')!, [size])
  const { graph: g } = readOnnx(writeOnnx(graph({ inputs: [x], outputs: { y: reduceSum(y) } })), {
    file: 'fed.onnx',
  })
  const program = await compile(g, { executor: 'native' })
  const run = async (n: number) => program.run({ x: tensor(new Float32Array(n), [n]) })
  expect(Number((await run(2))['y']!.data[0])).toBe(0)
  await expect(run(100)).rejects.toThrow(/ConstantOfShape.*fed\.onnx would make \[100000000\]/)
  await program.close()
})

it('a pool far larger than what it slides over sees that alone', async () => {
  const pool = { opType: 'AveragePool', input: ['x'] }
  const attribute = [
    ints('kernel_shape', [giant, 5]),
    ints('pads', [giant, 0, giant, 0]),
    ints('strides', [giant, 1]),
  ]
  const { graph: g } = readOnnx(model({ ...pool, attribute }))
  const program = await compile(g, { executor: 'plain' })
  const { y } = await program.run({ x: tensor(new Float32Array(25).fill(2), [1, 1, 5, 5]) })
  expect(y!.data.length).toBeLessThan(10)
})

const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))])
const field = (number: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])
const many = (bytes: Uint8Array, count: number): Uint8Array =>
  Buffer.concat(Array<Uint8Array>(count).fill(bytes))

it.each([
  ['nodes', (count: number) => many(field(1, new Uint8Array(0)), count)],
  ['attributes', (count: number) => field(1, many(field(5, new Uint8Array(0)), count))],
  ['values', (count: number) => many(field(13, new Uint8Array(0)), count)],
  ['empty names', (count: number) => field(1, many(field(1, new Uint8Array(0)), count))],
])('a million and more %s in a few bytes each are refused before they are made', (_, of) => {
  const bytes = field(7, Buffer.concat([of(3_000_000), field(12, field(1, Uint8Array.of(121)))]))
  expect(() => readOnnx(bytes, { file: 'many.onnx' })).toThrow(/many\.onnx.*should have/)
})

it('subgraphs in subgraphs without end are refused', () => {
  let body = field(12, field(1, Uint8Array.of(121)))
  for (let depth = 0; depth < 2000; depth++) body = field(1, field(5, field(6, body)))
  expect(() => readOnnx(field(7, body), { file: 'deep.onnx' })).toThrow(/deep\.onnx/)
})

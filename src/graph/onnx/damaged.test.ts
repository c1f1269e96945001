// Models that nobody should trust: cut short, altered, with sizes that they do not hold.
// Source: docs/architecture.md#the-engine: no crash, no huge allocation, an error that names the file.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import {
  compile,
  conv,
  gemm,
  graph,
  input,
  maxPool,
  relu,
  reshape,
  tensor,
  variable,
  writeOnnx,
} from '../index.ts'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
} from './onnx_pb.js'
import { readOnnx } from './read.ts'

const file = 'someone.onnx'

function small(): Uint8Array {
  const x = input('x', ['N', 1, 6, 6])
  const weights = (name: string, shape: number[]) =>
    variable(
      name,
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 9),
        shape,
      ),
    )
  const y = relu(maxPool(conv(x, weights('w', [2, 1, 3, 3])), [2, 2], { strides: [2, 2] }))
  return writeOnnx(graph({ inputs: [x], outputs: { y: gemm(reshape(y, [-1, 8]), weights('d', [8, 3])) } }))
}

/** Reads and answers the error, which must be one of ours that names the file; undefined when there is none. */
function errorOf(bytes: Uint8Array): FrostglassError | undefined {
  try {
    readOnnx(bytes, { file })
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(FrostglassError)
    expect((error as Error).message).toContain(file)
    return error as FrostglassError
  }
}

/** The small model with its first initialiser changed. */
function withTensor(change: Record<string, unknown>): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, small())
  Object.assign(proto.graph?.initializer[0] as object, change)
  return toBinary(ModelProtoSchema, proto)
}

describe('a damaged model', () => {
  it('cut short anywhere is refused, or whole as far as it goes, and never crashes', () => {
    const bytes = small()
    expect(errorOf(bytes)).toBeUndefined()
    let refused = 0
    for (let length = 0; length < bytes.length; length++) if (errorOf(bytes.subarray(0, length))) refused++
    expect(refused).toBeGreaterThan(0.9 * bytes.length)
    expect(errorOf(bytes.subarray(0, bytes.length >> 1))).toMatchObject({ code: 'input' })
  })

  it('altered anywhere gives an error of ours or a model', () => {
    const bytes = small()
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const altered = bytes.slice()
          for (const [at, value] of changes) altered[at] = value
          errorOf(altered)
        },
      ),
      { numRuns: 3000, seed: 3 },
    )
  })

  it.each([
    ['2⁴⁰ elements that are not there', { dims: [2n ** 40n], rawData: new Uint8Array(0) }],
    ['2⁴⁰ elements and a few bytes', { dims: [2n ** 20n, 2n ** 20n], rawData: new Uint8Array(16) }],
    ['sizes whose product overflows', { dims: [2n ** 62n, 2n ** 62n], rawData: new Uint8Array(16) }],
    ['a negative size', { dims: [-2n, -1n, 3n, 3n], rawData: new Uint8Array(72) }],
    ['fewer bytes than its shape', { rawData: new Uint8Array(71) }],
    ['more bytes than its shape', { rawData: new Uint8Array(76) }],
    ['no element type', { dataType: 0 }],
    ['an element type that is none', { dataType: 99 }],
    ['contents in a file that is not there', { dataLocation: 1 }],
  ])('with a tensor of %s is refused at once', (_, change) => {
    const bytes = withTensor(change)
    const before = process.memoryUsage()
    const error = errorOf(bytes)
    const now = process.memoryUsage()
    expect(error?.code).toMatch(/input|unsupported/)
    expect(error?.hint ?? error?.message).toBeTruthy()
    // What is refused before anything is made of it needs no memory, and so no time.
    expect(now.heapUsed - before.heapUsed).toBeLessThan(2 ** 24)
    expect(now.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 24)
  })

  it('with nodes that lack their inputs or attributes is refused', () => {
    const refuse = (node: { opType: string; input: string[]; output: string[] }) => {
      const weights = create(TensorProtoSchema, {
        name: 'w',
        dims: [1n],
        dataType: 1,
        rawData: new Uint8Array(4),
      })
      const graphProto = create(GraphProtoSchema, {
        initializer: [weights],
        node: [create(NodeProtoSchema, node)],
        output: [{ name: 'y' }],
      })
      return errorOf(
        toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph: graphProto })),
      )
    }
    for (const opType of [
      'Conv',
      'MaxPool',
      'Clip',
      'Concat',
      'Cast',
      'Loop',
      'Split',
      'Reshape',
      'Constant',
    ]) {
      expect(refuse({ opType, input: [], output: ['y'] }), opType).toBeDefined()
      expect(refuse({ opType, input: ['', ''], output: ['y'] }), opType).toBeDefined()
      expect(refuse({ opType, input: ['nowhere'], output: ['y'] }), opType).toBeDefined()
    }
  })
})

describe('names and numbers of a file', () => {
  const changed = (change: (graph: NonNullable<ReturnType<typeof parsed>['graph']>) => void) => {
    const model = parsed()
    change(model.graph!)
    return toBinary(ModelProtoSchema, model)
  }
  const parsed = () => fromBinary(ModelProtoSchema, small())

  it('are given once in a graph', () => {
    const twice = changed((g) => void g.node.push(create(NodeProtoSchema, { ...g.node[0]! })))
    expect(errorOf(twice)?.message).toMatch(/'.*' is computed twice/)
  })

  it('give a body its outputs in their order, also where they are numbers', async () => {
    const node = (opType: string, output: string) =>
      create(NodeProtoSchema, { opType, input: ['x'], output: [output] })
    const ends = (names: readonly string[]) =>
      names.map((name) => ({ ...parsed().graph!.output[0]!, name, type: parsed().graph!.input[0]!.type! }))
    const bytes = changed((g) => {
      const branch = create(GraphProtoSchema, {
        name: 'branch',
        node: [node('Neg', '10'), node('Abs', '9')],
        output: ends(['10', '9']),
      })
      const attribute = ['then_branch', 'else_branch'].map((name) =>
        create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: branch }),
      )
      const on = create(TensorProtoSchema, { name: 'on', dataType: 9, dims: [], rawData: Uint8Array.of(1) })
      g.initializer = [on]
      g.input[0]!.name = 'x'
      g.node = [create(NodeProtoSchema, { opType: 'If', input: ['on'], output: ['y', 'z'], attribute })]
      g.output = ends(['y', 'z'])
    })
    const program = await compile(readOnnx(bytes).graph, { executor: 'plain' })
    const x = tensor(
      Float32Array.from({ length: 36 }, (_, i) => i - 18),
      [1, 1, 6, 6],
    )
    const { y, z } = await program.run({ x })
    expect([y!.data[0], z!.data[0]]).toEqual([18, 18])
    expect([y!.data[35], z!.data[35]]).toEqual([-17, 17])
  })

  it('are not rounded', () => {
    const bytes = changed((g) => {
      const attribute = create(AttributeProtoSchema, {
        name: 'value_int',
        type: AttributeProto_AttributeType.INT,
        i: 2n ** 53n + 1n,
      })
      g.node.unshift(create(NodeProtoSchema, { opType: 'Constant', output: ['c'], attribute: [attribute] }))
    })
    expect(errorOf(bytes)?.message).toContain("'value_int' holds 9007199254740993, which is beyond 2^53")
  })
})

// The rule of versions and attributes: what is not understood is refused by name, or run as it is by the runtime alone.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { add, compile, graph, identity, input, tensor, writeOnnx } from '../index.ts'
import { operators } from '../operators/index.ts'
import { toFloat64 } from '../tensor.ts'
import { apply } from '../value.ts'
import { newestOpset } from './_schemas.ts'
import { allVersions, attributesOf, chainOf, opsetFor, understoodVersions, versionAt } from './_versions.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  NodeProtoSchema,
} from './onnx_pb.js'
import { readOnnx } from './read.ts'

type Given = Readonly<Record<string, number | string | readonly number[]>>

function attributeOf(name: string, value: Given[string]): Partial<AttributeProto> {
  if (typeof value === 'string') return { name, type: Kind.STRING, s: new TextEncoder().encode(value) }
  if (typeof value === 'number')
    return Number.isInteger(value)
      ? { name, type: Kind.INT, i: BigInt(value) }
      : { name, type: Kind.FLOAT, f: value }
  return { name, type: Kind.INTS, ints: value.map(BigInt) }
}

interface OneNode {
  readonly operator: string
  readonly opset: number
  readonly attributes?: Given
  readonly shape?: readonly (number | string)[] | undefined
  readonly output?: readonly (number | string)[] | undefined
  readonly outputs?: readonly string[]
  readonly domain?: string
  readonly domains?: Readonly<Record<string, number>>
}

const typeOf = (shape: readonly (number | string)[] | undefined) => ({
  value: {
    case: 'tensorType' as const,
    value: {
      elemType: 1,
      shape: shape && {
        dim: shape.map((d) =>
          typeof d === 'number'
            ? { value: { case: 'dimValue' as const, value: BigInt(d) } }
            : { value: { case: 'dimParam' as const, value: d } },
        ),
      },
    },
  },
})

/** A model of one node of one input. */
function model(given: OneNode): Uint8Array {
  const { operator, opset, attributes = {}, outputs = ['y'], domain = '', domains = {} } = given
  const shape = 'shape' in given ? given.shape : [2, 3, 4]
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: Object.entries({ '': opset, ...domains }).map(([name, version]) => ({
        domain: name,
        version: BigInt(version),
      })),
      graph: {
        name: 'g',
        node: [
          create(NodeProtoSchema, {
            name: 'n1',
            opType: operator,
            domain,
            input: ['x'],
            output: [...outputs],
            attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)) as never,
          }),
        ],
        input: [{ name: 'x', type: typeOf(shape) as never }],
        output: [{ name: outputs.at(-1)!, type: typeOf(given.output) as never }],
      },
    }),
  )
}

function refusal(given: OneNode): FrostglassError {
  try {
    readOnnx(model(given))
  } catch (error) {
    expect(error).toBeInstanceOf(FrostglassError)
    return error as FrostglassError
  }
  throw new Error('it was read')
}

const writtenOpset = (bytes: Uint8Array) =>
  Number(fromBinary(ModelProtoSchema, bytes).opsetImport[0]!.version)

describe('the table of versions', () => {
  it('knows each operator of ours, and only attributes that some version of it has', () => {
    for (const [name, operator] of operators) {
      expect(allVersions(name).length, name).toBeGreaterThan(0)
      expect(understoodVersions(operator).length, name).toBeGreaterThan(0)
      const had = new Set(allVersions(name).flatMap((version) => [...attributesOf(name, version).keys()]))
      for (const attribute of Object.keys(operator.attributes ?? {}))
        expect(had, `${name}.${attribute}`).toContain(attribute)
    }
  })

  it('says which version an operator set has, and which versions are alike', () => {
    expect([6, 10, 11, 12, 13, 28].map((opset) => versionAt('Softmax', opset))).toEqual([
      1, 1, 11, 11, 13, 13,
    ])
    expect(versionAt('Gelu', 19)).toBeUndefined()
    expect(chainOf('Softmax', 1)).toEqual([1, 11])
    expect(chainOf('Softmax', 13)).toEqual([13])
    expect(chainOf('AveragePool', 11)).toEqual([11, 19, 22, 10, 7, 1])
  })
})

describe('a node that is not understood', () => {
  it('is refused by the name of the attribute, of the version, or of the operator', () => {
    const at = { operator: 'Flatten', opset: 13, attributes: { axes: [2, 2] } }
    expect(refusal(at).message).toContain("version 13 of Flatten has no attribute 'axes'")
    const newer = { operator: 'Relu', opset: newestOpset + 1 }
    expect(refusal(newer).message).toContain(`operator set ${newestOpset + 1}`)
    expect(refusal({ operator: 'Gelu', opset: 18 }).message).toMatch(
      /set 18 has no operator Gelu; we know versions 20/,
    )
    expect(refusal({ operator: 'Rleu', opset: 18 }).message).toContain('has no operator Rleu')
    expect(refusal({ operator: 'F', opset: 18, domain: 'their' }).message).toContain(
      "which version of 'their'",
    )
    for (const given of [at, newer]) expect(refusal(given).code).toBe('unsupported')
  })

  it('is refused by both executors where no operator set that the runtime has keeps its meaning', async () => {
    const training = { operator: 'Dropout', opset: 6, attributes: { is_test: 0 } }
    expect(refusal(training).message).toContain('version 6 of Dropout drops out')
    const { graph: g } = readOnnx(model({ ...training, output: [2, 3, 4] }))
    for (const executor of ['plain', 'native'] as const) {
      const refused = compile(g, { executor })
      await expect(refused).rejects.toThrow(/version 6 of Dropout drops out at each run \(is_test is 0\)/)
      await expect(refused).rejects.toMatchObject({ code: 'unsupported' })
    }
  })

  it('is refused where an attribute is of another type than the operator has, also one that is an input today', () => {
    const wrong = { operator: 'Flatten', opset: 13, attributes: { axis: 1.5 } }
    expect(refusal(wrong).message).toContain("the attribute 'axis' is of type float, not int")
    const old = { operator: 'ReduceMean', opset: 13, attributes: { axes: 1 } }
    expect(refusal(old).message).toContain("the attribute 'axes' is no list of integers")
  })

  it('takes an attribute at its default for absent, and a hint of old for nothing', async () => {
    const given = { operator: 'Relu', opset: 1, attributes: { consumed_inputs: [0] } }
    const { graph: g } = readOnnx(model(given))
    expect(g.nodes[0]?.attributes).toEqual({})
  })

  it('runs natively as the operator and the version that it is where its shape is stated, and on plain says why not', async () => {
    // From set 20 on, the axis is an input.
    const given: OneNode = {
      operator: 'DFT',
      opset: 17,
      shape: [2, 3, 4, 1],
      attributes: { axis: 2 },
      output: [2, 3, 4, 2],
    }
    const { graph: g } = readOnnx(model(given), { file: 'their.onnx' })
    const feeds = {
      x: tensor(
        Float32Array.from({ length: 24 }, (_, i) => i),
        [2, 3, 4, 1],
      ),
    }
    const y = (await (await compile(g, { executor: 'native' })).run(feeds))['y']!
    expect(Array.from(toFloat64(y).subarray(0, 4), Math.round)).toEqual([6, 0, -2, 2])
    await expect(compile(g, { executor: 'plain' })).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a model', () => {
  it('is written in operator set 18 where that will do, and in another where a node needs it', () => {
    const x = input('x', [2, 3])
    expect(writtenOpset(writeOnnx(graph({ inputs: [x], outputs: { y: add(x, x) } })))).toBe(18)
    const { graph: old } = readOnnx(model({ operator: 'Scan', opset: 8, output: [2, 3] }))
    expect(opsetFor(old.nodes)).toBe(8)
    const { graph: young } = readOnnx(model({ operator: 'Gelu', opset: 20, output: [2, 3, 4] }))
    expect(opsetFor(young.nodes)).toBe(20)
  })

  it('whose nodes go together in no operator set is refused by name', () => {
    const { graph: old } = readOnnx(model({ operator: 'Scan', opset: 8, output: [2, 3] }))
    const { graph: young } = readOnnx(model({ operator: 'Gelu', opset: 20, output: [2, 3, 4] }))
    expect(() => opsetFor([...old.nodes, ...young.nodes])).toThrow(
      /'n1' \(Gelu\) is to be written as version 20, and no operator set from 7 to 26 has that with the other nodes/,
    )
  })

  it('keeps the version of another domain, and has no two of one', () => {
    const given = { operator: 'Scaler', domain: 'ai.onnx.ml', opset: 18, output: [2, 3, 4] }
    const read = (version: number) => readOnnx(model({ ...given, domains: { 'ai.onnx.ml': version } })).graph
    const g = read(3)
    expect(fromBinary(ModelProtoSchema, writeOnnx(g)).opsetImport).toMatchObject([
      { domain: '', version: 18n },
      { domain: 'ai.onnx.ml', version: 3n },
    ])
    const x = g.inputs[0]!
    const other = read(1).nodes[0]!.operator
    const both = graph({ inputs: [x], outputs: { y: apply(other, [identity(g.outputs['y']!)]) } })
    expect(() => writeOnnx(both)).toThrow(/of version 1 of 'ai.onnx.ml', and another node of version 3/)
  })
})
